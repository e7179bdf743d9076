package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.util.List;

/** A sheet of images in rows and columns, as a PNG file: grey, or in colours where there are three channels. */
public final class SampleSheet {
    private static final int GAP = 2; // pixels between two images
    private static final int GROUND = 0x406080; // of the gaps: blue, which no grey image is
    private static final int SIDE = 56; // pixels: smaller images are enlarged to as much, at least half of it

    private SampleSheet() {
    }

    /**
     * The bytes of the file.
     *
     * @param shape of the images, [height, width, channels]
     * @param columns images side by side
     * @param images pixels of each, row by row
     * @throws InputException if they have neither one channel nor three
     */
    public static byte[] png(Shape shape, int columns, List<byte[]> images) throws IOException {
        PngWriter.requireColours(shape);
        int scale = Math.max(1, SIDE / Math.max(shape.height(), shape.width()));
        int rows = Math.ceilDiv(images.size(), columns);
        int right = shape.width() * scale + GAP;
        int down = shape.height() * scale + GAP;
        Shape size = new Shape(rows * down + GAP, columns * right + GAP, 3);
        byte[] sheet = new byte[size.size()];
        for (int at = 0; at < sheet.length; at += 3) {
            set(sheet, at, GROUND);
        }
        for (int i = 0; i < images.size(); i++) {
            for (int y = 0; y < shape.height() * scale; y++) {
                for (int x = 0; x < shape.width() * scale; x++) {
                    int row = GAP + i / columns * down + y;
                    int column = GAP + i % columns * right + x;
                    set(sheet, 3 * (row * size.width() + column),
                            colour(images.get(i), (y / scale * shape.width() + x / scale) * shape.channels(),
                                    shape.channels()));
                }
            }
        }
        return PngWriter.png(size, sheet);
    }

    private static void set(byte[] sheet, int at, int colour) {
        sheet[at] = (byte) (colour >> 16);
        sheet[at + 1] = (byte) (colour >> 8);
        sheet[at + 2] = (byte) colour;
    }

    private static int colour(byte[] pixels, int at, int channels) {
        int red = pixels[at] & 0xff;
        int green = channels == 1 ? red : pixels[at + 1] & 0xff;
        int blue = channels == 1 ? red : pixels[at + 2] & 0xff;
        return red << 16 | green << 8 | blue;
    }
}
