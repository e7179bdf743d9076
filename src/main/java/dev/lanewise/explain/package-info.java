/** Backpropagation explained: texts beside numbers, which come from the kernels that train. */
@NullMarked
package dev.lanewise.explain;

import org.jspecify.annotations.NullMarked;
