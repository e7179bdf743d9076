package dev.lanewise.data;

import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.kernel.core.Check;
import java.util.Arrays;

/**
 * Cuts the images of a data set into batches, in a new order every epoch. A batch is a list of images by their numbers
 * and labels; what a network makes of their pixels is its own matter.
 *
 * <p>An epoch's order is a function of the seed and the epoch's number alone, so that training can go on from any
 * epoch.
 */
public final class Batches {
    private final Dataset data;
    private final int[] samples; // indices into data
    private final int[] order; // samples, shuffled
    private final int batchSize;

    /**
     * Batches of all images of a data set; the last one of an epoch may be smaller than the others.
     *
     * @param batchSize images in a batch, 1 or more
     */
    public Batches(Dataset data, int batchSize) {
        this(data, Split.of(data.size(), 0, 0).training(), batchSize);
    }

    /**
     * Batches of some images of a data set; the last one of an epoch may be smaller than the others.
     *
     * @param samples indices of the images
     * @param batchSize images in a batch, 1 or more
     */
    public Batches(Dataset data, int[] samples, int batchSize) {
        if (batchSize < 1) {
            throw new IllegalArgumentException("batchSize: at least 1, not %d".formatted(batchSize));
        }
        for (int sample : samples) {
            if (sample < 0 || sample >= data.size()) {
                throw new IllegalArgumentException("samples: image %d is none of %d".formatted(sample, data.size()));
            }
        }
        this.data = data;
        this.samples = samples.clone();
        this.order = samples.clone();
        this.batchSize = batchSize;
    }

    /** Images of an epoch. */
    public int samples() {
        return samples.length;
    }

    /** Batches of an epoch. */
    public int count() {
        return Math.ceilDiv(samples.length, batchSize);
    }

    /** Images in a batch: the batch size, or what is left for the last one. */
    public int size(int batch) {
        return Math.min(batchSize, samples.length - batch * batchSize);
    }

    /** Images in the largest batch. */
    public int capacity() {
        return Math.min(batchSize, samples.length);
    }

    /** Puts the images into an epoch's order (Fisher and Yates' shuffle). */
    public void shuffle(long seed, int epoch) {
        System.arraycopy(samples, 0, order, 0, order.length);
        SplitMix64 random = new SplitMix64(new SplitMix64(seed).nextLong() + epoch);
        for (int i = order.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = order[i];
            order[i] = order[j];
            order[j] = swapped;
        }
    }

    /**
     * Looks up rows of a batch: the images' indices and their labels.
     *
     * @param from the first row
     * @param to the row behind the last
     * @param samples [rows], gets the indices at from to to - 1
     * @param labels [rows], gets the labels at from to to - 1, unsigned
     */
    public void pick(int batch, int from, int to, int[] samples, byte[] labels) {
        Check.fromTo(from, to, "batch", size(batch));
        for (int i = from; i < to; i++) {
            int image = order[batch * batchSize + i];
            samples[i] = image;
            labels[i] = (byte) data.label(image);
        }
    }

    /** A data set's indices cut in two at random, each part ascending. */
    public static final class Split {
        private final int[] training;
        private final int[] validation;

        /** A split into these indices, of which it keeps copies. */
        public Split(int[] training, int[] validation) {
            this.training = training.clone();
            this.validation = validation.clone();
        }

        /** What is trained on; a copy. */
        public int[] training() {
            return training.clone();
        }

        /** What is held out to choose by; a copy. */
        public int[] validation() {
            return validation.clone();
        }

        /** Holds out the given fraction, from 0 to below 1, of size samples. */
        public static Split of(int size, double fraction, long seed) {
            if (!(fraction >= 0 && fraction < 1)) {
                throw new IllegalArgumentException("fraction: from 0 to below 1, not %s".formatted(fraction));
            }
            int[] indices = new int[size];
            Arrays.setAll(indices, i -> i);
            int held = (int) Math.round(size * fraction);
            SplitMix64 random = new SplitMix64(seed);
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
