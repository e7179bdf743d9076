package dev.lanewise.model;

import dev.lanewise.kernel.Interleaved;
import dev.lanewise.kernel.Normalization;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.Pool;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * A layer that normalises each channel, {@code batch-norm} (Ioffe and Szegedy 2015): y = weight (x - mean) / sqrt(variance +
 * epsilon) + bias, all [channels]. While a network trains, mean and variance are those of the batch, over samples and places; else
 * running ones, which have moved by {@code momentum} towards every batch's and are neither trained nor decay.
 *
 * <p>Sums are of one group of 16 samples in float, and over groups, ascending, in double.
 */
public final class BatchNorm implements Layer {
    private static final Map<String, Double> OPTIONS = Map.of("momentum", 0.1, "epsilon", 1e-5);

    private final Shape shape;
    private final Spec spec;
    private final int channels;
    private final double momentum;
    private final double epsilon;
    private final Parameter weight; // all [channels]
    private final Parameter bias;
    private final Parameter runningMean;
    private final Parameter runningVariance;

    /** The layer that words describe; before it is initialized, it makes 0 of everything. */
    BatchNorm(Spec spec, String name, Shape shape) {
        momentum = spec.option(OPTIONS, "momentum");
        epsilon = spec.option(OPTIONS, "epsilon");
        if (!(momentum > 0 && momentum <= 1) || !(epsilon >= 1e-12 && epsilon <= 1)) {
            throw new IllegalArgumentException("'%s': momentum must be above 0 and at most 1, epsilon from 1e-12 to 1"
                    .formatted(spec));
        }
        this.shape = shape;
        this.spec = spec;
        channels = shape.channels();
        weight = Parameter.bias(name + ".weight", channels);
        bias = Parameter.bias(name + ".bias", channels);
        runningMean = Parameter.bias(name + ".running_mean", channels).setTrained(false);
        runningVariance = Parameter.bias(name + ".running_var", channels).setTrained(false);
    }

    @Override
    public Shape input() {
        return shape;
    }

