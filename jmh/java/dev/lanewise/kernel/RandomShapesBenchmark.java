package dev.lanewise.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Param;

/**
 * Many products on one thread in one process, beside OpenBLAS and MKL, each checked before it is timed: how many of them are faster
 * here, and which are the slowest. Takes the number of random shapes (2,000), the largest size of each dimension (256) and a seed (1);
 * or {@code usual} for the shapes of {@link GemmBenchmark}.
 */
public final class RandomShapesBenchmark {
    private static final double SHORTEST = 1e5; // nanoseconds that are timed at once
    private static final int ROUNDS = 5; // of which the quickest counts, in turns
    /** Products, many of them narrow, some that add to C, so that C2 has compiled all tiles as they stay. */
    private static final int WARM_UP = 300_000;
    private static final double OWN_WARM_UP = 3e8; // nanoseconds of each usual shape besides

    private record Shape(boolean transA, boolean transB, int m, int n, int k) {
        static Shape random(SplittableRandom random, int most) {
            int kind = random.nextInt(3); // NN, NT, TN
            return new Shape(kind == 2, kind == 1, 1 + random.nextInt(most), 1 + random.nextInt(most),
                    1 + random.nextInt(most));
        }

        /** As in {@link GemmBenchmark}: {@code NT128x800x800}. */
        static Shape parse(String text) {
            String[] sizes = text.substring(2).split("x");
            return new Shape(text.charAt(0) == 'T', text.charAt(1) == 'T', Integer.parseInt(sizes[0]),
                    Integer.parseInt(sizes[1]), Integer.parseInt(sizes[2]));
        }

        static Shape narrow(SplittableRandom random, int most) {
            Shape shape = random(random, most);
            return new Shape(shape.transA, shape.transB, 1 + random.nextInt(shape.m) % 12, shape.n, 1 + shape.k % 64);
        }

        /** One of few rows and of columns that fill vectors, which are other tiles. */
        static Shape whole(SplittableRandom random) {
            int kind = random.nextInt(3);
            return new Shape(kind == 2, kind == 1, 1 + random.nextInt(40), 16 * (1 + random.nextInt(5)),
                    1 + random.nextInt(64));
        }

        int lda() {
            return transA ? m : k;
        }

        int ldb() {
            return transB ? k : n;
        }

        @Override
        public String toString() {
            return "%s%s%dx%dx%d".formatted(transA ? "T" : "N", transB ? "T" : "N", m, n, k);
        }
    }

    private record Figure(Shape shape, double here, double openBlas, double mkl) {
        /** Times as fast as the better of the two. */
        double ratio() {
            return Math.min(openBlas, mkl) / here;
        }

        @Override
        public String toString() {
            double flops = 2.0 * shape.m * shape.n * shape.k;
            return "%-14s %5.2f   %6.1f GFLOP/s, OpenBLAS %.1f, MKL %.1f".formatted(shape, ratio(), flops / here,
                    flops / openBlas, flops / mkl);
        }
    }

    private RandomShapesBenchmark() {
    }

    /** {@code [shapes [most [seed]]]}, or {@code usual}. */
    public static void main(String[] args) throws NoSuchFieldException {
        boolean usual = args.length > 0 && args[0].equals("usual");
        int count = args.length > 0 && !usual ? Integer.parseInt(args[0]) : 2_000;
        int most = args.length > 1 ? Integer.parseInt(args[1]) : 256;
        SplittableRandom random = new SplittableRandom(args.length > 2 ? Long.parseLong(args[2]) : 1);
        NativeBlasBenchmark openBlas = NativeBlasBenchmark.openBlas(1);
        NativeBlasBenchmark mkl = NativeBlasBenchmark.mkl(1);
        System.out.println("Peers: " + openBlas.kernels() + "; " + mkl.kernels());
        if (!NativeBlasBenchmark.limits().isEmpty()) {
            if (!Boolean.getBoolean("limitedPeers")) {
                throw new IllegalStateException("the peers would not run at their best: unset %s, or say -DlimitedPeers=true"
                        .formatted(NativeBlasBenchmark.limits()));
            }
            System.out.println("Peers limited by " + NativeBlasBenchmark.limits());
        }
        for (int i = 0; i < WARM_UP; i++) {
            Shape shape = switch (i % 32) {
                case 0 -> Shape.random(random, most);
                case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 -> Shape.narrow(random, most);
                case 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 -> Shape.whole(random);
                default -> Shape.random(random, 1 + most / 4);
            };
            here(shape, new float[shape.m * shape.k], new float[shape.k * shape.n], i % 5 == 0 ? 1f : 0f,
                    new float[shape.m * shape.n]);
        }
        List<Shape> shapes = usual
                ? Stream.of(GemmBenchmark.class.getDeclaredField("shape").getAnnotation(Param.class).value())
                        .map(Shape::parse).toList()
                : Stream.generate(() -> Shape.random(random, most)).limit(count).toList();
        List<Figure> figures = new ArrayList<>();
        for (Shape shape : shapes) {
            figures.add(figure(shape, usual ? OWN_WARM_UP : 0, random, openBlas, mkl));
        }
        if (usual) {
            figures.forEach(System.out::println);
        }
        tell(figures);
    }

