/**
 * Convolution behind {@code kernel.Convolution}: packed filters, register tiles, the scalar twin.
 */
package dev.lanewise.kernel.conv;
