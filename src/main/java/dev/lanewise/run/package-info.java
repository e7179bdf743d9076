/**
 * Training sessions: recipes, runs and what they leave, and trained models.
 *
 * {@snippet class="examples.Train" region="train"}
 *
 * <p>What was trained classifies images:
 *
 * {@snippet class="examples.Classify" region="classify"}
 *
 * @since 0.2.0
 */
@NullMarked
package dev.lanewise.run;

import org.jspecify.annotations.NullMarked;
