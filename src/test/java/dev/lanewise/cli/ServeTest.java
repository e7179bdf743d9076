package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.Chromium;
import dev.lanewise.report.Browser;
import dev.lanewise.report.LiveReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code train --serve} and {@code report --serve}: what browsers see, and what others do not. */
class ServeTest {
    private static final List<String> HOSTILE = List.of("</script><script>hacked=true</script>", "it's & \"so\"",
            "\uD83D\uDE00 smile", "\u05E9\u05DC\u05D5\u05DD");
    private static final String HOSTILE_RUN = "<img src=x onerror=hacked=true><script>hacked=true 'it' \"so\" & \uD83D\uDE00 \u05E9\u05DC";

    @TempDir
    static Path shared;
    private static Path data;

    @TempDir
    Path temp;

    @BeforeAll
    static void writeData() throws IOException {
        data = SmallData.write(shared.resolve("small"));
    }

    /** A table of images of nine pixels, whose first one tells the class. */
    private static Path hostileData(Path file) throws IOException {
        StringBuilder csv = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            int label = i % HOSTILE.size();
            csv.append('"').append(HOSTILE.get(label).replace("\"", "\"\"")).append('"').append(",").append(60 * label)
                    .append(",0,0,0,0,0,0,0,").append(i).append('\n');
        }
        return Files.writeString(file, csv);
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Calls this before the next epoch begins. */
    private static Consumer<String> after(int epoch, Runnable then) {
        return line -> {
            if (line.startsWith("epoch " + epoch + "/")) {
                then.run();
            }
        };
    }

