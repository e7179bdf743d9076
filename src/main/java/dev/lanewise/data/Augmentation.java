package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.kernel.core.Pool;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Changes images at random, each time anew, so that a network learns what does not matter: how far a digit is shifted, turned,
 * sheared, bent, how thick the pen was. What becomes of an image is a function of a key and the image alone, in arithmetic
 * that is the same on every machine.
 *
 * <p>All draws are uniform up to a strength. An image is first warped: its pixels are interpolated (bilinearly) at places
 * that a linear map about the centre and a smooth random field give; beyond its edges is paper, of which the colour is the
 * median of the outermost pixels. Then strokes are made thicker or thinner, a square becomes paper, and noise is added.
 */
public final class Augmentation {
    /** A way to change an image, of which a number says how strongly: 0 for not at all. */
    public enum Strength {
        /** Shift, in pixels, to each side. */
        SHIFT(64),
        /** Turn, in degrees, to each side. */
        ROTATE(180),
        /** Enlargement or reduction, height and width apart: 0.1 for up to a tenth. */
        SCALE(0.9),
        /** Slant, in degrees, to each side. */
        SHEAR(60),
        /** Largest displacement, in pixels, of the nodes of a grid, between which cubic B-splines bend the image. */
        ELASTIC(32),
        /** Thickening or thinning: 1 for up to the largest or smallest of a pixel and its four neighbours. */
        THICKNESS(1),
        /** Side, in pixels, of a square that becomes paper. */
        CUTOUT(64),
        /** Levels, of 255, that are added to or taken from each pixel. */
        NOISE(255),
        /** Probability that left and right change places. */
        FLIP(1);

        private final double most;

        Strength(double most) {
            this.most = most;
        }

        /** The largest that makes sense. */
        public double most() {
            return most;
        }

        /** The word for it: {@code shift}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int GRID = 6; // pixels between two nodes: digits keep their shape, and strokes tremble
    private static final int ONE = 1 << 16; // of coordinates
    private static final int FRAME = 2; // pixels: whatever lies further out is paper as well
    private static final double[][] SPLINES = splines();

    private final double[] strengths;
    private final boolean warps;
    private final Pool<Scratch> scratch = new Pool<>(() -> null); // made when the shape of images is known

    /** Arrays of a thread, for images of one shape. */
    private static final class Scratch {
        private final SplitMix64 random = new SplitMix64(0);
        private final Shape shape;
        private final int row; // bytes of a row of a framed image
        private final byte[] framed; // the image with a frame of paper, FRAME pixels wide
        private final byte[] warped; // likewise
        private final double[] nodes; // [2, rows of nodes, columns of nodes]
        private final double[] bent; // [2, rows of nodes, width]: interpolated between columns of nodes
        private final int[] x; // [width], where the pixels of a row come from
        private final int[] y;
        private final int[] levels = new int[256]; // how many pixels have each
        private final byte[] paper; // [channels], its colour
        private final byte[] framedWith; // [channels]

        Scratch(Shape shape) {
            this.shape = shape;
            row = (shape.width() + 2 * FRAME) * shape.channels();
            framed = new byte[(shape.height() + 2 * FRAME) * row];
            warped = new byte[framed.length];
            nodes = new double[2 * nodes(shape.height()) * nodes(shape.width())];
            bent = new double[2 * nodes(shape.height()) * shape.width()];
            x = new int[shape.width()];
            y = new int[shape.width()];
            paper = new byte[shape.channels()];
            framedWith = new byte[shape.channels()];
        }

        /** Finds the colour of the paper, and puts a frame of it around both images. */
        void frame() {
            int channels = shape.channels();
            int inside = shape.width() * channels;
            for (int channel = 0; channel < channels; channel++) {
                paper[channel] = median(channel);
            }
            if (Arrays.equals(paper, framedWith)) {
                return;
            }
            System.arraycopy(paper, 0, framedWith, 0, channels);
            for (byte[] image : new byte[][]{framed, warped}) {
                for (int i = 0; i < image.length; i++) {
                    int r = i / row - FRAME;
                    int at = i % row - FRAME * channels;
                    if (r < 0 || r >= shape.height() || at < 0 || at >= inside) {
                        image[i] = paper[i % channels];
                    }
                }
            }
        }

