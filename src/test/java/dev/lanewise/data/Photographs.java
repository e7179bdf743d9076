package dev.lanewise.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Digits of a data set as somebody photographs them with a phone: written with a pen on paper with a texture, plain, ruled
 * or squared, under light that falls from one side, seen at a slant, blurred, noisy, and saved as JPEG of quality 60. The
 * same seed gives the same photographs.
 */
public final class Photographs {
    private static final int SIDE = 28;
    private static final int FINE = 8; // cells of the ink's map along a pixel of the data set
    private static final int MAP = SIDE * FINE;
    private static final int SAMPLES = 3; // along each side of a pixel of the photograph
    private static final double MOST_TILT = Math.toRadians(10);
    private static final double MOST_ROLL = Math.toRadians(3);

    /** What is drawn on the paper beside the digit. */
    public enum Paper {
        PLAIN, RULED, SQUARED
    }

    /**
     * A photograph.
     *
     * @param image number in the data set
     * @param side pixels along the frame of 28 x 28 in the photograph, before the tilt
     * @param jpeg the file's bytes
     */
    public record Photograph(int image, int label, boolean thin, boolean blue, boolean shadow, Paper paper, int side,
            byte[] jpeg) {
        /** Words for the disturbances, to count by. */
        public List<String> kinds() {
            return Stream.of("all", thin ? "thin pen" : "thick pen", blue ? "blue ink" : "black ink",
                    shadow ? "shadow" : "no shadow", paper.name().toLowerCase(java.util.Locale.ROOT) + " paper",
                    side < 110 ? "small" : side < 220 ? "middle" : "large").toList();
        }

        @Override
        public String toString() {
            return "image %d, a %d: %s".formatted(image, label, kinds());
        }
    }

    private final SplittableRandom random;

    private Photographs(long seed) {
        random = new SplittableRandom(seed);
    }

