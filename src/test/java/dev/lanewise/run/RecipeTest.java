package dev.lanewise.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.CrossEntropyLoss;
import dev.lanewise.model.Network;
import dev.lanewise.model.SigmoidSquaredErrorLoss;
import dev.lanewise.model.Spec;
import dev.lanewise.train.Adam;
import dev.lanewise.train.ConstantSchedule;
import dev.lanewise.train.Momentum;
import dev.lanewise.train.OneCycleSchedule;
import dev.lanewise.train.Plan;
import dev.lanewise.train.Schedules;
import dev.lanewise.train.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeTest {
    /** Every option has another value than usual but for layers, which stand in place of three of them. */
    private static final Recipe OTHER = Recipe.mlp(800, 400).with(Recipe.ACTIVATION, "tanh")
            .with(Recipe.DROPOUT, 0.25).with(Recipe.LOSS, "mse").with(Recipe.OPTIMIZER, "nesterov")
            .with(Recipe.MOMENTUM, 0.5).with(Recipe.RATE, 0.01)
            .with(Recipe.SCHEDULE, "cosine").with(Recipe.WARMUP, 0.125).with(Recipe.WEIGHT_DECAY, 0.0)
            .with(Recipe.LABEL_SMOOTHING, 0.1).with(Recipe.CLIP_NORM, 1.5).with(Recipe.EMA, 0.999)
            .with(Recipe.BATCH_SIZE, 32).epochs(3).seed(-5_000_000_000L).with(Recipe.VALIDATION, 0.2)
            .with(Recipe.EARLY_STOP, 2).with(Recipe.AUGMENT, "light noise=3").with(Recipe.SCHEDULE_EPOCHS, 2)
            .with(Recipe.KEEP, "last");

    static List<Recipe> recipes() {
        return List.of(Recipe.USUAL, OTHER, Recipe.mlp(), Recipe.USUAL.with(Recipe.LAYERS, "dense 3, relu"),
                Recipe.USUAL.with(Recipe.NET, "lenet"),
                Recipe.USUAL.with(Recipe.OPTIMIZER, "adam beta1=0.8"), Recipe.mlp(30).with(Recipe.RATE, 1e-7),
                Recipe.USUAL.resolve(Object::toString));
    }

    private static String refusal(Executable executable) {
        return assertThrows(IllegalArgumentException.class, executable).getMessage();
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void jsonIsWrittenAndRead(Recipe recipe) throws InputException {
        Recipe read = Recipe.fromJson(recipe.toJson(), "run");
        assertEquals(recipe, read);
        assertEquals(recipe.hashCode(), read.hashCode());
        for (Option<?> option : Recipe.OPTIONS) {
            assertEquals(recipe.get(option), read.get(option), option.name());
        }
    }

    @Test
    void everyOptionCounts() {
        JsonObject usual = Recipe.USUAL.json();
        JsonObject other = OTHER.json();
        assertEquals(Recipe.OPTIONS.stream().map(Option::name).toList(), List.copyOf(usual.keySet()));
        assertEquals(
                "hidden activation dropout layers net loss optimizer momentum lr schedule schedule_epochs warmup weight_decay "
                        + "label_smoothing clip_norm ema batch_size epochs seed validation augment early_stop keep",
                String.join(" ", usual.keySet()));
        for (String name : usual.keySet()) {
            if (!name.equals("layers") && !name.equals("net")) {
                assertNotEquals(usual.get(name), other.get(name), name);
            }
        }
        assertNotEquals(Recipe.USUAL, OTHER);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {"epochs, 0", "epochs, 1.5", "epochs, \"x\"", "epochs, []",
            "batch_size, 1e9", "lr, -1", "lr, \"fast\"", "dropout, 1", "hidden, [0]", "hidden, 128",
            "activation, \"'gelu'\"", "optimizer, \"'adam gamma=1'\"",
            "seed, 1e30", "epochs, null", "loss, null"})
    void valuesOfNoUseAreRefusedByName(String name, String value) {
        JsonObject json = Recipe.USUAL.json();
        json.add(name, JsonParser.parseString(value));
        InputException e = assertThrows(InputException.class, () -> Recipe.fromJson(json.toString(), "some/run.json"));
        assertEquals("some/run.json: the configuration in run.json is damaged (%s); start a new run".formatted(name),
                e.getMessage());
    }

    @Test
    void namedNetworksAreLayersInWords() {
        assertEquals("784-3456-864-1024-256-120-84-10",
                Recipe.USUAL.with(Recipe.NET, "lenet").network(new Shape(28, 28, 1), 10).toString());
        assertEquals(Recipe.USUAL.layers(), Recipe.USUAL.with(Recipe.NET, "mlp").layers());
        assertTrue(refusal(() -> Recipe.USUAL.with(Recipe.NET, "lenet").with(Recipe.LAYERS, "relu")
                .resolve(option -> "--" + option)).startsWith("--net stands in place of --layers, --hidden"));
        assertTrue(refusal(() -> Recipe.NET.parse("resnet")).contains("mlp, lenet, small, example"));
    }

    @Test
    void augmentationIsAPresetWithChanges() {
        assertEquals(Map.of("shift", 1.0, "rotate", 8.0, "scale", 0.08, "shear", 5.0, "noise", 3.0),
                OTHER.augmentation().strengths());
        assertNull(Recipe.USUAL.augmentation());
        assertNull(Recipe.USUAL.with(Recipe.AUGMENT, "shift=0").augmentation());
        assertTrue(refusal(() -> Recipe.AUGMENT.parse("shift=65")).startsWith("shift must be from 0 to 64"));
        assertTrue(refusal(() -> Recipe.AUGMENT.parse("heavy")).contains("'heavy' is not none, light, strong or"));
        assertTrue(refusal(() -> Recipe.AUGMENT.parse("blur=1")).contains("blur=1 is not one of its options"));
    }

    /** They may be of a jar that is missing. */
    @ParameterizedTest
    @CsvSource({"optimizer, rmsprop", "schedule, linearly", "loss, hinge", "layers, attention 3"})
    void unknownKindsAreNamed(String name, String value) {
        JsonObject json = Recipe.USUAL.json();
        json.addProperty(name, value);
        InputException e = assertThrows(InputException.class, () -> Recipe.fromJson(json.toString(), "some/run.json"));
        assertTrue(e.getMessage().matches("some/run.json: \\w+ '%s' is not one of .*; put the jar .*".formatted(
                value.split(" ")[0])), e::getMessage);
    }

    /** Runs of older versions do not have all; what they did is what those then say. */
    @Test
    void optionsMustBeThereButForLaterOnes() throws InputException {
        for (Option<?> option : Recipe.OPTIONS) {
            JsonObject json = Recipe.USUAL.json();
            json.remove(option.name());
            if (option == Recipe.KEEP) {
                assertEquals(Recipe.USUAL.with(Recipe.KEEP, "last"), Recipe.fromJson(json.toString(), "run"));
            } else if (List.of(Recipe.LAYERS, Recipe.SCHEDULE_EPOCHS, Recipe.NET, Recipe.AUGMENT).contains(option)) {
                assertEquals(Recipe.USUAL, Recipe.fromJson(json.toString(), "run"));
            } else {
                assertThrows(InputException.class, () -> Recipe.fromJson(json.toString(), "run"), option.name());
            }
        }
        JsonObject more = Recipe.USUAL.json();
        more.addProperty("threads", 3);
        more.add("data", JsonNull.INSTANCE);
        assertEquals(Recipe.USUAL, Recipe.fromJson(more.toString(), "run"));
    }

    @Test
    void withGivesAnotherRecipe() {
        Recipe changed = Recipe.USUAL.epochs(3);
        assertEquals(3, changed.get(Recipe.EPOCHS));
        assertEquals(10, Recipe.USUAL.get(Recipe.EPOCHS));
        assertEquals(Recipe.USUAL, changed.epochs(10));
    }

    @Test
    void wrongValuesAreRefusedNamingTheOption() {
        assertEquals("epochs must be from 1 to 1000000, not 0", refusal(() -> Recipe.USUAL.epochs(0)));
        assertEquals("lr must be from 1e-30 to 1000000, not NaN",
                refusal(() -> Recipe.USUAL.with(Recipe.RATE, Double.NaN)));
        assertEquals("dropout must be a probability from 0 to 0.99, not 1.0",
                refusal(() -> Recipe.USUAL.with(Recipe.DROPOUT, 1.0)));
        assertEquals("hidden must be whole numbers from 1 to 65536 such as 128 or 800,800, or none, not [3, 0]",
                refusal(() -> Recipe.mlp(3, 0)));
        assertEquals("hidden must be whole numbers from 1 to 65536 such as 128 or 800,800, or none, not [3, null]",
                refusal(() -> Recipe.USUAL.with(Recipe.HIDDEN, Arrays.asList(3, null))));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '"', value = {"activation, gelu", "layers, attention 3", "net, resnet", "loss, hinge",
            "optimizer, adam gamma=1", "schedule, linearly", "augment, heavy", "keep, first"})
    void wrongWordsAreRefusedNamingTheOption(String name, String words) {
        String message = refusal(() -> set(Recipe.USUAL, name, words));
        assertTrue(message.startsWith(name + ": ") && message.contains(words.split(" ")[0]), message);
    }

    @Test
    void nullIsRefusedWhereSomethingIsUsual() {
        assertEquals("epochs must not be null; the usual value is 10",
                refusal(() -> set(Recipe.USUAL, "epochs", null)));
        for (Option<?> option : Recipe.OPTIONS) {
            if (option.usual() == null) {
                assertEquals(Recipe.USUAL, set(Recipe.USUAL, option.name(), null));
            } else {
                assertTrue(refusal(() -> set(Recipe.USUAL, option.name(), null)).startsWith(
                        option + " must not be null"));
            }
        }
    }

    @Test
    void widthsAreCopied() {
        List<Integer> widths = new ArrayList<>(List.of(3));
        Recipe recipe = Recipe.USUAL.with(Recipe.HIDDEN, widths);
        widths.set(0, 4);
        assertEquals(Recipe.mlp(3), recipe);
    }

    @Test
    void textIsParsed() {
        assertEquals(List.of(800, 30), Recipe.HIDDEN.parse("800, 30"));
        assertEquals(List.of(), Recipe.HIDDEN.parse("none"));
        assertEquals(0.5, Recipe.MOMENTUM.parse("0.5"));
        assertEquals("must be from 0 to below 1, not 1", refusal(() -> Recipe.MOMENTUM.parse("1")));
        assertEquals("must be a whole number, not 1.5", refusal(() -> Recipe.SEED.parse("1.5")));
        assertTrue(refusal(() -> Recipe.LAYERS.parse("dense 3, gelu")).startsWith("layer 'gelu' is not one of dense"));
    }

    @Test
    void resolvingFillsInWhatSuits() {
        Recipe usual = Recipe.USUAL.resolve(Object::toString);
        assertEquals(0.1, usual.get(Recipe.RATE));
        assertEquals(0.3, usual.get(Recipe.WARMUP));
        Recipe adam = Recipe.USUAL.with(Recipe.OPTIMIZER, "adamw").with(Recipe.SCHEDULE, "cosine")
                .resolve(Object::toString);
        assertEquals(0.001, adam.get(Recipe.RATE));
        assertEquals(0.0, adam.get(Recipe.WARMUP));
        assertNull(Recipe.USUAL.with(Recipe.SCHEDULE, "one-cycle warmup=0.2").resolve(Object::toString)
                .get(Recipe.WARMUP), "it stands among the words");
        assertEquals("last", usual.get(Recipe.KEEP));
        assertEquals("best", Recipe.USUAL.with(Recipe.VALIDATION, 0.1).resolve(Object::toString).get(Recipe.KEEP));
        assertEquals(usual, usual.resolve(Object::toString));
    }

    @Test
    void whatDoesNotFitTogetherIsRefused() {
        assertEquals("--layers stands in place of --hidden, --activation and --dropout; leave these out", refusal(
                () -> Recipe.mlp(30).with(Recipe.LAYERS, "dense 3").resolve(option -> "--" + option)));
        assertEquals("dropout needs hidden units to drop; name their number with hidden", refusal(
                () -> Recipe.mlp().with(Recipe.DROPOUT, 0.5).resolve(Object::toString)));
        assertEquals("label_smoothing is for the loss cross-entropy, not for mse", refusal(
                () -> Recipe.USUAL.with(Recipe.LOSS, "mse").with(Recipe.LABEL_SMOOTHING, 0.1)
                        .resolve(Object::toString)));
        assertEquals("early_stop needs held-out images to judge by; add validation 0.1", refusal(
                () -> Recipe.USUAL.with(Recipe.EARLY_STOP, 3).resolve(Object::toString)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"optimizer | momentum momentum=0.5 | momentum | 0.9",
            "optimizer | nesterov momentum=0.5 | momentum | 0.5", "schedule | one-cycle warmup=0.2 | warmup | 0.1",
            "loss | cross-entropy smoothing=0.1 | label_smoothing | 0.2"})
    void aNumberGivenTwiceIsRefusedNamingBoth(String words, String text, String number, double value) {
        Recipe recipe = with(with(Recipe.USUAL, words, text), number, value);
        assertEquals(
                "%s '%s' and %s %s name one number twice; leave one of them out".formatted(words, text, number, value),
                refusal(() -> recipe.resolve(Object::toString)));
        for (String word : List.of(words, number)) { // alone, either does what it says
            with(Recipe.USUAL, word, word.equals(words) ? text : value).resolve(Object::toString);
        }
    }

    /** Older versions wrote both numbers down; runs of theirs go on with the one that counted. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"optimizer | momentum momentum=0.5 | momentum | 0.8 | momentum momentum=0.5",
            "schedule | cosine warmup=0.2 | warmup | 0.1 | cosine warmup=0.1",
            "loss | cross-entropy smoothing=0.1 | label_smoothing | 0.2 | cross-entropy smoothing=0.2"})
    void aNumberThatAnOlderRunHasTwiceIsTheOneThatCounted(String words, String text, String number, double value,
            String counted) throws InputException {
        JsonObject json = Recipe.USUAL.json();
        json.addProperty(words, text);
        json.addProperty(number, value);
        Recipe read = Recipe.fromJson(json.toString(), "run").resolve(Object::toString);
        Recipe expected = with(Recipe.USUAL, words, counted);
        assertEquals(expected.plan(), read.plan());
        assertEquals(expected.update(), read.update());
        assertEquals(expected.loss(), read.loss());
    }

    private static Recipe with(Recipe recipe, String option, Object value) {
        Option<?> named = Recipe.OPTIONS.stream().filter(one -> one.name().equals(option)).findFirst().orElseThrow();
        return with(recipe, named, String.valueOf(value));
    }

    @SuppressWarnings("unchecked")
    private static Recipe set(Recipe recipe, String option, Object value) {
        return recipe.with((Option<Object>) Recipe.OPTIONS.stream().filter(one -> one.name().equals(option)).findFirst()
                .orElseThrow(), value);
    }

    private static <T> Recipe with(Recipe recipe, Option<T> option, String text) {
        return recipe.with(option, option.parse(text));
    }

    @Test
    void jsonHasNullInPlaceOfWhatDoesNotCount() {
        JsonObject words = Recipe.USUAL.with(Recipe.LAYERS, "dense 3, relu").with(Recipe.OPTIMIZER, "adam")
                .with(Recipe.SCHEDULE, "cosine warmup=0.1").resolve(Object::toString).json();
        for (String name : List.of("hidden", "activation", "dropout", "momentum", "warmup")) {
            assertTrue(words.get(name).isJsonNull(), name);
            JsonObject usual = Recipe.USUAL.json();
            usual.add(name, JsonNull.INSTANCE);
            if (!name.equals("warmup")) {
                assertThrows(InputException.class, () -> Recipe.fromJson(usual.toString(), "run"), name);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"lr, 5, lr", "weight_decay, 1, weight_decay", "momentum, 0.99, momentum", "lr, 0.01, ", "seed, 3, "})
    void theBoldestOptionIsTheOneFurthestAboveTheUsual(String option, String value, String boldest) {
        Option<?> found = with(Recipe.USUAL, option, value).boldest();
        assertEquals(boldest, found == null ? null : found.name());
        assertEquals(Recipe.RATE, Recipe.USUAL.with(Recipe.OPTIMIZER, "adam").with(Recipe.RATE, 0.1)
                .with(Recipe.MOMENTUM, 0.99).boldest(), "as adam's usual rate goes, and momentum is none of its");
    }

    @Test
    void aRateThatIsNoneAsAFloatIsRefused() {
        for (Option<Double> option : List.of(Recipe.RATE, Recipe.CLIP_NORM)) {
            assertEquals("must be from 1e-30 to 1000000, not 1e-50", refusal(() -> option.parse("1e-50")));
            assertEquals("must be from 1e-30 to 1000000, not 1e7", refusal(() -> option.parse("1e7")));
        }
        assertEquals("must be from 0 to 1000000, not 1e7", refusal(() -> Recipe.WEIGHT_DECAY.parse("1e7")));
        assertEquals("must be from 0 to below 1, not 0.99999999", refusal(() -> Recipe.MOMENTUM.parse("0.99999999")));
        for (String schedule : Schedules.KINDS.names()) {
            Plan plan = Recipe.USUAL.with(Recipe.SCHEDULE, schedule).with(Recipe.RATE, 1e-30).plan();
            assertTrue(plan.schedule().rate(plan.baseRate(), 0, 1000) > 0, schedule);
        }
    }

    @Test
    void keepingTheBestNeedsHeldOutImages() {
        assertEquals("keep best needs held-out images to judge by; add validation 0.1", refusal(
                () -> Recipe.USUAL.with(Recipe.KEEP, "best").resolve(Object::toString)));
        assertEquals("'first' is not best or last", refusal(() -> Recipe.KEEP.parse("first")));
    }

    /** Bit for bit, as the same step of a run as long as the schedule. */
    @ParameterizedTest
    @ValueSource(strings = {"step", "cosine", "one-cycle", "constant warmup=0.4"})
    void aLastingRecipeKeepsTheScheduleAsLongAsItWas(String schedule) {
        Recipe recipe = Recipe.USUAL.with(Recipe.SCHEDULE, schedule).epochs(3);
        Plan plan = recipe.plan();
        for (int epochs : new int[]{1, 2, 5, 7}) {
            Plan lasting = recipe.lasting(epochs).plan();
            for (int step = 0; step < 10 * epochs; step++) {
                assertEquals(plan.schedule().rate(0.1, Math.min(step, 29), 30),
                        lasting.schedule().rate(0.1, step, 10L * epochs), "step " + step);
                assertEquals(plan.schedule().factor(Math.min(step / 30.0, Math.nextDown(1.0))),
                        lasting.schedule().factor(step / (10.0 * epochs)), 1e-12, "step " + step);
            }
            assertEquals(recipe, recipe.lasting(epochs).lasting(3));
        }
        assertEquals(Recipe.USUAL.with(Recipe.SCHEDULE, "constant").epochs(5),
                Recipe.USUAL.with(Recipe.SCHEDULE, "constant").lasting(5), "of which nothing need be said");
    }

    @Test
    void networkIsAsDescribed() {
        Network network = Recipe.mlp(20, 15).with(Recipe.ACTIVATION, "tanh").with(Recipe.DROPOUT, 0.5).seed(3)
                .network(new Shape(4, 4, 1), 3);
        assertEquals("dense 20, tanh, dropout 0.5, dense 15, tanh, dropout 0.5, dense 3",
                Spec.join(network.specs()));
        assertEquals("16-20-15-3", network.toString());
        assertEquals(Model.sha256(Recipe.USUAL.with(Recipe.LAYERS,
                "dense 20, tanh, dropout 0.5, dense 15, tanh, dropout 0.5").seed(3).network(new Shape(4, 4, 1), 3)),
                Model.sha256(network), "the same in words");
        assertEquals("dense 5", Spec.join(Recipe.mlp().network(new Shape(4, 4, 1), 5).specs()));
    }

    @Test
    void lossOptimizerAndScheduleTakeTheirOptions() {
        assertEquals(new CrossEntropyLoss(), Recipe.USUAL.loss());
        assertEquals(new CrossEntropyLoss(0.1), Recipe.USUAL.with(Recipe.LABEL_SMOOTHING, 0.1).loss());
        assertEquals(new SigmoidSquaredErrorLoss(), Recipe.USUAL.with(Recipe.LOSS, "mse").loss());
        assertEquals(new Update.Rule(new Momentum(0.9, false), 1e-4), Recipe.USUAL.update());
        assertEquals(new Update.Rule(new Momentum(0.5, true), 0, 2.0, 0.99),
                Recipe.USUAL.with(Recipe.OPTIMIZER, "nesterov").with(Recipe.MOMENTUM, 0.5)
                        .with(Recipe.WEIGHT_DECAY, 0.0).with(Recipe.CLIP_NORM, 2.0).with(Recipe.EMA, 0.99).update());
        assertEquals(new Momentum(0.7, false), Recipe.USUAL.with(Recipe.OPTIMIZER, "momentum momentum=0.7").update()
                .optimizer());
        assertEquals(new Adam(0.8, 0.999, 1e-8), Recipe.USUAL.with(Recipe.OPTIMIZER, "adam beta1=0.8").update()
                .optimizer());
        assertEquals(new Plan(10, new OneCycleSchedule(0.3, 25, 10_000), 0.1, 1), Recipe.USUAL.plan());
        assertEquals(new Plan(3, new ConstantSchedule(0.25), 0.001, 9),
                Recipe.USUAL.with(Recipe.OPTIMIZER, "adam").with(Recipe.SCHEDULE, "constant")
                        .with(Recipe.WARMUP, 0.25).epochs(3).seed(9).plan());
    }

    /** A number that the option's own words name is not lost, and one that nobody named does not come in between. */
    @ParameterizedTest
    @ValueSource(strings = {"one-cycle warmup=0.2", "one-cycle start-divisor=10"})
    void resolvingChangesNoPlan(String schedule) {
        Recipe recipe = Recipe.USUAL.with(Recipe.SCHEDULE, schedule);
        assertEquals(recipe.plan(), recipe.resolve(Object::toString).plan());
        assertFalse(recipe.plan().equals(Recipe.USUAL.plan()));
    }
}