        /** Of the outermost pixels. */
        private byte median(int channel) {
            Arrays.fill(levels, 0);
            for (int r = 0; r < shape.height(); r++) {
                levels[framed[at(r) + channel] & 0xff]++;
                levels[framed[at(r) + (shape.width() - 1) * shape.channels() + channel] & 0xff]++;
            }
            for (int c = 0; c < shape.width(); c++) {
                levels[framed[at(0) + c * shape.channels() + channel] & 0xff]++;
                levels[framed[at(shape.height() - 1) + c * shape.channels() + channel] & 0xff]++;
            }
            int level = 0;
            for (int below = levels[0]; below < shape.height() + shape.width(); below += levels[level]) {
                level++;
            }
            return (byte) level;
        }

        /** Where a row of the image begins in a framed one. */
        int at(int r) {
            return (r + FRAME) * row + FRAME * shape.channels();
        }
    }

    /** Nodes along so many pixels: four are around every pixel. */
    private static int nodes(int pixels) {
        return pixels / GRID + 4;
    }

    /**
     * An augmentation of these strengths; those that are not named are 0.
     *
     * @throws IllegalArgumentException for one below 0 or above {@link Strength#most}
     */
    @SuppressWarnings("EnumOrdinal") // asked for each image, where a map would box
    public Augmentation(Map<Strength, Double> strengths) {
        this.strengths = new double[Strength.values().length];
        strengths.forEach((strength, value) -> {
            if (!(value >= 0 && value <= strength.most)) {
                throw new IllegalArgumentException("%s must be from 0 to %s, not %s".formatted(strength.word(),
                        strength.most == Math.rint(strength.most) ? (int) strength.most : strength.most, value));
            }
            this.strengths[strength.ordinal()] = value;
        });
        warps = Arrays.stream(Strength.values()).anyMatch(strength -> of(strength) > 0
                && strength != Strength.THICKNESS && strength != Strength.CUTOUT && strength != Strength.NOISE);
    }

    @SuppressWarnings("EnumOrdinal")
    private double of(Strength strength) {
        return strengths[strength.ordinal()];
    }

    private static double[][] splines() {
        double[][] splines = new double[GRID][];
        for (int i = 0; i < GRID; i++) {
            double t = i / (double) GRID;
            splines[i] = new double[]{(1 - t) * (1 - t) * (1 - t) / 6, (3 * t * t * t - 6 * t * t + 4) / 6,
                    (-3 * t * t * t + 3 * t * t + 3 * t + 1) / 6, t * t * t / 6};
        }
        return splines;
    }

    /** What it does, by strength, without those that are 0. */
    public Map<String, Double> strengths() {
        Map<String, Double> named = new LinkedHashMap<>();
        for (Strength strength : Strength.values()) {
            if (of(strength) > 0) {
                named.put(strength.word(), of(strength));
            }
        }
        return named;
    }

    /**
     * Changes one image.
     *
     * @param key decides all draws
     * @param shape of the image
     * @param image unsigned bytes, [H, W, C] from an offset on
     * @param out receives as many bytes
     */
    public void apply(long key, Shape shape, byte[] image, int offset, byte[] out, int outOffset) {
        Scratch mine = scratch.take();
        if (mine == null || !mine.shape.equals(shape)) {
            mine = new Scratch(shape);
        }
        SplitMix64 random = mine.random;
        random.reseed(key);
        int width = shape.width() * shape.channels();
        for (int r = 0; r < shape.height(); r++) {
            System.arraycopy(image, offset + r * width, mine.framed, mine.at(r), width);
        }
        mine.frame();
        if (warps) {
            warp(random, mine);
        }
        byte[] warped = warps ? mine.warped : mine.framed;
        int way = (int) (256 * draw(random, Strength.THICKNESS));
        for (int r = 0; r < shape.height(); r++) {
            if (way == 0) {
                System.arraycopy(warped, mine.at(r), out, outOffset + r * width, width);
            } else {
                thicken(way, warped, mine.at(r), mine.row, shape.channels(), out, outOffset + r * width, width);
            }
        }
        if (of(Strength.CUTOUT) > 0) {
            cut(random, mine, out, outOffset);
        }
        if (of(Strength.NOISE) > 0) {
            for (int i = outOffset; i < outOffset + shape.size(); i++) {
                out[i] = (byte) Math.clamp((out[i] & 0xff) + Math.round(draw(random, Strength.NOISE)), 0, 255);
            }
        }
        scratch.give(mine);
    }

