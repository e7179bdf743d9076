package dev.lanewise.data;

import dev.lanewise.data.PngReader.Grey;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * How a camera was held: what Exif data in an image file say about turning and mirroring it. The names say where the stored
 * image's first row and first column belong.
 */
enum Orientation {
    TOP_LEFT, TOP_RIGHT, BOTTOM_RIGHT, BOTTOM_LEFT, LEFT_TOP, RIGHT_TOP, RIGHT_BOTTOM, LEFT_BOTTOM;

    private static final int TAG = 0x0112;
    private static final int SHORT = 3;
    private static final int LITTLE_ENDIAN = 0x4949; // "II"
    private static final int BIG_ENDIAN = 0x4d4d; // "MM"
    private static final int MARK = 42;

    /**
     * The one in Exif data, which are a TIFF header with a directory of tags; as stored where they say nothing, or nothing
     * that makes sense: the image can be seen all the same.
     */
    static Orientation of(byte[] exif) {
        try {
            ByteBuffer tiff = ByteBuffer.wrap(exif);
            int order = tiff.getChar();
            tiff.order(order == LITTLE_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
            if (order == LITTLE_ENDIAN || order == BIG_ENDIAN) {
                if (tiff.getChar() == MARK) {
                    tiff.position(tiff.getInt());
                    for (int tags = tiff.getChar(); tags > 0; tags--) {
                        int tag = tiff.getChar();
                        int type = tiff.getChar();
                        int count = tiff.getInt();
                        int value = tiff.getChar();
                        tiff.getChar(); // a short fills half of its field
                        if (tag == TAG && type == SHORT && count == 1 && value >= 1 && value <= values().length) {
                            return values()[value - 1];
                        }
                    }
                }
            }
        } catch (BufferUnderflowException | IllegalArgumentException _) {
            // cut short, or of a directory that lies beyond
        }
        return TOP_LEFT;
    }

    /** The image as it is to be seen. */
    Grey apply(Grey stored) {
        boolean turned = ordinal() >= LEFT_TOP.ordinal();
        int width = turned ? stored.height() : stored.width();
        int height = turned ? stored.width() : stored.height();
        int[] levels = new int[stored.levels().length];
        Arrays.setAll(levels, i -> {
            int right = width - 1 - i % width;
            int below = height - 1 - i / width;
            int x = switch (this) {
                case TOP_RIGHT, BOTTOM_RIGHT, RIGHT_TOP, RIGHT_BOTTOM -> right;
                default -> i % width;
            };
            int y = switch (this) {
                case BOTTOM_RIGHT, BOTTOM_LEFT, RIGHT_BOTTOM, LEFT_BOTTOM -> below;
                default -> i / width;
            };
            return stored.levels()[turned ? x * stored.width() + y : y * stored.width() + x];
        });
        return new Grey(width, height, levels);
    }
}
