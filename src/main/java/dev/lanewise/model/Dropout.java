package dev.lanewise.model;

import dev.lanewise.kernel.DropoutMask;
import dev.lanewise.kernel.Shape;
import java.util.Optional;

/**
 * A layer that drops elements at random while a network trains, {@code dropout 0.2}; see {@link DropoutMask}. What is dropped is a function of
 * the seed, the layer, the step, the row and the element alone.
 */
public final class Dropout implements Layer {

    private final Shape shape;
    private final double rate;
    private final int number;

    /**
     * A layer for samples of that shape.
     *
     * @param rate probability that an element is dropped, from 0 to below 1
     * @param number tells the masks of a network's layers apart
     */
    public Dropout(Shape shape, double rate, int number) {
        requireProbability("dropout", rate);
        this.shape = shape;
        this.rate = rate;
        this.number = number;
    }

    static void requireProbability(String layer, double rate) {
        if (!(rate >= 0 && (float) rate < 1)) {
            throw new IllegalArgumentException("%s: a probability from 0 to below 1, not %s".formatted(layer, rate));
        }
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
        return Spec.of("dropout", rate);
    }

    @Override
    public boolean isForTrainingOnly() {
        return true;
    }

    @Override
    public Stage stage(Input x, Mode mode) {
        return mode.training() ? new Work(x, mode) : new Identity(x);
    }

    private final class Work implements Stage {
        private final int size = shape.size();
        private final float probability = (float) rate;
        private final Input x;
        private final Input y;
        private final long seed;
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
            drop(x.values(), y.values(), from, to, 0, size);
        }

        /** Multiplies with the mask of {@link #forward} again: its factor is the derivative. */
        @Override
        public void backward(int from, int to) {
            if (x.hasGradient()) {
                drop(y.gradient(), x.gradient(), from, to, 0, size);
            }
        }

        private void drop(float[] in, float[] out, int from, int to, int unit, int endUnit) {
            for (int row = from; row < to; row++) {
                int at = row * size + unit;
                DropoutMask.apply(in, at, out, at, endUnit - unit, DropoutMask.key(seed, number, step, row), unit,
                        probability);
            }
        }

        @Override
        public Optional<SplitStage> split(int owners, GradientSink sink) {
            return Optional.of(new SplitStage() {
                @Override
                public boolean readsAllUnits() {
                    return false;
                }

                @Override
                public void forward(int from, int to, int owner) {
                    drop(x.values(), y.values(), from, to, SplitStage.unit(size, owner, owners),
                            SplitStage.unit(size, owner + 1, owners));
                }

                @Override
                public void backward(int from, int to, int unit, int endUnit) {
                    if (x.hasGradient()) {
                        drop(y.gradient(), x.gradient(), from, to, unit, endUnit);
                    }
                }
            });
        }
    }

    /** What evaluation sees of it: nothing. */
    record Identity(Input output) implements Stage {
        @Override
        public void forward(int from, int to) {
            // the output is the input
        }

        @Override
        public void backward(int from, int to) {
            // evaluation has no way back
        }
    }
}
