/**
 * Matrix multiply behind {@code kernel.Gemm}: the five loops, blocking, packing and register tiles.
 */
package dev.lanewise.kernel.gemm;
