package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Beside the same formulas, number by number, in the order that the descriptions give: the bits must be the same. */
@Tag("every-width")
class NormalizationTest {
    private static final Shape SHAPE = new Shape(3, 5, 7);
    private static final int WIDTH = SHAPE.channels() * Interleaved.GROUP;
    private static final int GROUP = 1; // of two
    private static final int FIRST = GROUP * SHAPE.size() * Interleaved.GROUP;
    private static final int END = FIRST + SHAPE.size() * Interleaved.GROUP;

    private final RandomGenerator random = new SplitMix64(20261128);
    private final float[] x = drawn(END);
    private final float[] dy = drawn(END);
    private final float[] center = drawn(WIDTH);
    private final float[] factor = drawn(WIDTH);
    private final float[] slope = drawn(WIDTH);
    private final float[] shift = drawn(WIDTH);

    private float[] drawn(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = 4 * random.nextFloat() - 2;
        }
        return values;
    }

    private interface Term {
        float of(int i, int lane);
    }

    private static float[] sums(Term term) {
        float[] sums = new float[WIDTH];
        for (int i = FIRST; i < END; i++) {
            sums[i % WIDTH] += term.of(i, i % WIDTH);
        }
        return sums;
    }

    private static float[] dirty(int n) {
        float[] values = new float[n];
        Arrays.fill(values, Float.NaN);
        return values;
    }

    @Test
    void sumsAreOverPlacesAscending() {
        float[] sum = dirty(WIDTH);
        Normalization.sum(x, SHAPE, GROUP, sum);
        assertArrayEquals(sums((i, _) -> x[i]), sum);
        Normalization.squares(x, SHAPE, GROUP, center, sum);
        assertArrayEquals(sums((i, lane) -> (x[i] - center[lane]) * (x[i] - center[lane])), sum);
        Normalization.products(dy, x, SHAPE, GROUP, center, sum);
        assertArrayEquals(sums((i, lane) -> dy[i] * (x[i] - center[lane])), sum);
    }

    @Test
    void aChannelIsTheSumOfItsSamplesLanes() {
        for (int lanes = 1; lanes <= Interleaved.GROUP; lanes++) {
            float[] sum = drawn(WIDTH);
            float[] own = new float[Interleaved.GROUP];
            System.arraycopy(sum, 2 * Interleaved.GROUP, own, 0, lanes);
            assertEquals(ScalarReductions.sum(own, 0, Interleaved.GROUP), Normalization.ofChannel(sum, 2, lanes),
                    lanes + " lanes");
        }
    }

    @Test
    void forwardAndBackwardAreElementByElement() {
        float[] y = dirty(END);
        Normalization.forward(x, SHAPE, GROUP, center, factor, shift, y);
        float[] dx = dirty(END);
        Normalization.backward(dy, x, SHAPE, GROUP, 5, center, factor, slope, shift, dx);
        for (int i = 0; i < END; i++) {
            int lane = i % WIDTH;
            assertEquals(i < FIRST ? Float.NaN : (x[i] - center[lane]) * factor[lane] + shift[lane], y[i], "y " + i);
            float gradient = dy[i] * factor[lane] - (x[i] - center[lane]) * slope[lane] - shift[lane];
            assertEquals(i < FIRST ? Float.NaN : i % Interleaved.GROUP < 5 ? gradient : 0f, dx[i], "dx " + i);
        }
    }

    @Test
    void aNumberOfEachChannelIsSpreadOverItsLanes() {
        float[] row = dirty(2 * Interleaved.GROUP);
        Normalization.spread(new float[]{1.5f, -2}, row);
        for (int i = 0; i < row.length; i++) {
            assertEquals(i < Interleaved.GROUP ? 1.5f : -2f, row[i]);
        }
    }

    @Test
    void wrongSizesAreRefusedByName() {
        String message = assertThrows(IndexOutOfBoundsException.class,
                () -> Normalization.forward(x, SHAPE, GROUP, center, new float[WIDTH - 1], shift, new float[END]))
                .getMessage();
        assertTrue(message.startsWith("factor: "), message);
        assertTrue(assertThrows(IndexOutOfBoundsException.class, () -> Normalization.sum(x, SHAPE, 2, new float[WIDTH]))
                .getMessage().startsWith("x: "));
    }
}
