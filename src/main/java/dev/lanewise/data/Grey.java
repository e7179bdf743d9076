package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/** A grey image: {@code levels} is {@code [height, width]}, each from 0, black, to 255, white. */
final class Grey {
    private final int width;
    private final int height;
    private final int[] levels;

    Grey(int width, int height, int[] levels) {
        this.width = width;
        this.height = height;
        this.levels = levels;
    }

    /** Columns. */
    int width() {
        return width;
    }

    /** Rows. */
    int height() {
        return height;
    }

    /** [height, width], each from 0, black, to 255, white. */
    int[] levels() {
        return levels;
    }

    /** Luminance, averaged over square cells of pixels so that no side is longer than that. */
    static Grey of(ImageReader.Image image, int mostSide) {
        Shape shape = image.shape();
        int side = cellSide(image, mostSide);
        int width = Math.ceilDiv(shape.width(), side);
        int height = Math.ceilDiv(shape.height(), side);
        long[] sums = new long[width * height];
        int[] counts = new int[width * height];
        for (int y = 0; y < shape.height(); y++) {
            for (int x = 0; x < shape.width(); x++) {
                int i = y * shape.width() + x;
                int cell = y / side * width + x / side;
                sums[cell] += shape.channels() == 1
                        ? image.pixels()[i] & 0xff
                        : ImageReader.luminance(image.pixels(), 3 * i);
                counts[cell]++;
            }
        }
        int[] levels = new int[width * height];
        Arrays.setAll(levels, i -> ImageReader.divideRounded(sums[i], counts[i]));
        return new Grey(width, height, levels);
    }

    /** Pixels along a cell. */
    static int cellSide(ImageReader.Image image, int mostSide) {
        return Math.ceilDiv(Math.max(image.shape().width(), image.shape().height()), mostSide);
    }

    Grey map(IntUnaryOperator operator) {
        return new Grey(width, height, Arrays.stream(levels).map(operator).toArray());
    }

    int max() {
        return Arrays.stream(levels).max().getAsInt();
    }

    /** Rows become columns. */
    Grey transposed() {
        int[] turned = new int[levels.length];
        for (int i = 0; i < turned.length; i++) {
            turned[i % width * height + i / width] = levels[i];
        }
        return new Grey(height, width, turned);
    }

    /** The box around the pixels of at least a level. */
    Box box(int level) {
        Box box = Box.NOTHING;
        for (int i = 0; i < levels.length; i++) {
            if (levels[i] >= level) {
                box = box.with(i % width, i / width);
            }
        }
        return box;
    }
}