    /** The first bytes that a socket gets for a request; its connection stays open. */
    private static String ask(Socket socket, String path, String headers) {
        try {
            socket.getOutputStream().write(("GET " + path + " HTTP/1.1\r\n" + headers + "\r\n").getBytes(
                    StandardCharsets.UTF_8));
            byte[] answer = new byte[4096];
            return new String(answer, 0, Math.max(0, socket.getInputStream().read(answer)), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Socket socket(int port) {
        try {
            return new Socket(InetAddress.getLoopbackAddress(), port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Names that would like to be scripts, curves, and the end, after which nobody is asked any more. */
    @Test
    void aBrowserSeesTheRunGrowAndEnd() throws IOException, InterruptedException {
        Object[] options = {"--data", hostileData(temp.resolve("hostile.csv")), "--epochs", 6, "--hidden", 4,
                "--validation", 0.1};
        int port = freePort();
        Path run = temp.resolve(HOSTILE_RUN);
        List<Chromium.Page> pages = new ArrayList<>();
        try (Chromium browser = Chromium.start(temp.resolve("profile"))) {
            List<Object> command = new ArrayList<>(List.of("train", "--serve", port, "--out", run));
            command.addAll(List.of(options));
            Outcome outcome = Outcome.watching(after(2, () -> {
                pages.add(browser.open("http://127.0.0.1:" + port + "/", 800, 900, false));
                pages.getFirst().await("runs[0].epochs.length === 2 && live.epoch === 2");
                assertTrue(text(pages.getFirst()).contains("is being trained on"), () -> text(pages.getFirst()));
                assertTrue(text(pages.getFirst()).contains("Epoch 2 of 6"), () -> text(pages.getFirst()));
                pages.getFirst().evaluate("document.getElementById('all-epochs').open = true; 0");
                shown(browser, "http://127.0.0.1:" + port + "/", page -> page.await("live.epoch === 2"));
            }).andThen(after(4, () -> pages.getFirst().await("runs[0].epochs.length === 4"
                    + " && Chart.getChart('loss').data.datasets[0].data.length === 4"
                    + " && document.querySelectorAll('#epochs tbody tr').length === 4"))), command.toArray())
                    .expect(0);
            assertTrue(outcome.err().contains("Watch at http://127.0.0.1:" + port + "/"), outcome::toString);
            Chromium.Page page = pages.getFirst();
            page.await("live.state === 'ended' && document.querySelectorAll('.heat button').length > 0");
            List<JsonObject> metrics = new SmallRun(run).metrics();
            JsonArray epochs = page.evaluate("runs[0].epochs").getAsJsonArray();
            assertEquals(metrics, epochs.asList().stream().map(JsonElement::getAsJsonObject)
                    .map(epoch -> JsonParser.parseString(epoch.toString()).getAsJsonObject()).toList());
            for (String curve : List.of("loss 0 train_loss 1", "loss 1 validation_loss 1",
                    "accuracy 0 test_accuracy 100",
                    "rate 0 learning_rate 1", "seconds 0 seconds 1")) {
                String[] words = curve.split(" ");
                JsonArray points = page.evaluate("Chart.getChart('%s').data.datasets[%s].data".formatted(words[0],
                        words[1])).getAsJsonArray();
                assertEquals(IntStream.range(0, 6).mapToObj(i -> (i + 1) + " " + Integer.parseInt(words[3])
                        * metrics.get(i).get(words[2]).getAsDouble()).toList(),
                        points.asList().stream().map(JsonElement::getAsJsonObject)
                                .map(point -> point.get("x").getAsInt()
                                        + " " + point.get("y").getAsDouble())
                                .toList(),
                        curve);
            }
            assertTrue(page.evaluate("document.getElementById('all-epochs').open").getAsBoolean());
            assertEquals("2.530 2.535 2.540", page
                    .evaluate("[2.53, 2.535, 2.54].map((tick, i, ticks) => apart(tick, ticks)).join(' ')")
                    .getAsString(), "ticks that are close together");
            assertTrue(text(page).contains("The training has ended"), () -> text(page));
            assertTrue(text(page).contains(HOSTILE_RUN), () -> text(page));
            String names = page.evaluate("[...document.querySelectorAll('bdi')].map(e => e.textContent).join('|')")
                    .getAsString();
            HOSTILE.forEach(name -> assertTrue(names.contains(name), name));
            assertEquals("undefined", page.evaluate("typeof hacked").getAsString());
            for (int width : new int[]{400, 800, 1600}) { // as the run has left it
                page.resize(width, 900);
                page.await("document.documentElement.scrollWidth <= innerWidth"); // charts follow a moment later
                Browser.assertShown(page, false);
            }
            Thread.sleep(4000); // in which an EventSource would have asked again
            assertEquals(List.of(), page.messages());
            assertEquals(List.of("", "events"), page.requests().stream()
                    .map(address -> address.replace("http://127.0.0.1:" + port + "/", "")).toList());
        }
        Path other = temp.resolve("unwatched");
        List<Object> command = new ArrayList<>(List.of("train", "--out", other));
        command.addAll(List.of(options));
        Outcome.of(command.toArray()).expect(0);
        assertEquals(new SmallRun(other).sha256(), new SmallRun(run).sha256());
        assertEquals(new SmallRun(other).config(), new SmallRun(run).config());
    }

    private static String text(Chromium.Page page) {
        return page.evaluate("document.body.innerText").getAsString();
    }

    /** One that was closed, and one that reads nothing. */
    @Test
    void readersThatAreGoneOrAsleepDoNoHarm() throws IOException {
        int port = freePort();
        List<Socket> asleep = new ArrayList<>();
        long start = System.nanoTime();
        Outcome.watching(after(1, () -> {
            String host = "Host: 127.0.0.1:" + port + "\r\n";
            try (Socket gone = socket(port)) {
                assertTrue(ask(gone, "/events", host).startsWith("HTTP/1.1 200"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            asleep.add(socket(port));
            ask(asleep.getFirst(), "/events", host);
        }), "train", "--data", data, "--out", temp.resolve("run"), "--epochs", 3, "--hidden", 4, "--serve", port)
                .expect(0);
        assertEquals("finished", new SmallRun(temp.resolve("run")).status());
        assertTrue(System.nanoTime() - start < 30e9);
        asleep.getFirst().close();
    }

    @ParameterizedTest
    @CsvSource({"evil.example, , 403", "evil.example:PORT, , 403", "127.0.0.1:PORT, http://evil.example, 403",
            "127.0.0.1:PORT, null, 403", "localhost:PORT, http://localhost:PORT, 200", "127.0.0.1:PORT, , 200"})
    void othersAreRefused(String host, String origin, int status) throws IOException {
        int port = freePort();
        String headers = ("Host: " + host + "\r\n" + (origin == null ? "" : "Origin: " + origin + "\r\n")).replace(
                "PORT",
                String.valueOf(port));
        List<String> answers = new ArrayList<>();
        Outcome.watching(after(1, () -> List.of("/", "/events").forEach(path -> {
            try (Socket socket = socket(port)) {
                answers.add(ask(socket, path, headers));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        })), "train", "--data", data, "--out", temp.resolve("run"), "--epochs", 2, "--hidden", 4, "--serve", port,
                "--no-report").expect(0);
        assertEquals(2, answers.size());
        answers.forEach(answer -> assertTrue(answer.startsWith("HTTP/1.1 " + status), answer));
        assertFalse(Files.exists(temp.resolve("run").resolve("report.html")));
    }

    @Test
    void aPortInUseIsToldBeforeAnythingBegins() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Outcome outcome = Outcome.of("train", "--data", data, "--out", temp.resolve("run"), "--serve",
                    taken.getLocalPort());
            outcome.expectRefusal("--serve " + taken.getLocalPort() + " cannot be had");
            assertEquals("", outcome.out());
            assertFalse(outcome.err().contains("Data: "), outcome::toString);
            assertFalse(Files.exists(temp.resolve("run")));
            Outcome.of("report", data, "--serve").expectRefusal(data, "no run");
        }
        for (String port : List.of("x", "65536", "-1")) {
            Outcome.of("train", "--data", data, "--serve=" + port).expectRefusal("--serve", port);
        }
        Outcome.of("train", "--data", data, "--no-browser").expectRefusal("--no-browser", "--serve");
    }

    @Test
    void twoAtOnceHaveAddressesOfTheirOwn() throws IOException {
        try (LiveReport one = new LiveReport(0, "--serve"); LiveReport other = new LiveReport(0, "--serve")) {
            assertNotEquals(one.address(), other.address());
        }
    }

    @ParameterizedTest
    @CsvSource({"-o=json", "-q", "--no-progress"})
    void theAddressDoesNotSpoilStdout(String option) throws IOException {
        Path run = temp.resolve("run");
        Outcome outcome = Outcome.of("train", "--data", data, "--out", run, "--epochs", 2, "--hidden", 4, option,
                "--serve", "--no-browser").expect(0);
        assertFalse(outcome.out().contains("http"), outcome::toString);
        assertTrue(outcome.err().matches("(?s).*Watch at http://127\\.0\\.0\\.1:\\d+/ .*"), outcome::toString);
        if (option.equals("-o=json")) {
            outcome.out().lines().forEach(JsonParser::parseString);
        }
        Outcome resumed = Outcome.of("train", "--resume", run, "--epochs", 3, "--serve", "--no-browser").expect(0);
        assertTrue(resumed.err().contains("Watch at "), resumed::toString);
        Outcome.of("train", "--resume", run, "--serve", "--no-browser").expect(0); // nothing is left to do
    }

    /** In light and in dark, in windows of three widths. */
    private static void shown(Chromium browser, String address, Consumer<Chromium.Page> prepare) {
        try {
            Browser.assertShown(browser, address, prepare);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Does this while the list is served, which ends after it. */
    private Outcome serving(Consumer<String> look, Object... words) {
        List<Object> command = new ArrayList<>(List.of("report", "--serve", "--no-browser"));
        command.addAll(List.of(words));
        return Outcome.watching(line -> {
            if (line.startsWith("See the runs at ")) {
                look.accept(line.split(" ")[4]);
                Thread.currentThread().interrupt();
            }
        }, command.toArray());
    }

    private Path runs() throws IOException {
        Path runs = temp.resolve("runs");
        Files.createDirectories(runs.resolve("no run"));
        Outcome.of("train", "--data", data, "--out", runs.resolve("one"), "--epochs", 2, "--hidden", 4).expect(0);
        Outcome.of("train", "--data", hostileData(temp.resolve("hostile.csv")), "--out", runs.resolve(HOSTILE_RUN),
                "--epochs", 1, "--hidden", 5).expect(0);
        SmallRun.copy(runs.resolve("one"), runs.resolve("broken"));
        Files.writeString(runs.resolve("broken").resolve("run.json"), "{");
        SmallRun.copy(runs.resolve("one"), runs.resolve("odd"));
        Files.writeString(runs.resolve("odd").resolve("run.json"), Files.readString(runs.resolve("one").resolve(
                "run.json")).replaceFirst("\"layers\": \\[", "\"layers\": 3, \"more\": ["));
        Files.createDirectories(runs.resolve("half"));
        Files.copy(runs.resolve("one").resolve("model.safetensors"), runs.resolve("half").resolve("model.safetensors"));
        return runs;
    }

    @Test
    void aListShowsAllRunsAndComparesThoseThatAreChosen() throws IOException {
        Path runs = runs();
        SmallRun one = new SmallRun(runs.resolve("one"));
        double accuracy = one.accuracy();
        try (Chromium browser = Chromium.start(temp.resolve("profile"))) {
            serving(address -> {
                shown(browser, address, page -> {
                    String text = text(page);
                    assertTrue(text.contains("5 runs"), text);
                    assertTrue(text.contains("broken") && text.contains("run.json is damaged"), text);
                    assertTrue(text.contains("half") && text.contains("no run.json"), text);
                    assertFalse(text.contains("no run\n"), "a directory that is no run's: " + text);
                    assertEquals(3, text.split("damaged: ", -1).length - 1, text);
                    String row = page
                            .evaluate("[...document.querySelectorAll('#list tbody tr')].map(r => r.innerText)"
                                    + ".find(t => t.includes('\\tone') || t.includes('one\\t'))")
                            .getAsString();
                    assertTrue(row.contains("%.2f %%".formatted(100 * accuracy)), row);
                    assertTrue(row.contains("dense 4, relu, dense 10") && row.contains("small"), row);
                });
                List<String> links = new ArrayList<>();
                try (Chromium.Page page = browser.open(address, 1000, 900, false)) {
                    assertTrue(page.evaluate("document.querySelector('form button').disabled").getAsBoolean());
                    page.click("input[value$=one]");
                    page.click("input[value*=onerror]");
                    page.click("form button");
                    page.await("typeof runs === 'object' && runs.length === 2"
                            + " && document.title === 'Lanewise: 2 runs'");
                    links.add(page.evaluate("location.href").getAsString());
                    assertTrue(text(page).contains(HOSTILE_RUN) && text(page).contains("How they differ"));
                    page.evaluate("history.back(); 0");
                    page.await("document.title === 'Lanewise: runs'");
                    page.evaluate("[...document.links].find(a => a.textContent.includes('onerror')).click(); 0");
                    page.await("document.querySelectorAll('.heat button').length > 0");
                    links.add(page.evaluate("location.href").getAsString());
                    String names = page
                            .evaluate("[...document.querySelectorAll('bdi')].map(e => e.textContent).join('|')")
                            .getAsString();
                    HOSTILE.forEach(name -> assertTrue(names.contains(name), name));
                    assertEquals("undefined", page.evaluate("typeof hacked").getAsString());
                    assertEquals(List.of(), page.messages());
                    assertTrue(page.requests().stream().allMatch(request -> request.startsWith(address)),
                            page.requests()::toString);
                }
                links.forEach(link -> shown(browser, link, page -> page.await("runs.length > 0")));
                int port = Integer.parseInt(address.replaceAll("\\D+(\\d+)/$", ";$1").split(";")[1]);
                for (String path : List.of("/", "/run?run=one", "/compare?run=one", "/run?run=../one",
                        "/run?run=%00")) {
                    try (Socket socket = socket(port); Socket mine = socket(port)) {
                        assertTrue(ask(socket, path, "Host: evil.example:" + port + "\r\n").startsWith("HTTP/1.1 403"));
                        assertTrue(ask(mine, path, "Host: 127.0.0.1:" + port + "\r\n")
                                .startsWith(path.equals("/") ? "HTTP/1.1 200" : "HTTP/1.1 404"), path);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            }, runs).expect(Main.INTERRUPTED);
        }
    }

    @Test
    void runsAreNamedOneByOneOrByTheirDirectory() throws IOException {
        Path run = temp.resolve("a");
        Outcome.of("train", "--data", data, "--out", run, "--epochs", 1, "--hidden", 4).expect(0);
        List<String> pages = new ArrayList<>();
        Consumer<String> load = address -> {
            try (Socket socket = socket(Integer.parseInt(address.split(":")[2].replace("/", "")))) {
                socket.getOutputStream().write(("GET / HTTP/1.1\r\nConnection: close\r\nHost: "
                        + address.substring(7, address.length() - 1) + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
                pages.add(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        serving(load, run).expect(Main.INTERRUPTED);
        serving(load, run, temp).expect(Main.INTERRUPTED);
        pages.forEach(page -> assertEquals(2, page.split("\"key\":", -1).length, "once, though it is named twice"));
        Outcome.of("report", "--serve", temp.resolve("none")).expectRefusal(temp.resolve("none"), "no such directory");
        Outcome.of("report", "--serve", run, "-o", temp.resolve("x.html")).expectRefusal("--serve", "-o");
        Outcome.of("report", "--serve", run, "--data", data).expectRefusal("--serve", "--data");
        Outcome.of("report", run, "--port", 8080).expectRefusal("--port", "--serve");
        int port = freePort();
        try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            Outcome.of("report", "--serve", run, "--port", taken.getLocalPort()).expectRefusal("--port " + port);
        }
    }
}