    /** Photographs of that many images, chosen at random. */
    public static List<Photograph> of(Dataset digits, int count, long seed) throws IOException {
        Photographs camera = new Photographs(seed);
        List<Photograph> photographs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int image = camera.random.nextInt(digits.size());
            photographs.add(camera.photograph(image, digits.label(image), digits.pixels(image)));
        }
        return photographs;
    }

    private Photograph photograph(int image, int label, byte[] pixels) throws IOException {
        boolean thin = random.nextBoolean();
        boolean blue = random.nextBoolean();
        boolean shadow = random.nextInt(4) == 0;
        int kind = random.nextInt(10);
        Paper paper = kind < 6 ? Paper.PLAIN : kind < 8 ? Paper.RULED : Paper.SQUARED;
        int side = (int) (60 * Math.pow(400.0 / 60, random.nextDouble()));
        double[] ink = thin ? thinInk(pixels, side) : thickInk(pixels);
        return new Photograph(image, label, thin, blue, shadow, paper, side,
                jpeg(shoot(ink, blue, shadow, paper, side)));
    }

    /** Coverage by a broad pen, [MAP, MAP]: the image's own strokes with edges as sharp as a pen's. */
    private static double[] thickInk(byte[] pixels) {
        double[] ink = fine(pixels);
        Arrays.setAll(ink, i -> Math.clamp((ink[i] - 0.35) / 0.3, 0.0, 1.0));
        return ink;
    }

    /** Coverage by a thin pen that follows the middle of the image's strokes. */
    private double[] thinInk(byte[] pixels, int side) {
        double[] ink = fine(pixels);
        boolean[] line = new boolean[ink.length];
        for (int i = 0; i < ink.length; i++) {
            line[i] = ink[i] > 0.45;
        }
        thin(line);
        double least = 1.5 * SIDE / side; // 1.5 pixels of the photograph
        double radius = FINE * Math.max(least, uniform(0.5, 1.3)) / 2;
        int reach = (int) radius + 2;
        double[] coverage = new double[ink.length];
        for (int at = 0; at < ink.length; at++) {
            if (line[at]) {
                for (int y = Math.max(0, at / MAP - reach); y <= Math.min(MAP - 1, at / MAP + reach); y++) {
                    for (int x = Math.max(0, at % MAP - reach); x <= Math.min(MAP - 1, at % MAP + reach); x++) {
                        double distance = Math.hypot(x - at % MAP, y - at / MAP);
                        coverage[y * MAP + x] = Math.max(coverage[y * MAP + x],
                                Math.clamp(radius - distance + 0.5, 0.0, 1.0));
                    }
                }
            }
        }
        return coverage;
    }

    /** The image on a finer grid, by bilinear interpolation, then smoothed. */
    private static double[] fine(byte[] pixels) {
        double[] coarse = new double[pixels.length];
        Arrays.setAll(coarse, i -> (pixels[i] & 0xff) / 255.0);
        double[] fine = new double[MAP * MAP];
        Arrays.setAll(fine, i -> at(coarse, SIDE, (i % MAP + 0.5) / FINE, (i / MAP + 0.5) / FINE));
        return smooth(smooth(fine, MAP, FINE / 2), MAP, FINE / 2);
    }

    private static double[] smooth(double[] map, int side, int radius) {
        double[] once = new double[map.length];
        double[] twice = new double[map.length];
        Arrays.setAll(once, i -> mean(map, side, i, 1, i % side, radius));
        Arrays.setAll(twice, i -> mean(once, side, i, side, i / side, radius));
        return twice;
    }

    private static double mean(double[] map, int side, int at, int step, int position, int radius) {
        double sum = 0;
        for (int d = -radius; d <= radius; d++) {
            sum += map[at + step * (Math.clamp(position + d, 0, side - 1) - position)];
        }
        return sum / (2 * radius + 1);
    }

    /** The value at a place between the centres of cells; 0 outside. */
    private static double at(double[] map, int side, double x, double y) {
        int left = (int) Math.floor(x - 0.5);
        int top = (int) Math.floor(y - 0.5);
        double toRight = x - 0.5 - left;
        double down = y - 0.5 - top;
        return (1 - down) * ((1 - toRight) * cell(map, side, left, top) + toRight * cell(map, side, left + 1, top))
                + down * ((1 - toRight) * cell(map, side, left, top + 1)
                        + toRight * cell(map, side, left + 1, top + 1));
    }

    private static double cell(double[] map, int side, int x, int y) {
        return x < 0 || y < 0 || x >= side || y >= side ? 0 : map[y * side + x];
    }

    /** Peels the ink from its edges as long as that neither breaks nor shortens a line (Zhang and Suen). */
    private static void thin(boolean[] ink) {
        int[] around = {-MAP, -MAP + 1, 1, MAP + 1, MAP, MAP - 1, -1, -MAP - 1};
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int pass = 0; pass < 2; pass++) {
                ArrayDeque<Integer> peeled = new ArrayDeque<>();
                for (int at = MAP + 1; at < ink.length - MAP - 1; at++) {
                    if (!ink[at]) {
                        continue;
                    }
                    int neighbours = 0;
                    int edges = 0;
                    for (int k = 0; k < 8; k++) {
                        neighbours += ink[at + around[k]] ? 1 : 0;
                        edges += !ink[at + around[k]] && ink[at + around[(k + 1) % 8]] ? 1 : 0;
                    }
                    boolean up = ink[at - MAP];
                    boolean right = ink[at + 1];
                    boolean down = ink[at + MAP];
                    boolean left = ink[at - 1];
                    boolean ofThisPass = pass == 0
                            ? !(up && right && down) && !(right && down && left)
                            : !(up && right && left) && !(up && down && left);
                    if (neighbours >= 2 && neighbours <= 6 && edges == 1 && ofThisPass) {
                        peeled.add(at);
                    }
                }
                changed |= !peeled.isEmpty();
                peeled.forEach(at -> ink[at] = false);
            }
        }
    }

    private BufferedImage shoot(double[] ink, boolean blue, boolean shadow, Paper paper, int side) {
        int width = (int) (side * uniform(1.2, 2));
        int height = (int) (side * uniform(1.2, 2));
        double middleX = width / 2.0 + uniform(-0.5, 0.5) * (width - 1.1 * side);
        double middleY = height / 2.0 + uniform(-0.5, 0.5) * (height - 1.1 * side);
        double[] toPaper = view(side);
        double[] paperColour = {uniform(225, 250), uniform(222, 246), uniform(205, 240)};
        double[] penColour = blue
                ? new double[]{uniform(20, 70), uniform(40, 90), uniform(120, 190)}
                : grey(uniform(25, 75));
        double[] lineColour = random.nextBoolean() ? new double[]{130, 160, 205} : grey(150);
        double opacity = uniform(0.8, 1);
        double lineStrength = uniform(0.35, 0.9);
        double lineWidth = Math.max(uniform(0.5, 1), 1.2 * SIDE / side);
        double spacing = paper == Paper.RULED ? uniform(22, 34) : uniform(13, 22);
        double phaseX = uniform(0, spacing);
        double phaseY = uniform(0, spacing);
        double direction = uniform(0, 2 * Math.PI);
        double slope = uniform(0, 0.45);
        double shadowAngle = uniform(0, 2 * Math.PI);
        double shadowPlace = uniform(-0.3, 0.3);
        double shadowDepth = shadow ? uniform(0.2, 0.4) : 0;
        double[] fibres = fibres(width, height, Math.max(2, side / 40));
        double noise = uniform(1, 4);
        BufferedImage photo = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double pen = 0;
                double line = 0;
                for (int s = 0; s < SAMPLES * SAMPLES; s++) {
                    double u = x + (s % SAMPLES + 0.5) / SAMPLES - middleX;
                    double v = y + (s / SAMPLES + 0.5) / SAMPLES - middleY;
                    double depth = 1 + toPaper[6] * u + toPaper[7] * v;
                    double onX = SIDE / 2.0 + (toPaper[0] * u + toPaper[1] * v) / depth;
                    double onY = SIDE / 2.0 + (toPaper[3] * u + toPaper[4] * v) / depth;
                    pen += at(ink, MAP, onX * FINE, onY * FINE);
                    boolean across = paper != Paper.PLAIN && Math.floorMod((long) Math.floor((onY + phaseY) * 1000),
                            (long) (spacing * 1000)) < lineWidth * 1000;
                    boolean down = paper == Paper.SQUARED && Math.floorMod((long) Math.floor((onX + phaseX) * 1000),
                            (long) (spacing * 1000)) < lineWidth * 1000;
                    line += across || down ? 1 : 0;
                }
                pen *= opacity / (SAMPLES * SAMPLES);
                line *= lineStrength / (SAMPLES * SAMPLES);
                double relX = x / (double) width - 0.5;
                double relY = y / (double) height - 0.5;
                double light = 1 - slope * (0.5 + relX * Math.cos(direction) + relY * Math.sin(direction));
                double beyond = relX * Math.cos(shadowAngle) + relY * Math.sin(shadowAngle) - shadowPlace;
                light *= 1 - shadowDepth / (1 + Math.exp(-40 * beyond));
                int rgb = 0;
                double grain = gaussian() * noise;
                for (int c = 0; c < 3; c++) {
                    double colour = paperColour[c] * fibres[y * width + x];
                    colour += line * (lineColour[c] - colour);
                    colour += pen * (penColour[c] - colour);
                    rgb = rgb << 8 | (int) Math.clamp(colour * light + grain + 0.5, 0.0, 255.0);
                }
                photo.setRGB(x, y, rgb);
            }
        }
        return photo;
    }

    /** The projection from the photograph to the paper: rows of a matrix whose last element is 1, about the middle. */
    private double[] view(int side) {
        double across = uniform(-MOST_TILT, MOST_TILT);
        double down = uniform(-MOST_TILT, MOST_TILT);
        double roll = uniform(-MOST_ROLL, MOST_ROLL);
        double distance = 2.5 * side; // of the camera
        double scale = (double) SIDE / side;
        return new double[]{scale * Math.cos(roll) / Math.cos(across), scale * Math.sin(roll), 0,
                -scale * Math.sin(roll), scale * Math.cos(roll) / Math.cos(down), 0,
                Math.tan(across) / distance, Math.tan(down) / distance, 1};
    }

    /** The paper's texture, about 1: grains of two sizes. */
    private double[] fibres(int width, int height, int size) {
        int columns = width / size + 2;
        double[] coarse = new double[columns * (height / size + 2)];
        Arrays.setAll(coarse, _ -> gaussian());
        double[] fibres = new double[width * height];
        Arrays.setAll(fibres, i -> {
            double x = (double) (i % width) / size;
            double y = (double) (i / width) / size;
            int cell = (int) y * columns + (int) x;
            double above = coarse[cell] + (x - (int) x) * (coarse[cell + 1] - coarse[cell]);
            double below = coarse[cell + columns]
                    + (x - (int) x) * (coarse[cell + columns + 1] - coarse[cell + columns]);
            return 1 + 0.012 * (above + (y - (int) y) * (below - above)) + 0.008 * gaussian();
        });
        return fibres;
    }

    private static double[] grey(double level) {
        return new double[]{level, level, level};
    }

    private double uniform(double from, double to) {
        return from + (to - from) * random.nextDouble();
    }

    /** About normal, never beyond 3: three uniform numbers added. */
    private double gaussian() {
        return 2 * (random.nextDouble() + random.nextDouble() + random.nextDouble()) - 3;
    }

    private static byte[] jpeg(BufferedImage photo) throws IOException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam param = writer.getDefaultWriteParam();
            param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            param.setCompressionQuality(0.6f);
            writer.setOutput(out);
            writer.write(null, new IIOImage(photo, null, null), param);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
