package dev.lanewise.bench;

import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.Softmax;
import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Spec;
import dev.lanewise.train.Optimizer;
import dev.lanewise.train.Optimizers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.random.RandomGenerator;

/** The kernels, ready to be timed: operands, arithmetic, and a reference in double precision for each. */
final class Kernels {
    /** The products that training makes, squares, and one of odd sizes: those of GemmBenchmark. */
    static final List<Shape> SHAPES = shapes("NN32x30x784,NN32x128x784,NN32x512x784,NN32x800x784,NN128x30x784,"
            + "NN128x128x784,NN128x512x784,NN128x800x784,NN512x30x784,NN512x128x784,NN512x512x784,NN512x800x784,"
            + "NN128x10x128,NN128x800x800,NT128x800x800,NT128x128x10,TN784x30x32,TN784x128x32,TN784x512x32,"
            + "TN784x800x32,TN784x30x128,TN784x128x128,TN784x512x128,TN784x800x128,TN784x30x512,TN784x128x512,"
            + "TN784x512x512,TN784x800x512,TN800x800x128,NN64x64x64,NN256x256x256,NN512x512x512,NN1024x1024x1024,"
            + "NN2048x2048x2048,NN37x129x501");
    static final List<Shape> QUICK_SHAPES = shapes("NN32x128x784,NN128x128x784,NN128x512x784,NN128x10x128,"
            + "NT128x800x800,TN784x128x128,TN784x512x512,NN256x256x256,NN1024x1024x1024,NN37x129x501");

    static final double U = 0x1p-24; // unit roundoff of float
    static final int IN_CACHE = 16_384; // floats: 64 KiB an array, in L2
    private static final int IN_MEMORY = 1 << 24; // 64 MiB an array, beyond the last cache of most machines
    private static final int WEIGHTS = Mnist.SHAPE.size() * 128; // of the usual first layer

    /** A function of each element, as in {@link Elementwise}. */
    interface Function {
        void apply(float[] x, int xOffset, float[] y, int yOffset, int n);
    }

    /** A product with the arguments of a shape: C = op(A) op(B). */
    interface Product {
        void multiply(float[] a, float[] b, float[] c);
    }

    /** Arrays that kernels share, as one runs at a time: x from -8 to 8, its magnitudes, and results. */
    static final class Operands {
        private final float[] x;
        private final float[] magnitudes;
        private final float[] y;

        Operands(float[] x, float[] magnitudes, float[] y) {
            this.x = x;
            this.magnitudes = magnitudes;
            this.y = y;
        }

        static Operands of(int n) {
            float[] x = random(n, 1);
            float[] magnitudes = new float[n];
            for (int i = 0; i < n; i++) {
                x[i] *= 8;
                magnitudes[i] = Math.abs(x[i]);
            }
            return new Operands(x, magnitudes, new float[n]);
        }
    }

    /** A part of an array. */
    interface Range {
        void run(int from, int to);
    }

    /**
     * A matrix product, op(A) [m, k] times op(B) [k, n].
     *
     * @param transA whether A is stored [k, m]
     * @param transB whether B is stored [n, k]
     */
    record Shape(boolean transA, boolean transB, int m, int n, int k) {
        /** From {@code TN784x128x32}; without letters nothing is transposed. */
        static Shape of(String text) {
            if (!text.matches("([NT][NT])?[1-9]\\d{0,4}x[1-9]\\d{0,4}x[1-9]\\d{0,4}")) {
                throw new IllegalArgumentException(
                        "'%s' is no shape; write m x n x k, each up to 99999, as in 128x512x784 or TN784x128x32"
                                .formatted(text));
            }
            String[] sizes = text.replaceAll("[NT]", "").split("x");
            Shape shape = new Shape(text.startsWith("T"), text.matches("[NT]T.*"), Digits.parseInt(sizes[0]),
                    Digits.parseInt(sizes[1]), Digits.parseInt(sizes[2]));
            if (shape.floats() > 1L << 29) {
                throw new IllegalArgumentException("'%s' takes more than 2 GiB; choose a smaller shape"
                        .formatted(text));
            }
            return shape;
        }

        private long floats() {
            return (long) m * k + (long) k * n + (long) m * n;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%s%s%dx%dx%d", transA ? "T" : "N", transB ? "T" : "N", m, n, k);
        }
    }

