package dev.lanewise.data;

import static dev.lanewise.data.IdxReaderTest.gzip;
import static dev.lanewise.data.IdxReaderTest.images;
import static dev.lanewise.data.IdxReaderTest.labels;
import static dev.lanewise.data.IdxReaderTest.sha256;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Future;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The mirrors are folders of a server on the loopback interface; each answers in its own way. */
@Timeout(60)
class SetDownloadTest {
    private static final SetDownload.Progress NO_PROGRESS = (file, bytes, total) -> {
    };
    private static final String FIRST = "train-images-idx3-ubyte.gz";
    private static final int MOST_BYTES = 1 << 17;

    @TempDir
    Path directory;
    private Path target;
    private final Map<String, byte[]> raw = new LinkedHashMap<>();
    private final List<NamedSet.PublishedFile> expected = new ArrayList<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<String> proxied = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch testEnds = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;

    private interface Answer {
        void to(HttpExchange exchange, byte[] packed) throws IOException;
    }

    /** As the command line has it; it is read with the first connection, and all of them are made here. */
    @BeforeAll
    static void tellProxiesPasswords() {
        System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
    }

    @BeforeEach
    void startMirrors() throws IOException {
        target = directory.resolve("cache").resolve("tiny");
        raw.put("train-images-idx3-ubyte", images(2, 40, 50, noise(4000)));
        raw.put("train-labels-idx1-ubyte", labels((byte) 8, (byte) 9));
        raw.put("t10k-images-idx3-ubyte", images(1, 40, 50, noise(2000)));
        raw.put("t10k-labels-idx1-ubyte", labels((byte) 7));
        raw.forEach((name, bytes) -> expected.add(new NamedSet.PublishedFile(name, bytes.length, sha256(bytes), null)));

        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        mirror("good", (exchange, packed) -> send(exchange, 200, packed));
        mirror("forbidden", (exchange, packed) -> send(exchange, 403, new byte[0]));
        mirror("html", (exchange, packed) -> send(exchange, 200,
                "<!DOCTYPE html><html>Sign in</html>".getBytes(StandardCharsets.US_ASCII)));
        mirror("cut", (exchange, packed) -> send(exchange, 200, Arrays.copyOf(packed, packed.length - 10)));
        mirror("hangsup", (exchange, packed) -> {
            exchange.sendResponseHeaders(200, packed.length);
            exchange.getResponseBody().write(packed, 0, packed.length / 2);
            exchange.getResponseBody().flush();
        });
        mirror("breaks", (exchange, packed) -> {
            if (exchange.getRequestHeaders().containsKey("Range")
                    || !exchange.getRequestURI().getPath().endsWith(FIRST)) {
                sendRange(exchange, packed);
                return;
            }
            exchange.sendResponseHeaders(200, packed.length);
            exchange.getResponseBody().write(packed, 0, packed.length / 2);
            exchange.getResponseBody().flush();
        });
        mirror("asks", (exchange, packed) -> send(exchange, 200, packed));
        mirror("ranges", SetDownloadTest::sendRange);
        mirror("elsewhere", (exchange, packed) -> {
            boolean asked = exchange.getRequestHeaders().containsKey("Range");
            if (asked) {
                exchange.getResponseHeaders().add("Content-Range", "bytes 1-2/" + packed.length);
            }
            send(exchange, asked ? 206 : 200, asked ? new byte[2] : packed);
        });
        mirror("other", (exchange, packed) -> send(exchange, 200, gzip(labels((byte) 1, (byte) 1))));
        mirror("nothing", (exchange, packed) -> send(exchange, 200, new byte[0]));
        mirror("huge", (exchange, packed) -> send(exchange, 200, Arrays.copyOf(packed, 2 * MOST_BYTES)));
        mirror("moved", (exchange, packed) -> {
            exchange.getResponseHeaders().add("Location", exchange.getRequestURI().getPath().replace("moved", "good"));
            send(exchange, 302, new byte[0]);
        });
        mirror("stalls", (exchange, packed) -> {
            exchange.sendResponseHeaders(200, packed.length);
            exchange.getResponseBody().write(packed, 0, packed.length / 2);
            exchange.getResponseBody().flush();
            awaitEnd();
        });
        mirror("silent", (exchange, packed) -> awaitEnd());
        mirror("first", (exchange, packed) -> send(exchange,
                exchange.getRequestURI().getPath().endsWith(FIRST) ? 200 : 404, packed));
        server.start();
    }

