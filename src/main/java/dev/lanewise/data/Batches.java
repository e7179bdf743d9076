package dev.lanewise.data;

import dev.lanewise.kernel.core.Pixels;
import dev.lanewise.kernel.sparse.SparseBatch;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A data set's images in batches, in a new order every epoch, converted to floats from 0 to 1 as they are gathered into
 * the network's buffers.
 *
 * <p>An epoch's order is a function of the seed and the epoch's number alone, so that training can go on from any
 * epoch.
 */
public final class Batches {
    private static final int TOUCHED = 16; // images at a time, 12 KiB

    private final Dataset data;
    private final int[] samples; // indices into data
    private final int[] order; // samples, shuffled
    private final int batchSize;

    /** All images of a data set. */
    public Batches(Dataset data, int batchSize) {
        this(data, Split.of(data.size(), 0, 0).training(), batchSize);
    }

    /** The images with the given indices; the last batch of an epoch may be smaller than the others. */
    public Batches(Dataset data, int[] samples, int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batchSize: at least 1, not %d".formatted(batchSize));
        }
        this.data = data;
        this.samples = samples.clone();
        this.order = samples.clone();
        this.batchSize = batchSize;
    }

    /** Pixels of an image. */
    public int features() {
        return data.features();
    }

    /** Images of an epoch. */
    public int samples() {
        return samples.length;
    }

    /** Batches of an epoch. */
    public int count() {
        return (samples.length + batchSize - 1) / batchSize;
    }

    /** Images in a batch: the batch size, or what is left for the last one. */
    public int size(int batch) {
        return Math.min(batchSize, samples.length - batch * batchSize);
    }

    /** The largest batch. */
    public int capacity() {
        return Math.min(batchSize, samples.length);
    }

    /** Puts the images into an epoch's order (Fisher and Yates' shuffle). */
    public void shuffle(long seed, int epoch) {
        System.arraycopy(samples, 0, order, 0, order.length);
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong() + epoch);
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    /** Images from to to - 1 of a batch, into the same rows of input [N, features] and labels [N]. */
    public void gather(int batch, int from, int to, float[] input, byte[] labels) {
        int features = data.features();
        for (int first = from; first < to; first += TOUCHED) {
            int end = Math.min(first + TOUCHED, to);
            for (int i = first; i < end; i++) { // an epoch of 784-30-10 takes 5 to 10 % less on Zen 3
                Pixels.prefetch(data.pixels(), order[batch * batchSize + i] * features, features);
            }
            for (int i = first; i < end; i++) {
                int image = order[batch * batchSize + i];
                Pixels.toFloats(data.pixels(), image * features, input, i * features, features);
                labels[i] = data.labels()[image];
            }
        }
    }

    /** As above, into a batch of the data set's non-zeros. */
    public void gather(int batch, int from, int to, SparseBatch input, byte[] labels) {
        for (int i = from; i < to; i++) {
            int image = order[batch * batchSize + i];
            input.set(i, image);
            labels[i] = data.labels()[image];
        }
    }

    /**
     * A data set's indices cut in two at random, each part ascending.
     *
     * @param training what is trained on
     * @param validation what is held out to choose by
     */
    public record Split(int[] training, int[] validation) {
        /** Holds out the given fraction, from 0 to below 1, of size samples. */
        public static Split of(int size, double fraction, long seed) {
            if (!(fraction >= 0 && fraction < 1)) {
                throw new IllegalArgumentException("fraction: from 0 to below 1, not %s".formatted(fraction));
            }
            int[] indices = new int[size];
            Arrays.setAll(indices, i -> i);
            int held = (int) Math.round(size * fraction);
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < held; i++) { // the first `held` steps of a shuffle
                int j = i + random.nextInt(size - i);
                int swapped = indices[i];
                indices[i] = indices[j];
                indices[j] = swapped;
            }
            Arrays.sort(indices, 0, held);
            Arrays.sort(indices, held, size);
            return new Split(Arrays.copyOfRange(indices, held, size), Arrays.copyOf(indices, held));
        }
    }
}
