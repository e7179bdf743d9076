package dev.lanewise.extension;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.Preparation;
import dev.lanewise.explain.NetworkCheck;
import dev.lanewise.export.Formats;
import dev.lanewise.export.Options;
import dev.lanewise.export.Subject;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.CrossEntropyLoss;
import dev.lanewise.model.GradientCheck.Finding;
import dev.lanewise.model.GradientCheck;
import dev.lanewise.model.Layers;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Reference;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training.End;
import dev.lanewise.run.Training.Execution;
import dev.lanewise.run.Training;
import dev.lanewise.train.Metrics;
import dev.lanewise.train.Optimizer;
import dev.lanewise.train.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A layer, an optimizer and a schedule of a user, each one class that is registered as a service: whatever the library
 * does with its own it does with them.
 */
@Tag("every-width")
class ExtensionTest {
    private static final DatasetPair DIGITS = new DatasetPair("digits", "a part of the built-in digits",
            BuiltInDigits.draw(1, 40_000), BuiltInDigits.draw(2, 2_000), Preparation.CENTRE, List.of());
    private static final Recipe RECIPE = Recipe.USUAL.with(Recipe.LAYERS, "dense 128, prelu")
            .with(Recipe.OPTIMIZER, "lion beta1=0.95").with(Recipe.SCHEDULE, "linear end=0.01")
            .with(Recipe.RATE, 5e-4).epochs(6);
    private static final Training.Events NONE = _ -> {
    };

    private static Execution threads(int threads) {
        return new Execution(threads, Mode.Zeros.LEFT_OUT_IF_FASTER, false, null);
    }

    @Test
    void areFoundByName() {
        assertTrue(Layers.KINDS.names().contains("prelu"));
        assertEquals(new Lion(0.9, 0.5), Optimizer.of(Spec.parse("lion beta2=0.5")));
        assertEquals(new LinearSchedule(0), Schedule.of(Spec.of("linear")));
        assertEquals(3e-4, Recipe.usualRate("lion"));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> Optimizer.of(Spec.of("tiger")));
        assertEquals("optimizer 'tiger' is not one of sgd, momentum, nesterov, adam, adamw, lion", e.getMessage());
    }

    @Test
    void areTrainedSavedLoadedAndResumed(@TempDir Path temporary) throws IOException {
        String expected;
        try (Training training = new Training(RECIPE, DIGITS, threads(2))) {
            assertEquals(End.FINISHED, training.run(NONE));
            expected = training.result().weightsSha256();
            assertTrue(training.tested().accuracy() >= 0.97, () -> "of 2,000 images " + training.tested().accuracy()); // 0.982
            float[] slope = slope(training.model().network()).value();
            assertNotEquals(0.25f, slope[0]);
        }
        Path run = Files.createDirectory(temporary.resolve("run"));
        try (Training cut = new Training(RECIPE, DIGITS, threads(1))) {
            cut.writeTo(run, Map.of());
            assertEquals(End.CANCELLED, cut.run(new Training.Events() {
                private int epochs;

                @Override
                public void epoch(Metrics metrics) {
                    epochs++;
                }

                @Override
                public boolean isCancelled() {
                    return epochs == 2;
                }
            }));
        }
        try (Training resumed = new Training(RECIPE, DIGITS, threads(2))) {
            resumed.resume(run, Map.of());
            assertEquals(2, resumed.position().epoch());
            assertEquals(End.FINISHED, resumed.run(NONE));
            assertEquals(expected, resumed.result().weightsSha256());
        }
        Model model = Model.read(run.resolve("model.safetensors"));
        assertEquals(expected, model.sha256());
        assertEquals("dense 128, prelu, dense 10", Spec.join(model.network().specs()));
        assertEquals("784-128-10", model.network().toString(), "a width for each layer with units, and no other");
        assertTrue(Files.readString(run.resolve("run.json")).contains("lion beta1=0.95"));
    }

    @Test
    void modelsAreWrittenInAFormatOfOnesOwn(@TempDir Path temporary) throws IOException {
        Model model = new Model(Network.of(Shape.vector(4), Spec.parseList("dense 3, prelu, dense 2"),
                new CrossEntropyLoss()), List.of("a", "b"), Map.of());
        Path file = temporary.resolve("model.words");
        Formats.write(Subject.of(model), Options.USUAL, file);
        assertEquals("dense 3, prelu, dense 2", Files.readString(file));
    }

    private static Parameter slope(Network network) {
        return network.parameters().stream().filter(parameter -> parameter.name().equals("prelu1.slope")).findFirst()
                .orElseThrow();
    }

    @Test
    void recipeIsReadAndWritten() throws IOException {
        assertEquals(RECIPE, Recipe.fromJson(RECIPE.toJson(), "text"));
        assertEquals(RECIPE.with(Recipe.KEEP, "last"), RECIPE.resolve(Object::toString), "linear has no warm-up");
    }

    @Test
    void layerIsGradientChecked() {
        PRelu layer = new PRelu("prelu1", Shape.vector(5));
        layer.initialize(new SplittableRandom(1), null);
        layer.parameters().getFirst().value()[1] = -0.5f;
        List<Finding> findings = GradientCheck.layer(layer, 6, 3);
        assertEquals(List.of("x", "prelu1.slope"), findings.stream().limit(2).map(Finding::name).toList());
        assertTrue(findings.stream().allMatch(Finding::passed), findings::toString);
    }

    private static List<Finding> check(long seed) {
        assertEquals("9-9-9-4", Network.of(Shape.vector(9), Spec.parseList("dense 9, prelu, dense 9, prelu, dense 4"),
                new CrossEntropyLoss()).toString());
        Network network = Network.of(Shape.vector(7), Spec.parseList("dense 9, prelu, dense 8, prelu, dense 4"),
                new CrossEntropyLoss());
        return new NetworkCheck(network, new Lion(0.9, 0.99), 0.01, 0.1, seed, null).findings();
    }

    /** Gradients by differences, the loss, and the optimizer's steps beside its formula. */
    @Test
    void networkAndOptimizerAreChecked() {
        List<Finding> findings = check(3);
        assertEquals(2 * 8 + 2 + 8, findings.size());
        assertTrue(findings.stream().allMatch(Finding::passed), findings::toString);
    }

    /** Below 0 a slope may be negative, and y above 0 on both sides: the kink is where x is 0. */
    @Test
    void kinksAreFoundWhereTheyAre() {
        Reference reference = Layers.KINDS.kind("prelu").create(Spec.parse("prelu"), "prelu1", Shape.vector(3))
                .reference()
                .orElseThrow();
        assertArrayEquals(new int[]{0, 1, 0}, reference.pieces(new double[]{-1e-9, 1e-9, 0}, 1));
    }
}
