/**
 * Data sets: reading IDX and PNG files, finding and fetching MNIST, the built-in digits, batches.
 */
package dev.lanewise.data;