    /** What gzip does not make smaller, so that a half of a file is some bytes. */
    private static byte[] noise(int bytes) {
        byte[] noise = new byte[bytes];
        new SplittableRandom(bytes).nextBytes(noise);
        return noise;
    }

    @AfterEach
    void stopMirrors() {
        testEnds.countDown();
        server.stop(0);
        threads.close();
    }

    private void mirror(String name, Answer answer) {
        server.createContext("/" + name + "/", exchange -> {
            try (exchange) {
                String path = exchange.getRequestURI().getPath();
                requests.add(path.substring(1) + Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"))
                        .map(range -> " " + range).orElse(""));
                if (path.startsWith("/asks/") && !exchange.getRequestHeaders().containsKey("Proxy-Authorization")) {
                    exchange.getResponseHeaders().add("Proxy-Authenticate", "Basic realm=\"x\"");
                    send(exchange, 407, new byte[0]);
                    return;
                }
                proxied.add(String.valueOf(exchange.getRequestHeaders().getFirst("Proxy-Authorization")));
                assertEquals("lanewise", exchange.getRequestHeaders().getFirst("User-Agent"));
                String file = path.substring(path.lastIndexOf('/') + 1).replace(".gz", "");
                answer.to(exchange, raw.containsKey(file) ? gzip(raw.get(file)) : null);
            }
        });
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static void sendRange(HttpExchange exchange, byte[] packed) throws IOException {
        String range = exchange.getRequestHeaders().getFirst("Range");
        if (range == null) {
            send(exchange, 200, packed);
            return;
        }
        int from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        if (from >= packed.length) {
            send(exchange, 416, new byte[0]);
            return;
        }
        exchange.getResponseHeaders().add("Content-Range",
                "bytes %d-%d/%d".formatted(from, packed.length - 1, packed.length));
        send(exchange, 206, Arrays.copyOfRange(packed, from, packed.length));
    }

    private void awaitEnd() throws IOException {
        try {
            testEnds.await();
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        }
    }

    private URI uri(String mirror) {
        return URI.create("http://%s:%d/%s/".formatted(InetAddress.getLoopbackAddress().getHostAddress(),
                server.getAddress().getPort(), mirror));
    }

    private static NamedSet set(List<String> mirrors, NamedSet.Archive archive, NamedSet.Layout layout,
            List<NamedSet.PublishedFile> files) {
        return new NamedSet("tiny", "Tiny", Mnist.CLASSES, 2, 1, Preparation.SCALE, "none", "nobody", layout, mirrors,
                archive, files);
    }

    private NamedSet set(List<URI> mirrors) {
        return set(mirrors.stream().map(URI::toString).toList(), null, new NamedSet.Layout(false, 0, 1), expected);
    }

    private SetDownload download(NamedSet set, Map<String, String> environment) {
        return new SetDownload(set, directory.resolve("cache"), environment, 5_000, 400, MOST_BYTES);
    }

    private SetDownload download(List<URI> mirrors) {
        return download(set(mirrors), Map.of());
    }

    private SetDownload download(String... mirrors) {
        return download(Stream.of(mirrors).map(this::uri).toList());
    }

    private URI unreachable() throws IOException {
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return URI.create("http://%s:%d/"
                    .formatted(closed.getInetAddress().getHostAddress(), closed.getLocalPort()));
        }
    }

