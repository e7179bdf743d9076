package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.ImageReader;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Sources;
import dev.lanewise.data.Photographs;
import dev.lanewise.data.Photographs.Photograph;
import dev.lanewise.data.Preparation;
import dev.lanewise.data.Preparer;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What users bring: photographs of digits, read by networks that have seen nothing but clean images. */
class PhotographTest {
    private static final int COUNT = 200;
    private static final long SEED = 20261128; // never looked at while the preparation was made

    /** The default network learns MNIST, and reads its test images in photographs: 98.3 % of them when they are clean. */
    @Test
    void aNetworkTrainedOnMnistReadsPhotographs() throws IOException {
        String root = System.getenv("LANEWISE_DATA");
        assumeTrue(root != null && Files.isDirectory(Path.of(root, "mnist")),
                "real MNIST not found: set LANEWISE_DATA to the directory that holds mnist/");
        assertReads(Sources.read(Path.of(root, "mnist"), null), Recipe.USUAL, 0.96);
    }

    @Test
    void aNetworkTrainedOnBuiltInDigitsReadsPhotographs() throws IOException {
        Dataset train = BuiltInDigits.draw(1, 12_000);
        DatasetPair data = new DatasetPair("digits", "drawn", train, BuiltInDigits.draw(2, 2_000), Preparation.CENTRE,
                List.of());
        assertReads(data, Recipe.mlp(128).epochs(4), 0.88); // measured: 181 of 200
    }

    private static void assertReads(DatasetPair data, Recipe recipe, double least) throws IOException {
        Model model;
        try (Training training = new Training(recipe, data, Training.Execution.USUAL)) {
            training.run(_ -> {
            });
            model = training.model();
        }
        Pipeline pipeline = new Pipeline(model.network(), Input.of(model.network().input(), 1),
                Mode.evaluation(Tuning.SHORT));
        Map<String, int[]> byKind = new TreeMap<>(); // right, all
        int right = 0;
        for (Photograph photograph : Photographs.of(data.test(), COUNT, SEED)) {
            boolean isRight = read(pipeline, model.preparer(), photograph) == photograph.label();
            right += isRight ? 1 : 0;
            for (String kind : photograph.kinds()) {
                int[] counts = byKind.computeIfAbsent(kind, _ -> new int[2]);
                counts[0] += isRight ? 1 : 0;
                counts[1]++;
            }
        }
        StringBuilder table = new StringBuilder();
        byKind.forEach((kind, counts) -> table.append("%s: %d of %d%n".formatted(kind, counts[0], counts[1])));
        assertTrue(right >= least * COUNT, table::toString);
    }

    /** The class, or -1 where nothing is seen. */
    private static int read(Pipeline pipeline, Preparer preparer, Photograph photograph) throws IOException {
        byte[] pixels;
        try {
            pixels = preparer.prepare(ImageReader.read(photograph.jpeg(), photograph), photograph).pixels();
        } catch (InputException _) {
            return -1;
        }
        Pixels.toFloats(pixels, 0, pipeline.input().values(), 0, pixels.length);
        pipeline.forward(0, 1);
        float[] probabilities = new float[10];
        pipeline.predict(probabilities, 1);
        int best = 0;
        for (int label = 1; label < probabilities.length; label++) {
            best = probabilities[label] > probabilities[best] ? label : best;
        }
        return best;
    }
}
