package dev.lanewise.model;

import dev.lanewise.kernel.Interleaved;
import java.util.List;
import java.util.Optional;

/** A layer's stage with its input, or its output, brought into another {@link Layout} by copying. */
final class ConvertedStage implements Stage {
    private final Input x;
    private final Input before; // as the layer's stage takes it
    private final Stage stage;
    private final Input after; // as it is wanted

    private ConvertedStage(Input x, Input before, Stage stage, Input after) {
        this.x = x;
        this.before = before;
        this.stage = stage;
        this.after = after;
    }

    /** The layer at work on {@code x}, whatever its layout. */
    static Stage of(Layer layer, Input x, Mode mode) {
        for (Layout layout : Layout.values()) {
            if (accepts(layer, layout, mode) && x.take(layout)) {
                return layer.stage(x, mode);
            }
        }
        Input before = x.in(x.layout() == Layout.ROWS ? Layout.INTERLEAVED : Layout.ROWS, mode);
        Stage stage = layer.stage(before, mode);
        return new ConvertedStage(x, before, stage, stage.output());
    }

    /** Whether a layer works on that layout as it is. */
    static boolean accepts(Layer layer, Layout layout, Mode mode) {
        return layer.accepts(layout) || mode.isOneByOne() && layout == Layout.ROWS && layer.predictsRows();
    }

    /** As {@link #of}, with its output row by row. */
    static Stage toRows(Layer layer, Input x, Mode mode) {
        Stage stage = of(layer, x, mode);
        return stage.output().layout() == Layout.ROWS
                ? stage
                : new ConvertedStage(x, x, stage, stage.output().in(Layout.ROWS, mode));
    }

    @Override
    public Input output() {
        return after;
    }

    @Override
    public List<Parameter> parameters() {
        return stage.parameters();
    }

    @Override
    public void begin(long step) {
        stage.begin(step);
    }

    @Override
    public boolean summarizes() {
        return stage.summarizes();
    }

    @Override
    public void summarize(int from, int to) {
        copyIn(from, to);
        stage.summarize(from, to);
    }

    @Override
    public void summarizeGradient(int from, int to) {
        copyOutBack(from, to);
        stage.summarizeGradient(from, to);
    }

    @Override
    public void forward(int from, int to) {
        copyIn(from, to);
        stage.forward(from, to);
        copyOut(from, to);
    }

    @Override
    public void backward(int from, int to) {
        copyOutBack(from, to);
        stage.backward(from, to);
        copyInBack(from, to);
    }

    private void copyIn(int from, int to) {
        copy(x, x.values(), before.values(), from, to);
    }

    private void copyOut(int from, int to) {
        copy(stage.output(), stage.output().values(), after.values(), from, to);
    }

    private void copyOutBack(int from, int to) {
        copy(after, after.gradient(), stage.output().gradient(), from, to);
    }

    private void copyInBack(int from, int to) {
        if (x.hasGradient()) {
            copy(before, before.gradient(), x.gradient(), from, to);
        }
    }

    /** Samples from to to - 1 of {@code source}'s layout to the other one; nothing where both are one. */
    @SuppressWarnings("ReferenceEquality") // whether there is anything between them
    private static void copy(Input source, float[] values, float[] target, int from, int to) {
        if (values == target) {
            return;
        }
        int size = source.shape().size();
        int fromGroup = from / Interleaved.GROUP;
        int toGroup = Interleaved.groups(to);
        if (source.layout() == Layout.ROWS) {
            Interleaved.fromRows(values, 0, to, size, target, fromGroup, toGroup);
        } else {
            Interleaved.toRows(values, target, 0, to, size, fromGroup, toGroup);
        }
    }

    @Override
    public void gradients(int rows, int from, int to) {
        stage.gradients(rows, from, to);
    }

    @Override
    public void parametersChanged() {
        stage.parametersChanged();
    }

    @Override
    public Optional<SplitStage> split(int owners, GradientSink sink) {
        return owners == 1 ? stage.split(1, sink).map(Split::new) : Optional.empty();
    }

    /** The same around a stage that trains, for one owner. */
    private final class Split implements SplitStage {
        private final SplitStage split;

        Split(SplitStage split) {
            this.split = split;
        }

        @Override
        public List<Shard> shards(int owner) {
            return split.shards(owner);
        }

        @Override
        public double prepared() {
            return split.prepared();
        }

        @Override
        public void prepare(int from, int to) {
            copyIn(from, to);
            split.prepare(from, to);
        }

        @Override
        public boolean summarizes() {
            return split.summarizes();
        }

        @Override
        public void summarize(int from, int to) {
            split.summarize(from, to);
        }

        @Override
        public void summarizeGradient(int from, int to) {
            copyOutBack(from, to);
            split.summarizeGradient(from, to);
        }

        @Override
        public void forward(int from, int to, int owner) {
            split.forward(from, to, owner);
            copyOut(from, to);
        }

        @Override
        public void backward(int from, int to, int unit, int endUnit) {
            copyOutBack(from, to);
            split.backward(from, to, unit, endUnit);
            copyInBack(from, to);
        }

        @Override
        public void prepareGradients(int rows, int from, int to) {
            split.prepareGradients(rows, from, to);
        }

        @Override
        public void gradients(int rows, int owner, int from, int to) {
            split.gradients(rows, owner, from, to);
        }
    }
}
