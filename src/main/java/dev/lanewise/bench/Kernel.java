package dev.lanewise.bench;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that is timed.
 *
 * @param group gemm, conv, elementwise, softmax, update, train, predict or peak
 * @param name unique together with threads, such as {@code NN128x512x784} or {@code exp 16384}
 * @param threads that it runs on
 * @param flops floating-point operations of a call; a fused multiply-add counts as two
 * @param bytes that a call must at least read and write
 * @param roof name of the kernel of group peak that bounds it on as many threads; null for those themselves
 * @param call one call
 * @param check makes a call and compares its result with a reference in double precision; what is wrong, or empty
 */
record Kernel(String group, String name, int threads, double flops, double bytes, @Nullable String roof, Runnable call,
        Supplier<Optional<String>> check) {
}