    /** Uniform from -strength to strength. */
    private double draw(SplitMix64 random, Strength strength) {
        return (2 * random.nextDouble() - 1) * of(strength);
    }

    private void warp(SplitMix64 random, Scratch mine) {
        int height = mine.shape.height();
        int width = mine.shape.width();
        double turn = StrictMath.toRadians(draw(random, Strength.ROTATE));
        double slant = StrictMath.tan(StrictMath.toRadians(draw(random, Strength.SHEAR)));
        double tall = 1 / (1 + draw(random, Strength.SCALE));
        double wide = 1 / (1 + draw(random, Strength.SCALE));
        double down = draw(random, Strength.SHIFT);
        double right = draw(random, Strength.SHIFT);
        if (random.nextDouble() < of(Strength.FLIP)) {
            wide = -wide;
        }
        double cos = StrictMath.cos(turn);
        double sin = StrictMath.sin(turn);
        // Where pixel (x, y) comes from: turned back, then slanted back, then scaled back, all about the centre.
        double xx = wide * (cos + slant * sin);
        double xy = wide * (sin - slant * cos);
        double yx = -tall * sin;
        double yy = tall * cos;
        double centerX = (width - 1) / 2.0;
        double centerY = (height - 1) / 2.0;
        double x0 = centerX - xx * (centerX + right) - xy * (centerY + down);
        double y0 = centerY - yx * (centerX + right) - yy * (centerY + down);
        boolean bends = of(Strength.ELASTIC) > 0;
        if (bends) {
            drawNodes(random, mine);
        }
        int stepX = (int) Math.rint(xx * ONE);
        int stepY = (int) Math.rint(yx * ONE);
        for (int r = 0; r < height; r++) {
            int x = (int) Math.rint((x0 + xy * r) * ONE);
            int y = (int) Math.rint((y0 + yy * r) * ONE);
            for (int c = 0; c < width; c++) {
                mine.x[c] = x + c * stepX;
                mine.y[c] = y + c * stepY;
            }
            if (bends) {
                int at = r / GRID * width;
                bend(SPLINES[r % GRID], mine.bent, at, width, mine.x);
                bend(SPLINES[r % GRID], mine.bent, at + nodes(height) * width, width, mine.y);
            }
            if (mine.shape.channels() == 1) {
                interpolate(mine.framed, height, width, mine.x, mine.y, mine.warped, mine.at(r));
            } else {
                interpolate(mine.framed, mine.shape, mine.x, mine.y, mine.warped, mine.at(r));
            }
        }
    }

    /** Draws the nodes of both directions and interpolates between their columns. */
    private void drawNodes(SplitMix64 random, Scratch mine) {
        int width = mine.shape.width();
        int columns = nodes(width);
        for (int i = 0; i < mine.nodes.length; i++) {
            mine.nodes[i] = draw(random, Strength.ELASTIC);
        }
        for (int row = 0; row < 2 * nodes(mine.shape.height()); row++) {
            for (int c = 0; c < width; c++) {
                double[] weights = SPLINES[c % GRID];
                int at = row * columns + c / GRID;
                mine.bent[row * width + c] = weights[0] * mine.nodes[at] + weights[1] * mine.nodes[at + 1]
                        + weights[2] * mine.nodes[at + 2] + weights[3] * mine.nodes[at + 3];
            }
        }
    }

