package dev.lanewise.run;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Mnist;
import dev.lanewise.export.Formats;
import dev.lanewise.export.Options;
import dev.lanewise.export.Subject;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Pixels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Predicting in microseconds a batch, beside ONNX Runtime in the same process on the file that was exported, whose answers are
 * compared first. Lanewise takes bytes; ONNX Runtime is given floats that lie in native memory already, and writes to memory that
 * is there: what a program would have to do to bring them there is not counted.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 3, jvmArgsPrepend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
        "-Dlanewise.rehearse=false"})
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
public class InferenceBenchmark {
    private static final double MOST_OFF = 1e-5;

    /** A network by its name. */
    @Param({"mlp", "small"})
    private String net;

    /** Images at a time. */
    @Param({"1", "256"})
    private int batch;

    /** Threads of both; 0: one a core. */
    @Param({"1", "0"})
    private int threads;

    private Predictor predictor;
    private List<byte[]> pixels;
    private float[] answers; // [batch, classes]
    private OrtSession.SessionOptions options;
    private OrtSession session;
    private Map<String, OnnxTensor> input;
    private Map<String, OnnxTensor> output;
    private FloatBuffer theirs; // [batch, classes]

    /** Makes the network, writes it, opens it, and compares what both say. */
    @Setup
    public void setUp() throws IOException, OrtException {
        int team = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        Model model = new Model(Recipe.USUAL.with(Recipe.NET, net).network(Mnist.SHAPE, 10).initialize(1),
                Mnist.CLASSES, Map.of());
        pixels = List.of(BuiltInDigits.draw(1, batch).pixels());
        predictor = new Predictor(new Ensemble(List.of(model)), team, Tuning.LONG);
        answers = new float[batch * 10];
        predictor.predict(pixels, 0, batch, answers);

        Path file = Files.createTempFile("lanewise", ".onnx");
        try {
            Formats.write(Subject.of(model), Options.USUAL, file);
            options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(team);
            session = OrtEnvironment.getEnvironment().createSession(file.toString(), options);
        } finally {
            Files.delete(file);
        }
        FloatBuffer floats = buffer(batch * Mnist.SHAPE.size());
        float[] units = new float[floats.capacity()];
        Pixels.toFloats(pixels.getFirst(), 0, units, 0, units.length);
        floats.put(0, units);
        input = Map.of(session.getInputNames().iterator().next(), OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(), floats, new long[]{batch, 1, 28, 28}));
        theirs = buffer(answers.length);
        output = Map.of(session.getOutputNames().iterator().next(), OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(), theirs, new long[]{batch, 10}));
        onnxRuntime();
        for (int i = 0; i < answers.length; i++) {
            if (!(Math.abs(answers[i] - theirs.get(i)) <= MOST_OFF)) {
                throw new AssertionError("image %d: %s here, %s there".formatted(i / 10, answers[i], theirs.get(i)));
            }
        }
    }

    private static FloatBuffer buffer(int floats) {
        return ByteBuffer.allocateDirect(floats * Float.BYTES).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }

    /** Ends the threads. */
    @TearDown
    public void tearDown() throws OrtException {
        predictor.close();
        session.close();
        options.close();
    }

    /** From bytes to probabilities. */
    @Benchmark
    public float[] lanewise() {
        predictor.predict(pixels, 0, batch, answers);
        return answers;
    }

    /** From floats to probabilities. */
    @Benchmark
    public FloatBuffer onnxRuntime() throws OrtException {
        session.run(input, output).close();
        return theirs;
    }
}
