package dev.lanewise.cli;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.SampleSheet;
import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.model.Samples;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code lanewise data show}. */
@Command(name = "show", mixinStandardHelpOptions = true, sortOptions = false, abbreviateSynopsis = true,
        description = "Draws a sheet of 100 training images, a PNG file. With --augment, ten of them in rows: as they are, and "
                + "as the first nine epochs of a training would see them.")
final class ShowCommand implements Callable<Integer> {
    private static final int SIDE = 10; // images in a row and in a column of a sheet
    private static final List<dev.lanewise.run.Option<?>> OPTIONS = List.of(Recipe.AUGMENT, Recipe.SEED);

    private CommandSpec spec;

    @Spec
    void setSpec(CommandSpec spec) {
        this.spec = spec;
        RecipeOptions.addTo(spec, DataRecipe.OPTIONS);
        RecipeOptions.addTo(spec, OPTIONS, Map.of(Recipe.SEED,
                "Decides which images are shown, and how they are changed (default: %s).".formatted(
                        Recipe.SEED.usualText())));
    }

    @Option(names = "-o", required = true, paramLabel = "FILE", description = "File to write.")
    private Path file;

    @Override
    public Integer call() throws IOException {
        OutputFile.check(file, ".png");
        ParseResult parsed = spec.commandLine().getParseResult();
        Recipe recipe = RecipeOptions.typed(parsed, Recipe.USUAL, OPTIONS, Recipe::with);
        DataRecipe chosen = RecipeOptions.typed(parsed, DataRecipe.USUAL, DataRecipe.OPTIONS, DataRecipe::with);
        long seed = recipe.get(Recipe.SEED);
        Dataset data = DataOption.take(chosen, DataOption.read(chosen), seed).train();
        Samples.Variation variation = recipe.variation(data.shape(), 1);
        List<byte[]> images = new ArrayList<>();
        int[] numbers = drawn(data.size(), variation == null ? SIDE * SIDE : SIDE, seed);
        for (int number : numbers) {
            byte[] image = data.pixels(number);
            images.add(image);
            for (int epoch = 0; variation != null && epoch < SIDE - 1; epoch++) {
                byte[] varied = new byte[image.length];
                variation.apply(epoch, number, image, 0, varied, 0);
                images.add(varied);
            }
        }
        byte[] png = SampleSheet.png(data.shape(), SIDE, images);
        OutputFile.write(file, partial -> Files.write(partial, png));
        System.out.printf("%s: %d training images%s%n", file, numbers.length,
                variation == null ? "" : ", each as it is and as epochs 1 to %d would see it".formatted(SIDE - 1));
        return 0;
    }

    /** So many different numbers below n, or all, in an order that the seed decides. */
    private static int[] drawn(int n, int count, long seed) {
        int[] numbers = IntStream.range(0, n).toArray();
        SplitMix64 random = new SplitMix64(seed);
        for (int i = 0; i < Math.min(n, count); i++) { // the first steps of a shuffle
            int j = i + random.nextInt(n - i);
            int number = numbers[i];
            numbers[i] = numbers[j];
            numbers[j] = number;
        }
        return Arrays.copyOf(numbers, Math.min(n, count));
    }
}