    /** Adds to coordinates what lies between four rows of nodes. */
    private static void bend(double[] weights, double[] bent, int at, int width, int[] coordinates) {
        double w0 = weights[0] * ONE;
        double w1 = weights[1] * ONE;
        double w2 = weights[2] * ONE;
        double w3 = weights[3] * ONE;
        for (int c = 0; c < width; c++) {
            coordinates[c] += (int) (w0 * bent[at + c] + w1 * bent[at + width + c] + w2 * bent[at + 2 * width + c]
                    + w3 * bent[at + 3 * width + c]);
        }
    }

    /** A row of an image of one channel, each pixel from the four around its place. */
    private static void interpolate(byte[] framed, int height, int width, int[] x, int[] y, byte[] out, int to) {
        int row = width + 2 * FRAME;
        for (int c = 0; c < width; c++) {
            int right = x[c] >>> 8 & 0xff;
            int down = y[c] >>> 8 & 0xff;
            int at = (Math.clamp(y[c] >> 16, -FRAME, height) + FRAME) * row + Math.clamp(x[c] >> 16, -FRAME, width)
                    + FRAME;
            int above = ((framed[at] & 0xff) << 8) + ((framed[at + 1] & 0xff) - (framed[at] & 0xff)) * right;
            int below = ((framed[at + row] & 0xff) << 8)
                    + ((framed[at + row + 1] & 0xff) - (framed[at + row] & 0xff)) * right;
            out[to + c] = (byte) ((above << 8) + (below - above) * down + (1 << 15) >> 16);
        }
    }

    /** The same of any channels. */
    private static void interpolate(byte[] framed, Shape shape, int[] x, int[] y, byte[] out, int to) {
        int channels = shape.channels();
        int row = (shape.width() + 2 * FRAME) * channels;
        for (int i = 0; i < shape.width() * channels; i++) {
            int c = i / channels;
            int right = x[c] >>> 8 & 0xff;
            int down = y[c] >>> 8 & 0xff;
            int at = (Math.clamp(y[c] >> 16, -FRAME, shape.height()) + FRAME) * row
                    + (Math.clamp(x[c] >> 16, -FRAME, shape.width()) + FRAME) * channels + i % channels;
            int above = ((framed[at] & 0xff) << 8) + ((framed[at + channels] & 0xff) - (framed[at] & 0xff)) * right;
            int below = ((framed[at + row] & 0xff) << 8)
                    + ((framed[at + row + channels] & 0xff) - (framed[at + row] & 0xff)) * right;
            out[to + i] = (byte) ((above << 8) + (below - above) * down + (1 << 15) >> 16);
        }
    }

    /** A row, moved towards the largest (or, below 0, the smallest) of each pixel and its neighbours by 256ths of the way. */
    private static void thicken(int way, byte[] framed, int at, int row, int channels, byte[] out, int to, int n) {
        for (int i = 0; i < n; i++) {
            int here = framed[at + i] & 0xff;
            int left = framed[at + i - channels] & 0xff;
            int right = framed[at + i + channels] & 0xff;
            int above = framed[at + i - row] & 0xff;
            int below = framed[at + i + row] & 0xff;
            int most = way > 0
                    ? Math.max(Math.max(Math.max(left, right), Math.max(above, below)), here)
                    : Math.min(Math.min(Math.min(left, right), Math.min(above, below)), here);
            out[to + i] = (byte) (here + ((most - here) * Math.abs(way) >> 8));
        }
    }

    /** A square becomes paper. */
    private void cut(SplitMix64 random, Scratch mine, byte[] out, int outOffset) {
        Shape shape = mine.shape;
        int channels = shape.channels();
        int side = (int) of(Strength.CUTOUT);
        int row = random.nextInt(shape.height()) - side / 2;
        int column = random.nextInt(shape.width()) - side / 2;
        int from = Math.max(0, column) * channels;
        int to = Math.min(shape.width(), column + side) * channels;
        for (int r = Math.max(0, row); r < Math.min(shape.height(), row + side); r++) {
            int at = outOffset + r * shape.width() * channels;
            for (int i = from; i < to; i++) {
                out[at + i] = mine.paper[i % channels];
            }
        }
    }
}
