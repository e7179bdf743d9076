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
import java.util.function.IntBinaryOperator;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;

/**
 * One image prepared as MNIST's were: the ink's longer side is 20 pixels, and its centre of mass, in pixel-edge
 * coordinates, lies in [14, 15) both ways.
 *
 * @param pixels 28 x 28 unsigned bytes, row-major: 0 is paper, 255 is ink
 * @param inverted whether dark ink on light paper was turned round
 */
public record DigitImage(byte[] pixels, boolean inverted) {
    /** Rows and columns of an image. */
    public static final int SIDE = 28;
    private static final int INK_SIDE = 20;
    private static final int MARGIN = (SIDE - INK_SIDE) / 2;
    private static final long SIGNATURE = 0x89504e470d0a1a0aL;
    private static final int HEADER = 0x49484452; // "IHDR"
    private static final int END = 0x49454e44; // "IEND"
    private static final long MAX_PIXELS = 64_000_000;
    /** Images with more pixels are read every second, third, ... row and column, so that memory stays bounded. */
    private static final long MAX_DECODED = 16_000_000;
    /** Longest side of the image that is worked on: a digit a tenth as large still has more than 20 pixels. */
    private static final int WORK_SIDE = 256;
    /** Ink differs from paper by at least so many of the 256 levels. */
    private static final int MIN_CONTRAST = 8;

    /** A grey image: {@code levels[y * width + x]} from 0 to 255. */
    private record Grey(int width, int height, int[] levels) {
    }

    /** Checks the number of pixels. */
    public DigitImage {
        if (pixels.length != SIDE * SIDE) {
            throw new IllegalArgumentException("%d pixels, not 28 x 28".formatted(pixels.length));
        }
    }

    /** Whether the file's content begins as a PNG image does. Throws InputException where there is no readable file. */
    public static boolean isPng(Path file) throws IOException {
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
     * Reads a PNG image of any size up to 64 megapixels and any colour type. Throws InputException for a file that is
     * missing, not a PNG image, cut short, damaged, too large, or on which nothing is drawn.
     */
    public static DigitImage read(Path png) throws IOException {
        if (!isPng(png)) {
            throw new InputException("%s is not a PNG image; save it as PNG first.".formatted(png));
        }
        checkChunks(png);
        Grey grey = grey(decode(png));
        int paper = evenPaper(grey);
        boolean even = paper >= 0;
        boolean inverted = even ? Arrays.stream(grey.levels).mapToLong(p -> p - paper).sum() < 0 : darkInk(grey);
        int[] levels = inverted ? Arrays.stream(grey.levels).map(p -> 255 - p).toArray() : grey.levels;
        int base = inverted ? 255 - paper : paper;
        int[] ink = even
                ? Arrays.stream(levels).map(p -> Math.max(0, p - base)).toArray()
                : liftFromPaper(new Grey(grey.width, grey.height, levels));
        if (max(ink) < MIN_CONTRAST) {
            throw new InputException("%s shows nothing but blank paper; draw a digit on it.".formatted(png));
        }
        Grey drawn = new Grey(grey.width, grey.height, ink);
        boolean asItIs = even && base == 0 && looksLikeMnist(drawn);
        return new DigitImage(asItIs ? bytes(ink) : normalise(withoutSpecks(drawn)), inverted);
    }

    /** Walks over all chunks, because the decoder accepts some incomplete files and never compares checksums. */
    private static void checkChunks(Path png) throws IOException {
        CRC32 crc = new CRC32();
        try (DataInputStream in = new DataInputStream(
                new CheckedInputStream(new BufferedInputStream(Files.newInputStream(png)), crc))) {
            in.readLong(); // the signature
            boolean first = true;
            boolean last = false;
            while (!last) {
                int length = in.readInt();
                crc.reset();
                int type = in.readInt();
                if (length < 0 || first != (type == HEADER) || first && length != 13) {
                    throw damaged(png, null);
                }
                if (first) {
                    long width = in.readInt() & 0xffffffffL;
                    long height = in.readInt() & 0xffffffffL;
                    if (width > MAX_PIXELS || height > MAX_PIXELS || width * height > MAX_PIXELS) {
                        throw new InputException("%s claims %d x %d pixels, and at most 64 megapixels are read; "
                                .formatted(png, width, height) + "scale it down first.");
                    }
                    length -= 8;
                }
                in.skipNBytes(length);
                int computed = (int) crc.getValue();
                if (in.readInt() != computed) {
                    throw damaged(png, null);
                }
                first = false;
                last = type == END;
            }
        } catch (EOFException e) {
            throw new InputException("%s is cut short: the PNG image in it has no end; copy or save it again."
                    .formatted(png), e);
        }
    }

    private static InputException damaged(Path png, Exception cause) {
        return new InputException("%s is damaged: its PNG data contradict themselves; copy or save it again."
                .formatted(png), cause);
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
            return reader.read(0, param);
        } catch (IOException | RuntimeException e) { // the decoder meets bad data with either
            throw damaged(png, e);
        } finally {
            reader.dispose();
        }
    }

