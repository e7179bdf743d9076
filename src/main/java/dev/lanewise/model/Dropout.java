package dev.lanewise.model;

import dev.lanewise.kernel.DropoutMask;
import java.util.List;

/**
 * Drops units at random while a network trains; see {@link DropoutMask}. What is dropped is a function of the seed, the
 * layer, the step, the row and the unit alone.
 */
final class Dropout implements Layer {
    private final int width;
    private final float rate;
    private final long seed;
    private final int number; // tells the masks of a network's layers apart
    private long step;

    Dropout(int width, double rate, long seed, int number) {
        this.width = width;
        this.rate = (float) rate;
        this.seed = seed;
        this.number = number;
    }

    /** The step whose masks are drawn from now on. */
    void step(long step) {
        this.step = step;
    }

    @Override
    public int inputs() {
        return width;
    }

    @Override
    public int outputs() {
        return width;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of();
    }

    @Override
    public void forward(float[] x, float[] y, int from, int to) {
        drop(x, y, from, to);
    }

    /** The same mask again: its factor is the derivative. */
    @Override
    public void backward(float[] x, float[] y, float[] dy, float[] dx, int from, int to) {
        drop(dy, dx, from, to);
    }

    private void drop(float[] x, float[] y, int from, int to) {
        for (int row = from; row < to; row++) {
            DropoutMask.apply(x, row * width, y, row * width, width, DropoutMask.key(seed, number, step, row), rate);
        }
    }

    @Override
    public void gradients(float[] x, float[] dy, int rows, int from, int to) {
        // nothing to learn
    }
}
