package examples;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.kernel.Shape;
import dev.lanewise.run.Model;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import java.io.IOException;
import java.util.List;
import java.util.random.RandomGenerator;

/** Trains on images of one's own, which this program draws: bars that lie and bars that stand. */
final class OwnData {
    private static final int SIDE = 8; // pixels

    private OwnData() {
    }

    public static void main(String[] args) throws IOException {
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        DatasetPair bars = DatasetPair.of("bars", draw(random, 2000), draw(random, 500));
        // @start region="train"
        Recipe recipe = Recipe.mlp(16).epochs(5).with(Recipe.VALIDATION, 0.1).with(Recipe.EARLY_STOP, 2);
        try (Training training = new Training(recipe, bars)) {
            System.out.println(training.run(epoch -> System.out.println(epoch.validation().loss())));
            Model best = training.model(); // of the epoch with the smallest validation loss
            // @end
            float[] p = best.predict(draw(random, 1).pixels(0));
            System.out.printf("%s %.3f, %s %.3f, right on %.1f %% of the test images%n", best.classes().get(0), p[0],
                    best.classes().get(1), p[1], 100 * training.tested().accuracy());
        }
    }

    private static Dataset draw(RandomGenerator random, int count) {
        // @start region="data"
        byte[] pixels = new byte[count * SIDE * SIDE];
        byte[] labels = new byte[count];
        for (int image = 0; image < count; image++) {
            labels[image] = (byte) random.nextInt(2);
            int line = random.nextInt(SIDE);
            for (int i = 0; i < SIDE; i++) {
                int place = labels[image] == 0 ? line * SIDE + i : i * SIDE + line;
                pixels[image * SIDE * SIDE + place] = (byte) random.nextInt(128, 256);
            }
        }
        return Dataset.of(new Shape(SIDE, SIDE, 1), pixels, labels, List.of("lies", "stands"));
        // @end
    }
}
