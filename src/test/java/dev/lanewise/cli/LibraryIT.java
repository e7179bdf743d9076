package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.PngWriter;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * The artifact in a Maven project of a user's own, which lies elsewhere and has the examples for its sources: what comes with
 * it, and that all of them do what they say, on the class path or on the module path.
 */
@DisabledOnOs(OS.WINDOWS)
class LibraryIT {
    private static final Path EXAMPLES = Child.BASE.resolve("src").resolve("examples");
    private static final String VERSION = System.getProperty("lanewise.version");
    private static final List<String> VECTORS = List.of("--add-modules", "jdk.incubator.vector");

    private static final String POM = """
            <project xmlns="http://maven.apache.org/POM/4.0.0">
              <modelVersion>4.0.0</modelVersion>
              <groupId>user</groupId>
              <artifactId>examples</artifactId>
              <version>1</version>
              <properties>
                <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
                <maven.compiler.release>25</maven.compiler.release>
              </properties>
              <dependencies>
                <dependency>
                  <groupId>dev.lanewise</groupId>
                  <artifactId>lanewise</artifactId>
                  <version>%s</version>
                </dependency>
              </dependencies>
              <build><plugins>%s
                <plugin>
                  <artifactId>maven-compiler-plugin</artifactId>
                  <version>3.16.0</version>
                  <configuration>
                    <showWarnings>true</showWarnings>
                    <failOnWarning>true</failOnWarning>
                    <compilerArgs><arg>-Xlint:all,-incubating</arg></compilerArgs>
                  </configuration>
                </plugin>
              </plugins></build>
            </project>
            """;

    /** What there is to call, each with the sentence that answers. */
    private static final String EVERY_DOOR = """
            package user;

            import dev.lanewise.data.*;
            import dev.lanewise.kernel.*;
            import dev.lanewise.run.*;
            import java.nio.file.Path;

            final class EveryDoor {
                private interface Call {
                    void run() throws Exception;
                }

                public static void main(String[] args) {
                    float[] x = new float[16];
                    tell(() -> Gemm.sgemm(false, false, 4, 4, 4, 1f, x, 0, 4, x, 0, 4, 0f, new float[16], 0, 4));
                    tell(() -> Gemm.sgemm(new Workers(2), false, false, 4, 4, 4, 1f, x, 0, 4, x, 0, 4, 0f, new float[16], 0, 4));
                    tell(() -> new Training(Recipe.mlp(4), DatasetPair.of("digits", BuiltInDigits.draw(1, 100), null)));
                    tell(() -> Model.read(Path.of(args[0])));
                    tell(() -> ImageReader.read(Path.of(args[1])));
                    tell(() -> Sources.read(Path.of(args[2]), null));
                }

                private static void tell(Call call) {
                    try {
                        call.run();
                        System.out.println("done");
                    } catch (Throwable e) {
                        System.out.println(e.getMessage());
                    }
                }
            }
            """;

