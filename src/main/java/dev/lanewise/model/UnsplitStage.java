package dev.lanewise.model;

import java.util.List;

/** A stage that knows samples alone, with one owner of all units. */
final class UnsplitStage implements SplitStage {
    private final Stage stage;
    private final GradientSink sink;
    private final List<Shard> shards;

    UnsplitStage(Stage stage, GradientSink sink) {
        this.stage = stage;
        this.sink = sink;
        shards = stage.parameters().stream().map(Shard::whole).toList();
    }

    @Override
    public List<Shard> shards(int owner) {
        return shards;
    }

    @Override
    public boolean summarizes() {
        return stage.summarizes();
    }

    @Override
    public void summarize(int from, int to) {
        stage.summarize(from, to);
    }

    @Override
    public void summarizeGradient(int from, int to) {
        stage.summarizeGradient(from, to);
    }

    @Override
    public void forward(int from, int to, int owner) {
        stage.forward(from, to);
    }

    @Override
    public void backward(int from, int to, int unit, int endUnit) {
        stage.backward(from, to);
    }

    @Override
    public void gradients(int rows, int owner, int from, int to) {
        stage.gradients(rows, from, to);
        for (int s = 0; s < shards.size(); s++) {
            Shard shard = shards.get(s);
            if (shard.parameter().isTrained()) {
                sink.take(shard, shard.element(0, from), shard.element(0, to), shard.gradient(), 0);
            }
        }
    }
}
