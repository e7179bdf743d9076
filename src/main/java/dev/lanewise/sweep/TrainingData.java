package dev.lanewise.sweep;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.run.Recipe;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The images that all trainings of a sweep share, in memory once; test images are none of them. By their digest outcomes are
 * recognised, wherever the images lie.
 */
public final class TrainingData {
    private final DatasetPair data;
    private final @Nullable Integer limit;
    private final String digest;
    private final Map<Long, WeakReference<DatasetPair>> limited = new ConcurrentHashMap<>(); // by seed, while one trains on them

    /**
     * Images to train on and to choose by.
     *
     * @param data whose test images are left aside
     * @param limit how many of them a training takes, drawn by its seed; null: all
     */
    public TrainingData(DatasetPair data, @Nullable Integer limit) {
        this(data, limit, digest(data.train()));
    }

    /** The same, of a known digest. */
    public TrainingData(DatasetPair data, @Nullable Integer limit, String digest) {
        this.data = data.withoutTest();
        this.limit = limit;
        this.digest = digest;
    }

    private static String digest(Dataset images) {
        MessageDigest sha = sha256();
        sha.update((images.shape() + " " + images.classes()).getBytes(StandardCharsets.UTF_8));
        sha.update(images.labels());
        IntStream.range(0, images.size()).forEach(image -> sha.update(images.pixels(image)));
        return HexFormat.of().formatHex(sha.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) { // every JDK has it
            throw new IllegalStateException(e);
        }
    }

    /** All images, without those for a test. */
    public DatasetPair all() {
        return data;
    }

    /** How many images a training takes; null: all. */
    public @Nullable Integer limit() {
        return limit;
    }

    /** SHA-256 of images, labels and classes, in hex. */
    public String digest() {
        return digest;
    }

    /**
     * The images that a recipe's model is judged by.
     *
     * @return how many of each class
     */
    public int[] heldOut(Recipe recipe) throws InputException {
        Dataset images = of(recipe.get(Recipe.SEED)).train();
        byte[] labels = images.labels();
        int[] counts = new int[images.classes().size()];
        for (int image : recipe.split(images.size()).validation()) {
            counts[labels[image] & 0xff]++;
        }
        return counts;
    }

    /** What a training of that seed sees. */
    public DatasetPair of(long seed) throws InputException {
        if (limit == null) {
            return data;
        }
        WeakReference<DatasetPair> known = limited.get(seed);
        DatasetPair images = known == null ? null : known.get();
        if (images == null) {
            images = data.limit(limit, seed);
            limited.put(seed, new WeakReference<>(images));
        }
        return images;
    }

    /** What tells an outcome from all others: the recipe, every option of it, and the data. */
    String key(Recipe recipe) {
        String words = "%s\n%s\n%s".formatted(recipe.toJson(), digest, limit);
        return HexFormat.of().formatHex(sha256().digest(words.getBytes(StandardCharsets.UTF_8)), 0, 16);
    }
}