    /** Kernels, trainings of every kind of layer and what they predict: with vectors or without, which is said in the first line. */
    private static final String BITS = """
            package user;

            import dev.lanewise.data.*;
            import dev.lanewise.kernel.*;
            import dev.lanewise.run.*;
            import java.util.*;

            final class Bits {
                private static final String IMAGES = "conv 5 3x3, relu, batch-norm, pool 2, conv 4 3x3 padding=1, tanh, "
                        + "average-pool 2, drop-channels 0.1, dropout 0.2, dense 21, sigmoid";

                public static void main(String[] args) throws Exception {
                    System.out.println(VectorWidth.obstacle().isEmpty());
                    float[] x = new float[40 * 40];
                    for (int i = 0; i < x.length; i++) {
                        x[i] = (i * 37 % 101 - 50) / 40f;
                    }
                    float[] y = new float[40 * 40];
                    for (boolean a : new boolean[]{false, true}) {
                        for (boolean b : new boolean[]{false, true}) {
                            Gemm.sgemm(a, b, 39, 37, 38, 0.3f, x, 0, 40, x, 0, 40, 1f, y, 0, 40);
                        }
                    }
                    Softmax.logSoftmax(y, 0, 40, x, 0, 40, 40, 40);
                    Elementwise.exp(x, 0, y, 0, x.length);
                    System.out.println(Arrays.hashCode(x) + " " + Arrays.hashCode(y));
                    DatasetPair data = DatasetPair.of("digits", BuiltInDigits.draw(1, 150), BuiltInDigits.draw(2, 50));
                    train(data, Recipe.mlp(30).with(Recipe.EPOCHS, 2));
                    train(data, Recipe.USUAL.with(Recipe.LAYERS, IMAGES).with(Recipe.OPTIMIZER, "adamw"));
                    train(data, Recipe.USUAL.with(Recipe.LAYERS, "dense 30, tanh, batch-norm").with(Recipe.LOSS, "mse")
                            .with(Recipe.OPTIMIZER, "nesterov").with(Recipe.AUGMENT, "light").with(Recipe.CLIP_NORM, 1.0));
                }

                private static void train(DatasetPair data, Recipe recipe) throws Exception {
                    try (Training training = new Training(recipe.epochs(1).with(Recipe.BATCH_SIZE, 40), data)) {
                        training.run(epoch -> System.out.println(epoch.testAccuracy()));
                        Model model = training.model();
                        byte[] pixels = Arrays.copyOf(data.test().pixels(3), 784);
                        System.out.println(training.result().weightsSha256() + " " + Arrays.toString(model.predict(pixels)));
                    }
                }
            }
            """;

    @TempDir
    private static Path temp;
    private static Path work; // where the examples write
    private static String classes;
    private static String libraries; // paths with colons between them

    @BeforeAll
    static void build() throws IOException {
        Path artifact = Files.createDirectories(temp.resolve("repository/dev/lanewise/lanewise").resolve(VERSION));
        Files.copy(Child.JAR, artifact.resolve("lanewise-%s.jar".formatted(VERSION)));
        Files.copy(Child.BASE.resolve("pom.xml"), artifact.resolve("lanewise-%s.pom".formatted(VERSION)));
        work = Files.createDirectory(temp.resolve("work"));
        Path project = Files.createDirectory(temp.resolve("project"));
        Files.writeString(project.resolve("pom.xml"), POM.formatted(VERSION, plugins()));
        copy(EXAMPLES, project.resolve("src").resolve("main"));
        Path user = Files.createDirectory(project.resolve("src/main/java/user"));
        Files.writeString(user.resolve("EveryDoor.java"), EVERY_DOOR);
        Files.writeString(user.resolve("Bits.java"), BITS);
        try (Child maven = Child.start(project, Map.of(), Child.BASE.resolve("mvnw"), "-o", "-q", "-B",
                "-Dmaven.repo.local=" + temp.resolve("repository"),
                "-Dmaven.repo.local.tail=" + System.getProperty("lanewise.repository"), "compile",
                "dependency:build-classpath", "-Dmdep.outputFile=" + temp.resolve("libraries"), "dependency:tree",
                "-DoutputFile=" + temp.resolve("tree"))) {
            maven.outcome().expect(0);
        }
        classes = project.resolve("target").resolve("classes").toString();
        libraries = Files.readString(temp.resolve("libraries")).strip();

        Dataset test = BuiltInDigits.draw(3, 10);
        int seven = Stream.iterate(0, i -> i + 1).filter(i -> test.label(i) == 7).findFirst().orElseThrow();
        Files.write(work.resolve("seven.png"), PngWriter.png(test.shape(), test.pixels(seven)));
        Files.writeString(work.resolve("train.csv"), "label,p0,p1\na,0,255\nb,255,0\na,1,200\nb,199,4\n");
    }

