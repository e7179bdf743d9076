package dev.lanewise.cli;

import dev.lanewise.data.InputException;
import dev.lanewise.model.Spec;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Option;
import dev.lanewise.run.Recipe;
import dev.lanewise.sweep.Axis;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** The options of a {@link Recipe} as options of a command. */
final class RecipeOptions {
    private RecipeOptions() {
    }

    /** Adds an option for each of these. */
    static void addTo(CommandSpec command, List<? extends Option<?>> options) {
        addTo(command, options, Map.of());
    }

    /** The same; where an option means something else to this command, with a sentence of its own. */
    static void addTo(CommandSpec command, List<? extends Option<?>> options, Map<Option<?>, String> sentences) {
        for (Option<?> option : options) {
            command.addOption(spec(option, sentences, option::parse, name(option)));
        }
    }

    /** Adds an option for each of these that takes several values, a {@link Axis}. */
    static void addAxesTo(CommandSpec command, List<? extends Option<?>> options, Map<Option<?>, String> sentences) {
        for (Option<?> option : options) {
            command.addOption(option == Recipe.SEED
                    ? spec(option, sentences, text -> Axis.parse(option, text), "--seeds", name(option))
                    : spec(option, sentences, text -> Axis.parse(option, text), name(option)));
        }
    }

    /** Those of them that were typed. */
    static List<Axis<?>> axes(ParseResult parsed, List<? extends Option<?>> options) {
        return options.stream().filter(option -> parsed.hasMatchedOption(name(option)))
                .<Axis<?>>map(option -> parsed.matchedOptionValue(name(option), null)).toList();
    }

    private static OptionSpec spec(Option<?> option, Map<Option<?>, String> sentences, Function<String, ?> parser,
            String... names) {
        List<String> description = sentences.containsKey(option)
                ? List.of(sentences.get(option))
                : option.description();
        return OptionSpec.builder(names).paramLabel(option.label()).type(Object.class)
                .arity("1").splitRegex("").converters(text -> value(() -> parser.apply(text)))
                .completionCandidates(() -> option.choices().iterator()) // asked for by completion alone
                .description(description.toArray(String[]::new)).build();
    }

    /** A value; what is wrong with it becomes a message of picocli's, which names the option. */
    static <T> T value(Supplier<T> parsed) {
        try {
            return parsed.get();
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** As it is typed: {@code --clip-norm}. */
    static String name(Option<?> option) {
        return option.flag();
    }

    /** {@code Recipe::with} or {@code DataRecipe::with}. */
    interface With<R> {
        <T extends @Nullable Object> R with(R recipe, Option<T> option, T value);
    }

    /** The recipe that was typed, over another one. */
    static <R> R typed(ParseResult parsed, R recipe, List<? extends Option<?>> options, With<R> with) {
        for (Option<?> option : options) {
            recipe = typed(parsed, recipe, option, with);
        }
        return recipe;
    }

    private static <R, T extends @Nullable Object> R typed(ParseResult parsed, R recipe, Option<T> option,
            With<R> with) {
        return parsed.hasMatchedOption(name(option))
                ? with.with(recipe, option, parsed.matchedOptionValue(name(option), option.usual()))
                : recipe;
    }

    /** Checks that the recipe fits together and fills in what depends on the rest. */
    static Recipe resolve(Recipe recipe, CommandLine commandLine) {
        try {
            return recipe.resolve(RecipeOptions::name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(commandLine, e.getMessage());
        }
    }

    /** What makes something of a recipe and data. */
    interface Maker<T> {
        T make() throws IOException;
    }

    /** What is made of a recipe and data; what does not fit shows only then, and is said in the words of options. */
    static <T> T made(Recipe recipe, CommandLine commandLine, Maker<T> maker) throws IOException {
        try {
            return maker.make();
        } catch (ArithmeticException e) { // an array cannot be as large
            throw new InputException("a network of %s cannot be: %s; use narrower layers".formatted(
                    Spec.join(recipe.layers()), e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw wrongLayers(e, recipe, commandLine);
        } catch (InputException e) {
            throw new InputException("--" + e.getMessage(), e); // it begins with the name of an option
        }
    }

    /** What is wrong with layers in words or by a name; whether they fit the data shows only when the network is made. */
    static RuntimeException wrongLayers(IllegalArgumentException e, Recipe recipe, CommandLine commandLine) {
        if (recipe.get(Recipe.NET) != null) {
            return new ParameterException(commandLine, "%s %s: %s; for images as small as these use %s".formatted(
                    name(Recipe.NET), recipe.get(Recipe.NET), e.getMessage(), name(Recipe.HIDDEN)));
        }
        return recipe.get(Recipe.LAYERS) == null
                ? e
                : new ParameterException(commandLine, "%s: %s".formatted(name(Recipe.LAYERS), e.getMessage()));
    }
}
