package dev.lanewise.explain;

import dev.lanewise.explain.Page.Matrix;
import dev.lanewise.kernel.Channels;
import dev.lanewise.kernel.Convolution;
import dev.lanewise.kernel.Interleaved;
import dev.lanewise.kernel.Pooling;
import dev.lanewise.kernel.Shape;
import java.util.ArrayList;
import java.util.List;

/** {@code explain conv}: a filter of 3 x 3 over an image of 5 x 5, forward and backward, and max pooling. */
public final class ConvTopic {
    static final int SIZE = 5;
    static final int KERNEL = 3;
    static final int OUT = SIZE - KERNEL + 1;
    static final float[] X = {0.1f, 0.7f, 0.9f, 0.2f, 0, 0, 0.3f, 0.8f, 0.6f, 0, 0, 0, 0.5f, 0.9f, 0.1f, 0, 0.2f, 0.9f,
            0.4f, 0, 0.3f, 1, 0.6f, 0, 0}; // [5, 5]
    static final float[] W = {0.5f, -0.3f, 0.2f, 1, 0.4f, -0.6f, -0.2f, 0.8f, -1}; // [3, 3]
    static final float B = 0.1f;
    static final float[] DY = {0.2f, -0.5f, 0.1f, 0, 0.4f, -0.3f, 0.6f, 0, -0.1f}; // [3, 3]
    static final int SHOWN_ROW = 1;
    static final int SHOWN_COLUMN = 2;
    static final float[] POOLED = {1, 3, 2, 2, 0, 2, 2, 1, 5, 4, 0, -1, 4, 5, -3, -2}; // [4, 4]
    static final int WINDOW = 2;
    static final float[] POOLED_DY = {0.1f, 0.2f, 0.3f, 0.4f}; // [2, 2]
    private static final float STEP = 0.25f; // everything is linear in each number: no step is too large

    private ConvTopic() {
    }

    private static Shape square(int size) {
        return new Shape(size, size, 1);
    }

    /** An image in a group of its own, as the kernels take it: lane 0 of 16. */
    private static float[] group(float[] image) {
        float[] group = new float[image.length * Interleaved.GROUP];
        Interleaved.fromRows(image, 0, 1, image.length, group, 0, 1);
        return group;
    }

    private static float[] image(float[] group) {
        float[] image = new float[group.length / Interleaved.GROUP];
        Interleaved.toRows(group, image, 0, 1, image.length, 0, 1);
        return image;
    }

    private static Convolution convolution() {
        return new Convolution(square(SIZE), KERNEL, KERNEL, 1, 0, 1);
    }

    private static Convolution.PackedFilters packed(Convolution convolution, float[] w) {
        Convolution.PackedFilters filters = convolution.packedFilters(true);
        filters.pack(w, 0);
        return filters;
    }

    /** y, by the kernel. */
    static float[] forward(float[] x, float[] w, float b) {
        Convolution convolution = convolution();
        float[] y = new float[OUT * OUT * Interleaved.GROUP];
        convolution.forward(group(x), packed(convolution, w), new float[]{b}, y, 0, 1);
        return image(y);
    }

    /** dL/dw, by the kernel. */
    static float[] weightGradient(float[] x, float[] dy) {
        Convolution convolution = convolution();
        float[] dw = new float[KERNEL * KERNEL];
        convolution.weightGradient(group(x), group(dy), 1, convolution.scratch(), 0, convolution.taps(), dw, 0);
        return dw;
    }

    /** dL/db, by the kernel. */
    static float[] biasGradient(float[] dy) {
        float[] db = new float[1];
        Channels.sum(group(dy), square(OUT), 1, 0, 1, db, 0);
        return db;
    }

    /** dL/dx, by the kernel. */
    static float[] inputGradient(float[] w, float[] dy) {
        Convolution convolution = convolution();
        float[] dx = new float[SIZE * SIZE * Interleaved.GROUP];
        convolution.inputGradient(group(dy), packed(convolution, w), dx, 0, 1);
        return image(dx);
    }