    private Kernels() {
    }

    /** Shapes with commas between them. */
    static List<Shape> shapes(String text) {
        return Arrays.stream(text.split(",", -1)).map(Shape::of).toList();
    }

    /**
     * The kernels of the topics, after the peaks that bound them.
     *
     * @param topics of gemm, conv, elementwise, softmax, update
     * @param teams to run them on, one after the other
     */
    static List<Kernel> of(List<String> topics, List<Shape> shapes, List<Workers> teams, boolean quick) {
        List<Kernel> kernels = new ArrayList<>();
        Operands operands = Operands.of(IN_MEMORY);
        ImageKernels images = topics.contains("conv") ? new ImageKernels(quick) : null;
        for (Workers team : teams) {
            kernels.addAll(peaks(team, operands, IN_MEMORY));
            if (topics.contains("gemm")) {
                shapes.forEach(shape -> kernels.add(gemm(team, shape)));
            }
            if (images != null) {
                kernels.add(copy(team, operands, ImageKernels.ELEMENTS));
                kernels.addAll(images.on(team));
            }
            List<Integer> sizes = quick ? List.of(IN_CACHE) : List.of(IN_CACHE, IN_MEMORY);
            if (topics.contains("elementwise") || topics.contains("softmax")) {
                kernels.add(copy(team, operands, IN_CACHE));
            }
            if (topics.contains("elementwise")) {
                sizes.forEach(n -> kernels.addAll(elementwise(team, operands, n)));
            }
            if (topics.contains("softmax")) {
                kernels.add(softmax(team, IN_CACHE / Mnist.CLASSES.size(), Mnist.CLASSES.size()));
                kernels.add(softmax(team, IN_CACHE / 1000, 1000));
            }
            if (topics.contains("update")) {
                kernels.add(axpy(team, operands, WEIGHTS));
                kernels.addAll(updates(team));
            }
        }
        return kernels;
    }

    static Kernel fma(Workers team) {
        int steps = 10_000;
        float[] sums = new float[16 * team.count()]; // a cache line each
        Workers.Task share = (worker, _) -> sums[16 * worker] += FmaChains.run(steps);
        return new Kernel("peak", "fma", team.count(), team.count() * FmaChains.flops(steps), 0, null,
                () -> team.run(share), Optional::empty);
    }

    /** What bounds everything else: arithmetic, and the memory's bandwidth. */
    static List<Kernel> peaks(Workers team) {
        return peaks(team, Operands.of(IN_MEMORY), IN_MEMORY);
    }

    private static List<Kernel> peaks(Workers team, Operands operands, int n) {
        return List.of(fma(team), copy(team, operands, n), triad(team, operands, n));
    }

    /** Reads one array and writes another. */
    private static Kernel copy(Workers team, Operands o, int n) {
        Runnable call = parallel(team, n, (from, to) -> System.arraycopy(o.x, from, o.y, from, to - from));
        return new Kernel("peak", "copy " + n, team.count(), 0, 8.0 * n, null, call,
                () -> check(call, o.y, n, i -> o.x[i], _ -> 0));
    }

    /** STREAM's triad (McCalpin 1995), a = b + s c: reads two arrays and writes a third. */
    private static Kernel triad(Workers team, Operands o, int n) {
        Runnable call = parallel(team, n, (from, to) -> {
            for (int i = from; i < to; i++) {
                o.y[i] = Math.fma(3f, o.x[i], o.magnitudes[i]);
            }
        });
        return new Kernel("peak", "triad " + n, team.count(), 2.0 * n, 12.0 * n, null, call,
                () -> check(call, o.y, n, i -> 3.0 * o.x[i] + o.magnitudes[i], _ -> 32 * U));
    }

    /** y = y + s x in two arrays: the traffic of the simplest update. */
    private static Kernel axpy(Workers team, Operands o, int n) {
        Runnable call = parallel(team, n, (from, to) -> {
            for (int i = from; i < to; i++) {
                o.y[i] = Math.fma(1e-3f, o.x[i], o.y[i]);
            }
        });
        Runnable fromStart = () -> {
            System.arraycopy(o.magnitudes, 0, o.y, 0, n);
            call.run();
        };
        return new Kernel("peak", "axpy " + n, team.count(), 2.0 * n, 12.0 * n, null, call,
                () -> check(fromStart, o.y, n, i -> o.magnitudes[i] + 1e-3 * o.x[i], _ -> 16 * U));
    }

