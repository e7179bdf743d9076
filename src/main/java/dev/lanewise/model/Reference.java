package dev.lanewise.model;

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

    /** Whether y has a kink where x becomes 0, as relu's has: differences across it are not the derivative. */
    default boolean hasKinks() {
        return false;
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
