/** Measuring: what a machine can do, and what the kernels make of it. */
package dev.lanewise.bench;
