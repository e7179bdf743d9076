package dev.lanewise.train;

import dev.lanewise.kernel.Updates;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import java.util.List;

/** Scales all gradients together so that their norm, over all parameters, is at most a limit (Pascanu et al. 2013). */
final class GradientClipping {
    private final double maxNorm;
    private final List<Parameter> parameters;
    private final double[][] squares; // one per parameter: the sum of each row's squared gradients

    GradientClipping(double maxNorm, List<Parameter> parameters) {
        this.maxNorm = maxNorm;
        this.parameters = parameters;
        squares = parameters.stream().map(parameter -> new double[parameter.rows()])
                .toArray(double[][]::new);
    }

    /** Squares and sums a share of every gradient, row by row: the rows' sums do not depend on the shares. */
    void measure(int from, int to) {
        for (int p = 0; p < parameters.size(); p++) {
            Parameter parameter = parameters.get(p);
            int width = parameter.size() / parameter.rows();
            for (int row = Parts.row(parameter, from), end = Parts.row(parameter, to); row < end; row++) {
                squares[p][row] = Updates.sumOfSquares(parameter.gradient(), row * width, (row + 1) * width);
            }
        }
    }

    /** From what was measured, by one thread: what all gradients are to be multiplied with. */
    float factor() {
        double sum = 0; // parameters in order, rows ascending, whoever measured them
        for (double[] rows : squares) {
            for (double row : rows) {
                sum += row;
            }
        }
        double norm = Math.sqrt(sum);
        return norm > maxNorm ? (float) (maxNorm / norm) : 1f;
    }
}
