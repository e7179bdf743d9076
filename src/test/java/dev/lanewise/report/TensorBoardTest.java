package dev.lanewise.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.model.Network;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Metrics;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads event files back by Google's library, with the numbers of the fields in TensorFlow's event.proto and summary.proto. */
class TensorBoardTest {
    @TempDir
    Path temp;

    @Test
    void figuresOfEveryEpochAreThoseOfTheTraining() throws IOException {
        List<Metrics> told = new ArrayList<>();
        Network network;
        try (Training training = new Training(Recipe.mlp(16).epochs(3).seed(1), BuiltInDigits.generate().limit(300, 1),
                Training.Execution.USUAL); TensorBoard events = new TensorBoard(temp, () -> 1_700_000_000.25)) {
            network = training.network();
            training.run(new Training.Events() {
                @Override
                public void epoch(Metrics metrics) {
                    told.add(metrics);
                    try {
                        events.epoch(metrics, training.network());
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }
            });
            events.confusion(3, training.result().judgement());
            List<UnknownFieldSet> read = read();
            assertEquals(5, read.size(), "the version, three epochs, the matrix");
            assertEquals("brain.Event:2", text(read.getFirst(), 3));
            for (int epoch = 1; epoch <= 3; epoch++) {
                UnknownFieldSet event = read.get(epoch);
                assertEquals(1_700_000_000.25, real(event, 1));
                assertEquals(epoch, event.getField(2).getVarintList().getFirst());
                Map<String, UnknownFieldSet> values = values(event);
                Metrics metrics = told.get(epoch - 1);
                assertEquals((float) metrics.trainLoss(), single(values.get("loss/train")));
                assertEquals(metrics.testAccuracy().floatValue(), single(values.get("accuracy/test")));
                assertEquals((float) metrics.learningRate(), single(values.get("learning_rate")));
                assertEquals((float) metrics.seconds(), single(values.get("seconds")));
                assertFalse(values.containsKey("loss/validation"), "nothing is held out");
            }
            checkHistogram(values(read.get(3)).get("dense1/weight"), network.parameters().getFirst().value());
            checkImage(read.get(4), training.result().judgement());
        }
    }

    private static void checkHistogram(UnknownFieldSet value, float[] weights) throws IOException {
        UnknownFieldSet histogram = message(value, 5);
        double[] all = new double[weights.length];
        Arrays.setAll(all, i -> weights[i]);
        assertEquals(Arrays.stream(all).min().orElseThrow(), real(histogram, 1));
        assertEquals(Arrays.stream(all).max().orElseThrow(), real(histogram, 2));
        assertEquals(weights.length, real(histogram, 3));
        assertEquals(Arrays.stream(all).sum(), real(histogram, 4), 1e-9);
        assertEquals(Arrays.stream(all).map(x -> x * x).sum(), real(histogram, 5), 1e-9);
        double[] limits = reals(histogram, 6);
        double[] counts = reals(histogram, 7);
        assertEquals(limits.length, counts.length);
        double below = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < limits.length; i++) {
            double from = below;
            double to = limits[i];
            long expected = Arrays.stream(all).filter(x -> x >= from && x < to).count();
            assertEquals(expected, counts[i], 1, "bucket " + i + ", but for a number at its edge");
            below = to;
        }
        assertEquals(weights.length, Arrays.stream(counts).sum());
    }

    private static void checkImage(UnknownFieldSet event, Evaluation evaluation) throws IOException {
        UnknownFieldSet image = message(values(event).get("confusion"), 4);
        var picture = ImageIO.read(new ByteArrayInputStream(
                image.getField(4).getLengthDelimitedList().getFirst().toByteArray()));
        assertEquals(picture.getHeight(), image.getField(1).getVarintList().getFirst().intValue());
        assertEquals(picture.getWidth(), image.getField(2).getVarintList().getFirst().intValue());
        int[][] confusion = evaluation.confusion();
        for (int i = 0; i < 10; i++) {
            for (int j = 0; j < 10; j++) {
                int grey = picture.getRaster().getSample(16 * j + 8, 16 * i + 8, 0);
                assertEquals(confusion[i][j] > 0, grey > 0, "%d taken for %d".formatted(i, j));
            }
        }
    }

    /** As the published examples of Castagnoli's polynomial have it (RFC 3720, B.4: 32 bytes of 0), then masked by hand. */
    @Test
    void checksumsAreThoseOfTensorFlow() {
        int crc = 0x8a9136aa;
        assertEquals((crc >>> 15 | crc << 17) + 0xa282ead8, TensorBoard.masked(new byte[32], 0, 32));
    }

    @Test
    void equalWeightsAreAHistogramToo() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TensorBoard.histogram(new float[]{0, 0, 0}).writeTo(out);
        UnknownFieldSet histogram = UnknownFieldSet.parseFrom(out.toByteArray());
        assertEquals(3, Arrays.stream(reals(histogram, 7)).sum());
        assertTrue(Arrays.stream(reals(histogram, 6)).allMatch(Double::isFinite));
    }

    /** All records, their lengths and checksums compared. */
    private List<UnknownFieldSet> read() throws IOException {
        List<UnknownFieldSet> events = new ArrayList<>();
        try (Stream<Path> files = Files.list(temp)) {
            Path file = files.findFirst().orElseThrow();
            assertTrue(file.getFileName().toString().startsWith("events.out.tfevents.1700000000."), file::toString);
            byte[] all = Files.readAllBytes(file);
            ByteBuffer in = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
            while (in.hasRemaining()) {
                int start = in.position();
                int length = (int) in.getLong();
                assertEquals(TensorBoard.masked(all, start, 8), in.getInt(), "of the length");
                byte[] message = new byte[length];
                in.get(message);
                assertEquals(TensorBoard.masked(message, 0, length), in.getInt(),
                        () -> "of " + HexFormat.of().formatHex(message));
                events.add(UnknownFieldSet.parseFrom(message));
            }
        }
        return events;
    }

    private static Map<String, UnknownFieldSet> values(UnknownFieldSet event) throws IOException {
        Map<String, UnknownFieldSet> values = new HashMap<>();
        for (ByteString value : message(event, 5).getField(1).getLengthDelimitedList()) {
            UnknownFieldSet fields = UnknownFieldSet.parseFrom(value);
            values.put(text(fields, 1), fields);
        }
        return values;
    }

    private static UnknownFieldSet message(UnknownFieldSet fields, int number) throws IOException {
        return UnknownFieldSet.parseFrom(fields.getField(number).getLengthDelimitedList().getFirst());
    }

    private static String text(UnknownFieldSet fields, int number) {
        return fields.getField(number).getLengthDelimitedList().getFirst().toStringUtf8();
    }

    private static double real(UnknownFieldSet fields, int number) {
        return Double.longBitsToDouble(fields.getField(number).getFixed64List().getFirst());
    }

    private static float single(UnknownFieldSet value) {
        return Float.intBitsToFloat(value.getField(2).getFixed32List().getFirst());
    }

    private static double[] reals(UnknownFieldSet fields, int number) {
        ByteBuffer packed = fields.getField(number).getLengthDelimitedList().getFirst().asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN);
        double[] reals = new double[packed.remaining() / Double.BYTES];
        packed.asDoubleBuffer().get(reals);
        return reals;
    }
}
