package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads PNG, JPEG, GIF (its first frame) and BMP images of any colour type, told by their content, as bytes: turned as Exif data
 * say, transparency laid over paper. Any number of threads may read at a time.
 *
 * <p>Samples are taken as they are stored, 16 bits rounded to 8; colour profiles are passed over. What lies under a transparent
 * image is white where most of what is visible is dark, and black where it is light, so that it stays visible; a card that
 * carries its own paper is continued with the paper's level.
 */
public final class ImageReader {
    private ImageReader() {
    }

    /** A decoded image. */
    public static final class Image {
        private final Shape shape;
        private final byte[] pixels;

        /** An image of these pixels, [H, W, C], which are not copied. */
        public Image(Shape shape, byte[] pixels) {
            this.shape = shape;
            this.pixels = pixels;
        }

        /** The shape, [H, W, C]: one channel if every pixel is grey, however it was stored, else red, green and blue. */
        public Shape shape() {
            return shape;
        }

        /** The pixels, [H, W, C], unsigned bytes; the array itself. */
        public byte[] pixels() {
            return pixels;
        }
    }

    /**
     * Whether the file's content begins as an image of a kind that is read.
     *
     * @throws InputException where there is no readable file
     */
    public static boolean isImage(Path file) throws IOException {
        return format(file).isPresent();
    }

    static Optional<ImageFormat> format(Path file) throws IOException {
        if (Files.exists(file) && !Files.isDirectory(file)) {
            IdxReader.requireFile(file);
        }
        try (InputStream in = Files.newInputStream(file)) {
            return ImageFormat.of(in.readNBytes(ImageFormat.START));
        } catch (IOException e) {
            if (!Files.exists(file)) {
                throw new InputException("%s does not exist; give the path of an image file.".formatted(file), e);
            }
            if (Files.isDirectory(file)) {
                throw new InputException("%s is a directory; give the path of an image file.".formatted(file), e);
            }
            throw new InputException("%s may not be read; change its permissions.".formatted(file), e);
        }
    }

    /**
     * Reads an image of up to 64 megapixels.
     *
     * @throws InputException for a file that is missing, no image, cut short, damaged, too large or of a rare kind
     */
    public static Image read(Path file) throws IOException {
        return read(file, Long.MAX_VALUE);
    }

    /** The same; of an image of more pixels every second, third, ... row and column, so that memory stays bounded. */
    static Image read(Path file, long mostPixels) throws IOException {
        if (format(file).isEmpty()) { // or not readable
            throw noImage(file);
        }
        return read(Files.readAllBytes(file), file, mostPixels);
    }

    /**
     * Reads an image that is in memory.
     *
     * @param name for messages
     * @throws InputException as for a file
     */
    public static Image read(byte[] file, Object name) throws IOException {
        return read(file, name, Long.MAX_VALUE);
    }

    static Image read(byte[] file, Object name, long mostPixels) throws IOException {
        ImageFormat format = ImageFormat.of(file).orElseThrow(() -> noImage(name));
        try {
            return Decoder.read(format, file, mostPixels);
        } catch (ImageFormat.Unreadable e) {
            throw new InputException("%s %s".formatted(name, e.getMessage()), e);
        } catch (OutOfMemoryError e) {
            throw new InputException("%s does not fit in memory; scale it down first, or allow more with -Xmx."
                    .formatted(name), e);
        } catch (NoClassDefFoundError e) {
            throw PngWriter.withoutDesktop(name, e);
        }
    }

    private static InputException noImage(Object name) {
        return new InputException(
                "%s is no PNG, JPEG, GIF or BMP image; remove it, or save it as PNG first.".formatted(name));
    }

    /** Rec. 709 weights in 256ths: equal components come back as they are. */
    static int luminance(int red, int green, int blue) {
        return 54 * red + 183 * green + 19 * blue + 128 >> 8;
    }

    /** Of the three bytes from there. */
    static int luminance(byte[] pixels, int at) {
        return luminance(pixels[at] & 0xff, pixels[at + 1] & 0xff, pixels[at + 2] & 0xff);
    }

    static int divideRounded(long value, long divisor) {
        return (int) ((value + divisor / 2) / divisor);
    }

    /** The level of the largest count, the lowest of several. */
    static int mode(long[] counts) {
        int mode = 0;
        for (int level = 1; level < counts.length; level++) {
            mode = counts[level] > counts[mode] ? level : mode;
        }
        return mode;
    }
}
