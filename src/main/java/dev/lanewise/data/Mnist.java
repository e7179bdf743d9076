package dev.lanewise.data;

import dev.lanewise.data.DatasetPair.SourceFile;
import dev.lanewise.kernel.Shape;
import java.util.List;

/** The MNIST database as LeCun, Cortes and Burges published it: its images, its classes and its files. */
public final class Mnist {
    /** Rows and columns of an image, one channel. */
    public static final Shape SHAPE = new Shape(28, 28, 1);
    /** The ten digits. */
    public static final List<String> CLASSES = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    /** The four files, decompressed: images and labels of the 60,000 to train on, then of the 10,000 to test on. */
    public static final List<SourceFile> FILES = List.of(
            new SourceFile("train-images-idx3-ubyte", 47040016,
                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
            new SourceFile("train-labels-idx1-ubyte", 60008,
                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
            new SourceFile("t10k-images-idx3-ubyte", 7840016,
                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
            new SourceFile("t10k-labels-idx1-ubyte", 10008,
                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"));

    /** The longer side of a digit's bounding box; its centre of mass lies in the pixel below and right of the middle. */
    static final int INK_SIDE = 20;

    private Mnist() {
    }
}
