package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.imageio.ImageReadParam;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

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

    /**
     * A decoded image.
     *
     * @param shape [H, W, C]: one channel if every pixel is grey, however it was stored, else red, green and blue
     * @param pixels of that shape, unsigned bytes
     */
    public record Image(Shape shape, byte[] pixels) {
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
            return read(format, file, mostPixels);
        } catch (ImageFormat.Unreadable e) {
            throw new InputException("%s %s".formatted(name, e.getMessage()), e);
        } catch (OutOfMemoryError e) {
            throw new InputException("%s does not fit in memory; scale it down first, or allow more with -Xmx."
                    .formatted(name), e);
        }
    }

    private static InputException noImage(Object name) {
        return new InputException(
                "%s is no PNG, JPEG, GIF or BMP image; remove it, or save it as PNG first.".formatted(name));
    }

    private static Image read(ImageFormat format, byte[] file, long mostPixels)
            throws IOException, ImageFormat.Unreadable {
        ImageFormat.Layout layout;
        try {
            layout = format.walk(ByteBuffer.wrap(file));
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException _) {
            throw format.cutShort();
        }
        javax.imageio.ImageReader decoder = format.decoder().createReaderInstance();
        // From memory: ImageIO's usual streams would write a cache file.
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            decoder.setInput(in, true, true);
            double pixels = (double) decoder.getWidth(0) * decoder.getHeight(0);
            int step = (int) Math.ceil(Math.sqrt(pixels / mostPixels));
            ImageReadParam param = decoder.getDefaultReadParam();
            param.setSourceSubsampling(step, step, 0, 0);
            BufferedImage image = decoder.read(0, param);
            Samples samples = new Samples(Math.max(image.getWidth(), layout.width() / step),
                    Math.max(image.getHeight(), layout.height() / step));
            samples.add(image, layout.left() / step, layout.top() / step);
            return layout.orientation().apply(samples.image());
        } catch (IOException | RuntimeException e) { // the decoder meets bad data with either, and hides in them
            if (e.getCause() instanceof OutOfMemoryError full) {
                throw full;
            }
            throw format.damaged();
        } finally {
            decoder.dispose();
        }
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

    /** What a decoder gave, as bytes. */
    private static final class Samples {
        private final int width;
        private final int height;
        private byte[] pixels; // [height, width, channels]
        private int channels;
        private byte[] alpha; // [height, width]; null: opaque

        Samples(int width, int height) {
            this.width = width;
            this.height = height;
        }

        /** An image at a place of this canvas. */
        void add(BufferedImage image, int left, int top) {
            Raster raster = image.getRaster(); // its raw samples: getRGB would bend grey ones
            int bands = raster.getNumBands();
            boolean whole = image.getWidth() == width && image.getHeight() == height;
            boolean palette = image.getColorModel() instanceof IndexColorModel;
            channels = bands < 3 && !palette ? 1 : 3;
            if (whole && bands == channels && raster.getTransferType() == DataBuffer.TYPE_BYTE
                    && raster.getNumDataElements() == bands) {
                pixels = (byte[]) raster.getDataElements(0, 0, width, height, null);
                return;
            }
            pixels = new byte[width * height * channels];
            alpha = whole && !image.getColorModel().hasAlpha() ? null : new byte[width * height];
            int[] full = raster.getSampleModel().getSampleSize();
            Arrays.setAll(full, band -> (1 << full[band]) - 1);
            int[] samples = null;
            for (int y = 0; y < image.getHeight(); y++) {
                samples = raster.getPixels(0, y, image.getWidth(), 1, samples);
                for (int x = 0; x < image.getWidth(); x++) {
                    int at = (top + y) * width + left + x;
                    if (image.getColorModel() instanceof IndexColorModel colours) {
                        int argb = colours.getRGB(samples[x]);
                        set(at, argb >> 16, argb >> 8, argb, argb >>> 24);
                    } else {
                        for (int c = 0; c < channels; c++) {
                            pixels[at * channels + c] = level(samples[x * bands + c], full[c]);
                        }
                        if (alpha != null) {
                            alpha[at] = bands > channels ? level(samples[x * bands + channels], full[channels]) : -1;
                        }
                    }
                }
            }
        }

        private void set(int at, int red, int green, int blue, int opacity) {
            pixels[3 * at] = (byte) red;
            pixels[3 * at + 1] = (byte) green;
            pixels[3 * at + 2] = (byte) blue;
            if (alpha != null) {
                alpha[at] = (byte) opacity;
            }
        }

        private static byte level(int sample, int full) {
            return (byte) (full == 255 ? sample : divideRounded(sample * 255L, full));
        }

        Image image() {
            if (channels == 3 && !hasColour()) {
                byte[] grey = new byte[width * height];
                for (int i = 0; i < grey.length; i++) {
                    grey[i] = pixels[3 * i];
                }
                pixels = grey;
                channels = 1;
            }
            if (alpha != null) {
                layOverPaper();
            }
            return new Image(new Shape(height, width, channels), pixels);
        }

        private boolean hasColour() {
            for (int i = 0; i < width * height; i++) {
                if ((pixels[3 * i] != pixels[3 * i + 1] || pixels[3 * i + 1] != pixels[3 * i + 2])
                        && (alpha == null || alpha[i] != 0)) {
                    return true;
                }
            }
            return false;
        }

        private void layOverPaper() {
            long[] alphaByLevel = new long[256];
            for (int i = 0; i < alpha.length; i++) {
                int level = channels == 1
                        ? pixels[i] & 0xff
                        : luminance(pixels[3 * i] & 0xff, pixels[3 * i + 1] & 0xff, pixels[3 * i + 2] & 0xff);
                alphaByLevel[level] += alpha[i] & 0xff;
            }
            int paper = paper(alphaByLevel, 255L * alpha.length);
            for (int i = 0; i < pixels.length; i++) {
                int opacity = alpha[i / channels] & 0xff;
                pixels[i] = (byte) divideRounded(opacity * (pixels[i] & 0xff) + (255 - opacity) * paper, 255);
            }
        }

        /**
         * The level to lay under a transparent image, whose alphas would add up to {@code total} if it were opaque. What
         * is visible is either ink alone, which wants the opposite level, or a card that carries both its paper and its
         * ink, and then the paper, most of the card, is continued.
         */
        private static int paper(long[] alphaByLevel, long total) {
            long visible = Arrays.stream(alphaByLevel).sum();
            int common = mode(alphaByLevel);
            long different = IntStream.range(0, 256).filter(l -> Math.abs(l - common) >= 64)
                    .mapToLong(l -> alphaByLevel[l]).sum();
            boolean card = 2 * visible > total && 100 * different > visible;
            return card ? common : common > 127 ? 0 : 255;
        }
    }
}
