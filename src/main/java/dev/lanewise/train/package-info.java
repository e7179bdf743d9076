/**
 * Training: the loop, optimizers, schedules, evaluation.
 * {@link dev.lanewise.run.Training} puts these together; who trains calls it:
 *
 * {@snippet class="examples.OwnData" region="train"}
 *
 * @since 0.2.0
 */
@NullMarked
package dev.lanewise.train;

import org.jspecify.annotations.NullMarked;
