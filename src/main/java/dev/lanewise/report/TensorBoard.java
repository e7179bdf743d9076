package dev.lanewise.report;

import dev.lanewise.data.PngWriter;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.run.files.Protobuf;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Metrics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.zip.CRC32C;

/**
 * A file of events, as TensorBoard reads it while it grows: the figures of every epoch, a histogram of every parameter, and the
 * confusion matrix as a picture. Each record is a length, a message ({@code Event} of TensorFlow's event.proto) and a checksum
 * of either.
 */
public final class TensorBoard implements AutoCloseable {
    private static final String VERSION = "brain.Event:2";
    private static final int LIMITS = 30; // of the buckets of a histogram
    private static final int CELL = 16; // pixels of a side of a field of the confusion matrix
    private static final int MOST_CELLS = 40; // of a side; of more classes a field is a pixel

    private final OutputStream out;
    private final DoubleSupplier clock;

    /** Begins a file in a directory, which is made if need be. */
    public TensorBoard(Path directory) throws IOException {
        this(directory, () -> System.currentTimeMillis() / 1e3);
    }

    /** The same with a clock of seconds since 1970. */
    TensorBoard(Path directory, DoubleSupplier clock) throws IOException {
        this.clock = clock;
        Files.createDirectories(directory);
        String name = String.format(Locale.ROOT, "events.out.tfevents.%010.0f.lanewise.%s", clock.getAsDouble(),
                ProcessHandle.current().pid());
        out = Files.newOutputStream(directory.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        write(event(0).text(3, VERSION));
    }

    /** The figures of an epoch, and how the weights lie after it. */
    public void epoch(Metrics metrics, Network network) throws IOException {
        Protobuf.Writer summary = new Protobuf.Writer();
        scalar(summary, "loss/train", metrics.trainLoss());
        if (metrics.validation() != null) {
            scalar(summary, "loss/validation", metrics.validation().loss());
            scalar(summary, "accuracy/validation", metrics.validation().accuracy());
        }
        if (metrics.testAccuracy() != null) {
            scalar(summary, "accuracy/test", metrics.testAccuracy());
        }
        scalar(summary, "learning_rate", metrics.learningRate());
        scalar(summary, "seconds", metrics.seconds());
        for (Parameter parameter : network.parameters()) {
            summary.message(1, new Protobuf.Writer().text(1, parameter.name().replace('.', '/')).message(5,
                    histogram(parameter.value())));
        }
        write(event(metrics.epoch()).message(5, summary));
    }

    /** The confusion matrix after the last epoch: true classes down, answers across, each row's share in grey. */
    public void confusion(int epoch, Evaluation evaluation) throws IOException {
        int[][] confusion = evaluation.confusion();
        int classes = confusion.length;
        int cell = classes <= MOST_CELLS ? CELL : 1;
        Shape shape = new Shape(classes * cell, classes * cell, 1);
        byte[] pixels = new byte[shape.size()];
        for (int i = 0; i < shape.height(); i++) {
            int[] row = confusion[i / cell];
            int sum = Math.max(1, Arrays.stream(row).sum());
            for (int j = 0; j < shape.width(); j++) { // the root shows also what is rare
                pixels[i * shape.width() + j] = (byte) Math.round(255 * Math.sqrt((double) row[j / cell] / sum));
            }
        }
        Protobuf.Writer image = new Protobuf.Writer().number(1, shape.height()).number(2, shape.width()).number(3, 1)
                .bytes(4, PngWriter.png(shape, pixels));
        write(event(epoch).message(5, new Protobuf.Writer().message(1,
                new Protobuf.Writer().text(1, "confusion").message(4, image))));
    }

    private Protobuf.Writer event(int step) {
        return new Protobuf.Writer().real(1, clock.getAsDouble()).number(2, step);
    }

    private static void scalar(Protobuf.Writer summary, String name, double value) {
        summary.message(1, new Protobuf.Writer().text(1, name).single(2, (float) value));
    }

    /** Equal steps from the smallest number to the largest. */
    static Protobuf.Writer histogram(float[] values) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        double sum = 0;
        double squares = 0;
        for (float value : values) {
            least = Math.min(least, value);
            most = Math.max(most, value);
            sum += value;
            squares += (double) value * value;
        }
        double step = most > least ? (most - least) / LIMITS : 1;
        double[] limits = new double[LIMITS];
        double[] counts = new double[LIMITS];
        for (int i = 0; i < LIMITS; i++) {
            limits[i] = least + (i + 1) * step;
        }
        for (float value : values) {
            counts[(int) Math.min(LIMITS - 1L, (long) ((value - least) / step))]++;
        }
        return new Protobuf.Writer().real(1, least).real(2, most).real(3, values.length).real(4, sum).real(5, squares)
                .reals(6, limits).reals(7, counts);
    }

    /** A record. It is written at once, so that a process that is ended leaves all before. */
    private void write(Protobuf.Writer event) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        event.writeTo(message);
        byte[] bytes = message.toByteArray();
        ByteBuffer record = ByteBuffer.allocate(bytes.length + 16).order(ByteOrder.LITTLE_ENDIAN);
        record.putLong(bytes.length);
        record.putInt(masked(record.array(), 0, 8)).put(bytes).putInt(masked(bytes, 0, bytes.length));
        out.write(record.array());
    }

    /** TFRecord's checksum: one of data that hold checksums would else be weak. */
    static int masked(byte[] bytes, int from, int count) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, count);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
