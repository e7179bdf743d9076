package dev.lanewise.sweep;

import dev.lanewise.run.Recipe;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which training comes next: one recipe after the other, or by asynchronous successive halving (ASHA, Li et al. 2020). There
 * each recipe is trained for few epochs first; of those with the same number of epochs one of {@code eta} rises to
 * {@code eta} times as many, whenever it is known to be among the best; a thread that finds none to raise takes a new recipe.
 * A training with fewer epochs is one of its own, whose schedule ends with it, not the beginning of a longer one.
 *
 * <p>Not safe for threads: the sweep's lock guards it.
 */
public final class Agenda {
    /** Those that were trained for as many epochs. */
    private static final class Rung {
        final int epochs;
        final List<Outcome> outcomes = new ArrayList<>();
        final Set<String> raised = new HashSet<>(); // their keys

        Rung(int epochs) {
            this.epochs = epochs;
        }
    }

    /** The best first; of equals the one with the smaller key, so that the order of outcomes does not count. */
    static final Comparator<Outcome> BEST_FIRST = (a, b) -> a.isBetterThan(b)
            ? -1
            : b.isBetterThan(a) ? 1 : a.key().compareTo(b.key());

    private final Deque<Recipe> waiting = new ArrayDeque<>();
    private final List<Rung> rungs = new ArrayList<>(); // the last one has all epochs; none: one training after the other
    private final List<Long> seeds; // those of recipes that reach the last rung
    private final int eta;
    private long epochsLeft; // of the budget, to raise recipes with
    private int taken; // that were handed out and are not over

    private Agenda(List<Long> seeds, int eta, long epochsLeft) {
        this.seeds = seeds;
        this.eta = eta;
        this.epochsLeft = epochsLeft;
    }

    /** All of these, one after the other. */
    public static Agenda of(List<Recipe> trainings) {
        Agenda agenda = new Agenda(List.of(), 1, 0);
        agenda.waiting.addAll(trainings);
        return agenda;
    }

    /**
     * Successive halving with the first seed; the recipes that reach all epochs are trained with the other seeds too.
     *
     * @param eta one of so many rises, at least 2
     * @param budget what the halving may cost, in trainings with all epochs: as many recipes are taken as it pays for; null:
     *     what all of them take
     * @throws IllegalArgumentException if recipes differ in their epochs, or these are too few to be divided
     */
    public static Agenda halving(Space space, int eta, @Nullable Integer budget) {
        int all = space.recipes().getFirst().get(Recipe.EPOCHS);
        if (space.recipes().stream().anyMatch(recipe -> recipe.get(Recipe.EPOCHS) != all) || all < eta) {
            throw new IllegalArgumentException(
                    "--asha %d divides the epochs itself; name one number, at least %d, with %s"
                            .formatted(eta, eta, Recipe.EPOCHS.flag()));
        }
        Deque<Integer> epochs = new ArrayDeque<>();
        for (int number = all; number >= 1; number /= eta) {
            epochs.addFirst(number);
        }
        long paid = budget == null ? Long.MAX_VALUE : (long) budget * all;
        int recipes = space.recipes().size();
        while (recipes > 0 && cost(recipes, epochs, eta) > paid) {
            recipes--;
        }
        if (recipes == 0) {
            throw new IllegalArgumentException(
                    "--budget %d does not pay for one recipe; name 2 or more".formatted(budget));
        }
        int first = epochs.getFirst();
        Agenda agenda = new Agenda(space.seeds(), eta, paid - (long) recipes * first);
        epochs.forEach(number -> agenda.rungs.add(new Rung(number)));
        space.recipes().subList(0, recipes).forEach(recipe -> agenda.waiting.add(recipe.epochs(first)));
        return agenda;
    }

    /** What so many recipes take, in epochs; in each rung there is one at least. */
    private static long cost(int recipes, Iterable<Integer> epochs, int eta) {
        long cost = 0;
        for (int number : epochs) {
            cost += (long) Math.max(1, recipes) * number;
            recipes /= eta;
        }
        return cost;
    }

    /** The training to do next; null if none can be told now. */
    @Nullable
    Recipe next() {
        Recipe raised = raised();
        Recipe next = raised == null ? waiting.poll() : raised;
        taken += next == null ? 0 : 1;
        return next;
    }

    private @Nullable Recipe raised() {
        for (int i = rungs.size() - 2; i >= 0; i--) {
            Rung rung = rungs.get(i);
            int epochs = rungs.get(i + 1).epochs;
            boolean isAll = taken == 0 && waiting.isEmpty() && rung.raised.isEmpty(); // then one rises, however few they are
            int best = Math.max(isAll ? Math.min(1, rung.outcomes.size()) : 0, rung.outcomes.size() / eta);
            for (Outcome outcome : rung.outcomes.subList(0, best)) {
                if (epochs <= epochsLeft - kept(i + 1) && outcome.validation() != null
                        && rung.raised.add(outcome.key())) {
                    epochsLeft -= epochs;
                    return outcome.recipe().epochs(epochs);
                }
            }
        }
        return null;
    }

    /** What is left aside so that one recipe can rise from a rung to the top: early ones may have risen in vain. */
    private int kept(int from) {
        int kept = 0;
        for (int i = from; i < rungs.size() - 1; i++) {
            kept += rungs.get(i).raised.isEmpty() ? rungs.get(i + 1).epochs : 0;
        }
        return kept;
    }

    /** That a training is over, here or elsewhere. */
    void told(Outcome outcome) {
        taken--;
        Recipe recipe = outcome.recipe();
        for (Rung rung : rungs) {
            if (rung.epochs == recipe.get(Recipe.EPOCHS) && recipe.get(Recipe.SEED).equals(seeds.getFirst())) {
                rung.outcomes.add(outcome);
                rung.outcomes.sort(BEST_FIRST);
                if (rung == rungs.getLast()) {
                    seeds.stream().skip(1).forEach(seed -> waiting.add(recipe.seed(seed)));
                }
            }
        }
    }

    /** Trainings that are not over, as far as they are known. */
    int left() {
        return waiting.size() + taken;
    }

    /** Whether all that were handed out are over. */
    boolean isIdle() {
        return taken == 0;
    }
}