    /** Luminance, transparency laid over paper, averaged down to at most {@link #WORK_SIDE} pixels a side. */
    private static Grey grey(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        int factor = Math.ceilDiv(Math.max(width, height), WORK_SIDE);
        int outWidth = Math.ceilDiv(width, factor);
        int outHeight = Math.ceilDiv(height, factor);
        int[] level = new int[width];
        int[] alpha = new int[width];
        int paper = image.getColorModel().hasAlpha() ? paperUnderTransparency(image, level, alpha) : 255;
        long[] sums = new long[outWidth * outHeight]; // of levels times 255
        for (int y = 0; y < height; y++) {
            readRow(image, y, level, alpha);
            for (int x = 0; x < width; x++) {
                sums[y / factor * outWidth + x / factor] += alpha[x] * level[x] + (255 - alpha[x]) * paper;
            }
        }
        int[] levels = new int[sums.length];
        for (int i = 0; i < sums.length; i++) {
            long cellWidth = Math.min(factor, width - i % outWidth * factor);
            long cellHeight = Math.min(factor, height - i / outWidth * factor);
            levels[i] = divideRounded(sums[i], 255 * cellWidth * cellHeight);
        }
        return new Grey(outWidth, outHeight, levels);
    }

    /**
     * The level to lay under a transparent image. What is visible is either ink alone, which wants the opposite level,
     * or a card that carries both its paper and its ink, and then the paper, most of the card, is continued.
     */
    private static int paperUnderTransparency(BufferedImage image, int[] level, int[] alpha) {
        long[] weights = new long[256]; // summed alpha by level
        for (int y = 0; y < image.getHeight(); y++) {
            readRow(image, y, level, alpha);
            for (int x = 0; x < level.length; x++) {
                weights[level[x]] += alpha[x];
            }
        }
        long visible = Arrays.stream(weights).sum();
        int common = mode(weights);
        long different = IntStream.range(0, 256).filter(l -> Math.abs(l - common) >= 64).mapToLong(l -> weights[l])
                .sum();
        boolean card = 2 * visible > 255L * level.length * image.getHeight() && 100 * different > visible;
        return card ? common : common > 127 ? 0 : 255;
    }

    /** One row as luminance and opacity, 0 to 255 each. Samples are read raw: getRGB would bend grey ones. */
    private static void readRow(BufferedImage image, int y, int[] level, int[] alpha) {
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        boolean hasAlpha = image.getColorModel().hasAlpha();
        int full = (1 << raster.getSampleModel().getSampleSize(0)) - 1;
        int[] samples = raster.getPixels(0, y, level.length, 1, (int[]) null);
        for (int x = 0; x < level.length; x++) {
            if (image.getColorModel() instanceof IndexColorModel palette) {
                int argb = palette.getRGB(samples[x]);
                level[x] = luminance(argb >> 16 & 0xff, argb >> 8 & 0xff, argb & 0xff);
                alpha[x] = argb >>> 24;
                continue;
            }
            int i = x * bands;
            int value = bands < 3 ? samples[i] : luminance(samples[i], samples[i + 1], samples[i + 2]);
            level[x] = divideRounded(value * 255L, full);
            alpha[x] = hasAlpha ? divideRounded(samples[i + bands - 1] * 255L, full) : 255;
        }
    }

    /** Rec. 709 weights in 256ths: equal components come back as they are. */
    private static int luminance(int red, int green, int blue) {
        return 54 * red + 183 * green + 19 * blue + 128 >> 8;
    }

    /** The paper's level in a clean drawing, its most frequent one; -1 where paper is uneven, as in a photo. */
    private static int evenPaper(Grey grey) {
        long[] counts = new long[256];
        for (int level : grey.levels) {
            counts[level]++;
        }
        int paper = mode(counts);
        // Overexposed paper has one level for the most part too, but, where it is shaded, many next to it.
        int contrast = Arrays.stream(grey.levels).map(p -> Math.abs(p - paper)).max().getAsInt();
        long near = Arrays.stream(grey.levels).filter(p -> Math.abs(p - paper) <= contrast / 4).count();
        return 4 * counts[paper] >= grey.levels.length && 3 * counts[paper] >= 2 * near ? paper : -1;
    }

    /** Whether the ink is dark: it is the minority, so it makes the deviations from the local mean lopsided. */
    private static boolean darkInk(Grey grey) {
        int radius = Math.max(grey.width, grey.height) / 4;
        int[] sums = slide(grey, radius, false, Integer::sum);
        long cells = (2L * Math.min(radius, grey.width - 1) + 1) * (2L * Math.min(radius, grey.height - 1) + 1);
        double skew = 0;
        for (int i = 0; i < sums.length; i++) {
            double deviation = grey.levels[i] - (double) sums[i] / cells;
            skew += deviation * deviation * deviation;
        }
        return skew < 0;
    }

