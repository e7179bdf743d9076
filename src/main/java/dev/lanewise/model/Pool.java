package dev.lanewise.model;

import dev.lanewise.kernel.Interleaved;
import dev.lanewise.kernel.Pooling;
import dev.lanewise.kernel.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A layer that leaves one number of every window of an image: {@code pool 2} its largest, {@code average-pool 2x3 stride=1} the
 * average, {@code global-pool} the average of the whole image.
 */
public final class Pool implements Layer {
    /** What is left of a window. */
    public enum Kind {
        /** The largest number, the first of equals. */
        MAX("pool"),
        /** The average. */
        AVERAGE("average-pool"),
        /** The average, the window being the image. */
        GLOBAL("global-pool");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /** The first word of a description. */
        public String word() {
            return word;
        }
    }

    private static final String STRIDE = "stride";

    private final Kind kind;
    private final Spec spec;
    private final Window window;
    private final int stride;
    private final Pooling pooling;

    /** The layer that words describe. */
    Pool(Kind kind, Spec spec, Shape input) {
        this.kind = kind;
        this.spec = spec;
        if (kind == Kind.GLOBAL) {
            spec.requireArguments(0, kind.word);
            window = new Window(input.height(), input.width());
            stride = 1;
        } else {
            if (spec.arguments().isEmpty()) {
                throw new IllegalArgumentException("'%s': write it as '%s SIZE', with stride=N behind it if need be"
                        .formatted(spec, kind.word));
            }
            window = Window.parse(spec, spec.arguments().getFirst());
            stride = Window.option(spec, 1, Map.of(STRIDE, (double) window.height()), STRIDE);
        }
        pooling = Window.fitting(spec, () -> new Pooling(input, window.height(), window.width(), stride));
    }

    @Override
    public Shape input() {
        return pooling.input();
    }

    @Override
    public Shape output() {
        return pooling.output();
    }

    @Override
    public Spec spec() {
        return spec;
    }

    @Override
    public Optional<Operation> operation() {
        return Optional.of(new Operation.Windows(kind == Kind.MAX, window.height(), window.width(), stride));
    }

    @Override
    public boolean accepts(Layout layout) {
        return layout == Layout.INTERLEAVED;
    }

    @Override
    public boolean predictsRows() {
        return true;
    }

    @Override
    public boolean leavesLargest() {
        return kind == Kind.MAX;
    }

    @Override
    public Stage stage(Input x, Mode mode) {
        return new Work(x, mode);
    }

    @Override
    public Optional<Reference> reference() {
        return Optional.of(new InDouble());
    }

    private final class Work implements Stage {
        private final Input x;
        private final Input y;
        private final byte @Nullable [] places; // of y, where in the window it was; null where no gradient is wanted

        Work(Input x, Mode mode) {
            this.x = x;
            y = Input.output(x, Pool.this.output(), mode, /* overwritable= */ true);
            places = kind == Kind.MAX && mode.training() ? new byte[y.values().length] : null;
        }

        @Override
        public Input output() {
            return y;
        }

        @Override
        public void forward(int from, int to) {
            int fromGroup = from / Interleaved.GROUP;
            if (x.layout() == Layout.ROWS) {
                for (int i = from; i < to; i++) {
                    forwardOne(i);
                }
            } else if (places != null) {
                pooling.max(x.values(), y.values(), places, fromGroup, Interleaved.groups(to));
            } else if (kind == Kind.MAX) {
                pooling.max(x.values(), y.values(), fromGroup, Interleaved.groups(to));
            } else {
                pooling.average(x.values(), y.values(), fromGroup, Interleaved.groups(to));
            }
        }

        private void forwardOne(int sample) {
            if (kind == Kind.MAX) {
                pooling.maxOfOne(x.values(), x.offset(sample), y.values(), y.offset(sample));
            } else {
                pooling.averageOfOne(x.values(), x.offset(sample), y.values(), y.offset(sample));
            }
        }

        @Override
        public void backward(int from, int to) {
            int fromGroup = from / Interleaved.GROUP;
            if (!x.hasGradient()) {
                return;
            }
            if (places != null) {
                pooling.maxGradient(y.gradient(), places, x.gradient(), fromGroup, Interleaved.groups(to));
            } else {
                pooling.averageGradient(y.gradient(), x.gradient(), fromGroup, Interleaved.groups(to));
            }
        }
    }

    /** The formulas, place by place. */
    private final class InDouble implements Reference {
        /** Where in x place number {@code place} of the window of element i of y is. */
        private int at(int i, int place) {
            Shape out = output();
            Shape in = input();
            int channel = i % out.channels();
            int column = i / out.channels() % out.width() * stride + place % window.width();
            int row = i / out.channels() / out.width() % out.height() * stride + place / window.width();
            return ((i / out.size() * in.height() + row) * in.width() + column) * in.channels() + channel;
        }

        private int places() {
            return window.height() * window.width();
        }

        @Override
        public int[] pieces(double[] x, int rows) {
            int[] largest = new int[kind == Kind.MAX ? rows * output().size() : 0];
            for (int i = 0; i < largest.length; i++) {
                for (int place = 1; place < places(); place++) {
                    largest[i] = x[at(i, place)] > x[at(i, largest[i])] ? place : largest[i];
                }
            }
            return largest;
        }

        @Override
        public double[] forward(double[] x, int rows) {
            double[] y = new double[rows * output().size()];
            int[] largest = pieces(x, rows);
            for (int i = 0; i < y.length; i++) {
                if (kind == Kind.MAX) {
                    y[i] = x[at(i, largest[i])];
                } else {
                    for (int place = 0; place < places(); place++) {
                        y[i] += x[at(i, place)] / places();
                    }
                }
            }
            return y;
        }

        @Override
        public double[] backward(double[] x, double[] y, double[] dy, int rows, List<double[]> gradients) {
            double[] dx = new double[x.length];
            int[] largest = pieces(x, rows);
            for (int i = 0; i < dy.length; i++) {
                if (kind == Kind.MAX) {
                    dx[at(i, largest[i])] += dy[i];
                } else {
                    for (int place = 0; place < places(); place++) {
                        dx[at(i, place)] += dy[i] / places();
                    }
                }
            }
            return dx;
        }
    }
}
