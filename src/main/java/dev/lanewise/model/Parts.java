package dev.lanewise.model;

import dev.lanewise.kernel.Workers;
import dev.lanewise.kernel.core.CacheSizes;
import java.util.List;

/**
 * How threads share parameters. A parameter is cut into {@link #COUNT} equal parts, and a worker's share is a run of
 * consecutive parts: whole rows of a weight matrix, single elements of a vector, in runs of 16. The worker that computes a
 * share of the gradients then updates that share of the parameters, still in its cache.
 */
public final class Parts {
    /** Parts of each parameter; many more than a team has threads, so that shares can be uneven. */
    public static final int COUNT = 1024;

    private static final int GRAIN = 16;

    private Parts() {
    }

    /**
     * In how many chunks a worker's share should be cut for the gradient of one to be still in its L2, with room to
     * spare, when it is used.
     */
    public static int chunks(List<Parameter> parameters, int workers) {
        long largest = parameters.stream().mapToLong(Parameter::size).max().orElse(0) * Float.BYTES;
        return (int) Math.max(1, largest / workers / (CacheSizes.here().l2() / 2));
    }

    /** First row (of a matrix) or element (of a vector) of a part; rows of the parameter for part {@link #COUNT}. */
    public static int row(Parameter parameter, int part) {
        return Workers.share(parameter.shape().getFirst(), GRAIN, part, COUNT);
    }

    /** First element of a part; elements of the parameter for part {@link #COUNT}. */
    public static int element(Parameter parameter, int part) {
        return row(parameter, part) * (parameter.size() / parameter.shape().getFirst());
    }
}