    /**
     * Light ink lifted from uneven paper. The paper is what a morphological opening leaves: everything that a square of
     * a third of the image covers, so shadows stay and strokes go. What rises from it well above its noise is ink; all
     * zeros where nothing does.
     */
    private static int[] liftFromPaper(Grey grey) {
        int radius = Math.max(1, Math.max(grey.width, grey.height) / 6);
        int[] eroded = slide(grey, radius, true, Math::min);
        int[] paper = slide(new Grey(grey.width, grey.height, eroded), radius, true, Math::max);
        int[] rise = new int[paper.length];
        Arrays.setAll(rise, i -> grey.levels[i] - paper[i]);
        int[] sorted = rise.clone();
        Arrays.sort(sorted);
        // A quarter of the image at least is taken to be paper: a tightly cut digit leaves little more.
        int base = sorted[sorted.length / 4];
        int noise = 2 * (base - sorted[sorted.length / 8]); // about one standard deviation where nearly all is paper
        int top = Math.max(1, rise.length / 200);
        double peak = Arrays.stream(sorted, rise.length - top, rise.length).average().getAsDouble() - base;
        if (peak < MIN_CONTRAST || peak < 6 * noise) {
            return new int[rise.length];
        }
        double low = Math.max(peak / 3, 3 * noise);
        double high = 0.75 * peak;
        return Arrays.stream(rise)
                .map(r -> (int) Math.rint(255 * Math.clamp((r - base - low) / (high - low), 0.0, 1.0))).toArray();
    }

    /**
     * Combines the levels of the square of 2 * radius + 1 pixels about each pixel. Beyond an edge the image goes on
     * mirrored, which gives a line along the edge little weight, or, if it {@code slopes}, as its point reflection in
     * the edge, which continues a slope of the light.
     */
    private static int[] slide(Grey grey, int radius, boolean slopes, IntBinaryOperator operator) {
        int[] alongRows = slideRows(grey.levels, grey.width, grey.height, radius, slopes, operator);
        return slideRows(alongRows, grey.height, grey.width, radius, slopes, operator);
    }

    /** The same along rows only; the result is transposed. */
    private static int[] slideRows(int[] levels, int width, int height, int radius, boolean slopes,
            IntBinaryOperator operator) {
        int reach = Math.min(radius, width - 1);
        int[] row = new int[width + 2 * reach];
        int[] result = new int[levels.length];
        for (int y = 0; y < height; y++) {
            for (int i = 0; i < row.length; i++) {
                int x = i - reach;
                int edge = Math.clamp(x, 0, width - 1);
                int mirrored = levels[y * width + 2 * edge - x];
                row[i] = x == edge || !slopes ? mirrored : 2 * levels[y * width + edge] - mirrored;
            }
            for (int x = 0; x < width; x++) {
                int value = row[x];
                for (int i = x + 1; i <= x + 2 * reach; i++) {
                    value = operator.applyAsInt(value, row[i]);
                }
                result[x * height + y] = value;
            }
        }
        return result;
    }

    /** Whether an image of light ink on black can have come from MNIST: its size, the ink's size, height and place. */
    private static boolean looksLikeMnist(Grey ink) {
        if (ink.width != SIDE || ink.height != SIDE || max(ink.levels) < 192) {
            return false;
        }
        int[] box = box(ink, 1);
        int longer = Math.max(box[2], box[3]);
        double[] centre = centreOfMass(Arrays.stream(ink.levels).asDoubleStream().toArray());
        return longer >= INK_SIDE - 1 && longer <= INK_SIDE
                && Arrays.stream(centre).allMatch(c -> c >= 13.75 && c < 15.25);
    }

