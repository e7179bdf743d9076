package dev.lanewise.run;

import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.core.Check;
import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Pipeline;
import dev.lanewise.train.Evaluator;
import java.util.Collections;
import java.util.List;

/** An {@link Ensemble} at work, on images that a caller hands over: the buffers of its networks, for one thread at a time. */
public final class Predictor {
    private static final int FEWEST_ROWS = 16; // that lie interleaved

    private final Ensemble ensemble;
    private final List<Pipeline> pipelines;
    private final int capacity;

    /** Makes the buffers: in all, those of one network for {@link Evaluator#ROWS} images. */
    public Predictor(Ensemble ensemble) {
        this(ensemble, Math.max(FEWEST_ROWS, Evaluator.ROWS / ensemble.members().size()));
    }

    Predictor(Ensemble ensemble, int capacity) {
        this.ensemble = ensemble;
        this.capacity = capacity;
        pipelines = ensemble.members().stream().map(member -> new Pipeline(member.network(),
                Input.of(ensemble.input(), capacity), Mode.evaluation(Tuning.SHORT))).toList();
    }

    /** Images that there is room for. */
    public int capacity() {
        return capacity;
    }

    /**
     * What the ensemble says of images that all members take as they are.
     *
     * @param pixels unsigned bytes of images of {@link Ensemble#input}'s shape, one after the other
     * @param first number of the first image
     * @param rows at most {@link #capacity}
     * @return mean probabilities, [rows, classes]
     */
    public float[] predict(byte[] pixels, int first, int rows) {
        return predict(Collections.nCopies(pipelines.size(), pixels), first, rows);
    }

    /**
     * The same, where each member has the images {@linkplain Model#preparer prepared in its own way}.
     *
     * @param prepared for each member, in order, the pixels of the images
     */
    public float[] predict(List<byte[]> prepared, int first, int rows) {
        if (prepared.size() != pipelines.size()) {
            throw new IllegalArgumentException("prepared: images for %d members, not for %d"
                    .formatted(pipelines.size(), prepared.size()));
        }
        return predict(rows, (member, input, size) -> Pixels.toFloats(prepared.get(member),
                Math.multiplyExact(first, size), input, 0, rows * size));
    }

    /** The same of pixels that are numbers from 0 to 1 already, for all members alike. */
    float[] predict(float[] pixels, int first, int rows) {
        return predict(rows, (_, input, size) -> System.arraycopy(pixels, first * size, input, 0, rows * size));
    }

    /** Puts the images of a call where a member reads them; each has {@code size} pixels. */
    private interface Filler {
        void fill(int member, float[] input, int size);
    }

    private float[] predict(int rows, Filler filler) {
        Check.size("rows", rows);
        if (rows > capacity) {
            throw new IllegalArgumentException("rows: at most %d, not %d".formatted(capacity, rows));
        }
        int size = ensemble.input().size();
        float[] p = new float[rows * ensemble.classes().size()];
        double[] sums = new double[p.length];
        for (int member = 0; member < pipelines.size(); member++) {
            Pipeline pipeline = pipelines.get(member);
            filler.fill(member, pipeline.input().values(), size);
            pipeline.forward(0, rows);
            pipeline.predict(p, rows);
            for (int i = 0; i < p.length; i++) {
                sums[i] += p[i];
            }
        }
        ensemble.mean(sums, p);
        return p;
    }
}
