/**
 * Batches of rows that are mostly zeros, and the two products that a first layer makes of them.
 */
package dev.lanewise.kernel.sparse;
