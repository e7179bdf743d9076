package dev.lanewise.kernel.gemm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.kernel.core.Species;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** All tiles on copies, also those that this CPU's caches do not call for. */
class PackedTilesTest {
    private static final int LANES = Species.LANES;

    @ParameterizedTest
    @EnumSource(names = {"ROWS_12_VECTORS_2", "ROWS_6_VECTORS_2", "ROWS_4_VECTORS_2"})
    void everyTileHasTheChainsOfItsRows(Tile tile) {
        Assumptions.assumeFalse(Species.SCALAR);
        SplittableRandom random = new SplittableRandom(5);
        for (int round = 0; round < 200; round++) {
            boolean columns = random.nextBoolean();
            boolean fromZero = random.nextBoolean();
            int kc = 1 + random.nextInt(20);
            int rows = 1 + random.nextInt(tile.rows);
            int last = random.nextInt(LANES + 1); // of the second vector, which may overlap the first
            int ldc = last + LANES + random.nextInt(3);
            float[] a = random(random, tile.rows * Blocking.PACKED_LDA);
            float[] b = random(random, 7 + kc * 2 * LANES);
            float[] c = random(random, 5 + tile.rows * ldc);
            float[] before = c.clone();
            if (columns) {
                PackedTiles.columns(tile, kc, a, rows - 1, b, 7, fromZero, c, 5, ldc, last);
            } else {
                PackedTiles.rows(tile, kc, a, rows - 1, b, 7, fromZero, c, 5, ldc, last);
            }
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < last + LANES; j++) {
                    boolean second = j >= last;
                    float expected = fromZero ? 0 : before[5 + i * ldc + j];
                    for (int p = 0; p < kc; p++) {
                        float x = a[columns ? p * tile.rows + i : i * Blocking.PACKED_LDA + p];
                        expected = Math.fma(x, b[7 + p * 2 * LANES + (second ? LANES + j - last : j)], expected);
                    }
                    assertEquals(expected, c[5 + i * ldc + j], "round %d, row %d of %d, column %d".formatted(round, i,
                            rows, j));
                }
            }
        }
    }

    private static float[] random(SplittableRandom random, int size) {
        float[] x = new float[size];
        for (int i = 0; i < size; i++) {
            x[i] = (float) random.nextDouble(-1, 1);
        }
        return x;
    }
}
