package dev.lanewise.sweep;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Network;
import dev.lanewise.model.Pipeline;
import dev.lanewise.model.Samples;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import dev.lanewise.train.Epoch;
import dev.lanewise.train.Plan;
import dev.lanewise.train.Profile;
import dev.lanewise.train.Schedule;
import dev.lanewise.train.Trainer;
import dev.lanewise.train.Update;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Steps of training at a learning rate that grows by the same factor from step to step, and what the loss makes of it (Smith
 * 2017): it falls, and rises again where the rate is too large.
 *
 * @param points a step each, up to the last one or the one at which the loss had grown to a multiple of its smallest
 * @param diverged whether the loss was no number in the step after them
 */
public record RateSearch(List<Point> points, boolean diverged) {
    private static final double KEPT = 0.9; // of the mean of losses, in a step
    private static final double TOO_LARGE = 4; // times the smallest loss
    private static final double FALLEN = 0.9; // times what it was at first: a loss that fell by a clear margin
    private static final double RISEN = 1.05; // times the smallest loss: one that rises again
    private static final int FIRST = 10; // one step of so many is at first
    private static final double BELOW = 3; // the smallest loss is at a rate that is too large already: LAB 69

    /**
     * A step.
     *
     * @param loss of its samples
     * @param smoothed mean of the losses until then, each counting 0.9 times as much as the one after it
     */
    public record Point(double rate, double loss, double smoothed) {
    }

    /** A rate that grows from 1 times the base by a factor a step. */
    private record Growing(double factor) implements Schedule {
        @Override
        public Spec spec() {
            return Spec.of("growing", factor);
        }

        @Override
        public double factor(double progress) {
            throw new UnsupportedOperationException("it depends on the step alone");
        }

        @Override
        public float rate(double base, long step, long steps) {
            return (float) (base * StrictMath.pow(factor, step));
        }
    }

    /**
     * Takes the steps.
     *
     * @param recipe its schedule and its rate are not made use of
     * @param from the first rate, above 0
     * @param to the last one, larger
     * @param steps at least 2
     * @throws InputException if what the recipe holds out leaves no images
     */
    public static RateSearch of(Recipe recipe, Dataset data, double from, double to, int steps,
            BooleanSupplier isCancelled) throws InputException {
        Batches batches = new Batches(data, recipe.split(data.size()).training(), recipe.get(Recipe.BATCH_SIZE));
        Network network = recipe.network(data.shape(), data.classes().size());
        Samples.Variation variation = recipe.variation(data.shape(), batches.count());
        Samples images = variation == null
                ? data.samples()
                : data.samples().varied(variation);
        Update.Rule rule = recipe.update();
        Pipeline pipeline = new Pipeline(network, Input.of(images, batches.capacity()),
                Mode.training(recipe.get(Recipe.SEED), Tuning.SHORT));
        List<Point> points = new ArrayList<>();
        try (Workers workers = new Workers(Training.Execution.allThreads(), Tuning.SHORT)) {
            int epochs = Math.ceilDiv(steps, batches.count());
            double factor = StrictMath.pow(to / from, 1.0 / (steps - 1));
            Trainer trainer = new Trainer(pipeline, batches,
                    new Update(new Update.Rule(rule.optimizer(), rule.weightDecay(), rule.clipNorm(), null), network,
                            null),
                    new Plan(epochs, new Growing(factor), from, recipe.get(Recipe.SEED)), workers, Profile.OFF);
            boolean goesOn = true;
            boolean diverged = false;
            for (int epoch = 1; epoch <= epochs && goesOn; epoch++) {
                Losses losses = new Losses(points, from, factor, steps, isCancelled);
                Epoch end = trainer.epoch(epoch, losses);
                diverged = end instanceof Epoch.Diverged;
                goesOn = end instanceof Epoch.Done && losses.goesOn;
            }
            return new RateSearch(List.copyOf(points), diverged);
        }
    }

    /** Takes the losses of single steps out of the means of an epoch. */
    private static final class Losses implements Trainer.Listener {
        private final List<Point> points;
        private final double from;
        private final double factor;
        private final int steps;
        private final BooleanSupplier isCancelled;
        private int samplesBefore;
        private double sumBefore;
        private boolean goesOn = true;

        Losses(List<Point> points, double from, double factor, int steps, BooleanSupplier isCancelled) {
            this.points = points;
            this.from = from;
            this.factor = factor;
            this.steps = steps;
            this.isCancelled = isCancelled;
        }

        @Override
        public boolean step(int samples, double meanLoss) {
            double loss = (meanLoss * samples - sumBefore) / (samples - samplesBefore);
            samplesBefore = samples;
            sumBefore = meanLoss * samples;
            double unbiased = 1 - StrictMath.pow(KEPT, points.size());
            double mean = points.isEmpty() ? 0 : points.getLast().smoothed() * unbiased;
            double smoothed = (KEPT * mean + (1 - KEPT) * loss) / (1 - StrictMath.pow(KEPT, points.size() + 1));
            points.add(new Point(from * StrictMath.pow(factor, points.size()), loss, smoothed));
            goesOn = points.size() < steps && !isCancelled.getAsBoolean()
                    && smoothed <= TOO_LARGE * smallest(points).smoothed();
            return goesOn;
        }
    }

    private static Point smallest(List<Point> points) {
        return points.stream().min(Comparator.comparingDouble(Point::smoothed)).orElseThrow();
    }

    /** The step with the smallest loss. */
    public Point smallest() {
        return smallest(points);
    }

    /** Whether the smoothed loss fell below nine tenths of the mean loss of the first tenth of the steps. */
    public boolean hasFallen() {
        double first = points.stream().limit(Math.ceilDiv(points.size(), FIRST)).mapToDouble(Point::loss).average()
                .orElseThrow();
        return smallest().smoothed() < FALLEN * first;
    }

    /** Whether it then rose again, by a twentieth or beyond all numbers, before the last rate. */
    public boolean hasRisen() {
        return diverged || points.getLast().smoothed() > RISEN * smallest().smoothed();
    }

    /** Whether a third of the rate with the smallest loss is one of those that were tried. */
    public boolean hasBegunBelow() {
        return smallest().rate() / BELOW >= points.getFirst().rate();
    }

    /**
     * A rate to train with, the largest of its schedule: a third of the one with the smallest loss, to two digits; null if the
     * loss did not fall, or not rise again, or if that rate was not tried.
     */
    public @Nullable Double suggestion() {
        return !hasFallen() || !hasRisen() || !hasBegunBelow()
                ? null
                : new BigDecimal(smallest().rate() / BELOW).round(new MathContext(2)).doubleValue();
    }
}
