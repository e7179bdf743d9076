package dev.lanewise.kernel.gemm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GemmLoopsTest {
    private static final int[] SIZES = {1, 2, 3, 7, 8, 10, 15, 16, 17, 33, 64, 100, 129, 300, 784, 2050};

    /** Its operands are smaller than the product's, but go the same way: by transposes that need a vector's width, too. */
    @Test
    void everyProductCanBeRehearsed() {
        GemmLoops loops = new GemmLoops();
        for (int m : SIZES) {
            for (int n : SIZES) {
                for (int k : SIZES) {
                    for (int kind = 0; kind < 8; kind++) {
                        int variant = (m + n + k + kind) % 12;
                        assertTrue(loops.rehearse((kind & 4) != 0, (kind & 2) != 0, (kind & 1) != 0, m, n, k, variant,
                                2 + (kind & 1), (variant & 2) == 0) > 0);
                    }
                }
            }
        }
    }
}
