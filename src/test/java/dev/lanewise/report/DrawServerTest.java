package dev.lanewise.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.Chromium;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.data.PngWriter;
import dev.lanewise.data.Preparer;
import dev.lanewise.data.Sources;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import dev.lanewise.run.Predictor;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrawServerTest {
    private static final Shape SHAPE = new Shape(28, 28, 1);
    private static final Dataset TRAINED = BuiltInDigits.draw(1, 300);

    @TempDir
    Path temp;
    private final Model model = new Model(Network.of(SHAPE, Spec.parseList("dense 10"),
            Loss.of(Spec.parse("cross-entropy"))).initialize(1),
            IntStream.range(0, 10).mapToObj(String::valueOf).toList(), Map.of());
    private DrawServer server;

    @BeforeEach
    void serve() throws IOException {
        server = new DrawServer(model, "run", TRAINED, temp.resolve("drawings"), 0);
    }

    @AfterEach
    void end() {
        server.close();
    }

    private String host() {
        return URI.create(server.address()).getAuthority();
    }

    /** Status and body of what a program says that can say anything, as browsers cannot. */
    private record Answer(int status, String body) {
        JsonObject json() {
            return JsonParser.parseString(body).getAsJsonObject();
        }
    }

    private Answer ask(String request, Map<String, String> headers, byte[] body) throws IOException {
        StringBuilder head = new StringBuilder(
                request + " HTTP/1.1\r\nConnection: close\r\nContent-Length: " + body.length + "\r\n");
        headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), URI.create(server.address()).getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write((head + "\r\n").getBytes(StandardCharsets.UTF_8));
            out.write(body);
            out.flush();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(Integer.parseInt(answer.split(" ")[1]),
                    answer.substring(answer.indexOf("\r\n\r\n") + 4));
        }
    }

    private String token() throws IOException {
        Matcher token = Pattern.compile("\"token\":\"(\\w{32})\"")
                .matcher(ask("GET /", Map.of("Host", host()), new byte[0]).body());
        assertTrue(token.find());
        return token.group(1);
    }

    private Answer post(String path, byte[] body) throws IOException {
        return ask("POST " + path, Map.of("Host", host(), "X-Lanewise-Token", token()), body);
    }

    @ParameterizedTest
    @CsvSource({"evil.example, , 403", "evil.example:PORT, , 403", "127.0.0.1, , 403", "HOST, http://evil.example, 403",
            "HOST, null, 403", "HOST, https://HOST, 403", "HOST, http://127.0.0.1, 403", "HOST, http://HOST, 200",
            "HOST, , 200", "localhost:PORT, http://localhost:PORT, 200", "localhost:PORT, http://HOST, 403"})
    void othersAreRefused(String host, String origin, int status) throws IOException {
        String port = host().split(":")[1];
        String named = host.replace("HOST", host()).replace("PORT", port);
        Map<String, String> headers = origin == null
                ? Map.of("Host", named)
                : Map.of("Host", named, "Origin", origin.replace("HOST", host()).replace("PORT", port));
        assertEquals(status, ask("GET /", headers, new byte[0]).status());
        assertEquals(403, ask("GET /", Map.of(), new byte[0]).status(), "no Host at all");
        for (String path : List.of("/read", "/collect?class=1", "/other")) {
            assertEquals(status == 200 && path.equals("/other") ? 404 : 403,
                    ask("POST " + path, headers, new byte[784]).status(), path);
        }
        assertFalse(Files.exists(temp.resolve("drawings")), "nothing was written");
    }

    @Test
    void whatChangesSomethingNeedsTheToken() throws IOException {
        for (Map<String, String> headers : List.of(Map.of("Host", host()),
                Map.of("Host", host(), "X-Lanewise-Token", "0"),
                Map.of("Host", host(), "Cookie", "X-Lanewise-Token=" + token()))) {
            assertEquals(403, ask("POST /collect?class=1", headers, new byte[784]).status());
        }
        assertEquals(405, ask("GET /collect?class=1", Map.of("Host", host(), "X-Lanewise-Token", token()), new byte[0])
                .status());
        assertEquals(405, ask("OPTIONS /collect", Map.of("Host", host(), "Origin", "http://" + host()), new byte[0])
                .status(), "no other site is told that it may");
        assertFalse(Files.exists(temp.resolve("drawings")));
        assertEquals(200, post("/collect?class=1", new byte[784]).status());
        try (DrawServer other = new DrawServer(model, "run", null, temp.resolve("drawings"), 0)) {
            assertFalse(other.address().equals(server.address()), "two at once");
        }
    }

    @Test
    void answersAreThoseOfPredict() throws IOException {
        byte[] image = TRAINED.pixels(7);
        byte[] large = new byte[280 * 280];
        for (int i = 0; i < large.length; i++) {
            large[i] = image[i / 280 / 10 * 28 + i % 280 / 10];
        }
        for (byte[] png : List.of(PngWriter.png(SHAPE, image), PngWriter.png(new Shape(280, 280, 1), large))) {
            JsonObject character = post("/read?several=false&nearest=true", png).json().getAsJsonArray("characters")
                    .get(0).getAsJsonObject();
            byte[] expected = model.preparer().prepare(Preparer.read(png, "it"), "it").pixels();
            assertArrayEquals(expected, Base64.getDecoder().decode(character.get("pixels").getAsString()));
            float[] p = new Predictor(new Ensemble(List.of(model))).predict(expected, 0, 1);
            for (int i = 0; i < 10; i++) {
                assertEquals(p[i], character.getAsJsonArray("probabilities").get(i).getAsFloat());
            }
            JsonObject nearest = character.getAsJsonArray("nearest").get(0).getAsJsonObject();
            assertEquals(TRAINED.label(7), nearest.get("label").getAsInt());
            assertTrue(nearest.get("distance").getAsDouble() < 6, nearest::toString);
        }
    }

    @Test
    void theNearestAreThoseOfAPlainLoop() {
        Neighbours neighbours = new Neighbours(TRAINED);
        byte[] image = BuiltInDigits.draw(2, 1).pixels(0);
        double[] distances = IntStream.range(0, 300).mapToDouble(i -> Math.sqrt(IntStream.range(0, 784).mapToDouble(
                k -> Math.pow(((image[k] & 0xff) - (TRAINED.pixels(i)[k] & 0xff)) / 255.0, 2)).sum())).toArray();
        List<Integer> expected = IntStream.range(0, 300).boxed()
                .sorted((a, b) -> Double.compare(distances[a], distances[b])).toList();
        List<Neighbours.Neighbour> found = neighbours.of(image, 8);
        assertEquals(expected.subList(0, 8), found.stream().map(Neighbours.Neighbour::image).toList());
        assertEquals(distances[expected.getFirst()], found.getFirst().distance(), 1e-9);
        assertEquals(300, neighbours.of(image, 1000).size());
    }

    @Test
    void nonsenseIsASentence() throws IOException {
        assertEquals("The drawing shows nothing but blank paper; draw a digit on it.",
                post("/read?several=false&nearest=false", PngWriter.png(new Shape(100, 100, 1), new byte[10_000]))
                        .json()
                        .get("message").getAsString());
        for (Answer answer : List.of(post("/read", new byte[3]), post("/collect?class=10", new byte[784]),
                post("/collect?class=-1", new byte[784]), post("/collect", new byte[784]),
                post("/collect?class=1", new byte[783]))) {
            assertEquals(400, answer.status());
            assertTrue(answer.json().get("message").getAsString().matches("\\S.{10,}"), answer::toString);
        }
    }

    @Test
    void whatIsCollectedTrains() throws IOException {
        for (int image = 0; image < 40; image++) {
            post("/collect?class=" + TRAINED.label(image), TRAINED.pixels(image));
        }
        DatasetPair data = Sources.read(temp.resolve("drawings"), null);
        assertEquals(40, data.train().size());
        assertEquals(SHAPE, data.train().shape());
        List<List<Byte>> images = IntStream.range(0, 40).mapToObj(i -> list(data.train().pixels(i))).toList();
        for (int image = 0; image < 40; image++) {
            int found = images.indexOf(list(TRAINED.pixels(image)));
            assertTrue(found >= 0, "image " + image + " is there as it was");
            assertEquals(TRAINED.classes().get(TRAINED.label(image)),
                    data.train().classes().get(data.train().label(found)));
        }
    }

    private static List<Byte> list(byte[] bytes) {
        return IntStream.range(0, bytes.length).mapToObj(i -> bytes[i]).toList();
    }

    @Test
    void noNameLeavesTheDirectory() throws IOException {
        Path place = temp.resolve("in").resolve("drawings");
        DrawingFolder folder = new DrawingFolder(place, SHAPE);
        for (String name : List.of("../../out", "..", ".", "/tmp/x", "a\\b", "T-shirt/top", "<b>", "\ud83d\ude00",
                "a\0b")) {
            Path file = folder.save(name, new byte[784]);
            assertEquals(place, file.getParent().getParent(), name);
            assertTrue(Files.isRegularFile(file));
        }
        assertEquals(List.of("in"), List.of(temp.toFile().list()));
        assertNotEquals(folder.save("a?", new byte[784]).getParent(), folder.save("a*", new byte[784]).getParent(),
                "drawings of two classes");
        Path file = Files.writeString(temp.resolve("file"), "");
        assertTrue(assertThrows(InputException.class, () -> new DrawingFolder(file, SHAPE)).getMessage()
                .contains("--collect " + file));
        DrawingFolder full = new DrawingFolder(temp.resolve("later"), SHAPE);
        Files.writeString(temp.resolve("later"), "");
        assertTrue(assertThrows(InputException.class, () -> full.save("1", new byte[784])).getMessage()
                .contains("--collect"));
    }

    /** A directory of one's own is not filled with folders of classes. */
    @Test
    void onlyFoldersWithImagesAreCollectedInto() throws IOException {
        Path place = Files.createDirectory(temp.resolve("place"));
        new DrawingFolder(place, SHAPE).save("1", new byte[784]);
        Files.createFile(place.resolve(".DS_Store"));
        Files.createFile(Files.createDirectory(place.resolve("cat")).resolve("A.JPG"));
        new DrawingFolder(place, SHAPE).save("2", new byte[784]);
        for (String other : List.of("notes.txt", "cat/notes.txt", "1/inner/3.png")) {
            Files.createDirectories(place.resolve(other).getParent());
            Files.createFile(place.resolve(other));
            InputException e = assertThrows(InputException.class, () -> new DrawingFolder(place, SHAPE));
            assertTrue(e.getMessage().startsWith(place + ": the directory is not empty"), e.getMessage());
            assertEquals(List.of("collect"), e.settings());
            Files.delete(place.resolve(other));
        }
    }

    @Test
    void aPortInUseIsASentence() {
        int port = URI.create(server.address()).getPort();
        String message = assertThrows(InputException.class, () -> new DrawServer(model, "run", null, temp, port))
                .getMessage();
        assertTrue(message.startsWith("--port " + port + " cannot be had"), message);
    }

    @Test
    void theServedPageShowsAllInEveryWindow() throws IOException {
        try (Chromium browser = Chromium.start(temp.resolve("profile"))) {
            Browser.assertShown(browser, server.address(), page -> {
                double left = page.evaluate("canvas.getBoundingClientRect().left").getAsDouble();
                page.drag(new double[]{left + 80, 200}, new double[]{left + 130, 200}, new double[]{left + 120, 300});
                page.await(
                        "!reading && characters.length === 1 && document.querySelectorAll('#images canvas').length === 8");
                assertEquals(0, page.evaluate("[...document.querySelectorAll('#images figure')].filter((f, i, all) => "
                        + "f.getBoundingClientRect().top > all[0].getBoundingClientRect().top).length % 4").getAsInt(),
                        "rows of four or eight");
            });
        }
    }

    /** By real pointers: draw, see the answer and the nearest images, correct it, end the program. */
    @Test
    void theServedPageReadsAndCollects() throws IOException {
        try (Chromium browser = Chromium.start(temp.resolve("profile"));
                Chromium.Page page = browser.open(server.address(), 900, 1000, false)) {
            page.drag(new double[]{100, 200}, new double[]{150, 200}, new double[]{140, 300});
            page.drag(new double[]{300, 200}, new double[]{300, 300});
            page.await(
                    "!reading && characters.length === 2 && document.querySelectorAll('#images canvas').length === 8");
            assertEquals(2, page.evaluate("document.getElementById('text').textContent").getAsString().length());
            page.click("#seen button");
            page.click("#right button:nth-child(8)");
            page.await("document.getElementById('message').textContent.startsWith('Saved as ')");
            try (Stream<Path> files = Files.walk(temp.resolve("drawings"))) {
                assertEquals(List.of(temp.resolve("drawings").resolve("7").resolve("1.png")),
                        files.filter(Files::isRegularFile).toList());
            }
            byte[] seen = Base64.getDecoder().decode(page.evaluate("btoa(String.fromCharCode(...characters[0].pixels))")
                    .getAsString());
            assertArrayEquals(seen, Preparer.read(temp.resolve("drawings").resolve("7").resolve("1.png")).pixels());
            assertEquals(List.of(), page.messages());
            assertTrue(page.requests().stream().allMatch(address -> address.startsWith(server.address())),
                    () -> page.requests().toString());
            server.close();
            page.drag(new double[]{200, 200}, new double[]{200, 300});
            page.await("document.getElementById('message').textContent.includes('has ended')");
        }
    }
}