    /** The plugins of a build, in the versions that this project's build has brought already. */
    private static String plugins() throws IOException {
        StringBuilder plugins = new StringBuilder();
        String pom = Files.readString(Child.BASE.resolve("pom.xml"));
        for (String plugin : List.of("maven-resources-plugin", "maven-dependency-plugin")) {
            String version = pom.substring(pom.indexOf(plugin)).replaceAll("(?s).*?<version>(.*?)</version>.*", "$1");
            plugins.append("<plugin><artifactId>%s</artifactId><version>%s</version></plugin>".formatted(plugin,
                    version));
        }
        return plugins.toString();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
    }

    private static Object[] java(boolean modules, List<String> options, String main, Object... arguments) {
        String all = classes + File.pathSeparator + libraries;
        List<Object> command = new ArrayList<>(List.of(Child.JAVA_HOME.resolve("bin").resolve("java")));
        command.addAll(options);
        command.addAll(modules ? List.of("-p", all, "-m", "examples/" + main) : List.of("-cp", all, main));
        command.addAll(List.of(arguments));
        return command.toArray();
    }

    private static String run(boolean modules, String main) throws IOException {
        try (Child child = Child.start(work, Map.of(), java(modules, VECTORS, "examples." + main))) {
            return child.outcome().expect(0).out();
        }
    }

    @Test
    void gsonAloneComesWithIt() throws IOException {
        assertEquals(List.of("user:examples:jar:1", "\\- dev.lanewise:lanewise:jar:%s:compile".formatted(VERSION),
                "   \\- com.google.code.gson:gson:jar:2.15.0:compile"), Files.readAllLines(temp.resolve("tree")));
    }

    /** A manifest that names libraries which Maven has elsewhere would be warned of. */
    @Test
    void compilingWithItIsFreeOfWarnings() throws IOException {
        List<Object> javac = new ArrayList<>(List.of(Child.JAVA_HOME.resolve("bin").resolve("javac"), "-Xlint:all",
                "-Werror", "-cp", libraries, "-d", temp.resolve("compiled")));
        try (Stream<Path> examples = Files.list(EXAMPLES.resolve("java/examples"))) {
            javac.addAll(examples.toList());
        }
        try (Child child = Child.start(work, Map.of(), javac.toArray())) {
            child.outcome().expect(0);
        }
    }

    @Test
    void anImageIsClassifiedByWhatWasTrained() throws IOException {
        for (boolean modules : new boolean[]{false, true}) {
            List<String> accuracies = run(modules, "Train").lines().toList();
            assertEquals(2, accuracies.size(), accuracies::toString);
            assertTrue(Double.parseDouble(accuracies.getLast()) > 0.97, accuracies::toString);
            String answer = run(modules, "Classify");
            assertTrue(answer.startsWith("7 with probability 0.9"), answer);
        }
        service();
        List<String> answers = everyDoor(List.of("--limit-modules", "java.management,jdk.management"));
        assertEquals(List.of("done", "done", "done", "done", work.resolve("seven.png")
                + ": image files take the JDK's module java.desktop; start Java with --add-modules java.desktop",
                work.resolve("train.csv") + ": reading CSV takes FastCSV; put de.siegmar:fastcsv on the class path"),
                answers);
    }

    private static List<String> everyDoor(List<String> options) throws IOException {
        try (Child child = Child.start(work, Map.of(), java(false, options, "user.EveryDoor",
                work.resolve("digits.safetensors"), work.resolve("seven.png"), work.resolve("train.csv")))) {
            return child.outcome().expect(0).out().lines().toList();
        }
    }

    private static void service() throws IOException {
        try (Child child = Child.start(work, Map.of(), java(true, VECTORS, "examples.HttpService",
                "digits.safetensors", 0)); HttpClient client = HttpClient.newHttpClient()) {
            child.awaitLine("http");
            URI place = URI.create(child.out().strip());
            HttpResponse<String> answer = post(client, place, Files.readAllBytes(work.resolve("seven.png")));
            assertEquals(200, answer.statusCode());
            List<String> lines = answer.body().lines().toList();
            assertEquals(10, lines.size(), lines::toString);
            assertTrue(lines.get(7).startsWith("7\t0.9"), lines::toString);
            HttpResponse<String> refusal = post(client, place, new byte[]{1, 2, 3});
            assertEquals("400 the image is no PNG, JPEG, GIF or BMP image; remove it, or save it as PNG first.\n",
                    refusal.statusCode() + " " + refusal.body());
        }
    }

