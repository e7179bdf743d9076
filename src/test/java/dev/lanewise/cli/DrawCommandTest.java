package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrawCommandTest {
    @TempDir
    static Path temp;
    private static Path data;
    private static Path run;

    @BeforeAll
    static void trainOnce() throws IOException {
        data = SmallData.write(temp.resolve("small"));
        run = temp.resolve("run");
        Outcome.of("train", "--data", data, "--epochs", 1, "--hidden", 8, "--limit", 100, "--out", run).expect(0);
    }

    /** The page that it serves, or what it said; it ends as by Ctrl-C. */
    private static Outcome serving(List<String> pages, Object... words) {
        List<Object> command = new ArrayList<>(List.of("draw", "--no-browser"));
        command.addAll(List.of(words));
        return Outcome.watching(line -> {
            if (line.startsWith("Draw at ")) {
                try (HttpClient client = HttpClient.newHttpClient()) {
                    pages.add(client.sendAsync(HttpRequest.newBuilder(URI.create(line.split(" ")[2])).build(),
                            BodyHandlers.ofString()).join().body());
                }
                Thread.currentThread().interrupt();
            }
        }, command.toArray());
    }

    @Test
    void thePageIsWrittenWithTheNetworkInside() throws IOException {
        Path page = temp.resolve("page.html");
        Outcome outcome = Outcome.of("draw", run, "-o", page).expect(0);
        assertTrue(outcome.out().startsWith(page + ": "), outcome::toString);
        String html = Files.readString(page);
        assertTrue(html.contains("\"weights\":\"") && html.contains("default-src 'none'"));
        assertTrue(html.contains("run, trained on small."), "which run it is");
        Outcome.of("draw", run.resolve("model.safetensors"), "-o", page).expect(0);
    }

    @Test
    void itServesUntilItIsInterrupted() {
        List<String> pages = new ArrayList<>();
        Outcome outcome = serving(pages, run).expect(Main.INTERRUPTED);
        assertEquals(List.of(), outcome.messages());
        assertTrue(outcome.err().contains("100 training"), "what it learned from: " + outcome);
        assertTrue(pages.getFirst().contains("\"nearest\":true"));
        assertTrue(pages.getFirst().contains("connect-src 'self'"));
    }

    @Test
    void withoutItsDataItShowsNoTrainingImages() throws IOException {
        Path moved = temp.resolve("moved");
        SmallRun.copy(run, moved);
        Path config = moved.resolve("run.json");
        String json = Files.readString(config);
        Path other = SmallData.write(temp.resolve("other"), SmallData.TEST, SmallData.TEST);
        for (Object place : List.of(temp.resolve("gone"), other)) {
            Files.writeString(config, json.replace("\"data\": \"" + data + "\"", "\"data\": \"" + place + "\""));
            List<String> pages = new ArrayList<>();
            Outcome outcome = serving(pages, moved).expect(Main.INTERRUPTED);
            assertEquals(1, outcome.messages().size(), outcome::toString);
            assertTrue(outcome.messages().getFirst().startsWith("No training images will be shown: ")
                    && outcome.messages().getFirst().contains(place.toString()), outcome::toString);
            assertTrue(pages.getFirst().contains("\"nearest\":false"));
        }
    }

    @Test
    void wrongUsageIsOneSentence() throws IOException {
        Path page = temp.resolve("no.html");
        Outcome.of("draw").expectRefusal("RUN");
        Outcome.of("draw", temp.resolve("none"), "-o", page).expectRefusal("none");
        Outcome.of("draw", run, "-o", page, "--port", 80).expectRefusal("-o", "--port");
        Outcome.of("draw", run, "-o", page, "--collect", "x").expectRefusal("-o", "--collect");
        Outcome.of("draw", run, "--port", 0).expectRefusal("--port", "0");
        Outcome.of("draw", run, "--port", 65536).expectRefusal("--port", "65536");
        Outcome.of("draw", run, "--port", "x").expectRefusal("--port", "x");
        Outcome.of("draw", run, "-o", temp).expectRefusal("-o", temp);
        Outcome.of("draw", run, "-o", temp.resolve("no").resolve("page.html")).expectRefusal("-o", "no directory");
        Path file = Files.writeString(temp.resolve("file"), "");
        Outcome.of("draw", run, "--no-browser", "--collect", file).expectRefusal("--collect", file);
        assertTrue(Files.notExists(page));
    }

    @Test
    void aPortInUseIsOneSentence() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Outcome.of("draw", run, "--no-browser", "--port", other.getLocalPort())
                    .expectRefusal("--port " + other.getLocalPort(), "another program");
        }
    }

    @Test
    void whatAPageCannotComputeIsOneSentence() throws IOException {
        Path own = temp.resolve("own.safetensors");
        new Model(Network.of(Mnist.SHAPE, Spec.parseList("dense 4, prelu, dense 2"), Loss.of(Spec.of("mse")))
                .initialize(1), List.of("0", "1"), Map.of()).write(own, Map.of());
        Outcome.of("draw", own, "-o", temp.resolve("own.html")).expectRefusal(own, "prelu");
        Path vectors = temp.resolve("vectors.safetensors");
        new Model(Network.of(Shape.vector(7), Spec.parseList("dense 2"), Loss.of(Spec.of("mse"))).initialize(1),
                List.of("0", "1"), Map.of()).write(vectors, Map.of());
        Outcome.of("draw", vectors, "-o", temp.resolve("own.html")).expectRefusal(vectors, "picture");
        Outcome.of("draw", vectors, "--no-browser").expectRefusal(vectors, "picture");
    }
}
