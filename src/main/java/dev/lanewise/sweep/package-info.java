/**
 * Many trainings on the same data: which of them there are, what becomes of each, and which recipe is the best.
 */
@NullMarked
package dev.lanewise.sweep;

import org.jspecify.annotations.NullMarked;
