package dev.lanewise.data;

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
        Ink ink = Ink.of(image);
        if (ink.isBlank()) {
            throw new InputException("%s shows nothing but blank paper; draw a digit on it.".formatted(png));
        }
        Grey light = ink.dark() ? image.map(p -> 255 - p) : image;
        return new DigitImage(looksLikeMnist(light) ? bytes(light.levels()) : centre(scale(ink.levels())), ink.dark());
    }

    /** Whether light ink on black can have come from MNIST: the image's size, the ink's size, peak and place. */
    private static boolean looksLikeMnist(Grey ink) {
        if (ink.width() != SIDE || ink.height() != SIDE || ink.max() < 192) {
            return false;
        }
        int longerSide = ink.box(1).longerSide();
        double[] centre = centreOfMass(Arrays.stream(ink.levels()).asDoubleStream().toArray());
        return longerSide >= Mnist.INK_SIDE - 1 && longerSide <= Mnist.INK_SIDE
                && Arrays.stream(centre).allMatch(c -> c >= SIDE / 2f - 0.25 && c < SIDE / 2f + 1.25);
    }

    /** A frame of levels: the bounding box scaled to MNIST's size by area averaging, the most ink to 255. */
    private static double[] scale(Grey ink) {
        Grey fine = Strokes.thickened(fine(ink));
        if (fine != null) {
            ink = fine;
        }
        Box box = ink.box(Math.max(1, ink.max() / 16));
        double step = (double) box.longerSide() / Mnist.INK_SIDE; // source pixels a pixel
        double[] levels = new double[Mnist.SHAPE.size()];
        Grey source = ink;
        Arrays.setAll(levels, i -> mean(source, box.left() + (i % SIDE - MARGIN) * step,
                box.top() + (i / SIDE - MARGIN) * step, step));
        double peak = Arrays.stream(levels).max().getAsDouble();
        return Arrays.stream(levels).map(v -> v * 255 / peak).toArray();
    }

    /** The bounding box with a margin, scaled to a few times MNIST's size. */
    private static Grey fine(Grey ink) {
        Box box = ink.box(Math.max(1, ink.max() / 16));
        double step = (double) box.longerSide() / (4 * Mnist.INK_SIDE);
        int side = 6 * Mnist.INK_SIDE;
        int[] levels = new int[side * side];
        Arrays.setAll(levels, i -> (int) Math.rint(mean(ink, box.left() + (i % side - Mnist.INK_SIDE) * step,
                box.top() + (i / side - Mnist.INK_SIDE) * step, step)));
        int peak = Arrays.stream(levels).max().getAsInt();
        return new Grey(side, side, levels).map(v -> v * 255 / Math.max(1, peak));
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
        Box box = new Grey(SIDE, SIDE, levels).box(1);
        // MNIST rounded down: its centres of mass lie from SIDE / 2 to a pixel more. The excess is the error of rounding.
        double[] centre = centreOfMass(ink);
        int right = Math.clamp(SIDE / 2 - (int) Math.floor(centre[0] + 1e-6), -box.left(), SIDE - box.right());
        int down = Math.clamp(SIDE / 2 - (int) Math.floor(centre[1] + 1e-6), -box.top(), SIDE - box.bottom());
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
}
