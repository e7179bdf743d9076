package dev.lanewise.data;

import dev.lanewise.kernel.SplitMix64;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** The images of a data set by class, from which a part is drawn so that each class keeps its share. */
final class Strata {
    private final int[][] images; // [classes][]: indices of the images of a class, ascending

    Strata(Dataset data) {
        int classes = data.classes().size();
        int[] counts = new int[classes];
        for (int i = 0; i < data.size(); i++) {
            counts[data.label(i)]++;
        }
        images = new int[classes][];
        Arrays.setAll(images, label -> new int[counts[label]]);
        Arrays.fill(counts, 0);
        for (int i = 0; i < data.size(); i++) {
            int label = data.label(i);
            images[label][counts[label]++] = i;
        }
    }

    /** Classes that have images. */
    int classes() {
        return (int) Arrays.stream(images).filter(of -> of.length > 0).count();
    }

    /**
     * How many images of each class make up so many in all: in proportion, at least one of each; what is left after rounding
     * down goes to the largest remainders, of equal ones to the first.
     *
     * @param total or as near to it as there are classes and images
     * @param left that a class must keep; one that has no more gives none
     */
    int[] divide(long total, int left) {
        long all = Arrays.stream(images).mapToLong(of -> of.length).sum();
        int[] most = Arrays.stream(images).mapToInt(of -> Math.max(0, of.length - left)).toArray();
        long wanted = Math.clamp(total, Arrays.stream(most).filter(n -> n > 0).count(), Arrays.stream(most).sum());
        int[] counts = new int[most.length];
        Arrays.setAll(counts,
                label -> Math.clamp(images[label].length * wanted / all, Math.min(1, most[label]), most[label]));
        long missing = wanted - Arrays.stream(counts).sum();
        int[] byRemainder = IntStream.range(0, counts.length).boxed()
                .sorted(Comparator.comparingLong((Integer label) -> -(images[label].length * wanted % all)))
                .mapToInt(Integer::intValue).toArray();
        for (int i = 0; missing > 0; i = (i + 1) % byRemainder.length) {
            int label = byRemainder[i];
            if (counts[label] < most[label]) {
                counts[label]++;
                missing--;
            }
        }
        for (; missing < 0; missing++) { // small classes got the one that their share is not worth: the largest pays
            counts[IntStream.range(0, counts.length).reduce((a, b) -> counts[b] > counts[a] ? b : a).orElseThrow()]--;
        }
        return counts;
    }

    /** So many images of each class, drawn by a seed: their indices, ascending. */
    int[] draw(int[] counts, long seed) {
        int[] drawn = new int[Arrays.stream(counts).sum()];
        int filled = 0;
        for (int label = 0; label < images.length; label++) {
            // Its own numbers for each class, so that another class's size does not change what is drawn of this one.
            SplitMix64 random = new SplitMix64(new SplitMix64(seed).nextLong() + label);
            int[] left = images[label].clone();
            for (int i = 0; i < counts[label]; i++) { // the first steps of a shuffle
                int j = i + random.nextInt(left.length - i);
                drawn[filled++] = left[j];
                left[j] = left[i];
            }
        }
        Arrays.sort(drawn);
        return drawn;
    }
}
