package dev.lanewise.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The options in a help text: where there are many, in groups with headings; those for help itself last. */
final class OptionList {
    private static final String SWEEP = "Sweep";
    private static final String CHECK = "Check";
    private static final String HELP = "Help";
    private static final String POINT = "\ua78f"; // a letter that stands in for the point within a word
    private static final Map<String, List<String>> GROUPS = groups();
    private static final List<String> HELP_OPTIONS = List.of("--help", "--version");

    private OptionList() {
    }

    private static Map<String, List<String>> groups() {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        groups.put("Data",
                List.of("--data", "--train-images", "--train-labels", "--test-images", "--test-labels", "--size",
                        "--prepare",
                        "--test", "--test-split", "--limit",
                        "--validation", "--augment"));
        groups.put("Network", List.of("--hidden", "--activation", "--dropout", "--layers", "--net", "--init",
                "--loss", "--label-smoothing"));
        groups.put("Steps", List.of("--epochs", "--batch-size", "--optimizer", "--momentum", "--lr", "--schedule",
                "--schedule-epochs", "--warmup", "--weight-decay", "--clip-norm", "--ema", "--early-stop", "--keep",
                "--seed"));
        groups.put(SWEEP, List.of("--random", "--asha", "--budget", "--out", "--jobs", "--shard", "--on", "-o",
                "--no-report", "-q", "--no-progress"));
        groups.put(CHECK, List.of("--mistake", "-o"));
        groups.put("Run",
                List.of("--out", "--resume", "--like", "--target-accuracy", "--threads", "--dense", "--profile",
                        "--no-report", "--serve", "--no-browser", "--tensorboard", "-o", "-q", "--no-progress"));
        return groups;
    }

    /** Makes this a part of the help texts of a command and of all below it. */
    static void addTo(CommandLine command) {
        Map<String, IHelpSectionRenderer> sections = command.getHelpSectionMap();
        sections.put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, OptionList::of);
        sections.put(UsageMessageSpec.SECTION_KEY_PARAMETER_LIST, OptionList::parameters);
        sections.put(UsageMessageSpec.SECTION_KEY_DESCRIPTION, help -> {
            help.commandSpec().usageMessage().description(kept(help.commandSpec().usageMessage().description()));
            return shown(help.description());
        });
        command.getSubcommands().values().forEach(OptionList::addTo);
    }

    private static String of(Help help) {
        Map<String, List<OptionSpec>> groups = grouped(help.commandSpec());
        List<OptionSpec> last = Objects.requireNonNullElse(groups.remove(HELP), List.of());
        StringBuilder text = new StringBuilder();
        groups.forEach((heading, group) -> text.append(heading.isEmpty() ? "" : "%n%s:%n".formatted(heading))
                .append(table(help, group)));
        return text.append(groups.containsKey("") || text.isEmpty() ? "" : System.lineSeparator())
                .append(table(help, last)).toString();
    }

    /** The options that a command shows, by headings: those of no group follow the last one without; then those for help. */
    static Map<String, List<OptionSpec>> grouped(CommandSpec spec) {
        List<OptionSpec> left = new ArrayList<>(spec.options());
        left.removeIf(OptionSpec::hidden);
        List<OptionSpec> last = left.stream().filter(option -> HELP_OPTIONS.contains(option.longestName())).toList();
        left.removeAll(last);
        Map<String, List<OptionSpec>> grouped = new LinkedHashMap<>();
        if (spec.optionsMap().containsKey("--hidden")) {
            GROUPS.forEach((heading, names) -> {
                // -o stands in several groups: the first of them whose first option the command has, takes it
                if (List.of(SWEEP, CHECK).contains(heading) && !spec.optionsMap().containsKey(names.getFirst())) {
                    return;
                }
                grouped.put(heading, names.stream().map(spec.optionsMap()::get).filter(left::remove).toList());
            });
        }
        grouped.put("", left);
        grouped.put(HELP, last);
        grouped.values().removeIf(List::isEmpty);
        return grouped;
    }

    private static String table(Help help, List<OptionSpec> options) {
        Help.Layout layout = help.createDefaultLayout();
        layout.addOptions(options.stream().map(OptionList::kept).toList(), help.parameterLabelRenderer());
        return shown(layout.toString());
    }

    private static String parameters(Help help) {
        Help.Layout layout = help.createDefaultLayout();
        layout.addPositionalParameters(help.commandSpec().positionalParameters().stream()
                .filter(parameter -> !parameter.hidden())
                .map(parameter -> PositionalParamSpec.builder(parameter).description(kept(parameter.description()))
                        .build())
                .toList(), help.parameterLabelRenderer());
        return shown(layout.toString());
    }

    /** A new one only where it must be: those for help have names that picocli fills in once. */
    private static OptionSpec kept(OptionSpec option) {
        String[] description = kept(option.description());
        return Arrays.equals(description, option.description())
                ? option
                : OptionSpec.builder(option).description(description).build();
    }

    /** Lines would be broken behind the point of {@code .csv}, but not behind a letter. */
    private static String[] kept(String... description) {
        return Stream.of(description).map(line -> line.replaceAll("\\.(?=[a-z])", POINT)).toArray(String[]::new);
    }

    private static String shown(String text) {
        return text.replace(POINT, ".");
    }
}
