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

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The mirrors are folders of a server on the loopback interface; each answers in its own way. */
@Timeout(60)
class MnistDownloadTest {
    private static final MnistDownload.Progress NO_PROGRESS = (file, bytes, total) -> {
    };
    private static final String FIRST = "train-images-idx3-ubyte.gz";
    private static final int MOST_BYTES = 1 << 17;

    @TempDir
    Path directory;
    private Path target;
    private final Map<String, byte[]> raw = new LinkedHashMap<>();
    private final List<DatasetPair.SourceFile> expected = new ArrayList<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch testEnds = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;

    private interface Answer {
        void to(HttpExchange exchange, byte[] packed) throws IOException;
    }

    @BeforeEach
    void startMirrors() throws IOException {
        target = directory.resolve("cache").resolve("mnist");
        raw.put("train-images-idx3-ubyte", images(2, 1, 2, (byte) 1, (byte) 2, (byte) 3, (byte) 4));
        raw.put("train-labels-idx1-ubyte", labels((byte) 8, (byte) 9));
        raw.put("t10k-images-idx3-ubyte", images(1, 1, 2, (byte) 5, (byte) 6));
        raw.put("t10k-labels-idx1-ubyte", labels((byte) 7));
        raw.forEach((name, bytes) -> expected.add(new DatasetPair.SourceFile(name, bytes.length, sha256(bytes))));

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
                requests.add(path.substring(1));
                assertEquals("lanewise", exchange.getRequestHeaders().getFirst("User-Agent"));
                String file = path.substring(path.lastIndexOf('/') + 1).replace(".gz", "");
                answer.to(exchange, gzip(raw.get(file)));
            }
        });
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
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

    private MnistDownload download(List<URI> mirrors) {
        return new MnistDownload(mirrors, expected, target, 5_000, 400, MOST_BYTES);
    }

    private MnistDownload download(String... mirrors) {
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
        assertEquals(2, MnistFiles.load(target).train().size());
    }

    /** Asserts a failure at the first file that leaves nothing behind; returns its sentence. */
    private String assertNothingFetched(MnistDownload download) throws IOException {
        String message = assertThrows(InputException.class, () -> download.run(NO_PROGRESS)).getMessage();
        assertFalse(message.contains("\n"), message);
        assertTrue(message.startsWith(FIRST), message);
        assertTrue(message.contains("copy the MNIST files to " + target + " or use --data digits"), message);
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
        String message = assertNothingFetched(
                download("forbidden", "html", "cut", "other", "nothing", "huge", "stalls"));
        String mirror = uri("").getAuthority() + ": ";
        List<String> reasons = List.of("status 403", "a web page in place of the file", "a broken gzip file",
                "another content than published", "not a gzip file", "more than 131072 bytes", "timed out");
        assertTrue(message.contains(mirror + String.join("; " + mirror, reasons)), message);
    }

    @Test
    void connectionClosedHalfWayLeavesNothingBehind() throws IOException {
        assertNothingFetched(download("hangsup"));
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
        DatasetPair pair = MnistFiles.load(target);
        assertEquals(expected, pair.files());

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
    void interruptStopsWithoutTryingFurtherMirrorsAndLeavesNothingBehind() throws IOException {
        try {
            assertThrows(InterruptedIOException.class, () -> download("cut", "good")
                    .run((file, bytes, total) -> Thread.currentThread().interrupt()));
        } finally {
            assertTrue(Thread.interrupted(), "the interrupt stays visible to the caller");
        }
        assertEquals(List.of("cut/" + FIRST), requests);
        assertEquals(List.of(), targetNames());
    }

    @Test
    void cacheThatCannotBeWrittenToIsNamed() throws IOException {
        Files.write(target.getParent(), new byte[0]);
        String message = assertThrows(InputException.class, () -> download("good").run(NO_PROGRESS)).getMessage();
        assertTrue(message.startsWith(target.toString()), message);
        assertTrue(message.contains("cannot be written to"), message);
    }
}
