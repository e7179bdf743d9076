/**
 * What all kernels share: the vector species, checks of arguments, cache sizes, bytes to floats.
 */
@NullMarked
package dev.lanewise.kernel.core;

import org.jspecify.annotations.NullMarked;
