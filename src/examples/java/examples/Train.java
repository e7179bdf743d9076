package examples;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import java.io.IOException;
import java.nio.file.Path;

/** Trains a network on the built-in digits and saves it. */
final class Train {
    private Train() {
    }

    public static void main(String[] args) throws IOException {
        // @start region="train"
        Recipe recipe = Recipe.mlp(128).epochs(2).seed(1);
        try (Training training = new Training(recipe, BuiltInDigits.generate())) {
            training.run(epoch -> System.out.println(epoch.testAccuracy()));
            training.model().write(Path.of("digits.safetensors"));
        }
        // @end
    }
}