    @Override
    public Shape output() {
        return shape;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight, bias, runningMean, runningVariance);
    }

    @Override
    public Spec spec() {
        return spec;
    }

    @Override
    public Optional<Operation> operation() {
        return Optional.of(new Operation.Normalization(weight, bias, runningMean, runningVariance, epsilon));
    }

    @Override
    public void initialize(RandomGenerator random, Initializer suiting) {
        Arrays.fill(weight.value(), 1f);
        Arrays.fill(bias.value(), 0f);
        Arrays.fill(runningMean.value(), 0f);
        Arrays.fill(runningVariance.value(), 1f);
    }

    @Override
    public boolean accepts(Layout layout) {
        return layout == Layout.INTERLEAVED;
    }

    @Override
    public boolean predictsRows() {
        return true;
    }

    @Override
    public double multiplyAdds() {
        return shape.size();
    }

    @Override
    public Stage stage(Input x, Mode mode) {
        return mode.training() ? new Training(x, mode) : new Evaluation(x, mode);
    }

    @Override
    public Optional<Reference> reference() {
        return Optional.of(new InDouble());
    }

    private double deviation(double variance) {
        return Math.sqrt(variance + epsilon);
    }

    private float[] row() {
        return new float[channels * Interleaved.GROUP];
    }

    /** By running means and variances. */
    private final class Evaluation implements Stage {
        private final Input x;
        private final Input y;
        private final float[] factors = new float[channels];
        private final float[] center = row();
        private final float[] factor = row();
        private final float[] shift = row();

        Evaluation(Input x, Mode mode) {
            this.x = x;
            y = Input.output(x, shape, mode, /* overwritable= */ true);
            parametersChanged();
        }

        @Override
        public Input output() {
            return y;
        }

        @Override
        public List<Parameter> parameters() {
            return BatchNorm.this.parameters();
        }

        @Override
        public void parametersChanged() {
            for (int c = 0; c < channels; c++) {
                factors[c] = (float) (weight.value()[c] / deviation(runningVariance.value()[c]));
            }
            Normalization.spread(runningMean.value(), center);
            Normalization.spread(factors, factor);
            Normalization.spread(bias.value(), shift);
        }

        @Override
        public void forward(int from, int to) {
            if (x.layout() == Layout.ROWS) {
                for (int i = from; i < to; i++) {
                    Normalization.forwardOne(x.values(), x.offset(i), shape, runningMean.value(), factors, bias.value(),
                            y.values(), y.offset(i));
                }
                return;
            }
            for (int group = from / Interleaved.GROUP; group < Interleaved.groups(to); group++) {
                Normalization.forward(x.values(), shape, group, center, factor, shift, y.values());
            }
        }

        @Override
        public void backward(int from, int to) {
            // evaluation has no way back
        }
    }

    /** What a worker has of his own: sums of a group, and numbers of all channels for the passes over his samples. */
    private final class Own {
        private final float[] values = new float[channels];
        private final float[] sum = row();
        private final float[] center = row();
        private final float[] factor = row();
        private final float[] slope = row();
        private final float[] shift = row();
    }

    /** By the batch's own. */
    private final class Training implements Stage {
        private final Input x;
        private final Input y;
        private final Pool<Own> own = new Pool<>(Own::new);
        private final int[] samples; // [groups], of this batch; 0: none
        private final float[] means; // [groups, channels]
        private final float[] squares; // [groups, channels], sums of squared distances from the group's mean
        private final float[] sums; // [groups, channels], of dy
        private final float[] products; // [groups, channels], of dy with x - mean

        Training(Input x, Mode mode) {
            this.x = x;
            y = Input.output(x, shape, mode, /* overwritable= */ true);
            samples = new int[Interleaved.groups(x.capacity())];
            means = new float[samples.length * channels];
            squares = new float[samples.length * channels];
            sums = new float[samples.length * channels];
            products = new float[samples.length * channels];
        }

        @Override
        public Input output() {
            return y;
        }

        @Override
        public List<Parameter> parameters() {
            return BatchNorm.this.parameters();
        }

        @Override
        public void begin(long step) {
            Arrays.fill(samples, 0);
        }

        @Override
        public boolean summarizes() {
            return true;
        }

        @Override
        public void summarize(int from, int to) {
            Own mine = own.take();
            for (int group = from / Interleaved.GROUP; group < Interleaved.groups(to); group++) {
                int lanes = Math.min(Interleaved.GROUP, to - group * Interleaved.GROUP);
                samples[group] = lanes;
                Normalization.sum(x.values(), shape, group, mine.sum);
                for (int c = 0; c < channels; c++) {
                    mine.values[c] = Normalization.ofChannel(mine.sum, c, lanes) / (lanes * places());
                }
                System.arraycopy(mine.values, 0, means, group * channels, channels);
                Normalization.spread(mine.values, mine.center);
                Normalization.squares(x.values(), shape, group, mine.center, mine.sum);
                for (int c = 0; c < channels; c++) {
                    squares[group * channels + c] = Normalization.ofChannel(mine.sum, c, lanes);
                }
            }
            own.give(mine);
        }

        private int places() {
            return shape.height() * shape.width();
        }

        private long count() {
            long sum = 0;
            for (int n : samples) {
                sum += n;
            }
            return sum * places();
        }

        private double mean(int channel) {
            double count = 0;
            double mean = 0;
            for (int group = 0; group < samples.length && samples[group] > 0; group++) {
                count += samples[group];
                mean += (means[group * channels + channel] - mean) * (samples[group] / count);
            }
            return mean;
        }

        /** Of the batch, divided by the number of places: squares within groups, and distances between their means. */
        private double variance(int channel, double mean) {
            double sum = 0;
            for (int group = 0; group < samples.length && samples[group] > 0; group++) {
                double distance = means[group * channels + channel] - mean;
                sum += squares[group * channels + channel] + distance * distance * samples[group] * places();
            }
            return sum / count();
        }

        private double total(float[] ofGroups, int channel) {
            double sum = 0;
            for (int group = 0; group < samples.length && samples[group] > 0; group++) {
                sum += ofGroups[group * channels + channel];
            }
            return sum;
        }

        @Override
        public void forward(int from, int to) {
            Own mine = own.take();
            for (int c = 0; c < channels; c++) {
                double mean = mean(c);
                set(mine.center, c, mean);
                set(mine.factor, c, weight.value()[c] / deviation(variance(c, mean)));
            }
            Normalization.spread(bias.value(), mine.shift);
            for (int group = from / Interleaved.GROUP; group < Interleaved.groups(to); group++) {
                Normalization.forward(x.values(), shape, group, mine.center, mine.factor, mine.shift, y.values());
            }
            own.give(mine);
        }

        @Override
        public void summarizeGradient(int from, int to) {
            Own mine = own.take();
            for (int c = 0; c < channels; c++) {
                set(mine.center, c, mean(c));
            }
            for (int group = from / Interleaved.GROUP; group < Interleaved.groups(to); group++) {
                Normalization.sum(y.gradient(), shape, group, mine.sum);
                for (int c = 0; c < channels; c++) {
                    sums[group * channels + c] = Normalization.ofChannel(mine.sum, c, samples[group]);
                }
                Normalization.products(y.gradient(), x.values(), shape, group, mine.center, mine.sum);
                for (int c = 0; c < channels; c++) {
                    products[group * channels + c] = Normalization.ofChannel(mine.sum, c, samples[group]);
                }
            }
            own.give(mine);
        }

        @Override
        public void backward(int from, int to) {
            if (!x.hasGradient()) {
                return;
            }
            Own mine = own.take();
            long count = count();
            for (int c = 0; c < channels; c++) {
                double mean = mean(c);
                double deviation = deviation(variance(c, mean));
                double factor = weight.value()[c] / deviation;
                set(mine.center, c, mean);
                set(mine.factor, c, factor);
                set(mine.slope, c, factor * total(products, c) / (deviation * deviation * count));
                set(mine.shift, c, factor * total(sums, c) / count);
            }
            for (int group = from / Interleaved.GROUP; group < Interleaved.groups(to); group++) {
                Normalization.backward(y.gradient(), x.values(), shape, group, samples[group], mine.center, mine.factor,
                        mine.slope, mine.shift, x.gradient());
            }
            own.give(mine);
        }

        private void set(float[] row, int channel, double value) {
            Arrays.fill(row, channel * Interleaved.GROUP, (channel + 1) * Interleaved.GROUP, (float) value);
        }

        @Override
        public void gradients(int rows, int from, int to) {
            long count = count();
            for (int c = Parts.element(weight, from); c < Parts.element(weight, to); c++) {
                double mean = mean(c);
                double variance = variance(c, mean);
                weight.gradient()[c] = (float) (total(products, c) / deviation(variance));
                bias.gradient()[c] = (float) total(sums, c);
                move(runningMean, c, mean);
                move(runningVariance, c, count > 1 ? variance * count / (count - 1) : variance); // unbiased
            }
        }

        private void move(Parameter running, int channel, double batch) {
            float[] value = running.value();
            value[channel] = (float) (value[channel] + momentum * (batch - value[channel]));
        }
    }

    /** The formulas of training, number by number. */
    private final class InDouble implements Reference {
        private final double[] gamma = Reference.doubles(weight.value());
        private final double[] beta = Reference.doubles(bias.value());
        private final double[] mean = new double[channels];
        private final double[] deviation = new double[channels];

        @Override
        public List<double[]> parameters() {
            return List.of(gamma, beta, Reference.doubles(runningMean.value()),
                    Reference.doubles(runningVariance.value()));
        }

        private void measure(double[] x) {
            double count = x.length / (double) channels;
            Arrays.fill(mean, 0);
            Arrays.fill(deviation, 0);
            for (int i = 0; i < x.length; i++) {
                mean[i % channels] += x[i] / count;
            }
            for (int i = 0; i < x.length; i++) {
                deviation[i % channels] += Math.pow(x[i] - mean[i % channels], 2) / count;
            }
            Arrays.setAll(deviation, c -> deviation(deviation[c]));
        }

        private double normalized(double x, int c) {
            return (x - mean[c]) / deviation[c];
        }

        @Override
        public double[] forward(double[] x, int rows) {
            measure(x);
            double[] y = new double[x.length];
            Arrays.setAll(y, i -> gamma[i % channels] * normalized(x[i], i % channels) + beta[i % channels]);
            return y;
        }

        @Override
        public double[] backward(double[] x, double[] y, double[] dy, int rows, List<double[]> gradients) {
            measure(x);
            double[] dGamma = new double[channels];
            double[] dBeta = new double[channels];
            for (int i = 0; i < x.length; i++) {
                dGamma[i % channels] += dy[i] * normalized(x[i], i % channels);
                dBeta[i % channels] += dy[i];
            }
            for (int c = 0; c < channels; c++) {
                gradients.get(0)[c] += dGamma[c];
                gradients.get(1)[c] += dBeta[c];
            }
            double count = x.length / (double) channels;
            double[] dx = new double[x.length];
            Arrays.setAll(dx, i -> gamma[i % channels] / deviation[i % channels]
                    * (dy[i] - dBeta[i % channels] / count
                            - normalized(x[i], i % channels) * dGamma[i % channels] / count));
            return dx;
        }
    }
}
