package dev.lanewise.export;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.run.Model;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The header for C, compiled without a warning, gives the same answers. */
class HeaderTest {
    private static final String PROGRAM = """
            #include <stdio.h>
            #include "%1$s.h"

            int main(void)
            {
                unsigned char pixels[%2$s_INPUTS];
                while (fread(pixels, 1, sizeof pixels, stdin) == sizeof pixels) {
                    float p[%2$s_CLASSES];
            %3$s
                    fwrite(p, sizeof(float), %2$s_CLASSES, stdout);
                }
                return %1$s_classes[0][0] != 'c';
            }
            """;

    @TempDir
    Path temp;

    static List<String> layers() {
        return Networks.LAYERS;
    }

    private static int run(Path directory, Path in, Path out, String... command)
            throws IOException, InterruptedException {
        return new ProcessBuilder(command).directory(directory.toFile()).redirectInput(in.toFile())
                .redirectOutput(out.toFile()).redirectErrorStream(true).start().waitFor();
    }

    /** In CI it must be there; elsewhere what needs it is skipped. */
    private static void requireCompiler() throws InterruptedException {
        boolean found;
        try {
            found = new ProcessBuilder("gcc", "--version").redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                    .waitFor() == 0;
        } catch (IOException _) {
            found = false;
        }
        assumeTrue(found || "true".equals(System.getenv("CI")), "gcc is missing");
        assertTrue(found, "gcc is missing");
    }

    private float[] answers(Model model, Options options, int rows) throws IOException, InterruptedException {
        requireCompiler();
        Formats.write(Subject.of(model), options, temp.resolve("net.h"));
        String call = options.pixels()
                ? "net_forward(pixels, p);"
                : "float x[NET_INPUTS]; for (int i = 0; i < NET_INPUTS; i++) x[i] = (float)pixels[i] / 255.0f; net_forward(x, p);";
        Files.writeString(temp.resolve("main.c"), PROGRAM.formatted("net", "NET", call));
        Path images = temp.resolve("images");
        Files.write(images, Arrays.copyOf(Networks.pixels(), rows * 784));
        Path out = temp.resolve("out");
        int status = run(temp, images, out, "gcc", "-Wall", "-Wextra", "-Werror", "-pedantic", "-std=c99", "-O2",
                "main.c", "-o", "net", "-lm");
        assertEquals(0, status, () -> text(out));
        assertEquals(0, run(temp, images, out, temp.resolve("net").toString()));
        byte[] bytes = Files.readAllBytes(out);
        float[] answers = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).asFloatBuffer().get(answers);
        return answers;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @ParameterizedTest
    @MethodSource("layers")
    void givesTheSameProbabilities(String layers) throws IOException, InterruptedException {
        Model model = Networks.model(layers, "cross-entropy");
        OnnxRuntimeTest.assertSame(Networks.predict(model, Networks.pixels(), 1000),
                answers(model, Options.USUAL, 1000), 10);
    }

    @ParameterizedTest
    @MethodSource("layers")
    void takesBytes(String layers) throws IOException, InterruptedException {
        Model model = Networks.model(layers, "mse");
        OnnxRuntimeTest.assertSame(Networks.predict(model, Networks.pixels(), 100),
                answers(model, new Options(true, true, false, Options.Layout.TORCH), 100), 10);
    }

    @Test
    void givesLogits() throws IOException, InterruptedException {
        Model model = Networks.model("dense 20, relu, dense 10", "cross-entropy");
        float[] p = new float[1000];
        model.network().loss().predict(answers(model, new Options(false, false, true, Options.Layout.TORCH), 100), p,
                100, 10);
        OnnxRuntimeTest.assertSame(Networks.predict(model, Networks.pixels(), 100), p, 10);
    }

    /** Names of classes are letters of any kind, and the file's name becomes one of C. */
    @Test
    void namesAreOfC() throws IOException, InterruptedException {
        requireCompiler();
        Model model = Networks.model("dense 3", "cross-entropy");
        Model named = new Model(model.network(), List.of("\"*/ ??/\\", "Ä\n1", "%d"), model.metadata());
        Path file = temp.resolve("3 Nets-of.mine.h");
        Formats.write(Subject.of(named), Options.USUAL, file);
        Files.writeString(temp.resolve("main.c"), "#include <stdio.h>\n#include \"" + file.getFileName() + "\"\n"
                + "int main(void) { for (int i = 0; i < MODEL_3_NETS_OF_MINE_CLASSES; i++) puts(model_3_nets_of_mine_classes[i]); return 0; }");
        Path out = temp.resolve("out");
        assertEquals(0, run(temp, file, out, "gcc", "-Wall", "-Werror", "-std=c99", "main.c", "-o", "net", "-lm"),
                () -> text(out));
        assertEquals(0, run(temp, file, out, temp.resolve("net").toString()));
        assertTrue(Files.readString(out).equals("\"*/ ??/\\\nÄ\n1\n%d\n"), () -> text(out));
    }
}
