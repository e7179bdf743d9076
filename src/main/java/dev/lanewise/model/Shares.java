package dev.lanewise.model;

import dev.lanewise.kernel.CacheSizes;
import dev.lanewise.kernel.Workers;
import java.util.List;

/**
 * How threads share a parameter: whole rows of a weight matrix, single elements of a vector, in runs of 16 rows or
 * elements. The thread that computes a part of the gradient then updates that part of the parameter, still in its
 * cache.
 */
public final class Shares {
    private static final int GRAIN = 16;

    private Shares() {
    }

    /**
     * In how many chunks a worker's share should be cut for the gradient of one to be still in its L2, with room to
     * spare, when it is used.
     */
    public static int chunks(List<Parameter> parameters, int workers) {
        long largest = parameters.stream().mapToLong(Parameter::size).max().orElse(0) * Float.BYTES;
        return (int) Math.max(1, largest / workers / (CacheSizes.here().l2() / 2));
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
