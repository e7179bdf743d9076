package dev.lanewise.data;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/** A grey image: {@code levels} is {@code [height, width]}, each from 0, black, to 255, white. */
record Grey(int width, int height, int[] levels) {
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
