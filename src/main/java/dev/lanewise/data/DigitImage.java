package dev.lanewise.data;

import dev.lanewise.data.PngReader.Grey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.IntBinaryOperator;

/**
 * One image prepared as MNIST's were: in a frame and an inner box of the same sizes, and with its centre of mass, in
 * pixel-edge coordinates, less than a pixel right of and below the middle of the frame.
 *
 * @param pixels unsigned bytes of the shape {@link Mnist#SHAPE}: 0 is paper, 255 is ink
 * @param inverted whether dark ink on light paper was turned round
 */
public record DigitImage(byte[] pixels, boolean inverted) {
    private static final int SIDE = Mnist.SHAPE.height(); // and width
    private static final int MARGIN = (SIDE - Mnist.INK_SIDE) / 2;
    /** Ink differs from paper by at least so many of the 256 levels. */
    private static final int MIN_CONTRAST = 8;
    private static final int UNEVEN = -1;

    /** Checks the number of pixels. */
    public DigitImage {
        if (pixels.length != Mnist.SHAPE.size()) {
            throw new IllegalArgumentException("%d pixels, not %s".formatted(pixels.length, Mnist.SHAPE));
        }
    }

    /** Whether the file's content begins as a PNG image does. Throws InputException where there is no readable file. */
    public static boolean isPng(Path file) throws IOException {
        return PngReader.isPng(file);
    }

    /**
     * Reads a PNG image of any size up to 64 megapixels and any colour type. Throws InputException for a file that is
     * missing, not a PNG image, cut short, damaged, too large, or on which nothing is drawn.
     */
    public static DigitImage read(Path png) throws IOException {
        Grey image = PngReader.read(png);
        int paper = evenPaper(image);
        boolean even = paper != UNEVEN;
        boolean inverted = even ? isInkDark(image, paper) : isInkDarkOnUnevenPaper(image);
        Grey light = inverted ? image.map(p -> 255 - p) : image;
        int background = inverted ? 255 - paper : paper;
        Grey ink = even ? light.map(p -> Math.max(0, p - background)) : inkOnUnevenPaper(light);
        if (ink.max() < MIN_CONTRAST) {
            throw new InputException("%s shows nothing but blank paper; draw a digit on it.".formatted(png));
        }
        boolean asItIs = even && background == 0 && looksLikeMnist(ink);
        return new DigitImage(asItIs ? bytes(ink.levels()) : centre(scale(withoutSpecks(ink))), inverted);
    }

    /** The paper's level in a clean drawing, its most frequent one; UNEVEN where there is none, as in a photo. */
    private static int evenPaper(Grey image) {
        int[] levels = image.levels();
        long[] counts = new long[256];
        for (int level : levels) {
            counts[level]++;
        }
        int paper = ImageReader.mode(counts);
        // Overexposed paper has one level for the most part too, but, where it is shaded, many next to it.
        int contrast = image.map(p -> Math.abs(p - paper)).max();
        long near = Arrays.stream(levels).filter(p -> Math.abs(p - paper) <= contrast / 4).count();
        return 4 * counts[paper] >= levels.length && 3 * counts[paper] >= 2 * near ? paper : UNEVEN;
    }

    private static boolean isInkDark(Grey image, int paper) {
        return Arrays.stream(image.levels()).sum() < paper * image.levels().length;
    }

    /** Ink is the minority, so it makes the deviations from the local mean lopsided. */
    private static boolean isInkDarkOnUnevenPaper(Grey image) {
        int radius = Math.max(image.width(), image.height()) / 4;
        int[] sums = filter(image, radius, false, Integer::sum).levels();
        double area = (2.0 * Math.min(radius, image.width() - 1) + 1) * (2 * Math.min(radius, image.height() - 1) + 1);
        double skew = 0;
        for (int i = 0; i < sums.length; i++) {
            double deviation = image.levels()[i] - sums[i] / area;
            skew += deviation * deviation * deviation;
        }
        return skew < 0;
    }

