package dev.lanewise.model;

import dev.lanewise.kernel.DropoutMask;
import dev.lanewise.kernel.Interleaved;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.Pool;
import java.util.Arrays;

/**
 * A layer that drops whole channels of an image at random while a network trains, {@code drop-channels 0.1} (Tompson et al. 2015):
 * neighbouring pixels tell nearly the same, so that dropping some of them hides nothing. A channel of an image is 0 at all places, or
 * divided by {@code 1 - rate}. What is dropped is a function of the seed, the layer, the step, the row and the channel alone.
 */
public final class DropChannels implements Layer {
    private final Shape shape;
    private final double rate;
    private final int number;

    /**
     * A layer for samples of that shape.
     *
     * @param rate probability that a channel is dropped, from 0 to below 1
     * @param number tells the masks of a network's layers apart
     */
    public DropChannels(Shape shape, double rate, int number) {
        Dropout.requireProbability("drop-channels", rate);
        this.shape = shape;
        this.rate = rate;
        this.number = number;
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
    public Spec spec() {
        return Spec.of("drop-channels", rate);
    }

    @Override
    public boolean isForTrainingOnly() {
        return true;
    }

    @Override
    public boolean accepts(Layout layout) {
        return layout == Layout.INTERLEAVED;
    }

    @Override
    public Stage stage(Input x, Mode mode) {
        return mode.training() ? new Work(x, mode) : new Dropout.Identity(x);
    }

    /** What a worker keeps of a group while he goes over its places. */
    private static final class Own {
        private final float[] mask; // [channels], of one sample
        private final float[] factors; // [channels, 16], of a group

        Own(int channels) {
            mask = new float[channels];
            factors = new float[channels * Interleaved.GROUP];
        }
    }

    private final class Work implements Stage {
        private final Input x;
        private final Input y;
        private final long seed;
        private final Pool<Own> own = new Pool<>(() -> new Own(shape.channels()));
        private long step;

        Work(Input x, Mode mode) {
            this.x = x;
            y = Input.output(x, shape, mode, /* overwritable= */ true);
            seed = mode.seed();
        }

        @Override
        public Input output() {
            return y;
        }

        @Override
        public void begin(long step) {
            this.step = step;
        }

        @Override
        public void forward(int from, int to) {
            drop(x.values(), y.values(), from, to);
        }

        /** Multiplies with the mask of {@link #forward} again: its factor is the derivative. */
        @Override
        public void backward(int from, int to) {
            if (x.hasGradient()) {
                drop(y.gradient(), x.gradient(), from, to);
            }
        }

        private void drop(float[] in, float[] out, int from, int to) {
            Own mine = own.take();
            float[] factors = mine.factors;
            for (int group = from / Interleaved.GROUP; group < Interleaved.groups(to); group++) {
                draw(group, mine.mask, factors);
                int at = group * Interleaved.GROUP * shape.size();
                for (int place = 0; place < shape.height() * shape.width(); place++, at += factors.length) {
                    DropoutMask.multiply(in, at, out, at, factors);
                }
            }
            own.give(mine);
        }

        private void draw(int group, float[] mask, float[] factors) {
            for (int lane = 0; lane < Interleaved.GROUP; lane++) {
                long key = DropoutMask.key(seed, number, step, group * Interleaved.GROUP + lane);
                Arrays.fill(mask, 1f);
                DropoutMask.apply(mask, 0, mask, 0, mask.length, key, (float) rate);
                for (int channel = 0; channel < mask.length; channel++) {
                    factors[channel * Interleaved.GROUP + lane] = mask[channel];
                }
            }
        }
    }
}