    private List<String> targetNames() throws IOException {
        try (Stream<Path> files = Files.list(target)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void assertComplete() throws IOException {
        assertEquals(raw.keySet().stream().map(name -> name + ".gz").sorted().toList(), targetNames());
        for (String name : raw.keySet()) {
            assertArrayEquals(gzip(raw.get(name)), Files.readAllBytes(target.resolve(name + ".gz")));
        }
        assertEquals(2, Sources.read(target, null).train().size());
    }

    /** Asserts a failure at the first file that leaves nothing behind; returns its sentence. */
    private String assertNothingFetched(SetDownload download) throws IOException {
        String message = assertThrows(InputException.class, () -> download.run(NO_PROGRESS)).getMessage();
        assertFalse(message.contains("\n"), message);
        assertTrue(message.startsWith(FIRST), message);
        assertTrue(message.contains("copy the Tiny files to " + target + " or use the built-in digits"), message);
        assertEquals(List.of(), targetNames());
        return message;
    }

    @Test
    void mirrorsAreTriedInTurnUntilOneHasTheFile() throws IOException {
        assertEquals(target, download("forbidden", "html", "cut", "good").run(NO_PROGRESS));
        assertComplete();
        assertEquals(List.of("forbidden/" + FIRST, "html/" + FIRST, "cut/" + FIRST, "good/" + FIRST),
                requests.subList(0, 4));
        assertEquals(16, requests.size());
    }

    @Test
    void redirectIsFollowed() throws IOException {
        download("moved").run(NO_PROGRESS);
        assertComplete();
        assertEquals("moved/" + FIRST, requests.get(0));
    }

    @Test
    void stalledMirrorIsLeftAfterTheReadTimeOutAndNotAskedAgain() throws IOException {
        download("stalls", "silent", "good").run(NO_PROGRESS);
        assertComplete();
        assertEquals(1, requests.stream().filter(request -> request.startsWith("stalls/")).count());
        assertEquals(1, requests.stream().filter(request -> request.startsWith("silent/")).count());
    }

    @Test
    void unreachableMirrorIsTriedOnlyForTheFirstFile() throws IOException {
        String message = assertThrows(InputException.class,
                () -> download(List.of(unreachable(), uri("first"))).run(NO_PROGRESS)).getMessage();
        assertTrue(message.startsWith("train-labels-idx1-ubyte.gz"), message);
        assertTrue(message.contains("no answer before"), message);
        assertTrue(message.contains("status 404"), message);
        assertEquals(List.of(FIRST), targetNames());
    }

    @Test
    void everyMirrorsReasonIsToldAndNothingIsLeftBehind() throws IOException {
        String message = assertNothingFetched(download("forbidden", "html", "cut", "other", "nothing", "huge"));
        String mirror = uri("").getAuthority() + ": ";
        List<String> reasons = List.of("status 403", "a web page in place of the file",
                "another content than published",
                "another content than published", "not a gzip file", "more than 131072 bytes");
        assertTrue(message.contains(mirror + String.join("; " + mirror, reasons)), message);
    }

    private byte[] first() throws IOException {
        return gzip(raw.get("train-images-idx3-ubyte"));
    }

    @Test
    void mirrorThatCutsTheConnectionIsAskedForTheRest() throws IOException {
        download("breaks").run(NO_PROGRESS);
        assertComplete();
        assertEquals(List.of("breaks/" + FIRST, "breaks/%s bytes=%d-".formatted(FIRST, first().length / 2)),
                requests.subList(0, 2));
        assertEquals(5, requests.size());
    }

    @Test
    void whatHasArrivedIsKeptForTheNextDownload() throws IOException {
        for (String mirror : List.of("hangsup", "stalls")) {
            String message = assertThrows(InputException.class, () -> download(mirror).run(NO_PROGRESS)).getMessage();
            assertTrue(message.contains(mirror.equals("stalls")
                    ? "timed out"
                    : "cut off after %d of %d bytes".formatted(first().length / 2, first().length)), message);
            assertEquals(List.of(FIRST + ".part"), targetNames());
            assertArrayEquals(Arrays.copyOf(first(), first().length / 2),
                    Files.readAllBytes(target.resolve(FIRST + ".part")));
        }
        requests.clear();
        Map<String, Long> firsts = new LinkedHashMap<>();
        download("ranges").run((file, bytes, total) -> firsts.putIfAbsent(file, bytes));
        assertComplete();
        assertEquals("ranges/%s bytes=%d-".formatted(FIRST, first().length / 2), requests.getFirst());
        assertTrue(firsts.get(FIRST) > first().length / 2, "progress counts what was there");
    }

    @Test
    void mirrorThatIgnoresRangesStartsOver() throws IOException {
        writePart(Arrays.copyOf(first(), first().length / 2));
        download("good").run(NO_PROGRESS);
        assertComplete();
        assertEquals(4, requests.size());
        assertTrue(requests.getFirst().contains(" bytes="), requests::toString);
    }

    @Test
    void whatCannotBeContinuedIsDroppedAndFetchedAnew() throws IOException {
        byte[] foreign = new byte[first().length - 3];
        download("good").run(NO_PROGRESS);
        Files.delete(target.resolve(FIRST));
        requests.clear();
        for (byte[] there : List.of(foreign, new byte[first().length], new byte[first().length + 5])) {
            for (String mirror : List.of("ranges", "elsewhere")) {
                writePart(there);
                download(mirror).run(NO_PROGRESS);
                assertComplete();
                assertEquals("%s/%s bytes=%d-".formatted(mirror, FIRST, there.length), requests.get(0));
                assertEquals(mirror + "/" + FIRST, requests.get(1));
                requests.clear();
                Files.delete(target.resolve(FIRST));
            }
        }
    }

    @Test
    void mirrorWithoutTheFileDoesNotCostWhatHasArrived() throws IOException {
        writePart(Arrays.copyOf(first(), 30));
        download("forbidden", "html", "ranges").run(NO_PROGRESS);
        assertComplete();
        assertEquals("ranges/%s bytes=30-".formatted(FIRST), requests.get(2));
    }

    private void writePart(byte[] bytes) throws IOException {
        Files.createDirectories(target);
        Files.write(target.resolve(FIRST + ".part"), bytes);
    }

    @Test
    void oneDownloadOfAFileAtATime() throws IOException {
        Files.createDirectories(target);
        Path part = target.resolve(FIRST + ".part");
        try (FileChannel other = FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = other.lock(Long.MAX_VALUE - 1, 1, false)) {
            String message = assertThrows(InputException.class, () -> download("good").run(NO_PROGRESS)).getMessage();
            assertTrue(lock.isValid() && message.startsWith(part + " is being downloaded already"), message);
            assertTrue(Files.exists(part), "it is the other's");
        }
        assertEquals(List.of(), requests);
    }

    @Test
    void withoutANetworkOneSentenceSaysWhatToDo() throws IOException {
        URI mirror = unreachable();
        String message = assertNothingFetched(download(List.of(mirror)));
        assertTrue(message.contains(mirror.getAuthority() + ": "), message);
    }

    @Test
    void fileWithTheRightDigestIsKeptAndAnotherIsReplaced() throws IOException {
        Files.createDirectories(target);
        List<String> names = List.copyOf(raw.keySet());
        Path kept = Files.write(target.resolve(names.get(0)), raw.get(names.get(0))); // not gzipped
        Files.write(target.resolve(names.get(1) + ".gz"), gzip(labels((byte) 0)));
        Files.write(target.resolve(names.get(2) + ".gz"), new byte[]{0x1f, (byte) 0x8b});
        Files.write(target.resolve(names.get(3)), Arrays.copyOf(raw.get(names.get(3)), 10)); // one byte too many
        download("good").run(NO_PROGRESS);
        assertEquals(names.subList(1, 4).stream().map(name -> "good/" + name + ".gz").toList(), requests);
        assertTrue(Files.exists(kept));
        DatasetPair pair = Sources.read(target, null);
        assertEquals(expected.stream().map(NamedSet.PublishedFile::sha256).toList(),
                pair.files().stream().map(DatasetPair.SourceFile::sha256).toList());

        requests.clear();
        download("good").run(NO_PROGRESS);
        assertEquals(List.of(), requests);
    }

    @Test
    void progressCountsUpToTheWholeFile() throws IOException {
        Map<String, List<Long>> arrived = new LinkedHashMap<>();
        download("good").run((file, bytes, total) -> arrived.computeIfAbsent(file, first -> new ArrayList<>())
                .addAll(List.of(bytes, total)));
        assertEquals(raw.keySet().stream().map(name -> name + ".gz").toList(), List.copyOf(arrived.keySet()));
        for (String file : arrived.keySet()) {
            long size = Files.size(target.resolve(file));
            List<Long> counts = arrived.get(file);
            assertEquals(List.of(size, size), counts.subList(counts.size() - 2, counts.size()));
        }
    }

    @Test
    void interruptStopsWithoutTryingFurtherMirrorsAndKeepsWhatHasArrived() throws IOException {
        try {
            assertThrows(InterruptedIOException.class, () -> download("cut", "good")
                    .run((file, bytes, total) -> Thread.currentThread().interrupt()));
        } finally {
            assertTrue(Thread.interrupted(), "the interrupt stays visible to the caller");
        }
        assertEquals(List.of("cut/" + FIRST), requests);
        assertEquals(List.of(FIRST + ".part"), targetNames());
    }

    @Test
    void cacheThatCannotBeWrittenToIsNamed() throws IOException {
        Files.write(target.getParent(), new byte[0]);
        String message = assertThrows(InputException.class, () -> download("good").run(NO_PROGRESS)).getMessage();
        assertTrue(message.startsWith(target.toString()), message);
        assertTrue(message.contains("cannot be written to"), message);
    }

    /** No other mirror would help, and one sentence names the disk; the cause tells the command line that it is full. */
    @Test
    void aFullDiskIsNoMirrorsFault() throws IOException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "/dev/full is needed");
        Files.createDirectories(target);
        Files.createSymbolicLink(target.resolve(FIRST + ".part"), full);
        InputException refusal = assertThrows(InputException.class, () -> download("good", "ranges").run(NO_PROGRESS));
        assertEquals(
                "%s cannot be written to (No space left on device); make room there, make it writable, or copy the "
                        .formatted(target) + "files there",
                refusal.getMessage());
        assertEquals("No space left on device", refusal.getCause().getMessage());
        assertEquals(List.of("good/" + FIRST), requests);
    }

