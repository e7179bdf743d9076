/**
 * Batches of rows that are mostly zeros, and the two products that a first layer makes of them.
 */
@NullMarked
package dev.lanewise.kernel.sparse;

import org.jspecify.annotations.NullMarked;
