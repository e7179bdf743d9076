package dev.lanewise.kernel.core;

import dev.lanewise.kernel.Bits;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class TransposeTest {
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyElementIsWhereItBelongsAndNothingElseChanges(boolean shortRun) {
        Transpose transpose = new Transpose();
        transpose.setShortRun(shortRun);
        for (long seed = 0; seed < 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int rows = random.nextInt(40);
            int cols = random.nextInt(40);
            int ldx = cols + random.nextInt(4);
            int ldy = rows + random.nextInt(4);
            int xAt = random.nextInt(5);
            int yAt = random.nextInt(5);
            float[] x = Bits.spread(random, xAt + rows * ldx);
            float[] y = Bits.spread(random, yAt + cols * ldy);
            float[] expected = y.clone();
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < cols; j++) {
                    expected[yAt + j * ldy + i] = x[xAt + i * ldx + j];
                }
            }
            float[] before = Arrays.copyOf(x, x.length);
            transpose.copy(x, xAt, ldx, rows, cols, y, yAt, ldy);
            Bits.assertSame(expected, y, "seed %d, %d x %d".formatted(seed, rows, cols));
            Bits.assertSame(before, x, "seed " + seed);
        }
    }
}
