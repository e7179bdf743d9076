package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Mnist;
import dev.lanewise.data.Preparation;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.train.Evaluation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnsembleTest {
    private static final DatasetPair DIGITS = new DatasetPair("few", "drawn here", BuiltInDigits.draw(1, 400),
            BuiltInDigits.draw(2, 300), Preparation.CENTRE, List.of());
    private static Model dense;
    private static Model convolutional;

    @TempDir
    Path temp;

    @BeforeAll
    static void train() throws IOException {
        dense = trained(Recipe.mlp(12).epochs(3).seed(1));
        convolutional = trained(Recipe.USUAL.with(Recipe.LAYERS, "conv 3 5x5, batch-norm, relu, pool 4").epochs(3));
    }

    private static Model trained(Recipe recipe) throws IOException {
        try (Training training = new Training(recipe, DIGITS, Training.Execution.USUAL)) {
            training.run(_ -> {
            });
            return training.model();
        }
    }

    private static float[] answers(Ensemble ensemble, int images) {
        Predictor predictor = new Predictor(ensemble);
        float[] all = new float[images * 10];
        byte[] pixels = DIGITS.test().pixels();
        for (int first = 0; first < images; first += predictor.capacity()) {
            int rows = Math.min(predictor.capacity(), images - first);
            System.arraycopy(predictor.predict(pixels, first, rows), 0, all, first * 10, rows * 10);
        }
        return all;
    }

    private static Ensemble of(Model... members) {
        return new Ensemble(List.of(members));
    }

    @Test
    void probabilitiesAreTheMeanOfTheMembers() {
        float[] a = answers(of(dense), 300);
        float[] b = answers(of(convolutional), 300);
        float[] both = answers(of(dense, convolutional), 300);
        float[] means = new float[both.length];
        for (int i = 0; i < means.length; i++) {
            means[i] = (float) (((double) a[i] + b[i]) / 2);
        }
        assertArrayEquals(means, both);
        assertFalse(Arrays.equals(a, b), "members that differ");
    }

    /** What an evaluation says, from the probabilities alone. */
    private static final class Count {
        private int wrong;
        private double loss;

        Count(float[] p) {
            for (int i = 0; i < p.length / 10; i++) {
                int best = 0;
                for (int label = 1; label < 10; label++) {
                    best = p[i * 10 + label] > p[i * 10 + best] ? label : best;
                }
                int label = DIGITS.test().label(i);
                wrong += best == label ? 0 : 1;
                loss -= Math.log(p[i * 10 + label]) * 10 / p.length;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void anEvaluationIsThatOfTheProbabilitiesForAnyNumberOfThreads(int threads) {
        Ensemble ensemble = of(convolutional, dense);
        Ensemble.Result result;
        try (Workers workers = new Workers(threads, Tuning.SHORT)) {
            result = ensemble.evaluate(DIGITS.test(), workers);
        }
        Count expected = new Count(answers(ensemble, 300));
        assertEquals(300, result.together().total());
        assertEquals(expected.wrong, 300 - result.together().correct());
        assertEquals(expected.loss, result.together().loss(), 1e-12);
        assertEquals(2, result.alone().size());
        assertEquals(new Count(answers(of(convolutional), 300)).wrong, 300 - result.alone().getFirst().correct());
        assertEquals(new Count(answers(of(dense), 300)).wrong, 300 - result.alone().getLast().correct());
        assertTrue(result.together().loss() < result.alone().getFirst().loss(), "two know more than the worse of them");
    }

    /** Of three: a sum in float would round. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 40})
    void aMemberBesideItselfAnswersAsAlone(int times) {
        Ensemble same = new Ensemble(Collections.nCopies(times, convolutional));
        assertArrayEquals(answers(of(convolutional), 300), answers(same, 300));
        try (Workers workers = new Workers(2, Tuning.SHORT)) {
            Evaluation alone = of(convolutional).evaluate(DIGITS.test(), workers).together();
            Evaluation together = same.evaluate(DIGITS.test(), workers).together();
            assertArrayEquals(alone.confusion(), together.confusion());
            assertEquals(alone.loss(), together.loss(), 1e-6);
        }
    }

    @Test
    void eachMemberMaySeeAnImageInItsOwnWay() {
        byte[] one = DIGITS.test().pixels(0);
        byte[] other = DIGITS.test().pixels(1);
        float[] both = new Predictor(of(dense, convolutional)).predict(List.of(one, other), 0, 1);
        float[] a = new Predictor(of(dense)).predict(one, 0, 1);
        float[] b = new Predictor(of(convolutional)).predict(other, 0, 1);
        for (int i = 0; i < both.length; i++) {
            assertEquals((float) (((double) a[i] + b[i]) / 2), both[i]);
        }
    }

    private static Model model(Shape input, String... classes) {
        return new Model(Network.of(input, Spec.parseList("dense " + classes.length), Loss.of(Spec.parse("mse")))
                .initialize(8), List.of(classes), Map.of());
    }

    @Test
    void modelsThatCannotBeAskedTogetherAreRefused() throws IOException {
        Model first = model(new Shape(2, 3, 1), "a", "b");
        check(first, model(new Shape(3, 2, 1), "a", "b"), "takes images of 3 x 2", "of 2 x 3");
        check(first, model(new Shape(2, 3, 1), "a", "b", "c"), "tells 3 classes apart", " 2");
        check(first, model(new Shape(2, 3, 1), "a", "c"), "knows class 1 as c", " as b");
    }

    private void check(Model first, Model other, String... words) throws IOException {
        String message = assertThrows(IllegalArgumentException.class, () -> of(first, first, other)).getMessage();
        assertTrue(message.startsWith("member 3 " + words[0] + ", and member 1 "), message);
        assertTrue(message.endsWith(words[1]), message);
        Path a = temp.resolve("a");
        Path b = temp.resolve("b");
        first.write(a, Map.of());
        other.write(b, Map.of());
        message = assertThrows(InputException.class, () -> Ensemble.read(List.of(a, b))).getMessage();
        assertTrue(message.startsWith(b + " " + words[0] + ", and " + a + " "), message);
        assertEquals(2, Ensemble.read(List.of(b, b)).members().size());
    }

    @Test
    void wrongArgumentsAreNamed() {
        assertThrows(IllegalArgumentException.class, () -> new Ensemble(List.of()));
        Predictor predictor = new Predictor(of(dense, dense));
        byte[] image = new byte[784];
        assertThrows(IllegalArgumentException.class, () -> predictor.predict(List.of(image), 0, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> predictor.predict(image, 1, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> predictor.predict(image, 0, 2));
        assertThrows(IndexOutOfBoundsException.class,
                () -> predictor.predict(List.of(image, image), 0, 1, new float[9]));
        assertThrows(IllegalArgumentException.class, () -> new Predictor(of(dense), 0, Tuning.SHORT));
        Dataset small = Dataset.of(new Shape(2, 2, 1), new byte[4], new byte[1], Mnist.CLASSES);
        try (Workers workers = new Workers(1, Tuning.SHORT)) {
            String message = assertThrows(IllegalArgumentException.class, () -> of(dense).evaluate(small, workers))
                    .getMessage();
            assertTrue(message.contains("2 x 2") && message.contains("28 x 28"), message);
        }
    }
}
