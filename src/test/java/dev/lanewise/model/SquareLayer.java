package dev.lanewise.model;

import dev.lanewise.kernel.Shape;
import java.util.Arrays;
import java.util.List;

/**
 * A layer of three units as a user may write it, by samples alone and with its gradients: y = x^2 k.
 *
 * @param factor what its backward makes of the derivative's 2 in 2 x k
 * @param summed whether its gradients sum over all samples, as they should
 */
record SquareLayer(Parameter k, float factor, boolean summed) implements Layer {
    @Override
    public Shape input() {
        return Shape.vector(3);
    }

    @Override
    public Shape output() {
        return Shape.vector(3);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(k);
    }

    @Override
    public Spec spec() {
        return Spec.of("square");
    }

    @Override
    public Stage stage(Input x, Mode mode) {
        Input y = Input.output(x, output(), mode, true);
        return new Stage() {
            @Override
            public Input output() {
                return y;
            }

            @Override
            public List<Parameter> parameters() {
                return SquareLayer.this.parameters();
            }

            @Override
            public void forward(int from, int to) {
                for (int i = 3 * from; i < 3 * to; i++) {
                    y.values()[i] = x.values()[i] * x.values()[i] * k.value()[i % 3];
                }
            }

            @Override
            public void backward(int from, int to) {
                for (int i = 3 * from; x.hasGradient() && i < 3 * to; i++) {
                    x.gradient()[i] = factor * x.values()[i] * k.value()[i % 3] * y.gradient()[i];
                }
            }

            @Override
            public void gradients(int rows, int from, int to) {
                int first = Parts.row(k, from);
                int end = Parts.row(k, to);
                Arrays.fill(k.gradient(), first, end, 0f);
                for (int row = 0; row < (summed ? rows : 1); row++) {
                    for (int j = first; j < end; j++) {
                        float z = x.values()[3 * row + j];
                        k.gradient()[j] += z * z * y.gradient()[3 * row + j];
                    }
                }
            }
        };
    }
}
