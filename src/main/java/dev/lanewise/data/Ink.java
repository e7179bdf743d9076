package dev.lanewise.data;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * The ink of an image, lifted from its paper: without shadows, ruled lines, frames and specks.
 *
 * @param levels 0 is paper; all zeros where nothing is drawn
 * @param dark whether the ink was darker than its paper
 */
record Ink(Grey levels, boolean dark) {
    /** Ink differs from paper by at least so many of the 256 levels. */
    private static final int MIN_CONTRAST = 8;
    private static final int UNEVEN = -1;

    static Ink of(Grey image) {
        int paper = evenPaper(image);
        boolean even = paper != UNEVEN;
        boolean dark = even ? isInkDark(image, paper) : isInkDarkOnUnevenPaper(image);
        Grey light = dark ? image.map(p -> 255 - p) : image;
        int background = dark ? 255 - paper : paper;
        Grey ink = even ? onEvenPaper(light.map(p -> Math.max(0, p - background))) : onUnevenPaper(light, dark);
        return new Ink(ink.max() < MIN_CONTRAST ? ink.map(_ -> 0) : new Components(ink).withoutSpecks(), dark);
    }

    boolean isBlank() {
        return levels.max() == 0;
    }

    /** The paper's level in a clean drawing, its most frequent one; UNEVEN where there is none, as in a photo. */
    private static int evenPaper(Grey image) {
        int[] levels = image.levels();
        long[] counts = new long[256];
        for (int level : levels) {
            counts[level]++;
        }
        int paper = ImageReader.mode(counts);
        // Overexposed paper has one level for the most part too, but, where it is shaded, many next to it.
        int contrast = image.map(p -> Math.abs(p - paper)).max();
        long near = Arrays.stream(levels).filter(p -> Math.abs(p - paper) <= contrast / 4).count();
        return 4 * counts[paper] >= levels.length && 3 * counts[paper] >= 2 * near ? paper : UNEVEN;
    }

    private static boolean isInkDark(Grey image, int paper) {
        return Arrays.stream(image.levels()).sum() < paper * image.levels().length;
    }

    /** Ink is the minority, so it makes the deviations from the local mean lopsided. */
    private static boolean isInkDarkOnUnevenPaper(Grey image) {
        int radius = Math.max(image.width(), image.height()) / 4;
        int[] sums = Filter.sum(image, radius).levels();
        double area = (2.0 * Math.min(radius, image.width() - 1) + 1) * (2 * Math.min(radius, image.height() - 1) + 1);
        double skew = 0;
        for (int i = 0; i < sums.length; i++) {
            double deviation = image.levels()[i] - sums[i] / area;
            skew += deviation * deviation * deviation;
        }
        return skew < 0;
    }

    private static Grey onEvenPaper(Grey rise) {
        int low = rise.max() / 6;
        BitSet lines = RuledLines.find(rise, low);
        return lines.isEmpty() ? rise : RuledLines.without(rise, lines).map(r -> r > low ? r : 0); // nor their edges
    }

    /**
     * Light ink lifted from uneven paper by a top-hat transform. The paper is what a morphological opening leaves:
     * everything that a square covers, so shadows stay and strokes go. A square of a third of the image is larger than any
     * stroke, but than a shadow's corner too; it shows how wide the strokes are, and then one that is just larger than they
     * are is taken. What rises from the paper well above its noise is ink; all zeros where nothing does.
     */
    private static Grey onUnevenPaper(Grey image, boolean dark) {
        int radius = Math.max(1, Math.max(image.width(), image.height()) / 6);
        Grey rise = rise(image, radius, dark);
        Threshold rough = Threshold.of(rise);
        rise = rise(image,
                Math.clamp(strokeWidth(rise, rough.base + (int) rough.peak / 2), Math.min(2, radius), radius), dark);
        Threshold all = Threshold.of(rise);
        int low = all.base + (int) Math.max(all.peak / 5, 3 * all.noise);
        Grey unruled = RuledLines.without(rise, RuledLines.find(rise, low));
        Threshold threshold = Threshold.of(unruled);
        return threshold.isBlank() ? image.map(_ -> 0) : unruled.map(threshold::ink);
    }

    private static Grey rise(Grey image, int radius, boolean dark) {
        int[] opened = Filter.opened(image, radius).levels();
        int[] rises = new int[opened.length];
        // Dark ink swallows a share of the light, wherever the paper has more or less of it.
        Arrays.setAll(rises, i -> (image.levels()[i] - opened[i]) * 255 / (dark ? Math.max(1, 255 - opened[i]) : 255));
        return new Grey(image.width(), image.height(), rises);
    }

    /** Nine tenths of all ink lie in runs, along rows or along columns, that are no longer. */
    private static int strokeWidth(Grey rise, int least) {
        Grey along = runs(rise, least);
        Grey down = runs(rise.transposed(), least).transposed();
        int[] widths = IntStream.range(0, rise.levels().length).filter(i -> along.levels()[i] > 0)
                .map(i -> Math.min(along.levels()[i], down.levels()[i])).sorted().toArray();
        return widths.length == 0 ? 0 : widths[widths.length * 9 / 10];
    }

    /** The length of the run along its row that each pixel of at least a level is in; 0 for the others. */
    private static Grey runs(Grey image, int least) {
        int[] lengths = new int[image.levels().length];
        int start = 0;
        for (int i = 0; i < lengths.length; i++) {
            boolean in = image.levels()[i] >= least;
            start = in && i % image.width() != 0 ? start : in ? i : i + 1;
            if (in && (i % image.width() == image.width() - 1 || image.levels()[i + 1] < least)) {
                Arrays.fill(lengths, start, i + 1, i + 1 - start);
            }
        }
        return new Grey(image.width(), image.height(), lengths);
    }

    /** How far paper, its noise and ink rise. */
    private record Threshold(int base, int noise, double peak) {
        static Threshold of(Grey rise) {
            int[] sorted = rise.levels().clone();
            Arrays.sort(sorted);
            // A quarter of the image at least is taken to be paper: a tightly cut digit leaves little more.
            int base = sorted[sorted.length / 4];
            int noise = 2 * (base - sorted[sorted.length / 8]); // about one standard deviation where nearly all is paper
            int top = Math.max(1, sorted.length / 200);
            double peak = Arrays.stream(sorted, sorted.length - top, sorted.length).average().getAsDouble() - base;
            return new Threshold(base, noise, peak);
        }

        /** A rise as a level of ink. */
        int ink(int rise) {
            double low = Math.max(peak / 3, 3 * noise);
            double high = 0.75 * peak;
            return (int) Math.rint(255 * Math.clamp((rise - base - low) / (high - low), 0.0, 1.0));
        }

        boolean isBlank() {
            return peak < MIN_CONTRAST || peak < 6 * noise;
        }
    }
}
