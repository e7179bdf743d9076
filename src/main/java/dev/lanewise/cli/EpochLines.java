package dev.lanewise.cli;

import dev.lanewise.data.InputException;
import dev.lanewise.report.LiveReport;
import dev.lanewise.report.TensorBoard;
import dev.lanewise.run.Training;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Metrics;
import java.io.IOException;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a training tells as it goes: how far an epoch is, the line that follows it, and the curves of all at the end. */
final class EpochLines implements Training.Events, AutoCloseable {
    private static final int MOST_BARS = 40; // of a curve: with its name and its ends, a line of 80 columns
    private static final String BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"; // blocks of one to eight eighths

    private final Training training;
    private final int epochs;
    private final Interrupt interrupt;
    private final boolean showsProgress;
    private final Consumer<Metrics> printer;
    private @Nullable TensorBoard events; // null: none are written
    private @Nullable LiveReport live; // null: no page is served
    private final List<Metrics> all = new ArrayList<>();
    private @Nullable Progress progress; // null: none is shown
    private long start;

    /**
     * For a training that begins.
     *
     * @param showsProgress whether to tell how far an epoch is
     * @param printer prints what is known after an epoch
     */
    EpochLines(Training training, int epochs, Interrupt interrupt, boolean showsProgress,
            Consumer<Metrics> printer) {
        this.training = training;
        this.epochs = epochs;
        this.interrupt = interrupt;
        this.showsProgress = showsProgress;
        this.printer = printer;
    }

    @Override
    public void begin(int epoch) {
        start = System.nanoTime();
        if (live != null) {
            live.begin(epoch);
        }
        progress = showsProgress ? new Progress("epoch %d/%d".formatted(epoch, epochs)) : null;
    }

    @Override
    public void step(int samples, double meanLoss) {
        if (progress != null && progress.isDue()) {
            progress.update(samples, training.samples(), "loss %.4f".formatted(meanLoss),
                    "%,.0f images/s".formatted(samples / ((System.nanoTime() - start) / 1e9)));
        }
        if (live != null) {
            live.step(samples);
        }
        if (samples == training.samples()) { // what follows prints
            close();
        }
    }

    @Override
    public void epoch(Metrics metrics) {
        all.add(metrics);
        printer.accept(metrics);
        if (live != null) {
            live.epoch();
        }
        write(file -> file.epoch(metrics, training.network()));
    }

    /** Writes events too, from now on. */
    void writeTo(@Nullable TensorBoard file) {
        events = file;
    }

    /** Tells a page too, from now on. */
    void tell(LiveReport page) {
        live = page;
    }

    private interface Writing {
        void to(TensorBoard file) throws IOException;
    }

    /** A training is not lost for events that cannot be written. */
    private void write(Writing writing) {
        if (events != null) {
            try {
                writing.to(events);
            } catch (IOException e) {
                System.err.printf("lanewise: --tensorboard: no more events are written (%s)%n",
                        InputException.reason(e));
                events = null;
            }
        }
    }

    /** What is known when all is over. */
    void end(@Nullable Evaluation judgement) {
        if (judgement != null) {
            write(file -> file.confusion(training.position().epoch(), judgement));
        }
    }

    /** An epoch in a line of at most 80 columns, those of a run below each other; the speed where no images are held out. */
    static String line(Metrics metrics, int epochs) {
        String number = String.valueOf(metrics.epoch());
        StringBuilder line = new StringBuilder("epoch ")
                .append(" ".repeat(Math.max(0, String.valueOf(epochs).length() - number.length()))).append(number)
                .append('/').append(epochs).append("  loss %.4f".formatted(metrics.trainLoss()));
        if (metrics.validation() != null) {
            line.append("  validation %.4f, %5.2f %%".formatted(metrics.validation().loss(),
                    100 * metrics.validation().accuracy()));
        }
        if (metrics.testAccuracy() != null) {
            line.append("  test %5.2f %%".formatted(100 * metrics.testAccuracy()));
        }
        line.append("  %6.2f s".formatted(metrics.seconds()));
        if (metrics.validation() == null) {
            line.append("  %,9.0f images/s".formatted(metrics.imagesPerSecond()));
        }
        return line.toString();
    }

    /** Loss and accuracy of all epochs as a line of bars each, for the summary; empty for fewer than three epochs. */
    String curves() {
        return curves(all, System.out.charset());
    }

    static String curves(List<Metrics> all, Charset charset) {
        if (all.size() < 3 || !charset.newEncoder().canEncode(BARS)) {
            return "";
        }
        List<Double> losses = all.stream().map(Metrics::trainLoss).toList();
        String lines = "loss            %s  %.4f to %.4f%n".formatted(bars(losses), losses.getFirst(),
                losses.getLast());
        List<Double> accuracies = all.stream().map(EpochLines::accuracy).filter(Objects::nonNull).toList();
        return accuracies.size() < all.size()
                ? lines
                : lines + "accuracy        %s  %.2f to %.2f %%%n".formatted(bars(accuracies),
                        100 * accuracies.getFirst(), 100 * accuracies.getLast());
    }

    private static @Nullable Double accuracy(Metrics metrics) {
        return metrics.testAccuracy() != null
                ? metrics.testAccuracy()
                : metrics.validation() == null ? null : Double.valueOf(metrics.validation().accuracy());
    }

    /** A bar a value, from the smallest to the largest; of many values some, the first and the last among them. */
    private static String bars(List<Double> values) {
        double least = values.stream().mapToDouble(value -> value).min().orElseThrow();
        double most = values.stream().mapToDouble(value -> value).max().orElseThrow();
        int count = Math.min(values.size(), MOST_BARS);
        StringBuilder bars = new StringBuilder();
        for (int i = 0; i < count; i++) {
            double value = values.get((int) Math.round((double) i * (values.size() - 1) / (count - 1)));
            bars.append(BARS.charAt(most > least
                    ? (int) Math.min(BARS.length() - 1L,
                            Math.round((value - least) / (most - least) * (BARS.length() - 1)))
                    : 0));
        }
        return bars.toString();
    }

    @Override
    public boolean isCancelled() {
        return interrupt.requested();
    }

    @Override
    public void close() {
        if (progress != null) {
            progress.close();
        }
    }
}
