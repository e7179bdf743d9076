package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.kernel.BalancedTask;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Pipeline;
import java.util.function.IntConsumer;

/** Measures a network on labelled images; changes nothing in it. */
public final class Evaluator {
    /** Rows with which evaluation is quick, whatever the batch size of the training. */
    public static final int ROWS = 256;

    private final Pipeline pipeline;
    private final Batches batches;
    private final int[] samples; // [capacity], of the batch
    private final BalancedTask forwardTask;

    private int batch;
    private int rows;

    /**
     * An evaluator.
     *
     * @param pipeline in evaluation mode, reading the samples that the batches are of
     * @param batches of at most as many samples as the pipeline has room for
     */
    public Evaluator(Pipeline pipeline, Batches batches, Workers workers) {
        if (batches.capacity() > pipeline.capacity()) {
            throw new IllegalArgumentException("batches of %d samples do not fit a pipeline of %d rows"
                    .formatted(batches.capacity(), pipeline.capacity()));
        }
        this.pipeline = pipeline;
        this.batches = batches;
        samples = new int[pipeline.capacity()];
        forwardTask = new BalancedTask(workers, this::forward);
    }

    /** Measures the network as it is now. */
    public Evaluation evaluate() {
        return evaluate(_ -> {
        });
    }

    /** Measures the network as it is now, and tells what it says of each image, in the order of the batches. */
    public Predictions predict() {
        int samples = batches.samples();
        int classes = pipeline.network().classes();
        float[] probabilities = new float[Math.multiplyExact(samples, classes)];
        int[] predicted = new int[samples];
        int[] labels = new int[samples];
        float[] p = new float[pipeline.capacity() * classes];
        Evaluation evaluation = evaluate(first -> {
            pipeline.predict(p, rows);
            System.arraycopy(p, 0, probabilities, first * classes, rows * classes);
            for (int i = 0; i < rows; i++) {
                predicted[first + i] = pipeline.predicted(i);
                labels[first + i] = pipeline.labels()[i] & 0xff;
            }
        });
        return new Predictions(evaluation, probabilities, predicted, labels);
    }

    /** @param computed told after each batch the number of its first sample */
    private Evaluation evaluate(IntConsumer computed) {
        int classes = pipeline.network().classes();
        int first = 0;
        int[][] confusion = new int[classes][classes];
        double loss = 0;
        pipeline.parametersChanged();
        for (batch = 0; batch < batches.count(); batch++) {
            rows = batches.size(batch);
            forwardTask.run(rows, pipeline.group());
            for (int i = 0; i < rows; i++) {
                confusion[pipeline.labels()[i] & 0xff][pipeline.predicted(i)]++;
                loss += pipeline.losses()[i];
            }
            computed.accept(first);
            first += rows;
        }
        return new Evaluation(confusion, loss / batches.samples());
    }

    private void forward(int worker, int from, int to) {
        if (from == to) {
            return;
        }
        batches.pick(batch, from, to, samples, pipeline.labels());
        pipeline.input().gather(samples, from, to);
        pipeline.forward(from, to);
        pipeline.lossAndGradient(from, to, 1f / rows);
    }
}
