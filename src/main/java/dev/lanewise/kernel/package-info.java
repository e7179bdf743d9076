/**
 * The SIMD vocabulary: matrix multiply, elementwise functions, softmax, updates; their scalar twins; the team of
 * threads.
 *
 * <p>Every result is defined to the bit and does not depend on vector width, number of threads or CPU. The public
 * methods check their arguments and throw {@link IllegalArgumentException} naming the wrong one.
 */
@NullMarked
package dev.lanewise.kernel;

import org.jspecify.annotations.NullMarked;