    private String address() {
        return "%s:%d".formatted(InetAddress.getLoopbackAddress().getHostAddress(), server.getAddress().getPort());
    }

    @Test
    void proxyOfTheEnvironmentIsUsed() throws IOException {
        for (String name : List.of("HTTP_PROXY", "http_proxy")) {
            for (String proxy : List.of(address(), "http://" + address(), "http://me:secret@" + address())) {
                proxied.clear();
                String mirror = proxy.contains("@") ? "asks" : "good";
                download(set(List.of(URI.create("http://mirror.invalid/%s/".formatted(mirror)))), Map.of(name, proxy))
                        .run(NO_PROGRESS);
                assertComplete();
                assertEquals(proxy.contains("@") ? "Basic bWU6c2VjcmV0" : "null", proxied.getFirst());
                Files.delete(target.resolve(FIRST));
            }
        }
    }

    @Test
    void proxyIsAskedToConnectToAMirrorOfHttps() throws Exception {
        try (ServerSocket proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Future<List<String>> asked = threads.submit(() -> {
                List<String> lines = new ArrayList<>();
                for (String answer : List.of("407 Who are you\r\nProxy-Authenticate: Basic realm=\"x\"",
                        "502 Bad Gateway")) {
                    try (Socket client = proxy.accept();
                            BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(),
                                    StandardCharsets.US_ASCII))) {
                        for (String line; !(line = in.readLine()).isEmpty();) {
                            lines.add(line);
                        }
                        client.getOutputStream().write("HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                .formatted(answer).getBytes(StandardCharsets.US_ASCII));
                    }
                }
                return lines;
            });
            String message = assertNothingFetched(download(set(List.of(URI.create("https://mirror.invalid/good/"))),
                    Map.of("https_proxy", "http://me:secret@localhost:" + proxy.getLocalPort(), "HTTPS_PROXY",
                            "http://localhost:1")));
            assertTrue(message.contains("mirror.invalid: ") && message.contains("502"), message);
            assertEquals("CONNECT mirror.invalid:443 HTTP/1.1", asked.get().getFirst());
            assertTrue(asked.get().stream().anyMatch(line -> line
                    .equalsIgnoreCase("Proxy-Authorization: Basic bWU6c2VjcmV0")),
                    () -> asked.resultNow().toString());
        }
    }

    @Test
    void hostsOfNoProxyAreReachedDirectly() throws IOException {
        Map<String, String> environment = new HashMap<>(Map.of("HTTP_PROXY", "http://localhost:1"));
        assertNothingFetched(download(set(List.of(uri("good"))), environment));
        for (String name : List.of("NO_PROXY", "no_proxy")) {
            environment.put(name, "example.com, " + address().replaceFirst(":.*", ""));
            download(set(List.of(uri("good"))), environment).run(NO_PROGRESS);
            assertComplete();
            Files.delete(target.resolve(FIRST));
            environment.remove(name);
        }
    }

    @ParameterizedTest
    @CsvSource({"example.com, true", ".example.com, true", "*.example.com, true", "EXAMPLE.com, true", "*, true",
            "mirror.example.com:80, true", "mirror.example.com:8080, false", "'a.org,example.com', true",
            "ample.com, false", "'', false", "other.example.com, false", "com, true"})
    void noProxyNamesHostsAndDomains(String names, boolean direct) throws IOException {
        Proxies proxies = new Proxies(Map.of("HTTP_PROXY", "proxy.example.org:3128", "NO_PROXY", names));
        assertEquals(!direct, proxies.open(URI.create("http://mirror.example.com/a/")).usingProxy());
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://", "socks5://localhost:1080", "http://a b", ":", "//"})
    void whatIsNoProxyIsRefusedByTheNameOfTheVariable(String value) {
        String message = assertThrows(InputException.class,
                () -> download(set(List.of(uri("good"))), Map.of("HTTP_PROXY", value)).run(NO_PROGRESS)).getMessage();
        assertTrue(message.startsWith("HTTP_PROXY does not name a proxy"), message);
    }

    private static String md5(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    }

    /** Of files as they are served. */
    private NamedSet setByMd5() throws Exception {
        List<NamedSet.PublishedFile> files = new ArrayList<>();
        for (Map.Entry<String, byte[]> file : raw.entrySet()) {
            files.add(new NamedSet.PublishedFile(file.getKey(), md5(gzip(file.getValue()))));
        }
        return set(List.of(uri("ranges").toString()), null, new NamedSet.Layout(false, 0, 1), files);
    }

    @Test
    void whereOnlyMd5IsPublishedTheSha256OfWhatArrivedIsKeptAndCounts() throws Exception {
        NamedSet set = setByMd5();
        download(set, Map.of()).run(NO_PROGRESS);
        assertEquals(raw.entrySet().stream().map(file -> sha256(file.getValue()) + "  " + file.getKey()).toList(),
                Files.readAllLines(target.resolve("tiny.sha256")));
        assertTrue(SetFiles.verify(set, target).stream().allMatch(SetFiles.Check::published));

        Files.delete(target.resolve(FIRST));
        Files.write(target.resolve("train-images-idx3-ubyte"), raw.get("train-images-idx3-ubyte")); // the same, unpacked
        requests.clear();
        download(set, Map.of()).run(NO_PROGRESS);
        assertEquals(List.of(), requests);

        Files.write(target.resolve("t10k-labels-idx1-ubyte.gz"), gzip(labels((byte) 6)));
        List<SetFiles.Check> checks = SetFiles.verify(set, target);
        assertFalse(checks.getLast().published());
        assertTrue(checks.getLast().finding().contains("SHA-256"), checks::toString);
        download(set, Map.of()).run(NO_PROGRESS);
        assertEquals(List.of("ranges/t10k-labels-idx1-ubyte.gz"), requests);
        assertTrue(SetFiles.verify(set, target).stream().allMatch(SetFiles.Check::published));
    }

    @Test
    void copiedFilesWithTheRightMd5NeedNoDownload() throws Exception {
        Files.createDirectories(target);
        for (Map.Entry<String, byte[]> file : raw.entrySet()) {
            Files.write(target.resolve(file.getKey() + ".gz"), gzip(file.getValue()));
        }
        NamedSet set = setByMd5();
        assertTrue(SetFiles.verify(set, target).stream().allMatch(SetFiles.Check::published));
        download(set, Map.of()).run(NO_PROGRESS);
        assertEquals(List.of(), requests);
        assertTrue(Files.exists(target.resolve("tiny.sha256")));
    }

    /** As EMNIST's, with another split beside; {@code left} says which entries to leave out. */
    private byte[] zip(String... left) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String split : List.of("letters", "balanced")) {
                for (Map.Entry<String, byte[]> file : raw.entrySet()) {
                    String name = "gzip/emnist-%s-%s.gz".formatted(split, file.getKey().replace("t10k", "test"));
                    if (!List.of(left).contains(name)) {
                        zip.putNextEntry(new ZipEntry(name));
                        zip.write(gzip(file.getValue()));
                    }
                }
            }
        }
        return bytes.toByteArray();
    }

    private NamedSet split(String split, String mirror, byte[] zip) throws Exception {
        return new NamedSet("emnist-" + split, "EMNIST " + split, List.of("a", "b", "c", "d", "e", "f", "g", "h", "i"),
                2, 1,
                Preparation.CENTRE, "none", "nobody", new NamedSet.Layout(true, 1, 1), List.of(uri(mirror).toString()),
                new NamedSet.Archive("emnist-test", "gzip.zip", md5(zip), "gzip/"),
                raw.keySet().stream().map(name -> new NamedSet.PublishedFile(
                        "emnist-%s-%s".formatted(split, name.replace("t10k", "test")), null)).toList());
    }

    private void mirrorOfZip(String name, byte[] zip) {
        mirror(name, (exchange, packed) -> sendRange(exchange, zip));
    }

    @Test
    void filesOfASplitAreTakenOutOfAnArchiveThatIsKeptForTheNext() throws Exception {
        byte[] zip = zip();
        mirrorOfZip("zip", zip);
        for (String split : List.of("letters", "balanced")) {
            NamedSet set = split(split, "zip", zip);
            Path place = download(set, Map.of()).run(NO_PROGRESS);
            assertEquals(directory.resolve("cache").resolve("emnist-" + split), place);
            try (Stream<Path> files = Files.list(place)) {
                assertEquals(5, files.count(), "four files and their digests");
            }
            assertTrue(SetFiles.verify(set, place).stream().allMatch(SetFiles.Check::published));
            download(set, Map.of()).run(NO_PROGRESS);
            assertEquals(List.of("zip/gzip.zip"), requests, "downloaded once");
        }
    }

    @Test
    void archiveThatIsCutShortIsFetchedAnewAndNeverTakenForWhole() throws Exception {
        byte[] zip = zip();
        Path there = directory.resolve("cache/emnist-test/gzip.zip");
        Files.createDirectories(there.getParent());
        Files.write(there, Arrays.copyOf(zip, zip.length - 30));
        mirrorOfZip("short", Arrays.copyOf(zip, zip.length - 30));
        String message = assertThrows(InputException.class,
                () -> download(split("letters", "short", zip), Map.of()).run(NO_PROGRESS)).getMessage();
        assertTrue(
                message.contains("another content than published")
                        && message.contains("copy it to " + there.getParent()),
                message);
        mirrorOfZip("zip", zip);
        download(split("letters", "zip", zip), Map.of()).run(NO_PROGRESS);
        assertArrayEquals(zip, Files.readAllBytes(there));
    }

    /** What a digest does not show, were it wrong too. */
    @Test
    void archiveThatIsDamagedOrLacksAFileIsOneSentence() throws Exception {
        byte[] zip = zip();
        byte[] cut = Arrays.copyOf(zip, zip.length - 30);
        mirrorOfZip("short", cut);
        String message = assertThrows(InputException.class,
                () -> download(split("letters", "short", cut), Map.of()).run(NO_PROGRESS)).getMessage();
        assertTrue(message.contains("cannot be taken out of") && !message.contains("\n"), message);
        byte[] less = zip("gzip/emnist-letters-test-images-idx3-ubyte.gz");
        mirrorOfZip("less", less);
        String missing = assertThrows(InputException.class,
                () -> download(split("letters", "less", less), Map.of()).run(NO_PROGRESS)).getMessage();
        assertTrue(missing.contains("does not hold gzip/emnist-letters-test-images-idx3-ubyte.gz"), missing);
    }

    @Test
    void whatIsDrawnByTheProgramIsNotFetched() {
        String message = assertThrows(InputException.class, () -> download(set(List.of()), Map.of()).run(NO_PROGRESS))
                .getMessage();
        assertTrue(message.contains("nothing to fetch"), message);
    }
}
