package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.List;

/** A sheet of images in rows and columns, as a PNG file: grey, or in colours where there are three channels. */
public final class SampleSheet {
    private static final int GAP = 2; // pixels between two images
    private static final int GROUND = 0xff406080; // of the gaps: blue, which no grey image is
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
        BufferedImage sheet = new BufferedImage(columns * right + GAP, rows * down + GAP, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < sheet.getHeight(); y++) {
            for (int x = 0; x < sheet.getWidth(); x++) {
                sheet.setRGB(x, y, GROUND);
            }
        }
        for (int i = 0; i < images.size(); i++) {
            for (int y = 0; y < shape.height() * scale; y++) {
                for (int x = 0; x < shape.width() * scale; x++) {
                    sheet.setRGB(GAP + i % columns * right + x, GAP + i / columns * down + y,
                            colour(images.get(i), (y / scale * shape.width() + x / scale) * shape.channels(),
                                    shape.channels()));
                }
            }
        }
        return PngWriter.png(sheet);
    }

    private static int colour(byte[] pixels, int at, int channels) {
        int red = pixels[at] & 0xff;
        int green = channels == 1 ? red : pixels[at + 1] & 0xff;
        int blue = channels == 1 ? red : pixels[at + 2] & 0xff;
        return red << 16 | green << 8 | blue;
    }
}
