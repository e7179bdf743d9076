package dev.lanewise.data;

/** Combines the levels of the square of 2 * radius + 1 pixels about each pixel, in a time that does not depend on the radius. */
final class Filter {
    private Filter() {
    }

    /** A row's windows of 2 * reach + 1: {@code row} is longer than {@code result} by 2 * reach. */
    private interface Sliding {
        void slide(int[] row, int reach, int[] result);
    }

    /** The sum over each square; beyond an edge the image goes on mirrored, so that a line along the edge has little weight. */
    static Grey sum(Grey image, int radius) {
        Sliding sum = Filter::sums;
        return rows(rows(image, radius, false, sum), radius, false, sum);
    }

    /**
     * The morphological opening: what is light and narrower than a square goes. Beyond an edge the image goes on as its point
     * reflection in the edge, which continues a slope of the light.
     */
    static Grey opened(Grey image, int radius) {
        Sliding least = (row, reach, result) -> extremes(row, reach, result, 1);
        Sliding greatest = (row, reach, result) -> extremes(row, reach, result, -1);
        Grey eroded = rows(rows(image, radius, true, least), radius, true, least);
        return rows(rows(eroded, radius, true, greatest), radius, true, greatest);
    }

    /** Along rows; the result is transposed. */
    private static Grey rows(Grey image, int radius, boolean slopes, Sliding sliding) {
        int width = image.width();
        int height = image.height();
        int[] levels = image.levels();
        int reach = Math.min(radius, width - 1);
        int[] row = new int[width + 2 * reach];
        int[] slid = new int[width];
        int[] result = new int[levels.length];
        for (int y = 0; y < height; y++) {
            for (int i = 0; i < row.length; i++) {
                int x = i - reach;
                int edge = Math.clamp(x, 0, width - 1); // x itself inside the image
                int mirrored = levels[y * width + 2 * edge - x];
                row[i] = slopes ? 2 * levels[y * width + edge] - mirrored : mirrored;
            }
            sliding.slide(row, reach, slid);
            for (int x = 0; x < width; x++) {
                result[x * height + y] = slid[x];
            }
        }
        return new Grey(/* width= */ height, /* height= */ width, result);
    }

    private static void sums(int[] row, int reach, int[] result) {
        int sum = 0;
        for (int i = 0; i < row.length; i++) {
            sum += row[i];
            if (i >= 2 * reach) {
                result[i - 2 * reach] = sum;
                sum -= row[i - 2 * reach];
            }
        }
    }

    /** The least for sign 1, the greatest for -1; candidates wait in the order in which they will be the extreme. */
    private static void extremes(int[] row, int reach, int[] result, int sign) {
        int[] waiting = new int[row.length]; // indices
        int first = 0;
        int end = 0;
        for (int i = 0; i < row.length; i++) {
            while (end > first && sign * row[waiting[end - 1]] >= sign * row[i]) {
                end--;
            }
            waiting[end++] = i;
            if (i >= 2 * reach) {
                result[i - 2 * reach] = row[waiting[first]];
                if (waiting[first] == i - 2 * reach) {
                    first++;
                }
            }
        }
    }
}
