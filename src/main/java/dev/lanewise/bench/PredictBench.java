package dev.lanewise.bench;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.model.Network;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import dev.lanewise.run.Predictor;
import dev.lanewise.run.Recipe;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Predicting, from bytes to probabilities: of the usual multilayer perceptron and of {@code small}, or of a trained model. */
public final class PredictBench {
    private static final List<Integer> BATCHES = List.of(1, 16, 256, 10_000);
    private static final List<Integer> QUICK_BATCHES = List.of(1, 16, 256);
    private static final int MOST = BATCHES.getLast();
    private static final int CHECKED = 20; // images of a batch
    private static final double MOST_OFF = 1e-4; // of a probability
    private static final int CALLS = 20_000; // that are timed one by one, of a single image
    private static final double SECONDS = 2; // that they may take

    /**
     * What is known of predicting beside the rounds.
     *
     * @param images of a call
     * @param p50Ns nanoseconds that half of the calls took at most, each timed by itself; null where a call has several images
     * @param p99Ns the same of 99 in 100 of the calls
     */
    record Outcome(int images, @Nullable Double p50Ns, @Nullable Double p99Ns) {
    }

    /**
     * A network and images for it.
     *
     * @param name its own, or null
     */
    public record Subject(@Nullable String name, Model model, Dataset images) {
    }

    private PredictBench() {
    }

    /** The networks that are timed where none is named, with weights as training begins with. */
    static List<Subject> usual() {
        Dataset images = BuiltInDigits.draw(1, 1000);
        return List.of(subject(null, "mlp", images), subject("small", "small", images));
    }

    private static Subject subject(@Nullable String name, String net, Dataset images) {
        Network network = Recipe.USUAL.with(Recipe.NET, net).network(Mnist.SHAPE, Mnist.CLASSES.size());
        return new Subject(name, new Model(network, Mnist.CLASSES, Map.of()), images);
    }

    private static String name(Subject subject) {
        Network network = subject.model.network();
        return subject.name == null
                ? network.toString()
                : String.format(Locale.ROOT, "%d-%s-%d", network.input().size(), subject.name, network.classes());
    }

    /** One network on so many threads, with its kernels: one for each size of batches. */
    static final class Run implements AutoCloseable {
        private final Predictor predictor;
        private final List<Kernel> kernels = new ArrayList<>();
        private final byte[] pixels; // of as many images as the largest batch has
        private final float @Nullable [] expected; // [CHECKED, classes]; null: there are no formulas in double
        private final List<byte[]> prepared;

        Run(Subject subject, int threads, boolean quick) {
            Network network = subject.model.network();
            int size = network.input().size();
            int classes = network.classes();
            byte[] own = subject.images.pixels();
            pixels = new byte[Math.multiplyExact(MOST, size)];
            for (int at = 0; at < pixels.length; at += own.length) {
                System.arraycopy(own, 0, pixels, at, Math.min(own.length, pixels.length - at));
            }
            prepared = List.of(pixels);
            predictor = new Predictor(new Ensemble(List.of(subject.model)), threads, Tuning.LONG);
            expected = expected(network.forEvaluation());
            for (int batch : quick ? QUICK_BATCHES : BATCHES) {
                float[] p = new float[Math.multiplyExact(batch, classes)];
                kernels.add(new Kernel("predict", String.format(Locale.ROOT, "%s predict %d", name(subject), batch),
                        threads, 2 * network.multiplyAdds() * batch, 0, "fma",
                        () -> predictor.predict(prepared, 0, batch, p), () -> {
                            predictor.predict(prepared, 0, batch, p);
                            return wrong(p, batch, classes);
                        }));
            }
        }

        List<Kernel> kernels() {
            return kernels;
        }

        private float @Nullable [] expected(Network network) {
            float[] floats = new float[CHECKED * network.input().size()];
            Pixels.toFloats(pixels, 0, floats, 0, floats.length);
            double[] x = new double[floats.length];
            Arrays.setAll(x, i -> floats[i]);
            return network.reference(x, CHECKED).map(logits -> {
                float[] z = new float[logits.length];
                for (int i = 0; i < z.length; i++) {
                    z[i] = (float) logits[i];
                }
                float[] p = new float[z.length];
                network.loss().predict(z, p, CHECKED, network.classes());
                return p;
            }).orElse(null);
        }

        /** The first images by the formulas in double; the others, which are the same images again, must have the same bits as alone. */
        private Optional<String> wrong(float[] p, int batch, int classes) {
            for (int i = 0; i < Math.min(batch, CHECKED) * classes && expected != null; i++) {
                if (!(Math.abs(p[i] - expected[i]) <= MOST_OFF)) {
                    return Optional.of(String.format(Locale.ROOT, "image %d: %s where %s is right", i / classes, p[i],
                            expected[i]));
                }
            }
            for (int image = 0; image < batch; image += Math.max(1, batch / CHECKED)) {
                float[] alone = predictor.predict(pixels, image, 1);
                if (!Arrays.equals(alone, 0, classes, p, image * classes, (image + 1) * classes)) {
                    return Optional.of(String.format(Locale.ROOT, "image %d: other bits than alone", image));
                }
            }
            return Optional.empty();
        }

        /** What was measured, and of single images how long calls take. */
        List<Measurement.Sample> outcomes(List<Measurement.Sample> samples) {
            List<Measurement.Sample> all = new ArrayList<>();
            for (int k = 0; k < kernels.size(); k++) {
                Kernel kernel = kernels.get(k);
                Measurement.Sample sample = samples.stream().filter(
                        each -> each.kernel().equals(kernel.name()) && each.threads() == kernel.threads()).findFirst()
                        .orElseThrow();
                int batch = Digits.parseInt(kernel.name().substring(kernel.name().lastIndexOf(' ') + 1));
                all.add(sample.refused() != null ? sample : sample.with(outcome(kernel, batch)));
            }
            return all;
        }

        private static Outcome outcome(Kernel kernel, int batch) {
            if (batch > 1) {
                return new Outcome(batch, null, null);
            }
            double[] nanos = new double[CALLS];
            long end = System.nanoTime() + (long) (SECONDS * 1e9);
            int calls = 0;
            while (calls < CALLS && (calls == 0 || System.nanoTime() < end)) {
                long start = System.nanoTime();
                kernel.call().run();
                nanos[calls++] = System.nanoTime() - start;
            }
            Arrays.sort(nanos, 0, calls);
            double[] sorted = Arrays.copyOf(nanos, calls);
            return new Outcome(1, Result.round(Result.quantile(sorted, 0.5)),
                    Result.round(Result.quantile(sorted, 0.99)));
        }

        @Override
        public void close() {
            predictor.close();
        }
    }
}
