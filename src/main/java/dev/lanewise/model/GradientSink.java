package dev.lanewise.model;

/** Takes gradients piece by piece, as soon as they are known and while they are in the nearest cache. */
@FunctionalInterface
public interface GradientSink {
    /**
     * The gradient of elements from to to - 1 of a shard over the whole batch: that of element i is {@code g[i + shift]}, until
     * this returns.
     */
    void take(Shard shard, int from, int to, float[] g, int shift);
}