    /** The formula of all three: y[r, c] = sum over i, j of x[r + i, c + j] w[i, j], both square. */
    static float[] correlate(float[] x, int size, float[] w, int kernel) {
        int out = size - kernel + 1;
        float[] y = new float[out * out];
        for (int r = 0; r < out; r++) {
            for (int c = 0; c < out; c++) {
                double sum = 0;
                for (int i = 0; i < kernel; i++) {
                    for (int j = 0; j < kernel; j++) {
                        sum += (double) x[(r + i) * size + c + j] * w[i * kernel + j];
                    }
                }
                y[r * out + c] = (float) sum;
            }
        }
        return y;
    }

    /** Turned by half a turn: up is down and left is right. */
    static float[] flipped(float[] w) {
        float[] flipped = new float[w.length];
        for (int i = 0; i < w.length; i++) {
            flipped[i] = w[w.length - 1 - i];
        }
        return flipped;
    }

    /** With a frame of zeros, as wide as a window reaches beyond the edge. */
    static float[] framed(float[] dy, int size, int frame) {
        int wide = size + 2 * frame;
        float[] framed = new float[wide * wide];
        for (int r = 0; r < size; r++) {
            System.arraycopy(dy, r * size, framed, (r + frame) * wide + frame, size);
        }
        return framed;
    }

    /** A number of the image, the filter or the bias that moves. */
    private interface Moved {
        float[] forward(float[] values);
    }

