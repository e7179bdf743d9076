/**
 * What all kernels share: the vector species, checks of arguments, cache sizes, bytes to floats.
 */
package dev.lanewise.kernel.core;
