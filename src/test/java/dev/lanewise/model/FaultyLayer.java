package dev.lanewise.model;

import dev.lanewise.kernel.Shape;
import java.util.Arrays;
import java.util.List;

/** y = k x^2 of 40 units, right if it is asked for everything at once, with one of the mistakes that wreck a training. */
record FaultyLayer(Parameter k, Fault fault) implements Layer {
    static final int UNITS = 40; // more than a vector's share of parts, so that they can be cut

    enum Fault {
        NONE, ADDS_TO_GRADIENTS, FORWARD_IGNORES_FROM, FORWARD_IGNORES_TO, BACKWARD_IGNORES_FROM, BACKWARD_ADDS_TO_DX, GRADIENTS_IGNORE_PARTS, GRADIENTS_SUM_ALL_ROOM, DX_TAKEN_FOR_GRANTED, X_CHANGED, Y_NEEDED_LATER, X_NEEDED_LATER
    }

    static FaultyLayer of(Fault fault) {
        Parameter k = Parameter.weight("k", UNITS);
        for (int i = 0; i < UNITS; i++) {
            k.value()[i] = i % 2 == 0 ? 0.5f + i / 40f : -1.5f;
        }
        return new FaultyLayer(k, fault);
    }

    @Override
    public Shape input() {
        return Shape.vector(UNITS);
    }

    @Override
    public Shape output() {
        return Shape.vector(UNITS);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(k);
    }

    @Override
    public Spec spec() {
        return Spec.of("faulty");
    }

    @Override
    public Stage stage(Input x, Mode mode) {
        return new Work(x, mode);
    }

    private final class Work implements Stage {
        private final Input x;
        private final Input y;
        private float[] kept = k.value().clone();

        Work(Input x, Mode mode) {
            this.x = x;
            y = fault == Fault.X_NEEDED_LATER
                    ? Input.inPlace(x, mode)
                    : Input.output(x, input(), mode, /* overwritable= */ true);
        }

        @Override
        public Input output() {
            return y;
        }

        @Override
        public List<Parameter> parameters() {
            return FaultyLayer.this.parameters();
        }

        @Override
        public void parametersChanged() {
            kept = k.value().clone();
        }

        @Override
        public void forward(int from, int to) {
            int first = fault == Fault.FORWARD_IGNORES_FROM ? 0 : from * UNITS;
            int end = fault == Fault.FORWARD_IGNORES_TO ? y.values().length : to * UNITS;
            for (int i = first; i < end; i++) {
                float z = x.values()[i];
                y.values()[i] = z * z * kept[i % UNITS];
                if (fault == Fault.X_CHANGED) {
                    x.values()[i] = Math.nextUp(z);
                }
            }
        }

        @Override
        public void backward(int from, int to) {
            if (!x.hasGradient() && fault != Fault.DX_TAKEN_FOR_GRANTED) {
                return;
            }
            for (int i = fault == Fault.BACKWARD_IGNORES_FROM ? 0 : from * UNITS; i < to * UNITS; i++) {
                float slope = fault == Fault.Y_NEEDED_LATER
                        ? 2 * y.values()[i] / x.values()[i]
                        : 2 * x.values()[i] * kept[i % UNITS];
                float dy = y.gradient()[i];
                x.gradient()[i] = slope * dy + (fault == Fault.BACKWARD_ADDS_TO_DX ? x.gradient()[i] : 0);
            }
        }

        @Override
        public void gradients(int rows, int from, int to) {
            boolean all = fault == Fault.GRADIENTS_IGNORE_PARTS;
            int first = all ? 0 : Parts.row(k, from);
            int end = all ? UNITS : Parts.row(k, to);
            if (fault != Fault.ADDS_TO_GRADIENTS) {
                Arrays.fill(k.gradient(), first, end, 0f);
            }
            for (int row = 0; row < (fault == Fault.GRADIENTS_SUM_ALL_ROOM ? x.capacity() : rows); row++) {
                for (int j = first; j < end; j++) {
                    float z = x.values()[row * UNITS + j];
                    k.gradient()[j] += z * z * y.gradient()[row * UNITS + j];
                }
            }
        }
    }
}
