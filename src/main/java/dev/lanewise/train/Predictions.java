package dev.lanewise.train;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** What a network says of each of N labelled images. */
public final class Predictions {
    /** Of confidence, from 0 to 1, as Guo et al. 2017 have it. */
    private static final int BINS = 15;

    private final Evaluation evaluation;
    private final float[] probabilities;
    private final int[] predicted;
    private final int[] labels;

    /**
     * Predictions of N images; the arrays are not copied.
     *
     * @param probabilities [N, classes]
     * @param predicted the class of each image, [N]
     * @param labels the right classes, [N]
     */
    public Predictions(Evaluation evaluation, float[] probabilities, int[] predicted, int[] labels) {
        this.evaluation = evaluation;
        this.probabilities = probabilities;
        this.predicted = predicted;
        this.labels = labels;
    }

    /** What all of them come to. */
    public Evaluation evaluation() {
        return evaluation;
    }

    /** The probability of each class, [N, classes]; the array itself, so change nothing in it. */
    public float[] probabilities() {
        return probabilities;
    }

    /** The class of each image, [N]; the array itself. */
    public int[] predicted() {
        return predicted;
    }

    /** The right class of each image, [N]; the array itself. */
    public int[] labels() {
        return labels;
    }

    /** Number of images, N. */
    public int size() {
        return labels.length;
    }

    /** What the network says of a class. */
    public float probability(int image, int label) {
        return probabilities[image * (probabilities.length / labels.length) + label];
    }

    /** What it says of the class that it predicts. */
    public float confidence(int image) {
        return probability(image, predicted[image]);
    }

    /** Whether it predicts another class than the right one. */
    public boolean isWrong(int image) {
        return predicted[image] != labels[image];
    }

    /** The share of the images whose right class is the predicted one or else the most probable of the others; NaN of none. */
    public double top2Accuracy() {
        int right = 0;
        for (int image = 0; image < size(); image++) {
            right += isInTop2(image) ? 1 : 0;
        }
        return (double) right / size();
    }

    /** Of the images of a class, the share whose right class is one of the two most probable; NaN of none. */
    public double top2Accuracy(int label) {
        int right = 0;
        for (int image = 0; image < size(); image++) {
            right += labels[image] == label && isInTop2(image) ? 1 : 0;
        }
        return (double) right / evaluation.actual(label);
    }

    private boolean isInTop2(int image) {
        int label = labels[image];
        return !isWrong(image) || IntStream.range(0, probabilities.length / size())
                .filter(other -> other != label && other != predicted[image])
                .allMatch(other -> other > label
                        ? probability(image, other) <= probability(image, label)
                        : probability(image, other) < probability(image, label));
    }

    /** The images that are predicted wrong, the most confident first. */
    public int[] mistakes() {
        int[] wrong = IntStream.of(byDoubt()).filter(this::isWrong).toArray();
        return IntStream.range(0, wrong.length).map(i -> wrong[wrong.length - 1 - i]).toArray();
    }

    /** All images, the least confident first. */
    public int[] byDoubt() {
        long[] keys = new long[size()]; // a confidence, which is not negative, above the number of its image
        for (int image = 0; image < keys.length; image++) {
            keys[image] = (long) Float.floatToIntBits(confidence(image)) << Integer.SIZE | image;
        }
        Arrays.sort(keys);
        return LongStream.of(keys).mapToInt(key -> (int) key).toArray();
    }

    /** How confidence and accuracy agree. */
    public Calibration calibration() {
        int[] images = new int[BINS];
        int[] right = new int[BINS];
        double[] confidence = new double[BINS];
        for (int image = 0; image < size(); image++) {
            int bin = Math.clamp((long) Math.ceil(BINS * (double) confidence(image)) - 1, 0, BINS - 1);
            images[bin]++;
            right[bin] += isWrong(image) ? 0 : 1;
            confidence[bin] += confidence(image);
        }
        return new Calibration(IntStream.range(0, BINS).mapToObj(bin -> new Calibration.Bin((double) bin / BINS,
                (bin + 1.0) / BINS, images[bin], confidence[bin] / images[bin], (double) right[bin] / images[bin]))
                .toList());
    }

    /**
     * Images by the confidence of what is predicted of them (Guo et al. 2017, "On Calibration of Modern Neural Networks").
     *
     * @param bins of equal width, from 0 to 1
     */
    public record Calibration(List<Bin> bins) {
        /**
         * Images whose confidence is above one bound and at most another one; 0 is in the first bin.
         *
         * @param confidence mean over the images; NaN of none
         * @param accuracy share predicted right; NaN of none
         */
        public record Bin(double low, double high, int images, double confidence, double accuracy) {
        }

        /** The expected calibration error: how far accuracy and confidence lie apart in the mean over all images. */
        public double error() {
            return mean(bin -> Math.abs(bin.accuracy - bin.confidence));
        }

        /** The mean confidence of all images. */
        public double confidence() {
            return mean(Bin::confidence);
        }

        private double mean(ToDoubleFunction<Bin> value) {
            double sum = 0;
            long images = 0;
            for (Bin bin : bins) {
                sum += bin.images == 0 ? 0 : bin.images * value.applyAsDouble(bin);
                images += bin.images;
            }
            return sum / images;
        }
    }
}