    private static Figure figure(Shape shape, double warmUp, SplittableRandom random, NativeBlasBenchmark openBlas,
            NativeBlasBenchmark mkl) {
        float[] a = GemmBenchmark.random(random, shape.m * shape.k);
        float[] b = GemmBenchmark.random(random, shape.k * shape.n);
        float[] c = new float[shape.m * shape.n];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment nativeA = GemmBenchmark.copy(arena, a);
            MemorySegment nativeB = GemmBenchmark.copy(arena, b);
            MemorySegment nativeC = GemmBenchmark.copy(arena, c);
            Runnable[] ways = {() -> here(shape, a, b, 0f, c),
                    () -> openBlas.sgemm(shape.transA, shape.transB, shape.m, shape.n, shape.k, nativeA, shape.lda(),
                            nativeB, shape.ldb(), nativeC, shape.n),
                    () -> mkl.sgemm(shape.transA, shape.transB, shape.m, shape.n, shape.k, nativeA, shape.lda(), nativeB,
                            shape.ldb(), nativeC, shape.n)};
            double end = System.nanoTime() + warmUp;
            do {
                ways[0].run();
            } while (System.nanoTime() < end);
            check(shape, a, b, c);
            return time(shape, ways);
        }
    }

    private static void here(Shape shape, float[] a, float[] b, float beta, float[] c) {
        Gemm.sgemm(shape.transA, shape.transB, shape.m, shape.n, shape.k, 1f, a, 0, shape.lda(), b, 0, shape.ldb(),
                beta, c, 0, shape.n);
    }

    private static Figure time(Shape shape, Runnable[] ways) {
        double[] best = {Double.MAX_VALUE, Double.MAX_VALUE, Double.MAX_VALUE};
        int[] repeats = {1, 1, 1};
        for (int round = 0; round < ROUNDS; round++) {
            for (int way = 0; way < ways.length; way++) {
                double nanos = nanos(ways[way], repeats[way]);
                while (nanos < SHORTEST) {
                    repeats[way] *= 2;
                    nanos = nanos(ways[way], repeats[way]);
                }
                best[way] = Math.min(best[way], nanos / repeats[way]);
            }
        }
        return new Figure(shape, best[0], best[1], best[2]);
    }

    private static double nanos(Runnable way, int repeats) {
        long start = System.nanoTime();
        for (int i = 0; i < repeats; i++) {
            way.run();
        }
        return System.nanoTime() - start;
    }

    /** The corners and some more elements, to the bit. */
    private static void check(Shape shape, float[] a, float[] b, float[] c) {
        SplittableRandom random = new SplittableRandom(shape.hashCode());
        for (int sample = 0; sample < 40; sample++) {
            int i = sample < 4 ? sample / 2 * (shape.m - 1) : random.nextInt(shape.m);
            int j = sample < 4 ? sample % 2 * (shape.n - 1) : random.nextInt(shape.n);
            float expected = GemmBenchmark.chain(shape.transA, shape.transB, shape.m, shape.n, shape.k, a, b, i, j);
            if (expected != c[i * shape.n + j]) {
                throw new AssertionError("%s: element (%d, %d) is %s instead of %s".formatted(shape, i, j,
                        c[i * shape.n + j], expected));
            }
        }
    }

    private static void tell(List<Figure> figures) {
        figures.sort(Comparator.comparingDouble(Figure::ratio));
        System.out.println("times as fast as the better peer");
        tell("all", figures, figure -> true);
        for (String kind : List.of("NN", "NT", "TN")) {
            tell(kind, figures, figure -> figure.shape.toString().startsWith(kind));
        }
        tell("narrow, m or n below 16", figures, figure -> Math.min(figure.shape.m, figure.shape.n) < 16);
        figures.stream().limit(10).forEach(System.out::println);
    }

    private static void tell(String name, List<Figure> all, Predicate<Figure> which) {
        List<Figure> figures = all.stream().filter(which).toList();
        System.out.printf("%-24s %,5d shapes, geometric mean %.2f, median %.2f, ahead on %.0f %%%n", name,
                figures.size(),
                Math.exp(figures.stream().mapToDouble(figure -> Math.log(figure.ratio())).average().orElse(0)),
                figures.isEmpty() ? 1 : figures.get(figures.size() / 2).ratio(),
                100.0 * figures.stream().filter(figure -> figure.ratio() >= 1).count() / Math.max(1, figures.size()));
    }
}
