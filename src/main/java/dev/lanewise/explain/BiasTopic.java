package dev.lanewise.explain;

import dev.lanewise.explain.Page.Matrix;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.model.Dense;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Stage;
import java.util.Arrays;

/** {@code explain bias}: a vector of its own, or a column of ones in the input. */
public final class BiasTopic {
    static final int ROWS = 3;
    static final int IN = 2;
    static final int OUT = 2;
    static final float[] X = {0.5f, -1f, 2f, 0.3f, -0.7f, 1.1f}; // [3, 2]
    static final float[] W = {0.1f, -0.4f, 0.6f, 0.2f}; // [2, 2]
    static final float[] B = {0.3f, -0.2f};
    static final float[] DELTA = {0.25f, -0.5f, -0.1f, 0.7f, 0.35f, 0.15f}; // [3, 2]

    private BiasTopic() {
    }

    /** A layer with its bias as a vector, after a pass forward and backward. */
    static final class Vector {
        final float[] z;
        final float[] dW;
        final float[] db;

        Vector(float[] z, float[] dW, float[] db) {
            this.z = z;
            this.dW = dW;
            this.db = db;
        }

        static Vector compute() {
            Dense layer = new Dense("layer", Shape.vector(IN), OUT);
            System.arraycopy(W, 0, layer.weight().value(), 0, W.length);
            System.arraycopy(B, 0, layer.bias().value(), 0, B.length);
            Input input = Input.of(layer.input(), ROWS);
            System.arraycopy(X, 0, input.values(), 0, X.length);
            Stage stage = layer.stage(input, Mode.training(0, Tuning.LONG));
            stage.forward(0, ROWS);
            System.arraycopy(DELTA, 0, stage.output().gradient(), 0, DELTA.length);
            stage.gradients(ROWS, 0, Parts.COUNT);
            float[] z = stage.output().values();
            return new Vector(z, layer.weight().gradient(), layer.bias().gradient());
        }
    }

    /** The same with the bias as the last row of the weights, under a column of ones. */
    static final class Ones {
        final float[] x;
        final float[] w;
        final float[] z;
        final float[] dW;

        Ones(float[] x, float[] w, float[] z, float[] dW) {
            this.x = x;
            this.w = w;
            this.z = z;
            this.dW = dW;
        }

        static Ones compute() {
            float[] x = new float[ROWS * (IN + 1)];
            for (int i = 0; i < ROWS; i++) {
                System.arraycopy(X, i * IN, x, i * (IN + 1), IN);
                x[i * (IN + 1) + IN] = 1f;
            }
            float[] w = Arrays.copyOf(W, (IN + 1) * OUT);
            System.arraycopy(B, 0, w, IN * OUT, OUT);
            float[] z = new float[ROWS * OUT];
            Gemm.sgemm(false, false, ROWS, OUT, IN + 1, 1f, x, 0, IN + 1, w, 0, OUT, 0f, z, 0, OUT);
            float[] dW = new float[(IN + 1) * OUT];
            Gemm.sgemm(true, false, IN + 1, OUT, ROWS, 1f, x, 0, IN + 1, DELTA, 0, OUT, 0f, dW, 0, OUT);
            return new Ones(x, w, z, dW);
        }
    }

    /** The screen. */
    public static Page page() {
        Vector vector = Vector.compute();
        Ones ones = Ones.compute();
        float[] joined = Arrays.copyOf(vector.dW, (IN + 1) * OUT);
        System.arraycopy(vector.db, 0, joined, IN * OUT, OUT);
        return new Page("Where the bias stands")
                .text("A layer computes z = x W + b. The bias b may be a vector of its own, or one more row of W that "
                        + "meets one more input, always 1. Both are the same layer with the same gradients. Three "
                        + "samples, two inputs, two units:")
                .section("A vector of its own")
                .matrices(new Matrix("x", ROWS, IN, X), new Matrix("W", IN, OUT, W), new Matrix("b", 1, OUT, B),
                        new Matrix("z = x W + b, b added to every row", ROWS, OUT, vector.z),
                        new Matrix("delta = dL/dz, from the layer above", ROWS, OUT, DELTA),
                        new Matrix("dL/dW = x^T delta", IN, OUT, vector.dW),
                        new Matrix("dL/db = sum of delta's rows", 1, OUT, vector.db))
                .section("A column of ones")
                .matrices(new Matrix("x' = [x, 1]", ROWS, IN + 1, ones.x),
                        new Matrix("W' = W above b", IN + 1, OUT, ones.w),
                        new Matrix("z = x' W'", ROWS, OUT, ones.z),
                        new Matrix("dL/dW' = x'^T delta, its last row dL/db", IN + 1, OUT, ones.dW))
                .text("z: %s. Gradients: %s.",
                        Arrays.equals(vector.z, ones.z) ? "the same to the last bit" : "NOT THE SAME",
                        Arrays.equals(joined, ones.dW) ? "the same to the last bit" : "NOT THE SAME")
                .text("Why sum: one b serves every sample, so each sample's delta counts; a column of ones times "
                        + "delta is "
                        + "that very sum. Where it stands: one bias per unit, in every layer, and so the next layer "
                        + "needs "
                        + "its own column of ones. dL/dx = delta W^T leaves b out: nothing flows back through "
                        + "a constant.")
                .text("Lanewise keeps a vector: x need not be copied to make room for ones, and weight decay can leave "
                        + "the bias out. Forgetting to update it: --mistake no-bias-update.");
    }
}
