package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a camera was held: what Exif data in an image file say about turning and mirroring it. The names say where the stored
 * image's first row and first column belong; the numbers are what stands in the data.
 */
enum Orientation {
    TOP_LEFT(false, false, false), // 1
    TOP_RIGHT(false, true, false), // 2
    BOTTOM_RIGHT(false, true, true), // 3
    BOTTOM_LEFT(false, false, true), // 4
    LEFT_TOP(true, false, false), // 5
    RIGHT_TOP(true, true, false), // 6
    RIGHT_BOTTOM(true, true, true), // 7
    LEFT_BOTTOM(true, false, true); // 8

    private static final int TAG = 0x0112;
    private static final int SHORT = 3;
    private static final int LITTLE_ENDIAN = 0x4949; // "II"
    private static final int BIG_ENDIAN = 0x4d4d; // "MM"
    private static final int MARK = 42;

    private final boolean turned; // rows are stored as columns
    private final boolean fromRight;
    private final boolean fromBelow;

    Orientation(boolean turned, boolean fromRight, boolean fromBelow) {
        this.turned = turned;
        this.fromRight = fromRight;
        this.fromBelow = fromBelow;
    }

    /**
     * The one in Exif data, which are a TIFF header with a directory of tags; as stored where they say nothing, or nothing
     * that makes sense: the image can be seen all the same.
     */
    static Orientation of(ByteBuffer exif) {
        try {
            ByteBuffer tiff = exif.slice();
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
    ImageReader.Image apply(ImageReader.Image stored) {
        if (this == TOP_LEFT) {
            return stored;
        }
        Shape from = stored.shape();
        int channels = from.channels();
        int width = turned ? from.height() : from.width();
        int height = turned ? from.width() : from.height();
        byte[] pixels = new byte[stored.pixels().length];
        for (int i = 0; i < width * height; i++) {
            int x = fromRight ? width - 1 - i % width : i % width;
            int y = fromBelow ? height - 1 - i / width : i / width;
            int at = turned ? x * from.width() + y : y * from.width() + x;
            System.arraycopy(stored.pixels(), at * channels, pixels, i * channels, channels);
        }
        return new ImageReader.Image(new Shape(height, width, channels), pixels);
    }
}
