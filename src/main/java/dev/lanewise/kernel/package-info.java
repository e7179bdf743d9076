/**
 * The SIMD vocabulary: matrix multiply, elementwise functions, softmax, updates; their scalar twins; the team of
 * threads.
 *
 * <p>Every result is defined to the bit and does not depend on vector width, number of threads or CPU. The public
 * methods check their arguments and throw {@link IllegalArgumentException}, or {@link IndexOutOfBoundsException} for ranges, naming the wrong one.
 *
 * {@snippet :
 * float[] x = new float[32 * 784]; // [32, 784]
 * float[] w = new float[784 * 128]; // [784, 128]
 * float[] y = new float[32 * 128]; // [32, 128]
 * Gemm.sgemm(false, false, 32, 128, 784, 1f, x, 0, 784, w, 0, 128, 0f, y, 0, 128); // y = x w
 * Elementwise.sigmoid(y, 0, y, 0, y.length);
 * }
 *
 * @since 0.2.0
 */
@NullMarked
package dev.lanewise.kernel;

import org.jspecify.annotations.NullMarked;
