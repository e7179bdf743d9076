package dev.lanewise.report;

import dev.lanewise.data.Dataset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/** The images of a set that are nearest to one, by Euclidean distance of their pixels; of equals the earlier ones. */
final class Neighbours {
    private final Dataset images;

    Neighbours(Dataset images) {
        this.images = images;
    }

    /**
     * An image of the set.
     *
     * @param image its number
     * @param squares the sum of squared differences of bytes
     */
    record Neighbour(int image, long squares) {
        /** The distance, where a pixel goes from 0 to 1. */
        double distance() {
            return Math.sqrt(squares) / 255;
        }
    }

    Dataset images() {
        return images;
    }

    /** The nearest ones, the nearest first; all of them where there are no more. */
    List<Neighbour> of(byte[] pixels, int count) {
        if (pixels.length != images.shape().size()) {
            throw new IllegalArgumentException("pixels: %d for images of %s".formatted(pixels.length, images.shape()));
        }
        long[] squares = new long[images.size()];
        IntStream.range(0, squares.length).parallel().forEach(image -> squares[image] = squares(pixels, image));
        Comparator<Neighbour> nearer = Comparator.comparingLong(Neighbour::squares)
                .thenComparingInt(Neighbour::image);
        PriorityQueue<Neighbour> nearest = new PriorityQueue<>(nearer.reversed());
        for (int image = 0; image < squares.length; image++) {
            if (nearest.size() < count || squares[image] < nearest.element().squares()) {
                nearest.add(new Neighbour(image, squares[image]));
            }
            if (nearest.size() > count) {
                nearest.remove();
            }
        }
        List<Neighbour> sorted = new ArrayList<>(nearest);
        sorted.sort(nearer);
        return sorted;
    }

    private long squares(byte[] pixels, int image) {
        byte[] others = images.pixels(image);
        long sum = 0;
        for (int i = 0; i < pixels.length; i++) {
            int difference = (pixels[i] & 0xff) - (others[i] & 0xff);
            sum += (long) difference * difference;
        }
        return sum;
    }
}
