package dev.lanewise.model;

import dev.lanewise.kernel.Workers;

/**
 * How threads share parameters. A parameter is cut into {@link #COUNT} equal parts, and a worker's share is a run of
 * consecutive parts: whole rows of a weight matrix, single elements of a vector, in runs of 16. The worker that computes a
 * share of the gradients then updates that share of the parameters, still in its cache.
 */
public final class Parts {
    /** Parts of each parameter; many more than a team has threads, so that shares can be uneven. */
    public static final int COUNT = 1024;

    private Parts() {
    }

    /** First row (of a matrix) or element (of a vector) of a part; rows of the parameter for part {@link #COUNT}. */
    public static int row(Parameter parameter, int part) {
        return row(parameter, parameter.rows(), part);
    }

    /** First of so many rows, or elements, of a part of what belongs to a parameter. */
    static int row(Parameter parameter, int rows, int part) {
        return Workers.share(rows, parameter.grain(), part, COUNT);
    }

    /** First element of a part; elements of the parameter for part {@link #COUNT}. */
    public static int element(Parameter parameter, int part) {
        return row(parameter, part) * (parameter.size() / parameter.rows());
    }
}
