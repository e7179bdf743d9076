package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Readiness;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What of a product's kernels HotSpot has compiled: first the tiles, then, where the run is long, what else they need. Until then
 * the product is left to {@link PlainGemm}.
 *
 * <p>Products are of one kind if they agree in what is transposed and in the magnitude of m, n and k.
 */
final class GemmReadiness {
    private static final int MAGNITUDES = 12; // the last is of 2,048 and more
    private static final @Nullable GemmReadiness[] KINDS = new GemmReadiness[4 * MAGNITUDES * MAGNITUDES * MAGNITUDES];

    private static final int PRODUCTS = 12; // of different m and n, so that each tile of the kind is called
    private static final int STEPS = 32;

    /** Nothing is compiled: plain loops. */
    static final int PLAIN = 0;
    /** The tiles that a short run has. */
    static final int SHORT = 1;
    /** All. */
    static final int LONG = 2;

    private final Readiness shortRun;
    private final Readiness longRun;

    private GemmReadiness(boolean transA, boolean transB, int m, int n, int k) {
        shortRun = new Readiness(() -> rehearsal(true, transA, transB, m, n, k));
        longRun = new Readiness(() -> rehearsal(false, transA, transB, m, n, k));
    }

    /** What is compiled for products of that kind; has the rest compiled. */
    static int of(boolean transA, boolean transB, int m, int n, int k) {
        int number = ((magnitude(m) * MAGNITUDES + magnitude(n)) * MAGNITUDES + magnitude(k)) * 4 + (transA ? 2 : 0)
                + (transB ? 1 : 0);
        GemmReadiness kind = KINDS[number];
        if (kind == null) {
            kind = add(number, new GemmReadiness(transA, transB, m, n, k));
        }
        return !kind.shortRun.isReady() ? PLAIN : kind.longRun.isReady() ? LONG : SHORT;
    }

    private static int magnitude(int size) {
        return Math.min(Integer.SIZE - 1 - Integer.numberOfLeadingZeros(size), MAGNITUDES - 1);
    }

    private static synchronized GemmReadiness add(int number, GemmReadiness kind) {
        GemmReadiness first = KINDS[number];
        if (first == null) {
            KINDS[number] = kind;
            return kind;
        }
        return first;
    }

    /** Whether products of a kind, of all tiles that it may need, are fast now. */
    private static BooleanSupplier rehearsal(boolean shortRun, boolean transA, boolean transB, int m, int n, int k) {
        GemmLoops loops = new GemmLoops();
        return () -> {
            double spare = 0;
            for (int i = 0; i < PRODUCTS; i++) {
                double best = Double.NEGATIVE_INFINITY;
                for (int j = 0; j < 2; j++) { // twice, as another thread may interrupt one
                    long start = System.nanoTime();
                    long vectors = loops.rehearse(shortRun, transA, transB, m, n, k, i, STEPS + (i & 1),
                            (i & 2) == 0);
                    best = Math.max(best, Readiness.spare(start, vectors));
                }
                spare += best;
            }
            return spare > 0;
        };
    }
}
