package dev.lanewise.data;

/**
 * A bounding box in an image.
 *
 * @param right the first column beyond it
 * @param bottom the first row beyond it
 */
public record Box(int left, int top, int right, int bottom) {
    static final Box NOTHING = new Box(Integer.MAX_VALUE, Integer.MAX_VALUE, 0, 0);

    Box with(int x, int y) {
        return x >= left && x < right && y >= top && y < bottom
                ? this
                : new Box(Math.min(left, x), Math.min(top, y), Math.max(right, x + 1), Math.max(bottom, y + 1));
    }

    Box with(Box other) {
        return new Box(Math.min(left, other.left), Math.min(top, other.top), Math.max(right, other.right),
                Math.max(bottom, other.bottom));
    }

    /** Number of columns. */
    public int width() {
        return right - left;
    }

    /** Number of rows. */
    public int height() {
        return bottom - top;
    }

    int longerSide() {
        return Math.max(width(), height());
    }
}
