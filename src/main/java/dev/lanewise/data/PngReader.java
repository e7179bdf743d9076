package dev.lanewise.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;

/** Reads PNG images of any colour type as grey levels, turned as they say, transparency laid over paper. */
final class PngReader {
    private static final long SIGNATURE = 0x89504e470d0a1a0aL;
    private static final int HEADER = 0x49484452; // "IHDR"
    private static final int HEADER_LENGTH = 13;
    private static final int END = 0x49454e44; // "IEND"
    private static final int EXIF = 0x65584966; // "eXIf"
    private static final int MOST_EXIF = 1 << 16; // of it: the tag stands near its start
    private static final long MAX_PIXELS = 64_000_000;
    /** Images with more pixels are read every second, third, ... row and column, so that memory stays bounded. */
    private static final long MAX_DECODED = 16_000_000;
    /** Longest side of what is handed on: a digit a tenth as large still has more than MNIST's 20 pixels. */
    private static final int MAX_SIDE = 256;

    private PngReader() {
    }

    /** Whether the file's content begins as a PNG image does. Throws InputException where there is no readable file. */
    static boolean isPng(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new InputException("%s does not exist; give the path of an image file.".formatted(file));
        }
        if (Files.isDirectory(file)) {
            throw new InputException("%s is a directory; give the path of an image file.".formatted(file));
        }
        if (!Files.isReadable(file)) {
            throw new InputException("%s may not be read; change its permissions.".formatted(file));
        }
        try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
            return in.readLong() == SIGNATURE;
        } catch (EOFException e) {
            return false;
        }
    }

    /**
     * Reads an image of up to 64 megapixels, averaged down to at most 256 pixels a side. Throws InputException for a
     * file that is missing, not a PNG image, cut short, damaged or too large.
     */
    static Grey read(Path png) throws IOException {
        if (!isPng(png)) {
            throw new InputException("%s is not a PNG image; save it as PNG first.".formatted(png));
        }
        Orientation orientation = checkChunks(png);
        try {
            return orientation.apply(grey(decode(png)));
        } catch (OutOfMemoryError e) {
            throw new InputException("%s does not fit in memory; scale it down first.".formatted(png), e);
        }
    }

    /**
     * Walks over all chunks, because the decoder accepts some incomplete files, never compares checksums and passes over how
     * the image is to be turned.
     */
    private static Orientation checkChunks(Path png) throws IOException {
        CRC32 crc = new CRC32();
        try (DataInputStream in = new DataInputStream(
                new CheckedInputStream(new BufferedInputStream(Files.newInputStream(png)), crc))) {
            in.readLong(); // the signature
            Orientation orientation = Orientation.TOP_LEFT;
            int type = 0;
            for (boolean first = true; type != END; first = false) {
                int length = in.readInt();
                crc.reset(); // it covers the type and the content
                type = in.readInt();
                if (length < 0 || first != (type == HEADER) || first && length != HEADER_LENGTH) {
                    throw damaged(png, null);
                }
                if (first) {
                    checkSize(png, Integer.toUnsignedLong(in.readInt()), Integer.toUnsignedLong(in.readInt()));
                    length -= 8;
                }
                if (type == EXIF) {
                    byte[] exif = in.readNBytes(Math.min(length, MOST_EXIF));
                    orientation = Orientation.of(exif);
                    length -= exif.length;
                }
                in.skipNBytes(length);
                int computed = (int) crc.getValue();
                if (in.readInt() != computed) {
                    throw damaged(png, null);
                }
            }
            return orientation;
        } catch (EOFException e) {
            throw new InputException("%s is cut short: the PNG image in it has no end; copy or save it again."
                    .formatted(png), e);
        }
    }

    private static void checkSize(Path png, long width, long height) throws InputException {
        if (width > MAX_PIXELS || height > MAX_PIXELS || width * height > MAX_PIXELS) {
            throw new InputException(
                    "%s claims %d x %d pixels, and at most 64 megapixels are read; scale it down first."
                            .formatted(png, width, height));
        }
    }

    private static BufferedImage decode(Path png) throws IOException {
        ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
        // Straight from the file: ImageIO's own streams would write a cache file.
        try (FileImageInputStream in = new FileImageInputStream(png.toFile())) {
            reader.setInput(in, true, true);
            ImageReadParam param = reader.getDefaultReadParam();
            double pixels = (double) reader.getWidth(0) * reader.getHeight(0);
            int step = (int) Math.ceil(Math.sqrt(pixels / MAX_DECODED));
            param.setSourceSubsampling(step, step, 0, 0);
            BufferedImage image = reader.read(0, param);
            return image.getColorModel() instanceof IndexColorModel palette
                    ? palette.convertToIntDiscrete(image.getRaster(), true)
                    : image;
        } catch (IOException | RuntimeException e) { // the decoder meets bad data with either, and hides in them
            if (e.getCause() instanceof OutOfMemoryError full) {
                throw full;
            }
            throw damaged(png, e);
        } finally {
            reader.dispose();
        }
    }

    private static InputException damaged(Path png, Exception cause) {
        return new InputException("%s is damaged: its PNG data contradict themselves; copy or save it again."
                .formatted(png), cause);
    }

    /** Luminance, transparency laid over paper, averaged over square cells of pixels. */
    private static Grey grey(BufferedImage image) {
        Raster raster = image.getRaster(); // its raw samples: getRGB would bend grey ones
        int bands = raster.getNumBands();
        int full = (1 << raster.getSampleModel().getSampleSize(0)) - 1;
        boolean hasAlpha = image.getColorModel().hasAlpha();
        int cellSide = Math.ceilDiv(Math.max(image.getWidth(), image.getHeight()), MAX_SIDE);
        int width = Math.ceilDiv(image.getWidth(), cellSide);
        int height = Math.ceilDiv(image.getHeight(), cellSide);
        long[] visible = new long[width * height]; // by cell: levels times alpha
        long[] transparent = new long[width * height]; // 255 - alpha
        long[] total = new long[width * height]; // 255 a pixel
        long[] alphaByLevel = new long[256];
        int[] samples = null;
        for (int y = 0; y < image.getHeight(); y++) {
            samples = raster.getPixels(0, y, image.getWidth(), 1, samples);
            for (int x = 0; x < image.getWidth(); x++) {
                int i = x * bands;
                int value = bands < 3 ? samples[i] : luminance(samples[i], samples[i + 1], samples[i + 2]);
                int level = divideRounded(value * 255L, full);
                int alpha = hasAlpha ? divideRounded(samples[i + bands - 1] * 255L, full) : 255;
                int cell = y / cellSide * width + x / cellSide;
                visible[cell] += (long) alpha * level;
                transparent[cell] += 255 - alpha;
                total[cell] += 255;
                alphaByLevel[level] += alpha;
            }
        }
        int paper = paperUnderTransparency(alphaByLevel, Arrays.stream(total).sum());
        int[] levels = new int[width * height];
        Arrays.setAll(levels, i -> divideRounded(visible[i] + transparent[i] * paper, total[i]));
        return new Grey(width, height, levels);
    }

    /** Rec. 709 weights in 256ths: equal components come back as they are. */
    private static int luminance(int red, int green, int blue) {
        return 54 * red + 183 * green + 19 * blue + 128 >> 8;
    }

    /**
     * The level to lay under a transparent image, whose alphas would add up to {@code total} if it were opaque. What is
     * visible is either ink alone, which wants the opposite level, or a card that carries both its paper and its ink,
     * and then the paper, most of the card, is continued.
     */
    private static int paperUnderTransparency(long[] alphaByLevel, long total) {
        long visible = Arrays.stream(alphaByLevel).sum();
        int common = mode(alphaByLevel);
        long different = IntStream.range(0, 256).filter(l -> Math.abs(l - common) >= 64)
                .mapToLong(l -> alphaByLevel[l]).sum();
        boolean card = 2 * visible > total && 100 * different > visible;
        return card ? common : common > 127 ? 0 : 255;
    }

    /** The level of the largest count, the lowest of several. */
    static int mode(long[] counts) {
        int mode = 0;
        for (int level = 1; level < counts.length; level++) {
            mode = counts[level] > counts[mode] ? level : mode;
        }
        return mode;
    }

    private static int divideRounded(long value, long divisor) {
        return (int) ((value + divisor / 2) / divisor);
    }
}
