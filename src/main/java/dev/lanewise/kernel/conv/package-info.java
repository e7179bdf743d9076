/**
 * Convolution behind {@code kernel.Convolution}: packed filters, register tiles, the scalar twin.
 */
@NullMarked
package dev.lanewise.kernel.conv;

import org.jspecify.annotations.NullMarked;