    private static Kernel gemm(Workers team, Shape s) {
        return gemm(team.count(), s, (a, b, c) -> Gemm.sgemm(team, s.transA, s.transB, s.m, s.n, s.k, 1f, a, 0,
                s.transA ? s.m : s.k, b, 0, s.transB ? s.k : s.n, 0f, c, 0, s.n));
    }

    /** A product, checked by the bound of Higham, "Accuracy and Stability" (2002), 3.5: gamma_k (|A| |B|). */
    static Kernel gemm(int threads, Shape s, Product product) {
        float[] a = random(s.m * s.k, 1);
        float[] b = random(s.k * s.n, 2);
        float[] c = new float[s.m * s.n];
        Runnable call = () -> product.multiply(a, b, c);
        double bytes = 4.0 * s.floats();
        return new Kernel("gemm", s.toString(), threads, 2.0 * s.m * s.n * s.k, bytes, "fma", call,
                () -> check(call, c, s.m, s.n, s.k, (i, j) -> {
                    double sum = 0;
                    double magnitude = 0;
                    for (int p = 0; p < s.k; p++) {
                        double term = (double) a[s.transA ? p * s.m + i : i * s.k + p]
                                * b[s.transB ? j * s.k + p : p * s.n + j];
                        sum += term;
                        magnitude += Math.abs(term);
                    }
                    return new Expected(sum, s.k * U / (1 - s.k * U) * magnitude);
                }));
    }

    /** What an element must be, and how far it may be off. */
    record Expected(double value, double bound) {
    }

    /** What the element in a row and a column of a matrix must be. */
    interface Matrix {
        Expected at(int row, int column);
    }

