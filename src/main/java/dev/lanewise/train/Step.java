package dev.lanewise.train;

import dev.lanewise.data.Batches;
import dev.lanewise.kernel.core.Choice;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Pipeline;
import dev.lanewise.train.Profile.Phase;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** A training step, by the {@link Division} between workers that suits network, batch and machine. */
final class Step {
    private static final double WORTH_COMPILING = 8e9; // multiply-adds of an epoch that regain kernels of other widths
    /** Nanoseconds of a step whose workers differ by more than waking one takes (LAB 82). */
    private static final long LONG = 1_000_000;
    private static final int SPARE = 16; // of memory the part that weights may take to be there in another order too

    private final Pipeline pipeline;
    private final Batches batches;
    private final Update update;
    private final Profile profile;
    private final Workers workers;
    private final Choice<Division> choice;
    private Division division; // that has the parameters

    private int batch;
    private long start;
    private long duration; // of the step before
    private int epochs; // that have begun; in the first one the JVM's compiler wants the processors

    Step(Pipeline pipeline, Batches batches, Update update, Workers workers, Profile profile, String forced) {
        this.pipeline = pipeline;
        this.batches = batches;
        this.update = update;
        this.profile = profile;
        this.workers = workers;
        choice = new Choice<>(divisions(workers, forced), Division::workers);
        division = choice.current();
    }

    /** The ways that there are for this team, the one that moves the fewest bytes between cores first. */
    private List<Division> divisions(Workers workers, String forced) {
        BySamples samples = new BySamples(pipeline, batches, update, workers, profile);
        if (workers.count() == 1) {
            return List.of(samples);
        }
        Division alone = new BySamples(samples, new Workers(1, workers.tuning()));
        long bytes = pipeline.network().parameters().stream().mapToLong(Parameter::size).sum() * Float.BYTES;
        boolean brief = workers.tuning() == Tuning.SHORT
                && pipeline.multiplyAdds(batches.capacity()) * batches.count() < WORTH_COMPILING;
        boolean bySamples = forced.isEmpty() && (brief || bytes > Runtime.getRuntime().maxMemory() / SPARE);
        Division units = bySamples || forced.equals("samples")
                ? null
                : ByUnits.of(pipeline, batches, update, workers, profile).orElse(null);
        if (!forced.isEmpty()) {
            return List.of(units == null ? samples : units);
        }
        if (units == null) {
            return List.of(samples, alone);
        }
        return units.travelling(batches.capacity()) < samples.travelling(batches.capacity())
                ? List.of(units, samples, alone)
                : List.of(samples, units, alone);
    }

    /** Begins an epoch. */
    void open() {
        epochs++;
        profile.start();
        division.open();
        profile.lap(0, Phase.DATA);
    }

    /** Begins step number {@code step} of the run, on a batch of the epoch. */
    void begin(int batch, long step, float rate) {
        if (!division.equals(choice.current())) {
            division.close();
            division = choice.current();
            division.open();
        }
        workers.setPatient(choice.isSettling() || epochs > 1 && duration > LONG);
        start = System.nanoTime();
        this.batch = batch;
        pipeline.begin(step);
        update.begin(step, rate);
    }

    /** Takes the batch through the network and back. */
    void forwardAndBackward() {
        division.forwardAndBackward(batch);
    }

    /** Computes all gradients and changes all parameters. */
    void update() {
        division.update();
        profile.step(division.name());
        duration = System.nanoTime() - start;
        if (batches.size(batch) == batches.capacity()) {
            choice.took(duration);
        }
    }

    /** How long full steps took, in every way that was tried, in its best trial. Between epochs. */
    List<Way> ways() {
        List<Division> tried = choice.ways().stream().filter(way -> Double.isFinite(choice.least(way))).toList();
        OptionalDouble alone = tried.stream().filter(way -> way.workers() == 1).mapToDouble(choice::least).findFirst();
        Optional<Exchange> exchange = alone.isEmpty() ? Optional.empty() : Exchange.measure(workers);
        return tried.stream().map(way -> new Way(way.name(), way.workers(), choice.least(way) / 1e9,
                exchange.isEmpty() || way.workers() == 1
                        ? Double.NaN
                        : exchange.get().step(way, batches.capacity(), alone.getAsDouble() / 1e9)))
                .toList();
    }

    /** The sum of the losses of the batch's samples. */
    double loss() {
        return pipeline.sumOfLosses(batches.size(batch));
    }

    /** Ends an epoch: the parameters are where they are kept. */
    void close() {
        division.close();
        update.close();
        profile.stop();
    }
}
