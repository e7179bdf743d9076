package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.util.List;

/** The format of MNIST's images, which other sets share: their size, the ten digits, how a digit lies in its image. */
public final class Mnist {
    /** Rows and columns of an image, one channel. */
    public static final Shape SHAPE = new Shape(28, 28, 1);
    /** The ten digits. */
    public static final List<String> CLASSES = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

    /** The longer side of a digit's bounding box; its centre of mass lies in the pixel below and right of the middle. */
    static final int INK_SIDE = 20;

    private Mnist() {
    }
}
