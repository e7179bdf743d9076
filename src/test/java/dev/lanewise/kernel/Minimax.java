package dev.lanewise.kernel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.LUDecomposition;

/**
 * Polynomials of least largest error by the Remez exchange (Cheney 1966, Introduction to Approximation Theory), on
 * a grid that is dense where the extremes crowd, at the ends.
 */
final class Minimax {
    private static final int GRID = 4000;

    private Minimax() {
    }

    /**
     * Float coefficients c of a polynomial such that weight(u) |f(u) - sum of c[k] u^k| is small from low to high. Each
     * coefficient in turn, from c[0], is rounded to float and the rest are fitted again to what it leaves.
     */
    static float[] floatCoefficients(DoubleUnaryOperator f, DoubleUnaryOperator weight, int degree, double low,
            double high) {
        float[] coefficients = new float[degree + 1];
        DoubleUnaryOperator rest = f;
        DoubleUnaryOperator restWeight = weight;
        for (int k = 0; k <= degree; k++) {
            float c = (float) fit(rest, restWeight, degree - k, low, high)[0];
            coefficients[k] = c;
            DoubleUnaryOperator all = rest;
            DoubleUnaryOperator allWeight = restWeight;
            rest = u -> (all.applyAsDouble(u) - c) / u;
            restWeight = u -> allWeight.applyAsDouble(u) * Math.abs(u);
        }
        return coefficients;
    }

    /** The largest weighted error of a polynomial from low to high. */
    static double error(DoubleUnaryOperator f, DoubleUnaryOperator weight, float[] coefficients, double low,
            double high) {
        double[] c = new double[coefficients.length];
        Arrays.setAll(c, k -> coefficients[k]);
        return Arrays.stream(grid(low, high)).map(u -> Math.abs(error(f, weight, c, u))).max().orElseThrow();
    }

    /** The polynomial whose largest weighted error on the grid is least. */
    private static double[] fit(DoubleUnaryOperator f, DoubleUnaryOperator weight, int degree, double low,
            double high) {
        double[] grid = grid(low, high);
        int size = degree + 2;
        int[] reference = IntStream.range(0, size).map(i -> (2 * i + 1) * GRID / (2 * size)).toArray();
        for (int exchange = 0; exchange < 50; exchange++) {
            double[] c = level(f, weight, grid, reference);
            double[] errors = Arrays.stream(grid).map(u -> error(f, weight, c, u)).toArray();
            double largest = Arrays.stream(errors).map(Math::abs).max().orElseThrow();
            if (largest < (1 + 1e-6) * Math.abs(errors[reference[0]])) {
                return c;
            }
            reference = extremes(errors, size);
        }
        throw new IllegalStateException("the exchange does not settle");
    }

    /** The coefficients whose weighted errors on the reference are equal in size and alternate in sign. */
    private static double[] level(DoubleUnaryOperator f, DoubleUnaryOperator weight, double[] grid, int[] reference) {
        int size = reference.length;
        double[][] equations = new double[size][size];
        double[] values = new double[size];
        for (int i = 0; i < size; i++) {
            double u = grid[reference[i]];
            for (int k = 0; k < size - 1; k++) {
                equations[i][k] = Math.pow(u, k);
            }
            equations[i][size - 1] = (i % 2 == 0 ? 1 : -1) / weight.applyAsDouble(u);
            values[i] = f.applyAsDouble(u);
        }
        double[] solution = new LUDecomposition(new Array2DRowRealMatrix(equations), 0).getSolver()
                .solve(new ArrayRealVector(values)).toArray();
        return Arrays.copyOf(solution, size - 1);
    }

    /**
     * Where errors of alternating sign are largest, as many as asked for. Of too many, the smallest goes: alone at an
     * end, in the middle with a neighbour, so that the rest still alternate.
     */
    private static int[] extremes(double[] errors, int count) {
        List<Integer> peaks = new ArrayList<>();
        for (int i = 0; i < errors.length; i++) {
            if (peaks.isEmpty() || errors[i] * errors[peaks.getLast()] < 0) {
                peaks.add(i);
            } else if (Math.abs(errors[i]) > Math.abs(errors[peaks.getLast()])) {
                peaks.set(peaks.size() - 1, i);
            }
        }
        Comparator<Integer> size = Comparator.comparingDouble(peak -> Math.abs(errors[peak]));
        while (peaks.size() > count) {
            List<Integer> ends = List.of(peaks.getFirst(), peaks.getLast());
            int smallest = Collections.min(peaks.size() == count + 1 ? ends : peaks, size);
            int at = peaks.indexOf(smallest);
            peaks.remove(at);
            if (!ends.contains(smallest)) {
                peaks.remove(Collections.min(List.of(peaks.get(at - 1), peaks.get(at)), size));
            }
        }
        if (peaks.size() < count) {
            throw new IllegalStateException("the errors alternate %d times, not %d".formatted(peaks.size(), count));
        }
        return peaks.stream().mapToInt(Integer::intValue).toArray();
    }

    private static double error(DoubleUnaryOperator f, DoubleUnaryOperator weight, double[] c, double u) {
        double value = 0;
        for (int k = c.length - 1; k >= 0; k--) {
            value = value * u + c[k];
        }
        return weight.applyAsDouble(u) * (f.applyAsDouble(u) - value);
    }

    /** Chebyshev points; an even number, so that none of them is the middle, where a weight may be 0. */
    private static double[] grid(double low, double high) {
        double[] grid = new double[GRID];
        Arrays.setAll(grid, i -> (low + high) / 2 - (high - low) / 2 * Math.cos(Math.PI * (i + 0.5) / GRID));
        return grid;
    }
}
