package dev.lanewise.extension;

import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Initializer;
import dev.lanewise.model.Input;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Reference;
import dev.lanewise.model.Spec;
import dev.lanewise.model.Stage;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** A layer that a user wrote: relu whose slope below 0 is learnt, one for each unit (He et al. 2015). */
public final class PRelu implements Layer {
    /** {@code prelu}. */
    public static final class PReluKind implements Kind {
        @Override
        public String kind() {
            return "prelu";
        }

        @Override
        public Layer create(Spec spec, String name, Shape input) {
            spec.requireArguments(0, kind());
            return new PRelu(name, input);
        }
    }

    private final Shape shape;
    private final int size;
    private final Parameter slope; // [units]

    PRelu(String name, Shape shape) {
        this.shape = shape;
        size = shape.size();
        slope = Parameter.bias(name + ".slope", size);
    }

    @Override
    public Shape input() {
        return shape;
    }

    @Override
    public Shape output() {
        return shape;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(slope);
    }

    @Override
    public Spec spec() {
        return Spec.of("prelu");
    }

    @Override
    public void initialize(RandomGenerator random, Initializer suiting) {
        Arrays.fill(slope.value(), 0.25f);
    }

    @Override
    public Initializer suits(Initializer behind) {
        return Initializer.HE;
    }

    @Override
    public Stage stage(Input x, Mode mode) {
        return new Work(x, mode);
    }

    private final class Work implements Stage {
        private final Input x;
        private final Input y;

        Work(Input x, Mode mode) {
            this.x = x;
            y = Input.output(x, shape, mode, /* overwritable= */ true);
        }

        @Override
        public Input output() {
            return y;
        }

        @Override
        public List<Parameter> parameters() {
            return PRelu.this.parameters();
        }

        @Override
        public void forward(int from, int to) {
            float[] in = x.values();
            float[] a = slope.value();
            for (int row = from; row < to; row++) {
                for (int j = 0; j < size; j++) {
                    float z = in[row * size + j];
                    y.values()[row * size + j] = z > 0 ? z : a[j] * z;
                }
            }
        }

        @Override
        public void backward(int from, int to) {
            for (int row = from; x.hasGradient() && row < to; row++) {
                for (int j = 0; j < size; j++) {
                    float dy = y.gradient()[row * size + j];
                    x.gradient()[row * size + j] = x.values()[row * size + j] > 0 ? dy : slope.value()[j] * dy;
                }
            }
        }

        @Override
        public void gradients(int rows, int from, int to) {
            int first = Parts.row(slope, from);
            int end = Parts.row(slope, to);
            float[] da = slope.gradient();
            Arrays.fill(da, first, end, 0f);
            for (int row = 0; row < rows; row++) {
                for (int j = first; j < end; j++) {
                    da[j] += Math.min(x.values()[row * size + j], 0f) * y.gradient()[row * size + j];
                }
            }
        }
    }

    @Override
    public Optional<Reference> reference() {
        double[] a = Reference.doubles(slope.value());
        return Optional.of(new Reference() {
            @Override
            public List<double[]> parameters() {
                return List.of(a);
            }

            @Override
            public int[] pieces(double[] x, int rows) {
                return Reference.signs(x);
            }

            @Override
            public double[] forward(double[] x, int rows) {
                double[] y = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                    y[i] = x[i] > 0 ? x[i] : a[i % size] * x[i];
                }
                return y;
            }

            @Override
            public double[] backward(double[] x, double[] y, double[] dy, int rows, List<double[]> gradients) {
                double[] dx = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                    dx[i] = x[i] > 0 ? dy[i] : a[i % size] * dy[i];
                    gradients.getFirst()[i % size] += Math.min(x[i], 0) * dy[i];
                }
                return dx;
            }
        });
    }
}
