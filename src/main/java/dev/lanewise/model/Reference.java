package dev.lanewise.model;

import java.util.Arrays;
import java.util.List;

/**
 * The formulas of a {@link Layer} once more, in double and as plain loops, from the values that its parameters have when it
 * is made. It is what gradients are checked against.
 */
public interface Reference {
    /** Copies of the layer's parameters, in its order; what is changed here counts from then on. */
    default List<double[]> parameters() {
        return List.of();
    }

    /**
     * On which of its smooth pieces a function with kinks is at x: differences between two of them are not the derivative.
     * relu's are two, for each element its {@link #signs}; none where y is smooth everywhere.
     */
    default int[] pieces(double[] x, int rows) {
        return new int[0];
    }

    /** 1 for every element above 0, else 0. */
    static int[] signs(double[] x) {
        return Arrays.stream(x).mapToInt(element -> element > 0 ? 1 : 0).toArray();
    }

    /** y from x, a row per sample. */
    double[] forward(double[] x, int rows);

    /**
     * The gradient of x from that of y.
     *
     * @param x as given to forward
     * @param y as forward returned it
     * @param gradients one per parameter, to which their gradients are added
     */
    double[] backward(double[] x, double[] y, double[] dy, int rows, List<double[]> gradients);

    /** Floats as doubles. */
    static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }
}
