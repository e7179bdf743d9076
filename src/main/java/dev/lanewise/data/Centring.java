package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.util.Arrays;

/**
 * Scales and centres ink as MNIST's was: in an inner box of 20 pixels where the frame has 28, and with its centre of mass, in
 * pixel-edge coordinates, less than a pixel right of and below the middle of the frame. Strokes much thinner than MNIST's are
 * thickened first: a network that learned from MNIST hardly sees them.
 */
final class Centring {
    /** Width of most of MNIST's strokes: nine tenths have 1.7 to 3.5 of its pixels. */
    private static final double STROKE = 2.1;
    private static final double THIN_STROKE = 1.7;
    /** Pixels, a pixel of MNIST's, of the grid on which strokes are thickened. */
    private static final int FINE = 4;

    private static final int FAINT = 16; // what has less ink does not count for the box

    private Centring() {
    }

    private static int innerSide(Shape frame) {
        return Math.max(1, Math.min(frame.height(), frame.width()) * Mnist.INK_SIDE / Mnist.SHAPE.width());
    }

    /** Whether light ink on black can have come from MNIST: the ink's size, peak and place. */
    static boolean isDone(Grey ink) {
        Shape frame = new Shape(ink.height(), ink.width(), 1);
        if (ink.max() < 192) {
            return false;
        }
        int longerSide = ink.box(1).longerSide();
        double[] centre = centreOfMass(Arrays.stream(ink.levels()).asDoubleStream().toArray(), frame);
        return longerSide >= innerSide(frame) - 1 && longerSide <= innerSide(frame)
                && isNearMiddle(centre[0], frame.width()) && isNearMiddle(centre[1], frame.height());
    }

    private static boolean isNearMiddle(double centre, int side) {
        return centre >= side / 2f - 0.25 && centre < side / 2f + 1.25;
    }

    /** Pixels of a frame's shape: 0 is paper, 255 the most ink. */
    static byte[] centred(Grey ink, Shape frame) {
        return moved(scaled(thickened(ink), frame), frame);
    }

    /** The ink itself where its strokes are as wide as MNIST's; else on a finer grid, with wider strokes. */
    private static Grey thickened(Grey ink) {
        Box box = box(ink);
        if (strokeWidth(ink) * Mnist.INK_SIDE >= THIN_STROKE * box.longerSide()) {
            return ink;
        }
        double step = (double) box.longerSide() / (FINE * Mnist.INK_SIDE); // source pixels a pixel
        int side = FINE * Mnist.SHAPE.width();
        int margin = FINE * (Mnist.SHAPE.width() - Mnist.INK_SIDE) / 2;
        double[] means = new double[side * side];
        Arrays.setAll(means, i -> mean(ink, box.left() + (i % side - margin) * step,
                box.top() + (i / side - margin) * step, step));
        double peak = Arrays.stream(means).max().getAsDouble();
        Grey fine = new Grey(side, side, Arrays.stream(means).mapToInt(v -> (int) (v * 255 / peak)).toArray());
        Grey full = fine.map(v -> Math.min(255, 2 * v)); // a line of a cell's width fills half of two
        // The box grows with the strokes, and the scale by which it is brought to its size shrinks.
        double radius = (FINE * STROKE - strokeWidth(full)) / (2 * (1 - STROKE / Mnist.INK_SIDE));
        return radius <= 0 ? full : dilated(full, radius).map(v -> v < FAINT ? 0 : v);
    }

    /** Twice the area, per length of the edges. */
    private static double strokeWidth(Grey ink) {
        int[] levels = ink.levels();
        double area = 0;
        double edges = 0;
        for (int i = 0; i < levels.length - ink.width(); i++) {
            area += levels[i];
            double across = levels[i + 1] - levels[i];
            double down = levels[i + ink.width()] - levels[i];
            edges += Math.sqrt(across * across + down * down);
        }
        return 2 * area / edges;
    }

    /** Every pixel as dark as the most within a radius; the last pixel counts by the fraction that is within. */
    private static Grey dilated(Grey ink, double radius) {
        int reach = (int) Math.ceil(radius);
        int[] levels = new int[ink.levels().length];
        for (int i = 0; i < levels.length; i++) {
            int x = i % ink.width();
            int y = i / ink.width();
            for (int v = Math.max(0, y - reach); ink.levels()[i] > 0
                    && v <= Math.min(ink.height() - 1, y + reach); v++) {
                for (int u = Math.max(0, x - reach); u <= Math.min(ink.width() - 1, x + reach); u++) {
                    double within = Math.clamp(radius + 0.5 - Math.sqrt((u - x) * (u - x) + (v - y) * (v - y)), 0.0,
                            1.0);
                    int at = v * ink.width() + u;
                    levels[at] = Math.max(levels[at], (int) (ink.levels()[i] * within));
                }
            }
        }
        return new Grey(ink.width(), ink.height(), levels);
    }

    private static Box box(Grey ink) {
        return ink.box(Math.max(1, ink.max() / FAINT));
    }

    /** A frame of levels: the bounding box scaled to the inner one by area averaging, the most ink to 255. */
    private static double[] scaled(Grey ink, Shape frame) {
        Box box = box(ink);
        int inner = innerSide(frame);
        double step = (double) box.longerSide() / inner; // source pixels a pixel
        int left = (frame.width() - inner) / 2;
        int top = (frame.height() - inner) / 2;
        double[] levels = new double[frame.size()];
        Arrays.setAll(levels, i -> mean(ink, box.left() + (i % frame.width() - left) * step,
                box.top() + (i / frame.width() - top) * step, step));
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
    private static byte[] moved(double[] ink, Shape frame) {
        int[] levels = Arrays.stream(ink).mapToInt(v -> (int) Math.rint(v)).toArray();
        Box box = new Grey(frame.width(), frame.height(), levels).box(1);
        // MNIST rounded down: its centres of mass lie from the middle to a pixel more. The excess is the error of rounding.
        double[] centre = centreOfMass(ink, frame);
        int right = Math.clamp(frame.width() / 2 - (int) Math.floor(centre[0] + 1e-6), -box.left(),
                frame.width() - box.right());
        int down = Math.clamp(frame.height() / 2 - (int) Math.floor(centre[1] + 1e-6), -box.top(),
                frame.height() - box.bottom());
        byte[] pixels = new byte[frame.size()];
        for (int i = 0; i < levels.length; i++) {
            if (levels[i] != 0) {
                pixels[i + down * frame.width() + right] = (byte) levels[i];
            }
        }
        return pixels;
    }

    /** x and y of the centre of mass of a frame of levels, in pixel-edge coordinates. */
    private static double[] centreOfMass(double[] levels, Shape frame) {
        double mass = 0;
        double momentX = 0;
        double momentY = 0;
        for (int i = 0; i < levels.length; i++) {
            int x = i % frame.width();
            int y = i / frame.width();
            mass += levels[i];
            momentX += levels[i] * (x + 0.5);
            momentY += levels[i] * (y + 0.5);
        }
        return new double[]{momentX / mass, momentY / mass};
    }
}
