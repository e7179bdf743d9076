/** Measuring: what a machine can do, and what the kernels make of it. */
@NullMarked
package dev.lanewise.bench;

import org.jspecify.annotations.NullMarked;
