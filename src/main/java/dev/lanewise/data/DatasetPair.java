package dev.lanewise.data;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A data set as it is published: a part to train on and a part to test on, with where both came from.
 *
 * @param name {@code mnist}, {@code digits} or the directory's name
 * @param origin for people: the directory, or how the images were made
 * @param train what is trained on
 * @param test other images of the same shape and classes; null where there are none
 * @param prepared how the images were made what they are, and others are for a network that learned from these
 * @param files what was read, with SHA-256 of the decompressed bytes
 */
public record DatasetPair(String name, String origin, Dataset train, @Nullable Dataset test, Preparation prepared,
        List<SourceFile> files) {
    /** Of nothing but the images does it depend which are held out: not of the seed of a training. */
    private static final long HELD_OUT_SEED = 0x7e57;

    /**
     * A pair of these parts.
     *
     * @throws IllegalArgumentException if they differ in shape or classes
     */
    public DatasetPair {
        if (test != null && !train.shape().equals(test.shape())) {
            throw new IllegalArgumentException("training images of %s, test images of %s"
                    .formatted(train.shape(), test.shape()));
        }
        if (test != null && !train.classes().equals(test.classes())) {
            throw new IllegalArgumentException("training classes %s, test classes %s"
                    .formatted(train.classes(), test.classes()));
        }
        files = List.copyOf(files);
    }

    /**
     * A pair of images of one's own, which a network takes as they are.
     *
     * @param name for people and for what a run leaves
     * @param train what is trained on
     * @param test what is tested on; null where there are no such images
     * @throws IllegalArgumentException if they differ in shape or classes
     */
    public static DatasetPair of(String name, Dataset train, @Nullable Dataset test) {
        return new DatasetPair(name, name, train, test, Preparation.NONE, List.of());
    }

    /**
     * This pair with another test set: a share of the images to train on, drawn class by class by a rule that is always the same, so
     * that whoever asks again has the same images.
     *
     * @param share above 0 and below 1
     * @throws IllegalArgumentException if it is not
     * @throws InputException if no image would be left on one side
     */
    public DatasetPair holdOut(double share) throws InputException {
        if (!(share > 0 && share < 1)) {
            throw new IllegalArgumentException("share: above 0 and below 1, not %s".formatted(share));
        }
        Strata strata = new Strata(train);
        int[] held = strata.draw(strata.divide(Math.round(train.size() * share), 1), HELD_OUT_SEED);
        if (held.length == 0) {
            throw new InputException(("%s: of %,d images none can be held out for a test, which takes two of a class; "
                    + "name data with more, or train without a test").formatted(name, train.size())).about("test none");
        }
        boolean[] isHeld = new boolean[train.size()];
        for (int image : held) {
            isHeld[image] = true;
        }
        int[] kept = IntStream.range(0, isHeld.length).filter(image -> !isHeld[image]).toArray();
        return new DatasetPair(name, origin, train.subset(kept), train.subset(held), prepared, files);
    }

    /** This pair without its test images. */
    public DatasetPair withoutTest() {
        return new DatasetPair(name, origin, train, null, prepared, files);
    }

    /**
     * This pair with fewer images to train on, each class in proportion, drawn by a seed; with all of them if there are no more.
     *
     * @throws InputException if that is not an image of each class that has any
     */
    public DatasetPair limit(int images, long seed) throws InputException {
        if (images >= train.size()) {
            return this;
        }
        Strata strata = new Strata(train);
        if (images < strata.classes()) {
            throw new InputException("%d images are too few: %s has images of %d classes; keep at least one of each"
                    .formatted(images, name, strata.classes())).about("limit " + images);
        }
        return new DatasetPair(name, origin, train.subset(strata.draw(strata.divide(images, 0), seed)), test, prepared,
                files);
    }

    /** This pair with another word on how its images were made what they are, by which others are prepared for its networks. */
    public DatasetPair preparedBy(Preparation preparation) {
        return new DatasetPair(name, origin, train, test, preparation, files);
    }

    /** One file of a data set: its name without {@code .gz}, its decompressed size and SHA-256 in lower-case hex. */
    public record SourceFile(String name, long bytes, String sha256) {
    }
}