    private static HttpResponse<String> post(HttpClient client, URI place, byte[] image) throws IOException {
        try {
            return client.send(HttpRequest.newBuilder(place).POST(BodyPublishers.ofByteArray(image)).build(),
                    BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    @Test
    void withoutTheVectorApiTheSameBitsAreComputedAndOneWarningNamesTheFlag() throws IOException {
        List<String> expected = null;
        for (boolean modules : new boolean[]{false, true}) {
            for (boolean vectors : new boolean[]{true, false}) {
                try (Child child = Child.start(work, Map.of(),
                        java(modules, vectors ? VECTORS : List.of(), "user.Bits"))) {
                    Outcome outcome = child.outcome().expect(0);
                    List<String> lines = outcome.out().lines().toList();
                    assertEquals(Boolean.toString(vectors), lines.getFirst());
                    List<String> bits = lines.subList(1, lines.size());
                    expected = expected == null ? bits : expected;
                    assertEquals(7, bits.size(), outcome::toString);
                    assertEquals(expected, bits);
                    assertEquals(vectors ? 0 : 1, outcome.err().lines()
                            .filter(line -> line.endsWith("Start Java with --add-modules jdk.incubator.vector"))
                            .count(),
                            outcome::toString);
                }
            }
        }
    }

    /** The module is resolved where some module requires it, and then it is read. */
    @Test
    void aModuleOfTheUsersBringsTheVectorApiWithoutAFlag() throws IOException {
        Path sources = Files.createDirectory(temp.resolve("own-module"));
        Path info = Files.writeString(sources.resolve("module-info.java"),
                "module own { requires dev.lanewise; requires jdk.incubator.vector; }");
        Path main = Files.writeString(sources.resolve("Own.java"), """
                package own;

                public class Own {
                    public static void main(String[] args) {
                        System.out.println(dev.lanewise.kernel.VectorWidth.obstacle().isEmpty());
                    }
                }
                """);
        Path bin = Child.JAVA_HOME.resolve("bin");
        try (Child javac = Child.start(sources, Map.of(), bin.resolve("javac"), "-p", libraries, "-d", "own", info,
                main)) {
            javac.outcome().expect(0);
        }
        try (Child own = Child.start(sources, Map.of(), bin.resolve("java"), "-p",
                "own" + File.pathSeparator + libraries, "-m", "own/own.Own")) {
            assertEquals("true\n", own.outcome().expect(0).out());
        }
    }

    @Test
    void theOtherExamplesDoWhatTheySay() throws IOException {
        List<String> layer = run(true, "OwnLayer").lines().toList();
        assertTrue(Double.parseDouble(layer.get(2)) > 0.9, layer::toString);
        assertEquals("[dense 32, leaky 0.1, dense 10]", layer.get(3));
        String bars = run(false, "OwnData");
        assertTrue(bars.matches("(?s).*(FINISHED|STOPPED_EARLY)\n.* right on (9\\d|100)\\.\\d % of the test images\n"),
                bars);
        assertEquals("1000 of 1000 the same\n", run(false, "VirtualThreads"));
    }

    @Test
    void whatReadmeShowsIsWhatRuns() throws IOException {
        String readme = Files.readString(Child.BASE.resolve("README.md"));
        for (String example : List.of("Train", "Classify")) {
            String source = Files.readString(EXAMPLES.resolve("java/examples").resolve(example + ".java"));
            String lines = source.replaceAll("(?s).*// @start region=\"\\w+\"\n(.*?) *// @end.*", "$1").stripTrailing()
                    .stripIndent();
            assertTrue(readme.contains(lines), () -> "README lacks\n" + lines);
        }
    }
}
