package dev.lanewise.kernel.gemm;

import dev.lanewise.kernel.core.Species;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * What of a product's kernels HotSpot has compiled. Until then they take a thousand times as long as they will, for half a
 * second and more; so the product is left to {@link PlainGemm}, while a thread of its own calls the tiles on invented numbers
 * until a call is fast, then, where the run is long, what else they need.
 *
 * <p>Products are of one kind if they agree in what is transposed and in the magnitude of m, n and k. Nothing here changes a
 * bit of a result. With the system property {@code lanewise.rehearse} as {@code false}, tiles are used from the first call on.
 */
final class Readiness {
    private static final boolean OFF = "false".equals(System.getProperty("lanewise.rehearse")); // for tests and benchmarks

    private static final int MAGNITUDES = 12; // the last is of 2,048 and more
    private static final int KINDS = 4 * MAGNITUDES * MAGNITUDES * MAGNITUDES;
    private static final byte[] LEVELS = new byte[KINDS]; // read without a lock: who sees it late loses nothing
    private static final boolean[] ASKED = new boolean[KINDS];

    private static final int WAITING = 64; // more kinds at once are asked for again by a later product
    private static final ArrayBlockingQueue<int[]> KINDS_TO_COME = new ArrayBlockingQueue<>(WAITING);
    private static boolean running;
    private static volatile boolean failed; // a kernel's class cannot be initialised, for a width that is none, say

    private static final int PRODUCTS = 12; // of different m and n, so that each tile of the kind is called
    private static final int STEPS = 32;
    /** Nanoseconds that a product may take, and more for each vector that it multiplies: until then it takes five times that. */
    private static final double OF_CALL = 3000;
    private static final double OF_VECTOR = 20;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60); // then it remains with plain loops

    /** Nothing is compiled: plain loops. */
    static final int PLAIN = 0;
    /** The tiles that a short run has. */
    static final int SHORT = 1;
    /** All. */
    static final int LONG = 2;

    private Readiness() {
    }

    /** What is compiled for products of that kind; has the rest compiled. */
    static int of(boolean transA, boolean transB, int m, int n, int k) {
        if (OFF || Species.SCALAR) {
            return Species.SCALAR ? PLAIN : LONG;
        }
        int kind = ((magnitude(m) * MAGNITUDES + magnitude(n)) * MAGNITUDES + magnitude(k)) * 4 + (transA ? 2 : 0)
                + (transB ? 1 : 0);
        if (!ASKED[kind]) {
            ask(kind, m, n, k);
        }
        if (failed) {
            Species.bits(); // throws what the other thread met
        }
        return LEVELS[kind];
    }

    private static int magnitude(int size) {
        return Math.min(Integer.SIZE - 1 - Integer.numberOfLeadingZeros(size), MAGNITUDES - 1);
    }

    private static synchronized void ask(int kind, int m, int n, int k) {
        if (!ASKED[kind] && KINDS_TO_COME.offer(new int[]{kind, m, n, k})) {
            ASKED[kind] = true;
            if (!running) {
                running = true;
                Thread.ofPlatform().name("lanewise-rehearsal").daemon().start(() -> {
                    try {
                        rehearse();
                    } catch (LinkageError _) {
                        failed = true;
                    }
                });
            }
        }
    }

    private static void rehearse() {
        GemmLoops loops = new GemmLoops();
        for (int[] next = next(); next != null; next = next()) {
            int kind = next[0];
            int level = LEVELS[kind];
            long end = System.nanoTime() + PATIENCE;
            while (LEVELS[kind] == level && System.nanoTime() < end) {
                if (isFast(loops, level == PLAIN, (kind & 2) != 0, (kind & 1) != 0, next[1], next[2], next[3])) {
                    LEVELS[kind]++;
                }
            }
            if (LEVELS[kind] == SHORT && level == PLAIN) {
                KINDS_TO_COME.offer(next); // what waits for its tiles comes first
            }
        }
    }

    private static synchronized int[] next() {
        int[] next = KINDS_TO_COME.poll();
        running = next != null;
        return next;
    }

    /** Whether products of a kind, of all tiles that it may need, are fast now. */
    private static boolean isFast(GemmLoops loops, boolean shortRun, boolean transA, boolean transB, int m, int n,
            int k) {
        double spare = 0;
        for (int i = 0; i < PRODUCTS; i++) {
            double best = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < 2; j++) { // twice, as another thread may interrupt one
                long start = System.nanoTime();
                long vectors = loops.rehearse(shortRun, transA, transB, m, n, k, i, STEPS + (i & 1), (i & 2) == 0);
                best = Math.max(best, OF_CALL + OF_VECTOR * vectors - (System.nanoTime() - start));
            }
            spare += best;
        }
        return spare > 0;
    }
}
