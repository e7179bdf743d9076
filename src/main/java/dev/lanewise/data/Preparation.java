package dev.lanewise.data;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How an image becomes what a network takes. */
public enum Preparation {
    /** The ink is lifted from the paper, scaled and centred by its mass, as in MNIST. */
    CENTRE,
    /** The whole image is scaled to the network's size. */
    SCALE,
    /** Images of the network's size are taken as they are, others are refused. */
    NONE;

    /** Of images that came without a word about it: MNIST's and those that look like them are centred. */
    static Preparation of(Source.Part images) {
        return Polarity.isLikeMnist(images.shape(), images.pixels()) ? CENTRE : SCALE;
    }

    /** The word for it: {@code centre}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The one of that word.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Preparation of(String word) {
        return Arrays.stream(values()).filter(preparation -> preparation.word().equals(word)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'%s' is not one of %s".formatted(word,
                        Arrays.stream(values()).map(Preparation::word).collect(Collectors.joining(", ")))));
    }
}
