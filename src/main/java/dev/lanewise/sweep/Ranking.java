package dev.lanewise.sweep;

import dev.lanewise.run.Recipe;
import dev.lanewise.train.Evaluation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Recipes, those that have all seeds first, in order of the share of held-out images that their models read right, in the mean over their seeds.
 *
 * @param rows the best first
 */
public record Ranking(List<Row> rows) {
    /**
     * A recipe with all its seeds.
     *
     * @param outcomes by seed, ascending
     * @param diverged how many of them have no model, which makes the recipe the last one
     * @param mean of the shares read right; NaN where all diverged
     * @param spread their standard deviation; NaN of fewer than two
     */
    public record Row(List<Outcome> outcomes, int diverged, double mean, double spread) {
        private static Row of(List<Outcome> outcomes) {
            double[] values = outcomes.stream().filter(outcome -> outcome.validation() != null)
                    .mapToDouble(Outcome::validation).toArray();
            double mean = average(values);
            return new Row(List.copyOf(outcomes), outcomes.size() - values.length, mean, deviation(values, mean));
        }

        /** The outcome of the first seed that has a model; null if all diverged. */
        public @Nullable Outcome model() {
            return outcomes.stream().filter(outcome -> outcome.weightsSha256() != null).findFirst().orElse(null);
        }

        /** The recipe, with its first seed. */
        public Recipe recipe() {
            return outcomes.getFirst().recipe();
        }

        /** The mean's 95 % interval, over seeds (Student's t), as far as it is of shares, 0 to 1; null of fewer than two. */
        public Evaluation.@Nullable Interval interval() {
            if (outcomes.size() - diverged < 2) {
                return null;
            }
            Evaluation.Interval interval = around(mean, spread, outcomes.size() - diverged);
            return new Evaluation.Interval(Math.max(0, interval.low()), Math.min(1, interval.high()));
        }

        private double loss() {
            return outcomes.stream().mapToDouble(outcome -> outcome.loss() == null ? Double.MAX_VALUE : outcome.loss())
                    .average().orElseThrow();
        }
    }

    /**
     * Whether the best is better than the second: a paired t test over the seeds that both have. That these two were picked
     * for being the best, it does not know.
     *
     * @param seeds at least 2
     * @param difference of the shares read right, in the mean
     * @param interval its 95 % interval
     * @param probability of a difference at least as large, either way, if there were none
     */
    public record Comparison(Row best, Row second, int seeds, double difference, Evaluation.Interval interval,
            double probability) {
    }

    private static final Comparator<Row> BEST_FIRST = Comparator.comparingInt(Row::diverged)
            .thenComparingDouble(row -> -row.mean()).thenComparingDouble(Row::loss)
            .thenComparing(row -> row.recipe().toJson());

    /**
     * Outcomes by their recipes, whatever the seed.
     *
     * @param seeds that a recipe has if it may be the best; one with fewer comes after all that have them
     */
    public static Ranking of(List<Outcome> outcomes, int seeds) {
        Map<String, Map<Long, Outcome>> recipes = new LinkedHashMap<>();
        for (Outcome outcome : outcomes) {
            recipes.computeIfAbsent(outcome.recipe().seed(0).toJson(), _ -> new TreeMap<>())
                    .put(outcome.recipe().get(Recipe.SEED), outcome);
        }
        return new Ranking(recipes.values().stream().map(bySeed -> Row.of(new ArrayList<>(bySeed.values())))
                .sorted(Comparator.<Row>comparingInt(row -> row.outcomes.size() < seeds ? 1 : 0)
                        .thenComparing(BEST_FIRST))
                .toList());
    }

    /** The best beside the second; null where there is no second, or fewer than two seeds that both have. */
    public @Nullable Comparison comparison() {
        if (rows.size() < 2) {
            return null;
        }
        Row best = rows.getFirst();
        Row second = rows.get(1);
        Map<Long, Double> others = new LinkedHashMap<>();
        for (Outcome outcome : second.outcomes) {
            Double validation = outcome.validation();
            if (validation != null) {
                others.put(outcome.recipe().get(Recipe.SEED), validation);
            }
        }
        DoubleStream.Builder both = DoubleStream.builder();
        for (Outcome outcome : best.outcomes) {
            Double validation = outcome.validation();
            Double other = others.get(outcome.recipe().get(Recipe.SEED));
            if (validation != null && other != null) {
                both.add(validation - other);
            }
        }
        double[] differences = both.build().toArray();
        int seeds = differences.length;
        if (seeds < 2) {
            return null;
        }
        double mean = average(differences);
        double spread = deviation(differences, mean);
        double probability = spread == 0
                ? mean == 0 ? 1 : 0
                : Student.twoSided(mean / (spread / Math.sqrt(seeds)), seeds - 1);
        return new Comparison(best, second, seeds, mean, around(mean, spread, seeds), probability);
    }

    private static double average(double... values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double deviation(double[] values, double mean) {
        double sum = 0;
        for (double value : values) {
            sum += (value - mean) * (value - mean);
        }
        return values.length < 2 ? Double.NaN : Math.sqrt(sum / (values.length - 1));
    }

    private static Evaluation.Interval around(double mean, double spread, int count) {
        double half = Student.bound95(count - 1) * spread / Math.sqrt(count);
        return new Evaluation.Interval(mean - half, mean + half);
    }
}