    /** dL/dvalue of each, L being the sum of dy y: by central differences of the kernel's y. */
    private static float[] differences(float[] values, Moved moved) {
        float[] differences = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            differences[i] = (float) ((loss(values, i, STEP, moved) - loss(values, i, -STEP, moved)) / (2 * STEP));
        }
        return differences;
    }

    private static double loss(float[] values, int i, float step, Moved moved) {
        float[] other = values.clone();
        other[i] += step;
        float[] y = moved.forward(other);
        double loss = 0;
        for (int j = 0; j < y.length; j++) {
            loss += (double) DY[j] * y[j];
        }
        return loss;
    }

    /** The largest of each window of 2 x 2, and the gradient that goes to it, by the kernels. */
    static List<float[]> pooled() {
        Pooling pooling = new Pooling(square(2 * WINDOW), WINDOW, WINDOW, WINDOW);
        float[] y = new float[WINDOW * WINDOW * Interleaved.GROUP];
        byte[] found = new byte[y.length];
        float[] dx = new float[POOLED.length * Interleaved.GROUP];
        pooling.max(group(POOLED), y, found, 0, 1);
        pooling.maxGradient(group(POOLED_DY), found, dx, 0, 1);
        return List.of(image(y), image(dx));
    }

    /** The screen. */
    public static Page page() {
        float[] y = forward(X, W, B);
        float[] dw = weightGradient(X, DY);
        float[] db = biasGradient(DY);
        float[] dx = inputGradient(W, DY);
        float[] frame = framed(DY, OUT, KERNEL - 1);
        float[] byFormulaW = correlate(X, SIZE, DY, OUT);
        float[] byFormulaX = correlate(frame, OUT + 2 * (KERNEL - 1), flipped(W), KERNEL);
        Page page = new Page("A convolution forward and backward, by hand")
                .text("In short. An output is the sum of a window of the image times the filter. The gradient of the "
                        + "filter is a convolution again: of the image with dL/dy. That of the image is one too: of dL/dy, "
                        + "with a frame of zeros, with the filter turned by half a turn. The kernels are those that "
                        + "train, with one image of one channel; [row, column] are counted from 0.")
                .section("Forward")
                .matrices(new Matrix("x, the image", SIZE, SIZE, X), new Matrix("w, the filter", KERNEL, KERNEL, W),
                        new Matrix("b, the bias", 1, 1, new float[]{B}))
                .text("The filter lies on the window that begins at x[%1$d, %2$d]; y[%1$d, %2$d] begins with b, and nine "
                        + "products are added in the order of the filter:", SHOWN_ROW, SHOWN_COLUMN)
                .table(List.of("term", "x", "w", "product", "sum"), terms())
                .text("So at all %d places where the filter fits; it is the same filter everywhere. (As the filter is "
                        + "not turned, mathematicians call this a cross-correlation.)", OUT * OUT)
                .matrices(new Matrix("y[r, c] = b + sum x[r+i, c+j] w[i, j]", OUT, OUT, y));
        page.section("Backward: the gradient of the filter")
                .text("The layers above hand down dL/dy, here invented. w[i, j] has met x[r+i, c+j] in every y[r, c], so "
                        + "its gradient is the sum of dL/dy[r, c] x[r+i, c+j]: dL/dy slides over the image as the filter "
                        + "did. The bias is in every output once.")
                .matrices(new Matrix("dL/dy", OUT, OUT, DY),
                        new Matrix("dL/dw[i, j] = sum x[r+i, c+j] dL/dy[r, c]", KERNEL, KERNEL, byFormulaW),
                        new Matrix("dL/dw, the kernel", KERNEL, KERNEL, dw),
                        new Matrix("dL/db = sum dL/dy, the kernel", 1, 1, db));
        page.section("Backward: the gradient of the image")
                .text("x[r, c] was in y[r-i, c-j] by w[i, j], wherever that is an output: its gradient is the sum of "
                        + "dL/dy[r-i, c-j] w[i, j]. That is the turned filter sliding over dL/dy with %d rows and columns "
                        + "of zeros around it, a full convolution.", KERNEL - 1)
                .matrices(new Matrix("w turned: w[2-i, 2-j]", KERNEL, KERNEL, flipped(W)),
                        new Matrix("dL/dx[r, c] = sum dL/dy[r-i, c-j] w[i, j]", SIZE, SIZE, byFormulaX),
                        new Matrix("dL/dx, the kernel", SIZE, SIZE, dx));
        page.section("Checked by differences")
                .text("L = sum of dL/dy[r, c] y[r, c] has that gradient. One number moves by %s to both sides, and the "
                        + "forward kernel says what becomes of L.", STEP)
                .table(List.of("gradient", "numbers", "kernel - formula", "kernel - differences"), List.of(
                        check("dL/dw", dw, byFormulaW, differences(W, w -> forward(X, w, B))),
                        check("dL/db", db, sum(), differences(new float[]{B}, b -> forward(X, W, b[0]))),
                        check("dL/dx", dx, byFormulaX, differences(X, x -> forward(x, W, B)))))
                .text("Largest differences; a float is good to 6e-8.");
        List<float[]> pooled = pooled();
        return page.section("Max pooling: only the largest learns")
                .text("A window of 2 x 2 leaves its largest number. Moving another one a little changes nothing, so all of "
                        + "the gradient goes to the largest, to the first one, row by row, where there are "
                        + "equals, as in the upper right and the lower left window.")
                .matrices(new Matrix("x", 2 * WINDOW, 2 * WINDOW, POOLED),
                        new Matrix("y = the largest of each window", WINDOW, WINDOW, pooled.get(0)),
                        new Matrix("dL/dy", WINDOW, WINDOW, POOLED_DY),
                        new Matrix("dL/dx", 2 * WINDOW, 2 * WINDOW, pooled.get(1)))
                .text("With many channels a window reaches through all of them, and every filter makes a channel of the "
                        + "output: w is [kernel rows, kernel columns, in, out], and dL/dx sums over the filters. "
                        + "'gradcheck --net lenet' checks such a network.");
    }

    private static List<List<String>> terms() {
        List<List<String>> rows = new ArrayList<>();
        double sum = B;
        rows.add(List.of("b", "-", "-", "-", number(sum)));
        for (int i = 0; i < KERNEL; i++) {
            for (int j = 0; j < KERNEL; j++) {
                float x = X[(SHOWN_ROW + i) * SIZE + SHOWN_COLUMN + j];
                float w = W[i * KERNEL + j];
                sum += (double) x * w;
                rows.add(List.of("x[%d, %d] w[%d, %d]".formatted(SHOWN_ROW + i, SHOWN_COLUMN + j, i, j), number(x),
                        number(w), number((double) x * w + 0.0), number(sum)));
            }
        }
        return rows;
    }

    private static float[] sum() {
        double sum = 0;
        for (float d : DY) {
            sum += d;
        }
        return new float[]{(float) sum};
    }

    private static List<String> check(String name, float[] kernel, float[] formula, float[] differences) {
        return List.of(name, String.valueOf(kernel.length), "%.1e".formatted(SoftmaxTopic.distance(kernel, formula)),
                "%.1e".formatted(SoftmaxTopic.distance(kernel, differences)));
    }

    private static String number(double value) {
        return Page.number(value).strip();
    }
}
