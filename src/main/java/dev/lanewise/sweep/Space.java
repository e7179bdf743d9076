package dev.lanewise.sweep;

import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.run.Option;
import dev.lanewise.run.Recipe;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The recipes that a sweep compares, each with the same seeds.
 *
 * @param recipes resolved, no two alike, with the first of the seeds
 * @param seeds one or more
 */
public record Space(List<Recipe> recipes, List<Long> seeds) {
    private static final long DRAW = 0x5eed; // always the same recipes, so that a sweep finds its outcomes again
    private static final int MOST = 1_000_000;

    /**
     * Every combination of these values.
     *
     * @throws IllegalArgumentException if values do not go together, naming options by their flags
     */
    public static Space grid(Recipe usual, List<Axis<?>> axes) {
        List<Long> seeds = List.of(usual.get(Recipe.SEED));
        List<Recipe> recipes = List.of(usual);
        for (Axis<?> axis : axes) {
            if (axis.option() == Recipe.SEED) {
                seeds = axis.values().stream().map(Long.class::cast).toList();
            } else if ((long) recipes.size() * axis.values().size() > MOST) {
                throw new IllegalArgumentException("more than %d combinations; name fewer values".formatted(MOST));
            } else {
                recipes = axis.over(recipes);
            }
        }
        if ((long) recipes.size() * seeds.size() > MOST) {
            throw new IllegalArgumentException("more than %d trainings; name fewer values or seeds".formatted(MOST));
        }
        Map<String, Recipe> distinct = new LinkedHashMap<>();
        for (Recipe recipe : recipes) {
            Recipe resolved = recipe.seed(seeds.getFirst()).resolve(Option::flag);
            distinct.putIfAbsent(resolved.toJson(), resolved); // what an option changes that is not in force is nothing
        }
        return new Space(List.copyOf(distinct.values()), seeds);
    }

    /** The same recipes in an order of chance, which is always the same. */
    public Space shuffled() {
        List<Recipe> shuffled = new ArrayList<>(recipes);
        SplitMix64 random = new SplitMix64(DRAW);
        for (int i = shuffled.size() - 1; i > 0; i--) {
            Collections.swap(shuffled, i, random.nextInt(i + 1));
        }
        return new Space(List.copyOf(shuffled), seeds);
    }

    /** The first of them. */
    public Space first(int count) {
        return new Space(recipes.subList(0, Math.min(count, recipes.size())), seeds);
    }

    /** Every recipe with every seed; seed by seed, so that each recipe soon has one outcome. */
    public List<Recipe> trainings() {
        return seeds.stream().flatMap(seed -> recipes.stream().map(recipe -> recipe.seed(seed))).toList();
    }

    /** The options in which recipes differ. */
    public static List<Option<?>> differing(List<Recipe> recipes) {
        return Recipe.OPTIONS.stream().filter(option -> option != Recipe.SEED
                && recipes.stream().map(recipe -> recipe.text(option)).distinct().count() > 1).toList();
    }
}
