package dev.lanewise.train;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** What a network made of a set of images. */
public final class Evaluation {
    private final int[][] confusion;
    private final double loss;

    /**
     * An evaluation of these counts.
     *
     * @param confusion images by true class (row) and predicted class (column), of which it keeps a copy
     * @param loss mean over the images
     */
    public Evaluation(int[][] confusion, double loss) {
        this.confusion = copy(confusion);
        this.loss = loss;
    }

    /** Images by true class (row) and predicted class (column); a copy. */
    public int[][] confusion() {
        return copy(confusion);
    }

    /** The mean loss over the images. */
    public double loss() {
        return loss;
    }

    private static int[][] copy(int[][] counts) {
        return Arrays.stream(counts).map(int[]::clone).toArray(int[][]::new);
    }

    /** A lower and an upper bound. */
    public record Interval(double low, double high) {
        /** Wilson's 95 % interval of a share of so many images. */
        public static Interval of(double share, int total) {
            double z = 1.959963984540054; // the normal distribution's 97.5 % point
            double n = total;
            double centre = share + z * z / (2 * n);
            double half = z * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
            double scale = 1 + z * z / n;
            return new Interval((centre - half) / scale, (centre + half) / scale);
        }
    }

    /** Number of images. */
    public int total() {
        int total = 0;
        for (int[] row : confusion) {
            for (int count : row) {
                total += count;
            }
        }
        return total;
    }

    /** Images predicted right. */
    public int correct() {
        int correct = 0;
        for (int i = 0; i < confusion.length; i++) {
            correct += confusion[i][i];
        }
        return correct;
    }

    /** The share predicted right, 0 to 1. */
    public double accuracy() {
        return (double) correct() / total();
    }

    /** Images of a class. */
    public int actual(int label) {
        return Arrays.stream(confusion[label]).sum();
    }

    /** The class with the most images; of several, the first. */
    public int mostFrequent() {
        return IntStream.range(0, confusion.length).reduce((a, b) -> actual(b) > actual(a) ? b : a).orElseThrow();
    }

    /** Of the images, the share that is of the most frequent class: the accuracy of who names that one always. */
    public double largestShare() {
        return actual(mostFrequent()) / (double) total();
    }

    /** Whether errors are so many that the accuracy may be that share, or below it, as far as so many images can tell. */
    public boolean isNoBetterThanOneClass() {
        return isNoBetter(accuracy(), total(), largestShare());
    }

    /**
     * Whether an accuracy is no better, as far as so many images can tell, than that of naming the most frequent class always.
     *
     * @param accuracy 0 to 1
     * @param total number of images
     * @param largestShare of the images that is of the most frequent class
     */
    public static boolean isNoBetter(double accuracy, int total, double largestShare) {
        return accuracy < 1 && largestShare < 1 && Interval.of(accuracy, total).low() <= largestShare;
    }

    /** Of the images predicted as a class, the share that is of it; NaN if there is none. */
    public double precision(int digit) {
        int predicted = 0;
        for (int[] row : confusion) {
            predicted += row[digit];
        }
        return (double) confusion[digit][digit] / predicted;
    }

    /** Of the images of a class, the share predicted so; NaN if there is none. */
    public double recall(int digit) {
        return (double) confusion[digit][digit] / actual(digit);
    }

    /** The harmonic mean of precision and recall; NaN where one of them is, or both are 0. */
    public double f1(int label) {
        double precision = precision(label);
        double recall = recall(label);
        return 2 * precision * recall / (precision + recall);
    }

    /**
     * The mean of a figure over the classes that have images, each counting alike; where a figure is NaN it counts as 0.
     *
     * @param figure such as {@code evaluation::precision}
     */
    public double macro(IntToDoubleFunction figure) {
        return IntStream.range(0, confusion.length).filter(label -> actual(label) > 0).mapToDouble(figure)
                .map(value -> Double.isNaN(value) ? 0 : value).average().orElse(Double.NaN);
    }

    /** The 95 % score interval of the accuracy (Wilson 1927). */
    public Interval interval() {
        return Interval.of(accuracy(), total());
    }
}
