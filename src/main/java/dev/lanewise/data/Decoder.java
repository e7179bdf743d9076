package dev.lanewise.data;

import dev.lanewise.data.ImageReader.Image;
import dev.lanewise.kernel.Shape;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import javax.imageio.ImageReadParam;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/** Decodes images by the JDK's module java.desktop; apart from {@link ImageReader}, which says where that is missing. */
final class Decoder {
    private Decoder() {
    }

    static Image read(ImageFormat format, byte[] file, long mostPixels)
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
                    Math.max(image.getHeight(), layout.height() / step), image, layout.left() / step,
                    layout.top() / step, layout.colours() == 0 ? Integer.MAX_VALUE : layout.colours());
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

    /** What a decoder gave, as bytes. */
    private static final class Samples {
        private final int width;
        private final int height;
        private byte[] pixels; // [height, width, channels]
        private int channels;
        private byte @Nullable [] alpha; // [height, width]; null: opaque

        /**
         * An image at a place of a canvas of this size.
         *
         * @param mostColours of a palette, which the decoder fills up with black
         * @throws IllegalArgumentException if a pixel points beyond them
         */
        Samples(int width, int height, BufferedImage image, int left, int top, int mostColours) {
            this.width = width;
            this.height = height;
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
                        if (samples[x] >= mostColours) {
                            throw new IllegalArgumentException("colour " + samples[x]);
                        }
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
            return (byte) (full == 255 ? sample : ImageReader.divideRounded(sample * 255L, full));
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
                layOverPaper(alpha);
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

        private void layOverPaper(byte[] alpha) {
            long[] alphaByLevel = new long[256];
            for (int i = 0; i < alpha.length; i++) {
                int level = channels == 1
                        ? pixels[i] & 0xff
                        : ImageReader.luminance(pixels[3 * i] & 0xff, pixels[3 * i + 1] & 0xff,
                                pixels[3 * i + 2] & 0xff);
                alphaByLevel[level] += alpha[i] & 0xff;
            }
            int paper = paper(alphaByLevel, 255L * alpha.length);
            for (int i = 0; i < pixels.length; i++) {
                int opacity = alpha[i / channels] & 0xff;
                pixels[i] = (byte) ImageReader.divideRounded(opacity * (pixels[i] & 0xff) + (255 - opacity) * paper,
                        255);
            }
        }

        /**
         * The level to lay under a transparent image, whose alphas would add up to {@code total} if it were opaque. What
         * is visible is either ink alone, which wants the opposite level, or a card that carries both its paper and its
         * ink, and then the paper, most of the card, is continued.
         */
        private static int paper(long[] alphaByLevel, long total) {
            long visible = Arrays.stream(alphaByLevel).sum();
            int common = ImageReader.mode(alphaByLevel);
            long different = IntStream.range(0, 256).filter(l -> Math.abs(l - common) >= 64)
                    .mapToLong(l -> alphaByLevel[l]).sum();
            boolean card = 2 * visible > total && 100 * different > visible;
            return card ? common : common > 127 ? 0 : 255;
        }
    }
}
