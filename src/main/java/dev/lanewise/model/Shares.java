package dev.lanewise.model;

import dev.lanewise.kernel.Workers;

/**
 * How threads share a parameter: whole rows of a weight matrix, single elements of a vector, in runs of 16 rows or
 * elements. The thread that computes a part of the gradient then updates that part of the parameter, still in its
 * cache.
 */
public final class Shares {
    private static final int GRAIN = 16;

    private Shares() {
    }

    /** First row (of a matrix) or element (of a vector) of a share; the next share's is the end. */
    public static int row(Parameter parameter, int share, int shares) {
        return Workers.share(parameter.shape().getFirst(), GRAIN, share, shares);
    }

    /** First element of a share. */
    public static int element(Parameter parameter, int share, int shares) {
        return row(parameter, share, shares) * (parameter.size() / parameter.shape().getFirst());
    }
}
