package dev.lanewise.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Mnist;
import dev.lanewise.data.NamedSet;
import dev.lanewise.data.SetFiles;
import dev.lanewise.report.TextTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise data}. */
@Command(name = "data", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND",
        subcommands = ShowCommand.class,
        header = "Data sets: download, digests, where they lie, what they look like.")
final class DataCommand implements Runnable {
    private static final Gson PRETTY = new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls()
            .create();

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: fetch, verify, list or show");
    }

    @Command(name = "fetch", mixinStandardHelpOptions = true,
            description = "Downloads a set into the user's cache; keeps what is there and right, and goes on from what was cut "
                    + "off. Prints the directory.")
    int fetch(
            @Parameters(arity = "0..1", paramLabel = "NAME", defaultValue = "mnist", completionCandidates = Names.class,
                    description = "Name of the set, as 'lanewise data list' shows (default: ${DEFAULT-VALUE}).") String name)
            throws IOException {
        Optional<NamedSet> set = NamedSet.of(name);
        if (set.isEmpty()) {
            throw new InputException("'%s' is not a set that can be fetched; use one of %s".formatted(name,
                    NamedSet.ALL.stream().filter(known -> !known.isDrawn()).map(NamedSet::name)
                            .collect(Collectors.joining(", "))));
        }
        System.out.println(DataOption.fetch(set.get()));
        return 0;
    }

    @Command(name = "verify", mixinStandardHelpOptions = true,
            description = "Compares files with the published ones; status 1 if one differs or is missing.")
    int verify(
            @Parameters(arity = "0..1", paramLabel = "NAME|DIR", defaultValue = "mnist",
                    description = "A set, where it is found, or a directory with its files (default: ${DEFAULT-VALUE}).") Path place)
            throws IOException {
        Optional<NamedSet> set = NamedSet.of(place.toString());
        List<SetFiles.Check> checks = set.isEmpty()
                ? SetFiles.verify(place)
                : SetFiles.verify(set.get(), found(set.get()));
        for (SetFiles.Check check : checks) {
            System.out.printf("%-5s %s: %s%n", check.published() ? "ok" : "WRONG", check.name(), check.finding());
        }
        return checks.stream().allMatch(SetFiles.Check::published) ? 0 : Main.FAILED;
    }

    private static Path found(NamedSet set) throws InputException {
        if (set.isDrawn()) {
            throw new InputException("%s are drawn by the program and have no files; name a directory"
                    .formatted(set.title()));
        }
        Optional<Path> found = SetFiles.find(set);
        if (found.isEmpty()) {
            throw new InputException(
                    "%s was not found in %s; run 'lanewise data fetch%s' or name a directory".formatted(
                            set.title(), places(set), set.name().equals("mnist") ? "" : " " + set.name()));
        }
        return found.get();
    }

    private static String places(NamedSet set) throws InputException {
        return SetFiles.places(set.name()).stream().map(Path::toString).collect(Collectors.joining(", "));
    }

    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Names() {
            NamedSet.ALL.forEach(set -> add(set.name()));
        }
    }

    /** How the list is printed. */
    enum Format {
        TABLE, JSON, CSV
    }

    static final class FormatConverter implements ITypeConverter<Format> {
        @Override
        public Format convert(String value) {
            for (Format format : Format.values()) {
                if (format.name().toLowerCase(Locale.ROOT).equals(value)) {
                    return format;
                }
            }
            throw new TypeConversionException("'%s' is not one of table, json, csv".formatted(value));
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true,
            description = "Shows the data sets, where they lie, and where they are looked for.")
    int list(
            @Option(names = "-o", defaultValue = "table", paramLabel = "FORMAT", converter = FormatConverter.class,
                    description = "How to print: table, json or csv (default: ${DEFAULT-VALUE}).") Format format)
            throws IOException {
        List<JsonObject> sets = new ArrayList<>();
        for (NamedSet set : NamedSet.ALL) {
            sets.add(row(set));
        }
        List<String> columns = List.of("name", "classes", "train_images", "test_images", "size", "licence", "state",
                "place");
        if (format == Format.JSON) {
            JsonArray array = new JsonArray();
            sets.forEach(array::add);
            System.out.println(PRETTY.toJson(array));
            return 0;
        }
        TextTable table = new TextTable(
                format == Format.CSV
                        ? columns
                        : List.of("name", "classes", "training", "test", "size", "licence", "state", "place"),
                List.of(false, true, true, true, false, false, false, false),
                sets.stream().map(set -> columns.stream().map(column -> cell(set, column, format)).toList()).toList());
        System.out.print(format == Format.CSV ? table.csv() : table.text());
        if (format == Format.TABLE) {
            System.out.printf("%nlooked in %s, and so for the others;%n'lanewise data fetch NAME' downloads%n",
                    places(NamedSet.ALL.getFirst()));
        }
        return 0;
    }

    private static String cell(JsonObject set, String column, Format format) {
        if (!(set.get(column) instanceof JsonPrimitive value)) {
            return "";
        }
        return value.isNumber() && format == Format.TABLE ? "%,d".formatted(value.getAsInt()) : value.getAsString();
    }

    private static JsonObject row(NamedSet set) throws IOException {
        String state;
        Optional<Path> found = Optional.empty();
        if (set.isDrawn()) {
            state = "built in";
        } else {
            try {
                found = SetFiles.find(set);
                state = found.isPresent() ? "found" : "not found";
            } catch (InputException _) {
                state = "incomplete";
                found = Optional.of(SetFiles.places(set.name()).get(1)); // the place that somebody chose
            }
        }
        JsonObject row = new JsonObject();
        row.addProperty("name", set.name());
        row.addProperty("title", set.title());
        row.addProperty("classes", set.classes().size());
        row.addProperty("train_images", set.trainImages());
        row.addProperty("test_images", set.testImages());
        row.addProperty("size", Mnist.SHAPE.toString());
        row.addProperty("licence", set.licence());
        row.addProperty("citation", set.citation());
        row.addProperty("state", state);
        row.add("place", found.isPresent() ? new JsonPrimitive(found.get().toString()) : JsonNull.INSTANCE);
        return row;
    }
}
