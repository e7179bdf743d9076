package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Images as the bytes of a PNG file. */
public final class PngWriter {
    private PngWriter() {
    }

    /**
     * An image as it is; {@link ImageReader} gives the same pixels.
     *
     * @param shape [H, W, C], grey or red, green and blue
     * @param pixels of that shape, unsigned bytes
     * @throws InputException if it has neither one channel nor three
     */
    public static byte[] png(Shape shape, byte[] pixels) throws IOException {
        requireColours(shape);
        if (pixels.length != shape.size()) {
            throw new IllegalArgumentException("pixels: %d for %s".formatted(pixels.length, shape));
        }
        BufferedImage image = new BufferedImage(shape.width(), shape.height(),
                shape.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
        int[] samples = new int[pixels.length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = pixels[i] & 0xff;
        }
        image.getRaster().setPixels(0, 0, shape.width(), shape.height(), samples); // setRGB would change grey levels
        return png(image);
    }

    static void requireColours(Shape shape) throws InputException {
        if (shape.channels() != 1 && shape.channels() != 3) {
            throw new InputException("images of %d channels cannot be shown, only those of 1 (grey) or 3 (colours)"
                    .formatted(shape.channels()));
        }
    }

    static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(file)) { // the usual one would write a cache file
            ImageIO.write(image, "png", out);
        }
        return file.toByteArray();
    }
}
