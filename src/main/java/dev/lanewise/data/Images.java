package dev.lanewise.data;

import dev.lanewise.kernel.Shape;

/**
 * Images of a file without what they show.
 *
 * @param pixels [count, H, W, C], unsigned bytes
 * @param note how they were taken, for people; null: as they are
 */
public record Images(int count, Shape shape, byte[] pixels, String note) {
}