    /**
     * Light ink lifted from uneven paper by a top-hat transform. The paper is what a morphological opening leaves:
     * everything that a square of a third of the image covers, so shadows stay and strokes go. What rises from it well
     * above its noise is ink; all zeros where nothing does.
     */
    private static Grey inkOnUnevenPaper(Grey image) {
        int radius = Math.max(1, Math.max(image.width(), image.height()) / 6);
        Grey eroded = filter(image, radius, true, Math::min);
        Grey opened = filter(eroded, radius, true, Math::max);
        int[] rise = new int[image.levels().length];
        Arrays.setAll(rise, i -> image.levels()[i] - opened.levels()[i]);
        int[] sorted = rise.clone();
        Arrays.sort(sorted);
        // A quarter of the image at least is taken to be paper: a tightly cut digit leaves little more.
        int base = sorted[sorted.length / 4];
        int noise = 2 * (base - sorted[sorted.length / 8]); // about one standard deviation where nearly all is paper
        int top = Math.max(1, rise.length / 200);
        double peak = Arrays.stream(sorted, rise.length - top, rise.length).average().getAsDouble() - base;
        if (peak < MIN_CONTRAST || peak < 6 * noise) {
            return image.map(p -> 0);
        }
        double low = Math.max(peak / 3, 3 * noise);
        double high = 0.75 * peak;
        return new Grey(image.width(), image.height(), rise)
                .map(r -> (int) Math.rint(255 * Math.clamp((r - base - low) / (high - low), 0.0, 1.0)));
    }

    /**
     * Combines the levels of the square of 2 * radius + 1 pixels about each pixel. Beyond an edge the image goes on
     * mirrored, which gives a line along the edge little weight, or, if it {@code slopes}, as its point reflection in
     * the edge, which continues a slope of the light.
     */
    private static Grey filter(Grey image, int radius, boolean slopes, IntBinaryOperator operator) {
        return filterRows(filterRows(image, radius, slopes, operator), radius, slopes, operator);
    }

    /** The same along rows only; the result is transposed. */
    private static Grey filterRows(Grey image, int radius, boolean slopes, IntBinaryOperator operator) {
        int width = image.width();
        int height = image.height();
        int[] levels = image.levels();
        int reach = Math.min(radius, width - 1);
        int[] row = new int[width + 2 * reach];
        int[] result = new int[levels.length];
        for (int y = 0; y < height; y++) {
            for (int i = 0; i < row.length; i++) {
                int x = i - reach;
                int edge = Math.clamp(x, 0, width - 1); // x itself inside the image
                int mirrored = levels[y * width + 2 * edge - x];
                row[i] = slopes ? 2 * levels[y * width + edge] - mirrored : mirrored;
            }
            for (int x = 0; x < width; x++) {
                int value = row[x];
                for (int i = x + 1; i <= x + 2 * reach; i++) {
                    value = operator.applyAsInt(value, row[i]);
                }
                result[x * height + y] = value;
            }
        }
        return new Grey(/* width= */ height, /* height= */ width, result);
    }

    /** Whether light ink on black can have come from MNIST: the image's size, the ink's size, peak and place. */
    private static boolean looksLikeMnist(Grey ink) {
        if (ink.width() != SIDE || ink.height() != SIDE || ink.max() < 192) {
            return false;
        }
        int longerSide = Box.around(ink, 1).longerSide();
        double[] centre = centreOfMass(Arrays.stream(ink.levels()).asDoubleStream().toArray());
        return longerSide >= Mnist.INK_SIDE - 1 && longerSide <= Mnist.INK_SIDE
                && Arrays.stream(centre).allMatch(c -> c >= SIDE / 2f - 0.25 && c < SIDE / 2f + 1.25);
    }

    /** Keeps the connected components with at least a twentieth of the heaviest one's mass, without a frame. */
    private static Grey withoutSpecks(Grey ink) {
        int[] levels = ink.levels();
        int[] component = components(ink);
        double[] mass = new double[levels.length + 1];
        int[] edgePixels = new int[levels.length + 1];
        for (int i = 0; i < levels.length; i++) {
            int x = i % ink.width();
            int y = i / ink.width();
            mass[component[i]] += levels[i];
            edgePixels[component[i]] += x == 0 || y == 0 || x == ink.width() - 1 || y == ink.height() - 1 ? 1 : 0;
        }
        for (int c = 0; c < mass.length; c++) {
            // Along half of a side runs a frame or the paper's own edge: to be kept only where little else is.
            if (edgePixels[c] >= Math.max(ink.width(), ink.height()) / 2) {
                mass[c] /= 1000;
            }
        }
        double least = Arrays.stream(mass).max().getAsDouble() / 20;
        int[] kept = new int[levels.length];
        Arrays.setAll(kept, i -> mass[component[i]] >= least ? levels[i] : 0);
        return new Grey(ink.width(), ink.height(), kept);
    }