    /** Keeps the connected pieces of ink with at least a twentieth of the heaviest one's mass, without a frame. */
    private static Grey withoutSpecks(Grey ink) {
        int n = ink.levels.length;
        int[] piece = new int[n]; // 1, 2, ...; 0 is none
        double[] mass = new double[n + 1];
        int[] stack = new int[n];
        int pieces = 0;
        for (int start = 0; start < n; start++) {
            if (ink.levels[start] == 0 || piece[start] != 0) {
                continue;
            }
            int edgePixels = 0;
            int depth = 0;
            stack[depth++] = start;
            piece[start] = ++pieces;
            while (depth > 0) {
                int at = stack[--depth];
                int x = at % ink.width;
                int y = at / ink.width;
                mass[pieces] += ink.levels[at];
                edgePixels += x == 0 || y == 0 || x == ink.width - 1 || y == ink.height - 1 ? 1 : 0;
                for (int v = Math.max(0, y - 1); v <= Math.min(ink.height - 1, y + 1); v++) {
                    for (int u = Math.max(0, x - 1); u <= Math.min(ink.width - 1, x + 1); u++) {
                        int next = v * ink.width + u;
                        if (ink.levels[next] != 0 && piece[next] == 0) {
                            piece[next] = pieces;
                            stack[depth++] = next;
                        }
                    }
                }
            }
            // Along half of a side runs a frame or the paper's own edge: to be kept only where little else is.
            if (edgePixels >= Math.max(ink.width, ink.height) / 2) {
                mass[pieces] /= 1000;
            }
        }
        double least = Arrays.stream(mass).max().getAsDouble() / 20;
        int[] kept = new int[n];
        Arrays.setAll(kept, i -> mass[piece[i]] >= least ? ink.levels[i] : 0);
        return new Grey(ink.width, ink.height, kept);
    }

    /** Scales the ink's bounding box to 20 pixels by area averaging, the blackest ink to 255, and centres it. */
    private static byte[] normalise(Grey ink) {
        int[] box = box(ink, Math.max(1, max(ink.levels) / 16));
        double scale = (double) Math.max(box[2], box[3]) / INK_SIDE; // source pixels a pixel
        double[] mean = new double[SIDE * SIDE];
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                mean[y * SIDE + x] = mean(ink, box[0] + (x - MARGIN) * scale, box[1] + (y - MARGIN) * scale, scale);
            }
        }
        double peak = Arrays.stream(mean).max().getAsDouble();
        int[] levels = Arrays.stream(mean).mapToInt(v -> (int) Math.rint(v * 255 / peak)).toArray();
        // MNIST rounded down: its centres of mass lie in [14, 15), not about 14. The excess is the error of rounding.
        double[] centre = centreOfMass(mean);
        int[] extent = box(new Grey(SIDE, SIDE, levels), 1);
        int right = Math.clamp(14 - (int) Math.floor(centre[0] + 1e-6), -extent[0], SIDE - extent[2] - extent[0]);
        int down = Math.clamp(14 - (int) Math.floor(centre[1] + 1e-6), -extent[1], SIDE - extent[3] - extent[1]);
        int[] shifted = new int[SIDE * SIDE];
        for (int y = extent[1]; y < extent[1] + extent[3]; y++) {
            System.arraycopy(levels, y * SIDE + extent[0], shifted, (y + down) * SIDE + extent[0] + right, extent[2]);
        }
        return bytes(shifted);
    }

    /** Mean ink over the square at (left, top), fractions of pixels counted; outside the image there is none. */
    private static double mean(Grey ink, double left, double top, double side) {
        double sum = 0;
        for (int y = Math.max(0, (int) top); y < Math.min(ink.height, top + side); y++) {
            double overlapY = Math.min(y + 1, top + side) - Math.max(y, top);
            for (int x = Math.max(0, (int) left); x < Math.min(ink.width, left + side); x++) {
                double overlapX = Math.min(x + 1, left + side) - Math.max(x, left);
                sum += overlapX * overlapY * ink.levels[y * ink.width + x];
            }
        }
        return sum / (side * side);
    }

    /** Left, top, width and height of the pixels of at least a level. */
    private static int[] box(Grey grey, int level) {
        int left = grey.width;
        int top = grey.height;
        int right = -1;
        int bottom = -1;
        for (int i = 0; i < grey.levels.length; i++) {
            if (grey.levels[i] >= level) {
                left = Math.min(left, i % grey.width);
                right = Math.max(right, i % grey.width);
                top = Math.min(top, i / grey.width);
                bottom = Math.max(bottom, i / grey.width);
            }
        }
        return new int[]{left, top, right - left + 1, bottom - top + 1};
    }

    /** x and y of the centre of mass of 28 x 28 levels, in pixel-edge coordinates. */
    private static double[] centreOfMass(double[] levels) {
        double mass = 0;
        double momentX = 0;
        double momentY = 0;
        for (int i = 0; i < levels.length; i++) {
            mass += levels[i];
            momentX += levels[i] * (i % SIDE + 0.5);
            momentY += levels[i] * (i / SIDE + 0.5);
        }
        return new double[]{momentX / mass, momentY / mass};
    }

    private static int mode(long[] counts) {
        int mode = 0;
        for (int level = 1; level < counts.length; level++) {
            mode = counts[level] > counts[mode] ? level : mode;
        }
        return mode;
    }

    private static int max(int[] values) {
        return Arrays.stream(values).max().getAsInt();
    }

    private static int divideRounded(long value, long divisor) {
        return (int) ((value + divisor / 2) / divisor);
    }

    private static byte[] bytes(int[] levels) {
        byte[] bytes = new byte[levels.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) levels[i];
        }
        return bytes;
    }
}
