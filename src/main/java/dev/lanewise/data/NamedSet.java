package dev.lanewise.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A data set that is had by its name: what it is, where it is published, how its files are to be read. A new set is one
 * more entry of {@link #ALL}.
 *
 * @param name by which it is asked for, {@code mnist} say, and of the directory that holds it
 * @param title for people
 * @param classes by label
 * @param trainImages how many there are to train on
 * @param testImages how many there are to test on
 * @param prepared how the images were made what they are
 * @param licence that they are under
 * @param citation who made them
 * @param layout what is peculiar in the files
 * @param mirrors places on the web, each with a slash at its end; none: the program draws the images
 * @param archive the zip that holds the files; null: they are published one by one
 * @param files images and labels to train on, then images and labels to test on
 */
public record NamedSet(String name, String title, List<String> classes, int trainImages, int testImages,
        Preparation prepared, String licence, String citation, Layout layout, List<String> mirrors,
        @Nullable Archive archive,
        List<PublishedFile> files) {
    private static final Layout PLAIN = new Layout(false, 0, 1);
    private static final String LOWER_CASE = "a b c d e f g h i j k l m n o p q r s t u v w x y z";
    private static final List<String> UPPER_CASE = words(LOWER_CASE.toUpperCase(Locale.ROOT));

    /** EMNIST's splits share one archive of half a gigabyte. */
    private static final Archive EMNIST = new Archive("emnist", "gzip.zip", "58c8d27c78d21e728a6bc7b3cc06412e",
            "gzip/");

    /** All of them; the first one that fits is what files are taken for. */
    public static final List<NamedSet> ALL = List.of(
            new NamedSet("mnist", "MNIST", Mnist.CLASSES, 60_000, 10_000, Preparation.CENTRE, "CC BY-SA 3.0",
                    "LeCun, Cortes and Burges, 1998", PLAIN,
                    // the host that published MNIST now answers 403; these hold copies
                    List.of("https://storage.googleapis.com/cvdf-datasets/mnist/",
                            "https://ossci-datasets.s3.amazonaws.com/mnist/",
                            "https://azureopendatastorage.blob.core.windows.net/mnist/"),
                    null, List.of(
                            new PublishedFile("train-images-idx3-ubyte", 47040016,
                                    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db", null),
                            new PublishedFile("train-labels-idx1-ubyte", 60008,
                                    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5", null),
                            new PublishedFile("t10k-images-idx3-ubyte", 7840016,
                                    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7", null),
                            new PublishedFile("t10k-labels-idx1-ubyte", 10008,
                                    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2", null))),
            new NamedSet("fashion-mnist", "Fashion-MNIST",
                    List.of("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                            "Ankle boot"),
                    60_000, 10_000, Preparation.SCALE, "MIT", "Xiao, Rasul and Vollgraf, 2017", PLAIN,
                    List.of("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"),
                    null, List.of(
                            new PublishedFile("train-images-idx3-ubyte", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
                            new PublishedFile("train-labels-idx1-ubyte", "25c81989df183df01b3e8a0aad5dffbe"),
                            new PublishedFile("t10k-images-idx3-ubyte", "bef4ecab320f06d8554ea6380940ec79"),
                            new PublishedFile("t10k-labels-idx1-ubyte", "bb300cfdad3c16e7a12a480ee83cd310"))),
            new NamedSet("kmnist", "KMNIST", words("o ki su tsu na ha ma ya re wo"), 60_000, 10_000, Preparation.SCALE,
                    "CC BY-SA 4.0", "Clanuwat and others, 2018", PLAIN,
                    List.of("http://codh.rois.ac.jp/kmnist/dataset/kmnist/"), null, List.of(
                            new PublishedFile("train-images-idx3-ubyte", "bdb82020997e1d708af4cf47b453dcf7"),
                            new PublishedFile("train-labels-idx1-ubyte", "e144d726b3acfaa3e44228e80efcd344"),
                            new PublishedFile("t10k-images-idx3-ubyte", "5c965bf0a639b31b8f53240b1b52f4d7"),
                            new PublishedFile("t10k-labels-idx1-ubyte", "7320c461ea6c1c855c0b718fb2a4b134"))),
            // its labels are eight numbers an image, of which the first is the class
            new NamedSet("qmnist", "QMNIST", Mnist.CLASSES, 60_000, 60_000, Preparation.CENTRE, "BSD",
                    "Yadav and Bottou, 2019", new Layout(false, 0, 8),
                    List.of("https://raw.githubusercontent.com/facebookresearch/qmnist/master/"), null, List.of(
                            new PublishedFile("qmnist-train-images-idx3-ubyte", "ed72d4157d28c017586c42bc6afe6370"),
                            new PublishedFile("qmnist-train-labels-idx2-int", "0058f8dd561b90ffdd0f734c6a30e5e4"),
                            new PublishedFile("qmnist-test-images-idx3-ubyte", "1394631089c404de565df7b7aeaf9412"),
                            new PublishedFile("qmnist-test-labels-idx2-int", "5b5b05890a5e13444e108efe57b788aa"))),
            emnist("digits", "Digits", 0, Mnist.CLASSES, 240_000, 40_000),
            emnist("letters", "Letters", 1, words(LOWER_CASE), 124_800, 20_800),
            emnist("balanced", "Balanced", 0, merged(), 112_800, 18_800),
            emnist("byclass", "ByClass", 0, joined(Mnist.CLASSES, UPPER_CASE, words(LOWER_CASE)), 697_932, 116_323),
            emnist("bymerge", "ByMerge", 0, merged(), 697_932, 116_323),
            new NamedSet(BuiltInDigits.NAME, "the built-in digits", Mnist.CLASSES, 60_000, 10_000, Preparation.CENTRE,
                    "Apache 2.0", "drawn by the program, not real handwriting", PLAIN, List.of(), null,
                    // as IDX files; constants, because digests of 55 MB take a start's time
                    List.of(new PublishedFile("train-images-idx3-ubyte", 47040016,
                            "7848264ff83045e3d3a28166b7f6bded9549432d2b369279762097c5ee7e6552", null),
                            new PublishedFile("train-labels-idx1-ubyte", 60008,
                                    "eb7b4d325217276bd1a446a321d3a70c23adfd17afb5125ff477e5da63020ee9", null),
                            new PublishedFile("t10k-images-idx3-ubyte", 7840016,
                                    "df62acce976f9b2060928451a8910a774c85b8f3a09c72bf3575c8635cc4e631", null),
                            new PublishedFile("t10k-labels-idx1-ubyte", 10008,
                                    "55ee32762ede7a3c2857925cad69636ff4ba65bb95e4ad34c3bf8393feb06ea0", null))));

    /**
     * What a set's files hold that is not as in MNIST's.
     *
     * @param transposed whether a row of the file is a column of the image
     * @param firstLabel the label of the first class
     * @param labelColumns numbers that a label has, the class first
     */
    public record Layout(boolean transposed, int firstLabel, int labelColumns) {
    }

    /**
     * A zip with the files of several sets, which is kept in a directory of its own for the next one.
     *
     * @param place name of that directory, beside those of the sets
     * @param name as it is served
     * @param md5 of it
     * @param folder in it, with a slash at its end
     */
    public record Archive(String place, String name, String md5, String folder) {
    }

    /**
     * One of a set's files.
     *
     * @param name without {@code .gz}
     * @param bytes decompressed; 0 where only {@code md5} is published
     * @param sha256 of the decompressed bytes; null where it is not published
     * @param md5 of the file as it is served, gzipped; null where there is a better digest or only one of the archive
     */
    public record PublishedFile(String name, long bytes, @Nullable String sha256, @Nullable String md5) {
        PublishedFile(String name, @Nullable String md5) {
            this(name, 0, null, md5);
        }
    }

    /** The set of that name. */
    public static Optional<NamedSet> of(String name) {
        for (NamedSet set : ALL) {
            if (set.name.equals(name)) {
                return Optional.of(set);
            }
        }
        return Optional.empty();
    }

    /** Whether the program draws the images, so that there are no files. */
    public boolean isDrawn() {
        return mirrors.isEmpty();
    }

    private static NamedSet emnist(String split, String title, int firstLabel, List<String> classes, int trainImages,
            int testImages) {
        return new NamedSet(String.join("-", "emnist", split), String.join(" ", "EMNIST", title), classes, trainImages,
                testImages, Preparation.CENTRE,
                "public domain", "Cohen, Afshar, Tapson and van Schaik, 2017", new Layout(true, firstLabel, 1),
                List.of("https://biometrics.nist.gov/cs_links/EMNIST/",
                        "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/"),
                EMNIST,
                List.of(emnistFile(split, "train-images-idx3-ubyte"), emnistFile(split, "train-labels-idx1-ubyte"),
                        emnistFile(split, "test-images-idx3-ubyte"), emnistFile(split, "test-labels-idx1-ubyte")));
    }

    private static PublishedFile emnistFile(String split, String name) {
        return new PublishedFile(String.join("-", "emnist", split, name), null);
    }

    /** Upper and lower case are one class where they look alike. */
    private static List<String> merged() {
        return joined(Mnist.CLASSES, UPPER_CASE, words("a b d e f g h n q r t"));
    }

    private static List<String> words(String words) {
        return List.of(words.split(" "));
    }

    @SafeVarargs
    private static List<String> joined(List<String>... lists) {
        List<String> all = new ArrayList<>();
        for (List<String> list : lists) {
            all.addAll(list);
        }
        return List.copyOf(all);
    }
}