    /** The connected component of each pixel: 1, 2, ...; 0 without ink. Pixels that touch by a corner are connected. */
    private static int[] components(Grey ink) {
        int[] component = new int[ink.levels().length];
        int[] stack = new int[component.length];
        int components = 0;
        for (int start = 0; start < component.length; start++) {
            if (ink.levels()[start] == 0 || component[start] != 0) {
                continue;
            }
            component[start] = ++components;
            int depth = 0;
            stack[depth++] = start;
            while (depth > 0) {
                int at = stack[--depth];
                int x = at % ink.width();
                int y = at / ink.width();
                for (int v = Math.max(0, y - 1); v <= Math.min(ink.height() - 1, y + 1); v++) {
                    for (int u = Math.max(0, x - 1); u <= Math.min(ink.width() - 1, x + 1); u++) {
                        int neighbour = v * ink.width() + u;
                        if (ink.levels()[neighbour] != 0 && component[neighbour] == 0) {
                            component[neighbour] = components;
                            stack[depth++] = neighbour;
                        }
                    }
                }
            }
        }
        return component;
    }

    /** A frame of levels: the bounding box scaled to MNIST's size by area averaging, the most ink to 255. */
    private static double[] scale(Grey ink) {
        Box box = Box.around(ink, Math.max(1, ink.max() / 16));
        double step = (double) box.longerSide() / Mnist.INK_SIDE; // source pixels a pixel
        double[] levels = new double[Mnist.SHAPE.size()];
        Arrays.setAll(levels, i -> mean(ink, box.left + (i % SIDE - MARGIN) * step,
                box.top + (i / SIDE - MARGIN) * step, step));
        double peak = Arrays.stream(levels).max().getAsDouble();
        return Arrays.stream(levels).map(v -> v * 255 / peak).toArray();
    }

    /** Mean ink over the square at (left, top), fractions of pixels counted; outside the image there is none. */
    private static double mean(Grey ink, double left, double top, double side) {
        double sum = 0;
        for (int y = Math.max(0, (int) top); y < Math.min(ink.height(), top + side); y++) {
            double overlapY = Math.min(y + 1, top + side) - Math.max(y, top);
            for (int x = Math.max(0, (int) left); x < Math.min(ink.width(), left + side); x++) {
                double overlapX = Math.min(x + 1, left + side) - Math.max(x, left);
                sum += overlapX * overlapY * ink.levels()[y * ink.width() + x];
            }
        }
        return sum / (side * side);
    }

    /** Moves the centre of mass of a frame of levels to the middle, as far as all ink stays in the frame. */
    private static byte[] centre(double[] ink) {
        int[] levels = Arrays.stream(ink).mapToInt(v -> (int) Math.rint(v)).toArray();
        Box box = Box.around(new Grey(SIDE, SIDE, levels), 1);
        // MNIST rounded down: its centres of mass lie from SIDE / 2 to a pixel more. The excess is the error of rounding.
        double[] centre = centreOfMass(ink);
        int right = Math.clamp(SIDE / 2 - (int) Math.floor(centre[0] + 1e-6), -box.left, SIDE - box.right);
        int down = Math.clamp(SIDE / 2 - (int) Math.floor(centre[1] + 1e-6), -box.top, SIDE - box.bottom);
        byte[] pixels = new byte[Mnist.SHAPE.size()];
        for (int i = 0; i < levels.length; i++) {
            if (levels[i] != 0) {
                pixels[i + down * SIDE + right] = (byte) levels[i];
            }
        }
        return pixels;
    }

    /** x and y of the centre of mass of a frame of levels, in pixel-edge coordinates. */
    private static double[] centreOfMass(double[] levels) {
        double mass = 0;
        double momentX = 0;
        double momentY = 0;
        for (int i = 0; i < levels.length; i++) {
            int x = i % SIDE;
            int y = i / SIDE;
            mass += levels[i];
            momentX += levels[i] * (x + 0.5);
            momentY += levels[i] * (y + 0.5);
        }
        return new double[]{momentX / mass, momentY / mass};
    }

    private static byte[] bytes(int[] levels) {
        byte[] bytes = new byte[levels.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) levels[i];
        }
        return bytes;
    }

    /** A bounding box; {@code right} and {@code bottom} are the first column and row beyond it. */
    private record Box(int left, int top, int right, int bottom) {
        /** Around the pixels of at least a level. */
        static Box around(Grey image, int level) {
            int left = image.width();
            int top = image.height();
            int right = 0;
            int bottom = 0;
            for (int i = 0; i < image.levels().length; i++) {
                if (image.levels()[i] >= level) {
                    left = Math.min(left, i % image.width());
                    top = Math.min(top, i / image.width());
                    right = Math.max(right, i % image.width() + 1);
                    bottom = Math.max(bottom, i / image.width() + 1);
                }
            }
            return new Box(left, top, right, bottom);
        }

        int longerSide() {
            return Math.max(right - left, bottom - top);
        }
    }
}
