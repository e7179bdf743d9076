package dev.lanewise.export;

import dev.lanewise.kernel.Shape;
import java.util.List;

/** Where the numbers of an image lie in other programs, which have the channels first: [C, H, W] instead of [H, W, C]. */
enum Axes {
    HEIGHT, WIDTH, CHANNELS;

    /** The usual order of other programs. */
    static final List<Axes> CHANNELS_FIRST = List.of(CHANNELS, HEIGHT, WIDTH);

    int extent(Shape shape) {
        return switch (this) {
            case HEIGHT -> shape.height();
            case WIDTH -> shape.width();
            case CHANNELS -> shape.channels();
        };
    }

    /** How far apart two neighbours along this axis lie in [H, W, C]. */
    private int stride(Shape shape) {
        return switch (this) {
            case HEIGHT -> shape.width() * shape.channels();
            case WIDTH -> shape.channels();
            case CHANNELS -> 1;
        };
    }

    /**
     * For each number of a sample in another order, its place in [H, W, C].
     *
     * @param order the axes, outermost first
     */
    static int[] places(Shape shape, List<Axes> order) {
        int[] places = new int[shape.size()];
        int outer = order.get(0).extent(shape);
        int middle = order.get(1).extent(shape);
        int inner = order.get(2).extent(shape);
        int at = 0;
        for (int i = 0; i < outer; i++) {
            for (int j = 0; j < middle; j++) {
                for (int k = 0; k < inner; k++) {
                    places[at++] = i * order.get(0).stride(shape) + j * order.get(1).stride(shape)
                            + k * order.get(2).stride(shape);
                }
            }
        }
        return places;
    }

    /** Weights [in, out], whose inputs are [H, W, C], as [out, in] with inputs in another order. */
    static float[] productToRows(float[] weight, Shape input, int outputs, List<Axes> order) {
        int[] places = places(input, order);
        float[] rows = new float[weight.length];
        for (int i = 0; i < places.length; i++) {
            for (int j = 0; j < outputs; j++) {
                rows[j * places.length + i] = weight[places[i] * outputs + j];
            }
        }
        return rows;
    }

    /** The inverse of {@link #productToRows}. */
    static void productFromRows(float[] rows, Shape input, int outputs, List<Axes> order, float[] weight) {
        int[] places = places(input, order);
        for (int i = 0; i < places.length; i++) {
            for (int j = 0; j < outputs; j++) {
                weight[places[i] * outputs + j] = rows[j * places.length + i];
            }
        }
    }

    /** Weights [taps, in, out] of a convolution as [out, in, taps]. */
    static float[] filtersToPlanes(float[] weight, int inputs, int outputs) {
        int taps = weight.length / inputs / outputs;
        float[] planes = new float[weight.length];
        for (int t = 0; t < taps; t++) {
            for (int i = 0; i < inputs; i++) {
                for (int j = 0; j < outputs; j++) {
                    planes[(j * inputs + i) * taps + t] = weight[(t * inputs + i) * outputs + j];
                }
            }
        }
        return planes;
    }

    /** The inverse of {@link #filtersToPlanes}. */
    static void filtersFromPlanes(float[] planes, int inputs, int outputs, float[] weight) {
        int taps = weight.length / inputs / outputs;
        for (int t = 0; t < taps; t++) {
            for (int i = 0; i < inputs; i++) {
                for (int j = 0; j < outputs; j++) {
                    weight[(t * inputs + i) * outputs + j] = planes[(j * inputs + i) * taps + t];
                }
            }
        }
    }
}
