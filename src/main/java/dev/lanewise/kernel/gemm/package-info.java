/**
 * Matrix multiply behind {@link dev.lanewise.kernel.Gemm}: blocking, packing and register tiles.
 */
package dev.lanewise.kernel.gemm;
