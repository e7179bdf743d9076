package dev.lanewise.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Option;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.files.Json;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.sweep.Outcome;
import dev.lanewise.sweep.Ranking;
import dev.lanewise.sweep.Space;
import dev.lanewise.sweep.Sweep;
import dev.lanewise.train.Evaluation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a sweep came to: for people, and for programs.
 *
 * @param ranking of the recipes, those that have all seeds first
 * @param outcomes all of them, those of shorter trainings too
 * @param checks trainings that were done once more
 * @param chosen the run of the best recipe's first seed that has a model
 * @param run its run.json
 * @param swept options that several values were named of
 * @param data that all were trained on
 * @param heldOut how many images the best was chosen by
 */
public record SweepTables(Ranking ranking, List<Outcome> outcomes, List<Sweep.Check> checks, Path chosen,
        JsonObject run, List<Option<?>> swept, DataRecipe data, int heldOut) {
    private static final int MOST_ROWS = 20;

    private Ranking.Row best() {
        return ranking.rows().getFirst();
    }

    /** Those that several values were named of, even if one is left of them, and those that follow from them. */
    private List<Option<?>> options() {
        List<Option<?>> differing = Space.differing(ranking.rows().stream().map(Ranking.Row::recipe).toList());
        return Recipe.OPTIONS.stream().filter(option -> differing.contains(option)
                || swept.contains(option) && option != Recipe.SEED).toList();
    }

    /** The best recipes, what is known of the best, and where it is. */
    public String text() {
        List<Option<?>> options = options();
        List<String> header = new ArrayList<>(options.stream().map(Option::name).toList());
        header.addAll(List.of("seeds", "validation %", "spread", "95 % interval", "seconds"));
        List<Boolean> numeric = new ArrayList<>();
        header.forEach(_ -> numeric.add(true));
        List<List<String>> rows = ranking.rows().stream().limit(MOST_ROWS).map(row -> row(row, options)).toList();
        int more = ranking.rows().size() - rows.size();
        return new TextTable(header, numeric, rows).text()
                + (more == 0
                        ? ""
                        : String.format(Locale.ROOT, "and %,d more recipes (-o csv has every training)%n", more))
                + "\n" + summary();
    }

    /** The same without the table. */
    String summary() {
        StringBuilder text = new StringBuilder(
                String.format(Locale.ROOT, "best      %s%n", command()));
        text.append(String.format(Locale.ROOT, "by        %,d held-out images%s%n", heldOut,
                best().outcomes().size() == 1 ? "" : ", others with each seed"));
        text.append(String.format(Locale.ROOT, "against   %s%n", comparison()));
        if (epochs().size() > 1) {
            text.append(String.format(Locale.ROOT, "halving   %s%n", ranking.rows().stream()
                    .collect(Collectors.groupingBy(row -> row.recipe().get(Recipe.EPOCHS), TreeMap::new,
                            Collectors.counting()))
                    .entrySet().stream().map(entry -> String.format(Locale.ROOT, "%,d %s with %s",
                            entry.getValue(), entry.getValue() == 1 ? "recipe" : "recipes", epochs(entry.getKey())))
                    .collect(Collectors.joining(", "))));
        }
        text.append(String.format(Locale.ROOT,
                "checked   %d of %,d trainings once more, and the best as 'train' does it: %s%n",
                checks.size(), outcomes.size(), wrong().isEmpty() ? "the same weights" : "NOT the same weights"));
        text.append(String.format(Locale.ROOT, "%-9s %s%n", isTested() ? "test" : "no test", accuracy()));
        return text.append(String.format(Locale.ROOT, "chosen    %s%n", chosen)).toString();
    }

    private static String epochs(int number) {
        return number == 1 ? "1 epoch" : number + " epochs";
    }

    /** How many trainings had as many epochs, by epochs that recipes name. */
    private Map<Integer, Long> epochs() {
        return outcomes.stream().collect(Collectors.groupingBy(outcome -> outcome.recipe().get(Recipe.EPOCHS),
                TreeMap::new, Collectors.counting()));
    }

    private static List<String> row(Ranking.Row row, List<Option<?>> options) {
        List<String> cells = new ArrayList<>(options.stream().map(option -> row.recipe().text(option)).toList());
        Evaluation.Interval interval = row.interval();
        cells.add(String.valueOf(row.outcomes().size()));
        cells.add(row.diverged() > 0
                ? row.diverged() + " diverged"
                : String.format(Locale.ROOT, "%.2f", 100 * row.mean()));
        cells.add(Double.isNaN(row.spread()) ? "-" : String.format(Locale.ROOT, "%.2f", 100 * row.spread()));
        cells.add(interval == null
                ? "-"
                : String.format(Locale.ROOT, "%.2f to %.2f", 100 * interval.low(), 100 * interval.high()));
        cells.add(String.format(Locale.ROOT, "%.1f",
                row.outcomes().stream().mapToDouble(Outcome::seconds).average().orElseThrow()));
        return cells;
    }

    /** What gives the best recipe's weights, with its first seed, typed into a shell. */
    private String command() {
        List<Option<?>> named = new ArrayList<>(options());
        if (swept.contains(Recipe.SEED)) {
            named.add(Recipe.SEED);
        }
        List<String> words = new ArrayList<>(List.of("lanewise", "train"));
        words.addAll(model().recipe().words(named));
        words.addAll(data.words());
        return words.stream().map(RunReport::quoted).collect(Collectors.joining(" "));
    }

    private Outcome model() {
        return Objects.requireNonNull(best().model(), "tables are of a sweep whose best recipe has a model");
    }

    private String comparison() {
        Ranking.Comparison found = ranking.comparison();
        if (found == null) {
            return ranking.rows().size() < 2
                    ? "nothing: there is one recipe"
                    : best().outcomes().size() < 2
                            ? "nothing: whether it is better than the second, two --seeds or more tell"
                            : "nothing: no other recipe has models of two seeds or more";
        }
        return String.format(Locale.ROOT,
                "the second %+.2f points (95 %% interval %+.2f to %+.2f), p = %.2g by a paired t test over %d seeds: %s",
                100 * found.difference(), 100 * found.interval().low(), 100 * found.interval().high(),
                found.probability(), found.seeds(),
                found.probability() < 0.05
                        ? "better, as far as that tells of two that were picked"
                        : "not shown to be better");
    }

    private JsonObject result() {
        return run.getAsJsonObject("result");
    }

    private boolean isTested() {
        return result().get("test_accuracy") instanceof JsonPrimitive;
    }

    private String accuracy() {
        if (!isTested()) {
            return data.get(DataRecipe.TEST).equals("none")
                    ? "--test none was asked for; the same command without it scores the best"
                    : "the data have no test images";
        }
        JsonArray bounds = result().getAsJsonArray("test_accuracy_95");
        return String.format(Locale.ROOT,
                "%.2f %% (95 %% interval %.2f to %.2f), seed %d; this call scored no other recipe on these images, "
                        + "earlier ones in this directory may have",
                100 * result().get("test_accuracy").getAsDouble(), 100 * bounds.get(0).getAsDouble(),
                100 * bounds.get(1).getAsDouble(), model().recipe().get(Recipe.SEED));
    }

    /** Trainings that came out otherwise when they were done once more, a sentence each. */
    public List<String> wrong() {
        List<String> wrong = new ArrayList<>(checks.stream().filter(check -> !check.isSame())
                .map(check -> otherwise(check.outcome(), check.weightsSha256())).toList());
        Outcome first = model();
        String again = RunDirectory.weightsSha256(run);
        if (!Objects.equals(first.weightsSha256(), again)) {
            wrong.add(otherwise(first, again));
        }
        return wrong;
    }

    private static String otherwise(Outcome outcome, @Nullable String weightsSha256) {
        return "outcome %s says weights_sha256 %s, and training it once more gave %s; do not trust this directory, and report it"
                .formatted(outcome.key(), outcome.weightsSha256(), weightsSha256);
    }

    /** A row a training, the best recipe's first. */
    public String csv() {
        List<Option<?>> options = options();
        List<String> header = new ArrayList<>(options.stream().map(Option::name).toList());
        header.addAll(List.of("seed", "validation_accuracy", "validation_loss", "epochs", "seconds", "weights_sha256"));
        List<List<String>> rows = ranking.rows().stream().flatMap(row -> row.outcomes().stream()).map(outcome -> {
            List<String> cells = new ArrayList<>(
                    options.stream().map(option -> outcome.recipe().text(option)).toList());
            cells.add(String.valueOf(outcome.recipe().get(Recipe.SEED)));
            cells.add(outcome.validation() == null ? "" : String.valueOf(outcome.validation()));
            cells.add(outcome.loss() == null ? "" : String.valueOf(outcome.loss()));
            cells.add(String.valueOf(outcome.epochs()));
            cells.add(String.valueOf(outcome.seconds()));
            cells.add(outcome.weightsSha256() == null ? "diverged" : outcome.weightsSha256());
            return cells;
        }).toList();
        return new TextTable(header, header.stream().map(_ -> false).toList(), rows).csv();
    }

    /** Everything. */
    public JsonObject json() {
        JsonObject json = new JsonObject();
        JsonArray options = new JsonArray();
        options().forEach(option -> options.add(option.name()));
        json.add("options", options);
        JsonArray recipes = new JsonArray();
        ranking.rows().forEach(row -> recipes.add(json(row)));
        json.add("recipes", recipes);
        Ranking.Comparison found = ranking.comparison();
        JsonObject comparison = new JsonObject();
        if (found != null) {
            comparison.addProperty("test", "paired t");
            comparison.addProperty("seeds", found.seeds());
            comparison.add("difference", Json.number(found.difference()));
            comparison.add("difference_95", bounds(found.interval()));
            comparison.add("p", Json.number(found.probability()));
        }
        json.add("best_against_second", found == null ? JsonNull.INSTANCE : comparison);
        JsonObject trainings = new JsonObject();
        epochs().forEach((number, count) -> trainings.addProperty(String.valueOf(number), count));
        json.add("trainings_by_epochs", trainings);
        JsonObject checked = new JsonObject();
        checked.addProperty("trainings", checks.size());
        checked.addProperty("same_weights", wrong().isEmpty());
        json.add("checked", checked);
        JsonObject best = new JsonObject();
        best.addProperty("command", command());
        best.addProperty("held_out_images", heldOut);
        best.addProperty("run", chosen.toString());
        best.add("result", result());
        json.add("chosen", best);
        return json;
    }

    private static JsonObject json(Ranking.Row row) {
        JsonObject json = new JsonObject();
        JsonObject recipe = Json.object(row.recipe().toJson());
        recipe.remove(Recipe.SEED.name());
        json.add("recipe", recipe);
        json.add("validation_accuracy", Json.number(row.mean()));
        json.add("spread", Json.number(row.spread()));
        json.add("validation_accuracy_95", bounds(row.interval()));
        JsonArray trainings = new JsonArray();
        for (Outcome outcome : row.outcomes()) {
            JsonObject training = Json.object(outcome.toJson());
            training.remove("recipe");
            training.addProperty(Recipe.SEED.name(), outcome.recipe().get(Recipe.SEED));
            trainings.add(training);
        }
        json.add("trainings", trainings);
        return json;
    }

    private static JsonElement bounds(Evaluation.@Nullable Interval interval) {
        if (interval == null) {
            return JsonNull.INSTANCE;
        }
        JsonArray bounds = new JsonArray();
        bounds.add(Json.number(interval.low()));
        bounds.add(Json.number(interval.high()));
        return bounds;
    }
}
