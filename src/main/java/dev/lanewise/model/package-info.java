/**
 * Networks: layers, activations, losses, initial weights; forward beside backward. N is the batch size throughout.
 *
 * <p>A layer of one's own:
 *
 * {@snippet class="examples.OwnLayer" region="layer"}
 *
 * @since 0.2.0
 */
@NullMarked
package dev.lanewise.model;

import org.jspecify.annotations.NullMarked;
