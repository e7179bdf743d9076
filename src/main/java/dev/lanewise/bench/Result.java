package dev.lanewise.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What was measured of a kernel at one vector width.
 *
 * @param group gemm, conv, elementwise, softmax, update, train, predict or peak
 * @param kernel its name, unique within threads and bits
 * @param bits of the vectors
 * @param unit of the rates: GFLOP/s or GB/s
 * @param median rate of all rounds
 * @param low rate that three quarters of the rounds reached
 * @param high rate that one quarter of the rounds reached
 * @param share of the rate that the roof reached in a quarter of its rounds, on as many threads in the same run; null for
 *     the peaks themselves
 * @param roof the peak that bounds it; null for those themselves
 * @param flops floating-point operations of a call
 * @param bytes that a call must at least read and write; 0 where that is not counted
 * @param nanos of a call, for each JVM a number a round
 * @param net the network's name, of train alone, as are those that follow; null where hidden layers make it
 * @param hidden widths of the hidden layers; null where it has a name
 * @param epochS seconds of the best epoch, as training programs are compared by that
 * @param testAccuracy after all epochs, from 0 to 1
 * @param images of a call, of predict alone, as are those that follow
 * @param p50Ns nanoseconds that half of the calls of one image took at most, the median over the JVMs; null of batches
 * @param p99Ns the same of 99 in 100 of them
 */
public record Result(String group, String kernel, int threads, int bits, String unit, double median, double low,
        double high, @Nullable Double share, @Nullable String roof, double flops, double bytes,
        List<List<Double>> nanos, @Nullable String net, @Nullable String hidden, @Nullable Integer batch,
        @Nullable Double epochS, @Nullable Double testAccuracy, @Nullable Integer images, @Nullable Double p50Ns,
        @Nullable Double p99Ns) {
    private static final String ARITHMETIC = "GFLOP/s";
    private static final String BANDWIDTH = "GB/s";
    static final Set<String> UNITS = Set.of(ARITHMETIC, BANDWIDTH);

    /**
     * Puts together what the JVMs of a run saw of one kernel.
     *
     * @param roofRate what the kernel's roof reached in a quarter of its rounds; null where it has none
     */
    static Result of(List<Measurement.Sample> jvms, int bits, @Nullable Double roofRate) {
        Measurement.Sample first = jvms.getFirst();
        List<List<Double>> nanos = jvms.stream().map(Measurement.Sample::nanos).toList();
        double[] times = sorted(nanos);
        TrainBench.Outcome training = first.training();
        boolean arithmetic = first.kernel().equals("fma") || "fma".equals(first.roof());
        double work = arithmetic ? first.flops() : first.bytes();
        double median = rate(work, times, 0.5);
        return new Result(first.group(), first.kernel(), first.threads(), bits, arithmetic ? ARITHMETIC : BANDWIDTH,
                median, rate(work, times, 0.75), rate(work, times, 0.25),
                roofRate == null ? null : round(median / roofRate), first.roof(), first.flops(), first.bytes(), nanos,
                training == null ? null : training.net(), training == null ? null : training.hidden(),
                training == null ? null : training.batch(),
                training == null ? null : round(times[0] / 1e9), training == null ? null : training.testAccuracy(),
                first.predicted() == null ? null : first.predicted().images(),
                median(jvms, PredictBench.Outcome::p50Ns), median(jvms, PredictBench.Outcome::p99Ns));
    }

    private static @Nullable Double median(List<Measurement.Sample> jvms,
            Function<PredictBench.Outcome, @Nullable Double> value) {
        double[] values = jvms.stream().map(Measurement.Sample::predicted).filter(Objects::nonNull).map(value)
                .filter(Objects::nonNull).mapToDouble(Double::doubleValue).sorted().toArray();
        return values.length == 0 ? null : Double.valueOf(round(quantile(values, 0.5)));
    }

    /** The same with the rates that its timings give, whatever a file says that they are. */
    Result summarized() {
        double[] times = sorted(nanos);
        return new Result(group, kernel, threads, bits, unit, rate(work(), times, 0.5), rate(work(), times, 0.75),
                rate(work(), times, 0.25), share, roof, flops, bytes, nanos, net, hidden, batch, epochS, testAccuracy,
                images, p50Ns, p99Ns);
    }

    private static double rate(double work, double[] times, double share) {
        return round(work / quantile(times, share));
    }

    /** Whether zeros of images count as if they had been multiplied: networks leave them out where that is faster. */
    public boolean isEffective() {
        return group.equals("train") || group.equals("predict");
    }

    /** Images predicted in a second; null where nothing is predicted. */
    public @Nullable Double imagesPerSecond() {
        return images == null ? null : Double.valueOf(round(1e9 * images / medianNanos()));
    }

    /** Whether it seems to have been faster than what bounds it: something held the machine up when that was measured. */
    boolean isAboveRoof() {
        return share != null && !isEffective() && Math.round(100 * share) > 100;
    }

    /** Operations of a call, or bytes, by its unit. */
    double work() {
        return unit.equals(ARITHMETIC) ? flops : bytes;
    }

    /** Five digits: more than a clock is good for, and a third of the file's size. */
    static double round(double value) {
        return new BigDecimal(value).round(new MathContext(5)).doubleValue();
    }

    /** Nanoseconds of a call, the median over all rounds. */
    public double medianNanos() {
        return quantile(sorted(nanos), 0.5);
    }

    /** Nanoseconds for an operation or byte in every round of every JVM, ascending: calls of two widths may differ. */
    double[] costs() {
        return costs(nanos);
    }

    /** The median of each JVM's costs, ascending. */
    double[] jvmCosts() {
        return nanos.stream().mapToDouble(jvm -> quantile(costs(List.of(jvm)), 0.5)).sorted().toArray();
    }

    /** The median of all costs. */
    double medianCost() {
        return quantile(costs(), 0.5);
    }

    private double[] costs(List<List<Double>> jvms) {
        return Arrays.stream(sorted(jvms)).map(time -> time / work()).toArray();
    }

    private static double[] sorted(List<List<Double>> nanos) {
        return nanos.stream().flatMap(List::stream).mapToDouble(Double::doubleValue).sorted().toArray();
    }

    /** The value that a share of the sorted ones, at least one, reaches at most; between two neighbours linearly. */
    public static double quantile(double[] sorted, double share) {
        double at = share * (sorted.length - 1);
        int below = (int) at;
        return below + 1 == sorted.length
                ? sorted[below]
                : sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]);
    }
}