    /**
     * Makes a call on a matrix that was made NaN before, and compares each of its elements, or a sample with the corners in it
     * where they are much work.
     *
     * @param work of an element, in multiply-adds
     */
    static Optional<String> check(Runnable call, float[] y, int rows, int cols, int work, Matrix reference) {
        Arrays.fill(y, 0, rows * cols, Float.NaN);
        call.run();
        RandomGenerator random = new SplitMix64(3);
        boolean all = (long) rows * cols * work < 1_000_000;
        int samples = all ? rows * cols : 2000;
        for (int sample = 0; sample < samples; sample++) {
            int i = all ? sample / cols : sample < 4 ? sample / 2 * (rows - 1) : random.nextInt(rows);
            int j = all ? sample % cols : sample < 4 ? sample % 2 * (cols - 1) : random.nextInt(cols);
            Expected expected = reference.at(i, j);
            Optional<String> wrong = compare(i * cols + j, y[i * cols + j], expected.value, expected.bound);
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        return Optional.empty();
    }

    // Operations an element as counted in ScalarMath, for the roofline's axis alone; a division counts as one.
    private static List<Kernel> elementwise(Workers team, Operands o, int n) {
        return List.of(elementwise(team, o, "exp", n, 22, Elementwise::exp, StrictMath::exp),
                elementwise(team, o, "log", n, 25, Elementwise::log, StrictMath::log),
                elementwise(team, o, "sigmoid", n, 24, Elementwise::sigmoid, x -> 1 / (1 + StrictMath.exp(-x))),
                elementwise(team, o, "tanh", n, 38, Elementwise::tanh, StrictMath::tanh),
                elementwise(team, o, "relu", n, 1, Elementwise::relu, x -> Math.max(x, 0)));
    }

    /** A function over n elements, right to 4 ULP. */
    static Kernel elementwise(Workers team, Operands o, String name, int n, int flops, Function function,
            DoubleUnaryOperator reference) {
        float[] x = name.equals("log") ? o.magnitudes : o.x;
        Runnable call = parallel(team, n, (from, to) -> function.apply(x, from, o.y, from, to - from));
        return new Kernel("elementwise", name + " " + n, team.count(), (double) flops * n, 8.0 * n, "copy " + n, call,
                () -> check(call, o.y, n, i -> reference.applyAsDouble(x[i]),
                        expected -> 4 * Math.ulp((float) expected)));
    }

    /** Softmax; each worker has rows of its own. Right to 6 ULP and a rounding a column. */
    private static Kernel softmax(Workers team, int rows, int cols) {
        int rowsEach = Math.ceilDiv(rows, team.count());
        float[][] x = new float[team.count()][];
        float[][] y = new float[team.count()][rowsEach * cols];
        Arrays.setAll(x, worker -> random(rowsEach * cols, worker));
        Workers.Task share = (worker, _) -> Softmax.softmax(x[worker], 0, cols, y[worker], 0, cols,
                rowsEach, cols);
        Runnable call = () -> team.run(share);
        double elements = (double) team.count() * rowsEach * cols;
        return new Kernel("softmax", String.format(Locale.ROOT, "softmax %dx%d", rows, cols), team.count(),
                26 * elements, 8 * elements,
                "copy " + IN_CACHE, call, () -> {
                    for (int worker = 0; worker < team.count(); worker++) {
                        float[] logits = x[worker];
                        double[] sums = new double[rowsEach];
                        for (int i = 0; i < logits.length; i++) {
                            sums[i / cols] += StrictMath.exp(logits[i]);
                        }
                        Optional<String> wrong = check(call, y[worker], logits.length,
                                i -> StrictMath.exp(logits[i]) / sums[i / cols],
                                expected -> (12 + cols) * U * expected);
                        if (wrong.isPresent()) {
                            return wrong;
                        }
                    }
                    return Optional.empty();
                });
    }

    /** A step of every optimizer, on weights that are half of their gradients, from a state of 0. */
    private static List<Kernel> updates(Workers team) {
        float[] g = random(WEIGHTS, 1);
        float[] w = new float[WEIGHTS];
        return Optimizers.KINDS.names().stream().map(kind -> update(team, Optimizer.of(Spec.of(kind)), g, w)).toList();
    }

    private static Kernel update(Workers team, Optimizer optimizer, float[] g, float[] w) {
        float rate = 1e-3f;
        float decay = 1e-4f;
        float[][] state = new float[optimizer.states()][WEIGHTS];
        float[] coefficients = new float[Optimizer.COEFFICIENTS];
        optimizer.prepare(0, rate, coefficients);
        Runnable call = parallel(team, WEIGHTS,
                (from, to) -> optimizer.update(w, g, 0, state, from, to, coefficients, decay));
        Runnable fromStart = () -> {
            for (int i = 0; i < WEIGHTS; i++) {
                w[i] = g[i] / 2;
            }
            for (float[] values : state) {
                Arrays.fill(values, 0f);
            }
            call.run();
        };
        // Counted coarsely, for the roofline's axis alone.
        double flops = 4 + 6 * optimizer.states();
        double bytes = 12 + 8 * optimizer.states();
        return new Kernel("update", String.format(Locale.ROOT, "%s %d", optimizer.spec().kind(), WEIGHTS), team.count(),
                flops * WEIGHTS, bytes * WEIGHTS, "axpy " + WEIGHTS, call,
                () -> check(fromStart, w, WEIGHTS, i -> optimizer.reference(g[i] / 2, g[i],
                        new double[optimizer.states()], 0, rate, decay), _ -> 8 * U));
    }

    /** Makes a call on a result that was made NaN before, and compares each of its first n elements. */
    static Optional<String> check(Runnable call, float[] y, int n, IntToDoubleFunction reference,
            DoubleUnaryOperator bound) {
        Arrays.fill(y, 0, n, Float.NaN);
        call.run();
        for (int i = 0; i < n; i++) {
            double expected = reference.applyAsDouble(i);
            Optional<String> wrong = compare(i, y[i], expected, bound.applyAsDouble(expected));
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> compare(int element, float actual, double expected, double bound) {
        return Math.abs(actual - expected) <= bound
                ? Optional.empty()
                : Optional.of(String.format(Locale.ROOT, "element %d is %s, not %s to within %.2g", element, actual,
                        expected, bound));
    }

    static Runnable parallel(Workers team, int n, Range range) {
        if (team.count() == 1) {
            return () -> range.run(0, n);
        }
        Workers.Task share = (worker, count) -> range.run(Workers.share(n, 16, worker, count),
                Workers.share(n, 16, worker + 1, count));
        return () -> team.run(share);
    }

    static float[] random(int n, long seed) {
        RandomGenerator random = new SplitMix64(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
        return values;
    }
}
