package dev.lanewise.model;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.kernel.Shape;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A layer that applies one function to every element. Its derivative is taken from what came out. */
public final class Activation implements Layer {
    /** The functions. */
    public enum Function {
        /** max(z, 0). */
        RELU(Initializer.HE) {
            @Override
            void forward(float[] z, int zAt, float[] y, int yAt, int n) {
                Elementwise.relu(z, zAt, y, yAt, n);
            }

            @Override
            void forwardOne(float[] z, int zAt, float[] y, int yAt, int n) {
                Elementwise.reluOfOne(z, zAt, y, yAt, n);
            }

            @Override
            void backward(float[] y, int yAt, float[] dy, int dyAt, int n) {
                Elementwise.reluBackward(y, yAt, dy, dyAt, n);
            }

            @Override
            double value(double z) {
                return Math.max(z, 0);
            }

            @Override
            double derivative(double y) {
                return y > 0 ? 1 : 0;
            }
        },
        /** 1 / (1 + e^-z). */
        SIGMOID(Initializer.GLOROT) {
            @Override
            void forward(float[] z, int zAt, float[] y, int yAt, int n) {
                Elementwise.sigmoid(z, zAt, y, yAt, n);
            }

            @Override
            void backward(float[] y, int yAt, float[] dy, int dyAt, int n) {
                Elementwise.sigmoidBackward(y, yAt, dy, dyAt, n);
            }

            @Override
            double value(double z) {
                return 1 / (1 + Math.exp(-z));
            }

            @Override
            double derivative(double y) {
                return y * (1 - y);
            }
        },
        /** Hyperbolic tangent. */
        TANH(Initializer.GLOROT) {
            @Override
            void forward(float[] z, int zAt, float[] y, int yAt, int n) {
                Elementwise.tanh(z, zAt, y, yAt, n);
            }

            @Override
            void backward(float[] y, int yAt, float[] dy, int dyAt, int n) {
                Elementwise.tanhBackward(y, yAt, dy, dyAt, n);
            }

            @Override
            double value(double z) {
                return Math.tanh(z);
            }

            @Override
            double derivative(double y) {
                return 1 - y * y;
            }
        };

        private final Initializer suiting;

        Function(Initializer suiting) {
            this.suiting = suiting;
        }

        /** y from z, n elements. */
        abstract void forward(float[] z, int zAt, float[] y, int yAt, int n);

        /** The same of one sample, by what is fastest in a process that has just begun. */
        void forwardOne(float[] z, int zAt, float[] y, int yAt, int n) {
            forward(z, zAt, y, yAt, n);
        }

        /** dz from y, in the place of dy, n elements. */
        abstract void backward(float[] y, int yAt, float[] dy, int dyAt, int n);

        /** y from z in double. */
        abstract double value(double z);

        /** dy / dz from y in double. */
        abstract double derivative(double y);

        /** The name in a description: {@code relu}. */
        public String kind() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Function function;
    private final Shape shape;

    /** A layer for samples of that shape. */
    public Activation(Function function, Shape shape) {
        this.function = function;
        this.shape = shape;
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
    public Spec spec() {
        return Spec.of(function.kind());
    }

    @Override
    public Optional<Operation> operation() {
        return Optional.of(Operation.Function.valueOf(function.name()));
    }

    @Override
    public Initializer suits(Initializer behind) {
        return function.suiting;
    }

    @Override
    public boolean accepts(Layout layout) {
        return true;
    }

    /** What is not above 0 has no gradient, and the largest of what is stays it: so relu has only the largest to look at. */
    @Override
    public Optional<Layer> behind(Layer next) {
        return function == Function.RELU && next.leavesLargest()
                ? Optional.of(new Activation(function, next.output()))
                : Optional.empty();
    }

    @Override
    public Stage stage(Input x, Mode mode) {
        return new Work(x, mode);
    }

    @Override
    public Optional<Reference> reference() {
        return Optional.of(new Reference() {
            @Override
            public int[] pieces(double[] x, int rows) {
                return function == Function.RELU ? Reference.signs(x) : Reference.super.pieces(x, rows);
            }

            @Override
            public double[] forward(double[] x, int rows) {
                double[] y = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                    y[i] = function.value(x[i]);
                }
                return y;
            }

            @Override
            public double[] backward(double[] x, double[] y, double[] dy, int rows, List<double[]> gradients) {
                double[] dx = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                    dx[i] = dy[i] * function.derivative(y[i]);
                }
                return dx;
            }
        });
    }

    /** In the place of its input where the stage before does without it. */
    private final class Work implements Stage {
        private final int size = shape.size();
        private final Input x;
        private final Input y;
        private final boolean oneByOne;

        Work(Input x, Mode mode) {
            this.x = x;
            y = Input.inPlace(x, mode);
            oneByOne = mode.isOneByOne();
        }

        @Override
        public Input output() {
            return y;
        }

        @Override
        public void forward(int from, int to) {
            if (oneByOne) {
                function.forwardOne(x.values(), x.offset(from), y.values(), x.offset(from), x.length(from, to));
            } else {
                function.forward(x.values(), x.offset(from), y.values(), x.offset(from), x.length(from, to));
            }
        }

        @Override
        public void backward(int from, int to) {
            differentiate(x.offset(from), x.length(from, to));
        }

        /** dz from dy, n elements. */
        @SuppressWarnings("ReferenceEquality") // whether it works in place
        private void differentiate(int at, int n) {
            function.backward(y.values(), at, y.gradient(), at, n);
            if (x.hasGradient() && x.gradient() != y.gradient()) {
                System.arraycopy(y.gradient(), at, x.gradient(), at, n);
            }
        }

        @Override
        public Optional<SplitStage> split(int owners, GradientSink sink) {
            if (x.layout() != Layout.ROWS) {
                return Stage.super.split(owners, sink);
            }
            return Optional.of(new SplitStage() {
                @Override
                public boolean readsAllUnits() {
                    return false;
                }

                @Override
                public void forward(int from, int to, int owner) {
                    int unit = SplitStage.unit(size, owner, owners);
                    int n = SplitStage.unit(size, owner + 1, owners) - unit;
                    if (n == size) {
                        Work.this.forward(from, to);
                        return;
                    }
                    for (int at = from * size + unit; at < to * size; at += size) {
                        function.forward(x.values(), at, y.values(), at, n);
                    }
                }

                @Override
                public void backward(int from, int to, int unit, int endUnit) {
                    if (endUnit - unit == size) {
                        Work.this.backward(from, to);
                        return;
                    }
                    for (int at = from * size + unit; at < to * size; at += size) {
                        differentiate(at, endUnit - unit);
                    }
                }
            });
        }
    }
}
