package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Chromium without a window, driven by the DevTools protocol: pages, pointers, what the console says. */
public final class Chromium implements AutoCloseable {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "chromium-headless-shell",
            "google-chrome", "google-chrome-stable");
    private static final long LIMIT_SECONDS = 180; // of a machine that is busy or stands still

    private final Process process;
    private final HttpClient client = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicInteger number = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
    private final Map<String, Page> pages = new ConcurrentHashMap<>(); // by session

    /** Starts it, or skips the test where there is none. */
    public static Chromium start(Path profile) throws IOException {
        return new Chromium(program(), profile);
    }

    /** Where it is; skips the test where it is not, but fails it where the environment says CI=true. */
    public static Path program() {
        Optional<Path> program = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .flatMap(directory -> NAMES.stream().map(name -> Path.of(directory, name)))
                .filter(Files::isExecutable).findFirst();
        String missing = "no Chromium on the PATH, under any of the names " + NAMES;
        assertTrue(program.isPresent() || !"true".equals(System.getenv("CI")), missing);
        assumeTrue(program.isPresent(), missing);
        return program.get();
    }

    private Chromium(Path program, Path profile) throws IOException {
        process = new ProcessBuilder(program.toString(), "--headless", "--no-sandbox", "--disable-gpu",
                "--hide-scrollbars", "--no-first-run", "--remote-debugging-port=0", "--user-data-dir=" + profile,
                "about:blank").redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        Path told = profile.resolve("DevToolsActivePort"); // the port, and the path of the browser's socket
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!Files.exists(told) || Files.readAllLines(told).size() < 2) {
            assertTrue(process.isAlive() && System.nanoTime() < end, "the browser does not start");
            pause(20);
        }
        List<String> lines = Files.readAllLines(told);
        socket = client.newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1)), new Listener()).join();
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                JsonObject message = JsonParser.parseString(text.toString()).getAsJsonObject();
                text.setLength(0);
                if (message.has("id")) {
                    answers.remove(message.get("id").getAsInt()).complete(message);
                } else if (message.has("sessionId")
                        && pages.get(message.get("sessionId").getAsString()) instanceof Page page) {
                    page.event(message.get("method").getAsString(), message.getAsJsonObject("params"));
                }
            }
            from.request(1);
            return null;
        }
    }

    private synchronized JsonObject call(String session, String method, Map<String, ?> params) {
        JsonObject message = new JsonObject();
        int id = number.incrementAndGet();
        message.addProperty("id", id);
        message.addProperty("method", method);
        message.add("params", new Gson().toJsonTree(params));
        if (session != null) {
            message.addProperty("sessionId", session);
        }
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        answers.put(id, answer);
        socket.sendText(message.toString(), true).join();
        JsonObject result = answer.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
        assertFalse(result.has("error"), () -> method + ": " + result);
        return result.getAsJsonObject("result");
    }

    /** Opens a page in a window of that size, light or dark, and waits until it is there. */
    public Page open(String address, int width, int height, boolean dark) {
        String target = call(null, "Target.createTarget", Map.of("url", "about:blank")).get("targetId").getAsString();
        String session = call(null, "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .get("sessionId").getAsString();
        Page page = new Page(target, session);
        pages.put(session, page);
        for (String domain : List.of("Runtime", "Log", "Network", "Page")) {
            call(session, domain + ".enable", Map.of());
        }
        page.resize(width, height);
        call(session, "Emulation.setEmulatedMedia", Map.of("features", List.of(Map.of("name", "prefers-color-scheme",
                "value", dark ? "dark" : "light"))));
        call(session, "Page.navigate", Map.of("url", address));
        page.loaded.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
        return page;
    }

    /** A page that is open. */
    public final class Page implements AutoCloseable {
        private final String target;
        private final String session;
        private final CompletableFuture<Void> loaded = new CompletableFuture<>();
        private final List<String> messages = Collections.synchronizedList(new ArrayList<>());
        private final List<String> requests = Collections.synchronizedList(new ArrayList<>());

        private Page(String target, String session) {
            this.target = target;
            this.session = session;
        }

        private void event(String method, JsonObject params) {
            switch (method) {
                case "Page.loadEventFired" -> loaded.complete(null);
                case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded" ->
                    messages.add(params.toString());
                case "Network.requestWillBeSent" ->
                    requests.add(params.getAsJsonObject("request").get("url").getAsString());
                default -> {
                    // of no interest
                }
            }
        }

        /** What the console was told: messages, errors, exceptions. */
        public List<String> messages() {
            return List.copyOf(messages);
        }

        /** The addresses of all requests, that of the page first. */
        public List<String> requests() {
            return List.copyOf(requests);
        }

        /** Makes the window as large. */
        public void resize(int width, int height) {
            call(session, "Emulation.setDeviceMetricsOverride",
                    Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        }

        /** The value of an expression, awaited where it is a promise. */
        public JsonElement evaluate(String expression) {
            JsonObject result = call(session, "Runtime.evaluate",
                    Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
            assertFalse(result.has("exceptionDetails"), () -> expression + ": " + result);
            return result.getAsJsonObject("result").get("value");
        }

        /** Waits until an expression is true. */
        public void await(String expression) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
            while (!evaluate("Boolean(" + expression + ")").getAsBoolean()) {
                assertTrue(System.nanoTime() < end, () -> expression + " does not become true; " + messages);
                pause(10);
            }
        }

        /** Presses the mouse at the first point, moves it along the others and lets it go; in pixels of the window. */
        public void drag(double[]... points) {
            mouse("mousePressed", points[0]);
            for (double[] point : points) {
                mouse("mouseMoved", point);
            }
            mouse("mouseReleased", points[points.length - 1]);
        }

        private void mouse(String type, double[] point) {
            call(session, "Input.dispatchMouseEvent", Map.of("type", type, "x", point[0], "y", point[1], "button",
                    "left", "buttons", type.equals("mouseReleased") ? 0 : 1, "clickCount", 1));
        }

        /** Moves a finger over the screen. */
        public void touch(double[]... points) {
            for (int i = 0; i < points.length; i++) {
                call(session, "Input.dispatchTouchEvent", Map.of("type", i == 0 ? "touchStart" : "touchMove",
                        "touchPoints", List.of(Map.of("x", points[i][0], "y", points[i][1]))));
            }
            call(session, "Input.dispatchTouchEvent", Map.of("type", "touchEnd", "touchPoints", List.of()));
        }

        /** Clicks the middle of the first element that a selector finds. */
        public void click(String selector) {
            String[] at = evaluate(
                    ("(() => { const e = document.querySelector('%s'); e.scrollIntoView({block: 'center'}); "
                            + "const b = e.getBoundingClientRect(); return b.x + b.width / 2 + ' ' + (b.y + b.height / 2); })()")
                            .formatted(selector))
                    .getAsString().split(" ");
            drag(new double[]{Double.parseDouble(at[0]), Double.parseDouble(at[1])});
        }

        /** Writes what is seen of the whole page as a PNG file. */
        public void screenshot(Path file) throws IOException {
            Files.write(file, Base64.getDecoder().decode(call(session, "Page.captureScreenshot",
                    Map.of("captureBeyondViewport", true)).get("data").getAsString()));
        }

        @Override
        public void close() {
            call(null, "Target.closeTarget", Map.of("targetId", target));
            pages.remove(session);
        }
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        try {
            call(null, "Browser.close", Map.of());
        } finally {
            socket.abort(); // close() of the client would wait for it
            client.shutdownNow();
            try {
                if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
