/**
 * Matrix multiply behind {@code kernel.Gemm}: the five loops, blocking, packing and register tiles.
 */
@NullMarked
package dev.lanewise.kernel.gemm;

import org.jspecify.annotations.NullMarked;
