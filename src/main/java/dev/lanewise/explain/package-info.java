/** Backpropagation explained: texts beside numbers, which come from the kernels that train. */
package dev.lanewise.explain;
