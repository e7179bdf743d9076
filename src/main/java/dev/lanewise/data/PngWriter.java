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
        int[] samples = new int[pixels.length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = pixels[i] & 0xff;
        }
        try {
            return Encoder.png(shape, samples);
        } catch (NoClassDefFoundError e) {
            throw withoutDesktop("PNG", e);
        }
    }

    /** For programs made of modules, which have only those that they name. */
    static InputException withoutDesktop(Object name, NoClassDefFoundError cause) {
        return new InputException(
                "%s: image files take the JDK's module java.desktop; start Java with --add-modules java.desktop"
                        .formatted(name),
                cause);
    }

    static void requireColours(Shape shape) throws InputException {
        if (shape.channels() != 1 && shape.channels() != 3) {
            throw new InputException("images of %d channels cannot be shown, only those of 1 (grey) or 3 (colours)"
                    .formatted(shape.channels()));
        }
    }

    /** Only this class refers to the module java.desktop. */
    private static final class Encoder {
        static byte[] png(Shape shape, int[] samples) throws IOException {
            BufferedImage image = new BufferedImage(shape.width(), shape.height(),
                    shape.channels() == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
            image.getRaster().setPixels(0, 0, shape.width(), shape.height(), samples); // setRGB would change greys
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            // The usual stream would write a cache file.
            try (ImageOutputStream out = new MemoryCacheImageOutputStream(file)) {
                ImageIO.write(image, "png", out);
            }
            return file.toByteArray();
        }
    }
}
