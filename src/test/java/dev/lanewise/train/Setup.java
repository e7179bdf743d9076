package dev.lanewise.train;

import dev.lanewise.data.Augmentation;
import dev.lanewise.data.Batches;
import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Gradients;
import dev.lanewise.model.Input;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Samples;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import java.util.List;
import java.util.Map;

/** What the tests of training share: all that a run is made of, to be changed before {@link #start}. */
final class Setup {
    static final Dataset DIGITS = BuiltInDigits.draw(3, 500);
    static final Trainer.Listener ON = (samples, loss) -> true;

    Dataset data = DIGITS;
    int batchSize = 64;
    String layers = "dense 24, relu, dense 10";
    String loss = "cross-entropy";
    String optimizer = "momentum";
    double decay = 1e-3;
    Double clip;
    Double ema;
    String schedule = "cosine";
    double rate = 0.05;
    int epochs = 2;
    long seed = 5;
    long order = 5;
    int threads = 1;
    String division = "";
    Mode.Zeros zeros = Mode.Zeros.MULTIPLIED;
    Tuning tuning = Tuning.LONG;
    boolean profiled;
    boolean variation;
    List<String> frozen = List.of();

    private Network network() {
        Network network = Network.of(data.shape(), Spec.parseList(layers), Loss.of(Spec.parse(loss))).initialize(seed);
        network.parameters().stream().filter(parameter -> frozen.contains(parameter.name()))
                .forEach(parameter -> parameter.setTrained(false));
        return network;
    }

    private Pipeline pipeline(Network network, Batches batches, Mode.Zeros zeros) {
        Augmentation augmentation = new Augmentation(Map.of(Augmentation.Strength.ROTATE, 10.0,
                Augmentation.Strength.ELASTIC, 2.0, Augmentation.Strength.THICKNESS, 0.3));
        Samples samples = !variation
                ? data.samples()
                : data.samples().varied((step, number, images, offset, out, outOffset) -> augmentation.apply(
                        seed ^ step << 20 ^ number, data.shape(), images, offset, out, outOffset));
        return new Pipeline(network, Input.of(samples, batches.capacity()),
                Mode.training(seed, tuning).with(zeros));
    }

    Run start() {
        return new Run(this, new Workers(threads, tuning));
    }

    /** The digest of the weights that {@link Run#train} ends with. */
    String train() {
        try (Run run = start()) {
            return run.train();
        }
    }

    /** A run, with the team that it trains on. */
    static final class Run implements AutoCloseable {
        final Network network;
        final Network averaged; // null: none
        final Pipeline pipeline;
        final Batches batches;
        final Update update;
        final Profile profile;
        final Trainer trainer;
        final Workers workers;
        /** Whether the first layer is at work on non-zeros alone. */
        final boolean sparse;
        private final int epochs;
        private final Dataset data;

        private Run(Setup setup, Workers workers) {
            this.workers = workers;
            data = setup.data;
            epochs = setup.epochs;
            network = setup.network();
            averaged = setup.ema == null ? null : setup.network();
            batches = new Batches(setup.data, setup.batchSize);
            pipeline = setup.pipeline(network, batches, setup.zeros);
            sparse = pipeline.multiplyAdds(64) < setup.pipeline(network, batches, Mode.Zeros.MULTIPLIED)
                    .multiplyAdds(64);
            update = new Update(new Update.Rule(Optimizer.of(Spec.parse(setup.optimizer)), setup.decay, setup.clip,
                    setup.ema), network, averaged);
            profile = setup.profiled ? new Profile(workers.count()) : Profile.OFF;
            trainer = new Trainer(pipeline, batches, update, new Plan(epochs,
                    Schedule.of(Spec.parse(setup.schedule)), setup.rate, setup.order), workers, profile,
                    setup.division);
        }

        /** All epochs; the digest of the averaged weights where there are such. */
        String train() {
            for (int epoch = 1; epoch <= epochs; epoch++) {
                trainer.epoch(epoch, ON);
            }
            return Model.sha256(averaged == null ? network : averaged);
        }

        /** The gradients of the mean loss over all samples, in the network's formulas in double. */
        List<double[]> doubleGradients() {
            return Gradients.inDouble(network, data);
        }

        /** The mean loss of an epoch that is done. */
        double loss(int epoch) {
            return ((Epoch.Done) trainer.epoch(epoch, ON)).loss();
        }

        @Override
        public void close() {
            workers.close();
        }
    }
}
