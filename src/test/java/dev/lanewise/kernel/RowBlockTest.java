package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of up to 140 columns. */
class RowBlockTest {
    private static final int MOST = 140;
    private static final RowBlock BLOCK = RowBlock.take();

    @Test
    void loadedRowsAreStoredAgainAndNothingElse() {
        SplittableRandom random = new SplittableRandom(1);
        for (int cols = 1; cols <= MOST; cols++) {
            for (int rows : new int[]{1, 2, 15, 16, 17, 63, 64, 65, 128}) {
                float[] x = Bits.spread(random, rows * cols + 5);
                float[] y = new float[x.length];
                float[] expected = new float[x.length];
                System.arraycopy(x, 3, expected, 3, rows * cols);
                int n;
                for (int i = 0; i < rows; i += n) {
                    n = BLOCK.load(x, 3 + i * cols, cols, rows - i, cols);
                    BLOCK.store(y, 3 + i * cols, cols);
                }
                Bits.assertSame(expected, y, "seed 1, %d x %d".formatted(rows, cols));
            }
        }
    }

    @Test
    void sumsAreThoseOfTheSpecification() {
        SplittableRandom random = new SplittableRandom(2);
        for (int cols = 1; cols <= MOST; cols++) {
            int rows = 1 + random.nextInt(40);
            float[] x = Bits.uniform(random, rows * cols, 20);
            String label = "seed 2, %d x %d".formatted(rows, cols);
            int n = BLOCK.load(x, 0, cols, rows, cols);
            BLOCK.sum();
            for (int i = 0; i < n; i++) {
                Bits.assertSame(ScalarReductions.sum(x, i * cols, cols), BLOCK.sum[i], label);
            }
            BLOCK.sumSquares();
            for (int i = 0; i < n; i++) {
                Bits.assertSame(Reductions.dot(x, i * cols, x, i * cols, cols), BLOCK.sum[i], label);
            }
        }
    }

    @Test
    void theLargestIsFoundWhereverItStands() {
        for (int cols = 1; cols <= MOST; cols++) {
            for (int at = 0; at < cols; at++) {
                float[] x = new float[6 * cols];
                Arrays.fill(x, 9f); // rows before and after it
                Arrays.fill(x, cols, 2 * cols, -2f);
                x[cols + at] = -1f;
                BLOCK.load(x, cols, cols, 2, cols);
                Bits.assertSame(-1f, BLOCK.max[0], "cols " + cols);
                Bits.assertSame(9f, BLOCK.max[1], "cols " + cols);
            }
        }
    }

    @Test
    void infinitiesAndZerosAreInOrder() {
        for (int cols = 2; cols <= MOST; cols++) {
            float[] x = new float[cols + 16];
            Arrays.fill(x, 0, cols, Float.NEGATIVE_INFINITY);
            BLOCK.load(x, 0, cols, 1, cols);
            Bits.assertSame(Float.NEGATIVE_INFINITY, BLOCK.max[0], "cols " + cols);
            x[cols / 2] = -Float.MAX_VALUE;
            BLOCK.load(x, 0, cols, 1, cols);
            Bits.assertSame(-Float.MAX_VALUE, BLOCK.max[0], "cols " + cols);
            x[0] = -0f;
            BLOCK.load(x, 0, cols, 1, cols);
            Bits.assertSame(-0f, BLOCK.max[0], "cols " + cols);
            x[1] = Float.POSITIVE_INFINITY;
            BLOCK.load(x, 0, cols, 1, cols);
            Bits.assertSame(Float.POSITIVE_INFINITY, BLOCK.max[0], "cols " + cols);
        }
    }

    @Test
    void whatWasTakenOutIsPutBack() {
        for (int cols : new int[]{1, 10, 64, 65, 127, 200}) {
            float[] x = new float[20 * cols];
            byte[] labels = new byte[21];
            for (int i = 0; i < 20; i++) {
                labels[1 + i] = (byte) (cols - 1 - i * 7 % cols);
            }
            Arrays.fill(x, 2f);
            float[] y = new float[x.length];
            int n = BLOCK.load(x, 0, cols, 20, cols);
            BLOCK.takeOut(labels, 1);
            BLOCK.store(y, 0, cols);
            for (int i = 0; i < n; i++) {
                assertEquals(2f, BLOCK.taken[i]);
                for (int j = 0; j < cols; j++) {
                    assertEquals(j == (labels[1 + i] & 0xff) ? 0f : 2f, y[i * cols + j], "cols " + cols);
                }
            }
            BLOCK.putBack(labels, 1);
            BLOCK.store(y, 0, cols);
            Bits.assertSame(Arrays.copyOf(x, n * cols), Arrays.copyOf(y, n * cols), "cols " + cols);
        }
    }

    /** FreqInlineSize of HotSpot: with these two inlined into the loss, C2 boxes vectors, which the class tells of. */
    @ParameterizedTest
    @ValueSource(strings = {"load", "sum"})
    void stepsThatC2MustNotInlineHaveMoreBytecodesThanItInlines(String name) throws IOException {
        try (InputStream in = RowBlock.class.getResourceAsStream("RowBlock$Lanes.class")) {
            int longest = ClassFile.of().parse(in.readAllBytes()).methods().stream()
                    .filter(method -> method.methodName().equalsString(name))
                    .mapToInt(method -> method.findAttribute(Attributes.code()).orElseThrow().codeLength())
                    .max().orElseThrow();
            assertTrue(longest > 325, longest + " bytecodes");
        }
    }
}
