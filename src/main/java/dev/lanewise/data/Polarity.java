package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Which of the two is lighter in a set's images, what is drawn or its ground. Border pixels tell: nearly all of them are
 * ground, if the images have one.
 */
public enum Polarity {
    /** Light ink on dark paper, as in MNIST. */
    LIGHT,
    /** Dark ink on light paper. */
    DARK,
    /** Neither: colours, or pictures without a ground. */
    NONE;

    /** Images of a set that are looked at: more would say the same. */
    private static final int MOST_IMAGES = 1000;
    /** Of a set's border pixels, so many at least are ground. */
    private static final double OF_A_SET = 2 / 3.0;
    /** The same of a set that was cut out and centred as MNIST was. */
    private static final double OF_MNIST = 0.99;
    /** The same of a single image. */
    private static final double OF_AN_IMAGE = 0.9;

    /** Border pixels, and how many of them are nearly black, nearly white, and lighter than the middle. */
    private record Border(long all, long black, long white, long light) {
        static Border of(Shape shape, byte[] pixels, int images) {
            long[] counts = new long[4];
            int step = Math.max(1, images / MOST_IMAGES);
            for (int image = 0; image < images; image += step) {
                for (int y = 0; y < shape.height(); y++) {
                    boolean edge = y == 0 || y == shape.height() - 1;
                    for (int x = 0; x < shape.width(); x += edge ? 1 : Math.max(1, shape.width() - 1)) {
                        int level = pixels[image * shape.size() + y * shape.width() + x] & 0xff;
                        counts[0]++;
                        counts[1] += level < 64 ? 1 : 0;
                        counts[2] += level > 191 ? 1 : 0;
                        counts[3] += level > 127 ? 1 : 0;
                    }
                }
            }
            return new Border(counts[0], counts[1], counts[2], counts[3]);
        }

        Polarity polarity(double share) {
            return black >= share * all ? LIGHT : white >= share * all ? DARK : NONE;
        }
    }

    /** The polarity of the images that a network learns from. */
    public static Polarity of(Dataset images) {
        return of(images.shape(), images.uncopied(), images.size(), OF_A_SET);
    }

    private static Polarity of(Shape shape, byte[] pixels, int images, double share) {
        return shape.channels() > 1 || images == 0 ? NONE : Border.of(shape, pixels, images).polarity(share);
    }

    /** Whether images look as if they had been cut out and centred as MNIST's: light ink that leaves the border alone. */
    static boolean isLikeMnist(Shape shape, byte[] pixels) {
        return shape.equals(Mnist.SHAPE) && of(shape, pixels, pixels.length / shape.size(), OF_MNIST) == LIGHT;
    }

    /** Of an image that may be prepared already; NONE where that is not clear. */
    static Polarity ofClean(ImageReader.Image image) {
        return of(image.shape(), image.pixels(), 1, OF_AN_IMAGE);
    }

    /** Of an image of grey levels whatever it shows: most of its border is taken for its ground. */
    static Polarity ofAny(ImageReader.Image image) {
        Border border = Border.of(image.shape(), image.pixels(), 1);
        return 2 * border.light > border.all ? DARK : LIGHT;
    }

    /** The word for it: {@code light}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The one of that word.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Polarity of(String word) {
        return Arrays.stream(values()).filter(polarity -> polarity.word().equals(word)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'%s' is not one of %s".formatted(word,
                        Arrays.stream(values()).map(Polarity::word).collect(Collectors.joining(", ")))));
    }
}
