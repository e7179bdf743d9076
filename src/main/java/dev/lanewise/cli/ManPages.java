package dev.lanewise.cli;

import dev.lanewise.data.InputException;
import dev.lanewise.run.files.Obstacle;
import dev.lanewise.run.files.WholeFile;
import dev.lanewise.system.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Writes the pages for {@code man}, one a command, from what the help texts are made of. */
final class ManPages {
    private static final int WIDE = 10_000; // columns: no line is broken here
    private static final Pattern ROW = Pattern.compile("(\\S.*?) {2,}(.*)");
    private static final Pattern FURTHER_ROW = Pattern.compile("([^ (]\\S*) (.*)"); // its term is as wide as the column
    private static final String ENVIRONMENT = """
            .SH ENVIRONMENT
            .TP
            .B LANEWISE_DATA
            A directory in which data sets are looked for, each in one of its name.
            .TP
            .B LANEWISE_JAVA_OPTS
            Options for the JVM, in place of those that the launcher chooses.
            .TP
            .B LANEWISE_CLASSPATH
            Jars with layers, optimizers, schedules, losses or formats of your own.
            .TP
            .B HTTPS_PROXY, HTTP_PROXY
            Proxies for downloads of data sets.
            .TP
            .B NO_COLOR
            Where it is set, a line every ten seconds takes the place of the bar.
            """;

    private final StringBuilder page = new StringBuilder();
    private final CommandSpec spec;
    private final Help help;

    private ManPages(CommandSpec spec) {
        this.spec = spec;
        help = new Help(spec, Help.defaultColorScheme(Help.Ansi.OFF));
    }

    /** Writes them into the directory that is named. */
    public static void main(String[] args) {
        int status = run(args);
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Writes them; returns the exit status. */
    static int run(String... args) {
        if (args.length != 1 || args[0].isBlank() || args[0].startsWith("-")) { // a directory -x can be named ./-x
            return fail(Main.WRONG_INPUT, "name one directory for the pages, and nothing else");
        }
        Locale.setDefault(Locale.ROOT);
        Map<String, String> pages = new LinkedHashMap<>();
        for (CommandLine command : shown(Main.withAllCommands().setUsageHelpWidth(WIDE))) {
            CommandSpec spec = command.getCommandSpec();
            pages.put(name(spec) + ".1", new ManPages(spec).page());
        }
        try {
            write(pages, Files.createDirectories(Path.of(args[0])));
            return 0;
        } catch (InvalidPathException e) {
            return fail(Main.WRONG_INPUT, InputException.reason(e) + "; name another directory for the pages");
        } catch (IOException e) {
            return Obstacle.isFull(e)
                    ? fail(Main.FAILED, "%s: %s; no page was added: make room, or name another directory".formatted(
                            args[0], InputException.reason(e)))
                    : fail(Main.WRONG_INPUT, "%s: %s; name another directory for the pages".formatted(args[0],
                            InputException.reason(e)));
        }
    }

    private static int fail(int status, String sentence) {
        System.err.println("lanewise: " + sentence);
        return status;
    }

    /** Each as a whole; after a failure those are there that were there before. */
    private static void write(Map<String, String> pages, Path directory) throws IOException {
        List<Path> added = new ArrayList<>();
        try {
            for (Map.Entry<String, String> page : pages.entrySet()) {
                Path file = directory.resolve(page.getKey());
                boolean isNew = !Files.exists(file);
                WholeFile.replace(file, partial -> Files.writeString(partial, page.getValue()));
                if (isNew) {
                    added.add(file);
                }
            }
        } catch (IOException e) {
            for (Path file : added) {
                Files.deleteIfExists(file);
            }
            throw e;
        }
    }

    /** A command and those below it. */
    static List<CommandLine> shown(CommandLine command) {
        List<CommandLine> shown = new ArrayList<>(List.of(command));
        below(command.getCommandSpec()).forEach(sub -> shown.addAll(shown(sub)));
        return shown;
    }

    private static List<CommandLine> below(CommandSpec spec) {
        return spec.subcommands().values().stream()
                .filter(sub -> !sub.getCommandSpec().usageMessage().hidden()).toList();
    }

    /** {@code lanewise-data-fetch}. */
    static String name(CommandSpec spec) {
        return spec.qualifiedName("-");
    }

    private static String about(CommandSpec spec) {
        UsageMessageSpec usage = spec.usageMessage();
        return (usage.header().length > 0 ? usage.header() : usage.description())[0];
    }

    private String page() {
        UsageMessageSpec usage = spec.usageMessage();
        String name = escaped(name(spec));
        line(".TH %s 1 %s \"Lanewise %s\"".formatted(name.toUpperCase(Locale.ROOT), Environment.date(),
                escaped(Environment.version())));
        line(".SH NAME");
        text(name(spec) + " - " + said(about(spec)).replaceFirst("\\.( .*)?$", ""));
        line(".SH SYNOPSIS");
        line(bold(spec.qualifiedName()));
        text(help.synopsis(0).strip().substring(spec.qualifiedName().length()));
        line(".SH DESCRIPTION");
        lines(Stream.of(usage.header(), new String[]{""}, usage.description()).flatMap(Stream::of)
                .toArray(String[]::new));
        List<PositionalParamSpec> parameters = spec.positionalParameters();
        if (!parameters.isEmpty()) {
            line(".SH ARGUMENTS");
            parameters.forEach(parameter -> argument("", parameter));
        }
        line(".SH OPTIONS");
        Map<String, List<OptionSpec>> groups = OptionList.grouped(spec);
        groups.forEach((heading, options) -> {
            if (!heading.isEmpty() && groups.size() > 2) {
                line(".SS " + heading);
            }
            options.forEach(option -> argument(
                    Arrays.stream(option.names()).map(ManPages::bold).collect(Collectors.joining(", ")), option));
        });
        List<CommandLine> below = below(spec);
        if (!below.isEmpty()) {
            line(".SH COMMANDS");
            below.forEach(
                    command -> term(bold(name(command.getCommandSpec())) + "(1)", about(command.getCommandSpec())));
        }
        if (!usage.exitCodeList().isEmpty()) {
            line(".SH EXIT STATUS");
            usage.exitCodeList().forEach((status, meaning) -> term(bold(status), meaning));
        }
        page.append(spec.parent() == null ? ENVIRONMENT : "");
        footer(Arrays.stream(usage.footer()).map(ManPages::said).filter(line -> !line.isEmpty()).toList());
        if (spec.parent() != null) {
            line(".SH SEE ALSO");
            for (CommandSpec above = spec.parent(); above != null; above = above.parent()) {
                line(bold(name(above)) + "(1)" + (above.parent() == null ? "" : ","));
            }
        }
        return page.toString();
    }

    private void argument(String names, ArgSpec argument) {
        String label = help.parameterLabelRenderer().renderParameterLabel(argument, Help.Ansi.OFF, List.of())
                .toString();
        term(names + escaped(label).replaceAll("\\w+", "\\\\fI$0\\\\fR"), argument.description());
    }

    private void term(String term, String... description) {
        line(".TP");
        line(term);
        lines(description);
    }

    /** What is in two columns becomes terms and what they mean; what is indented belongs to the term above. */
    private void lines(String... lines) {
        boolean inTable = false;
        String before = "";
        boolean begun = false;
        for (String line : lines) {
            Matcher row = ROW.matcher(said(line));
            boolean isRow = !before.isEmpty() && row.matches() || inTable && row.usePattern(FURTHER_ROW).matches();
            boolean goesOn = isRow || inTable && line.startsWith(" ");
            if (inTable && !goesOn) {
                line(line.isEmpty() ? ".RE" : ".RE\n.IP");
            } else if (isRow && !inTable) {
                line(".RS");
            } else if (begun && !isRow && !line.isEmpty()) {
                line(before.isEmpty() ? ".sp" : ".br");
            }
            if (isRow) {
                line(".TP");
                line(bold(row.group(1)));
            }
            if (!line.isEmpty()) {
                text(isRow ? row.group(2) : said(line));
                begun = true;
            }
            inTable = goesOn;
            before = line;
        }
        if (inTable) {
            line(".RE");
        }
    }

    /** Sentences, and what is to be typed, which is indented. */
    private void footer(List<String> lines) {
        boolean inExample = false;
        boolean begun = false;
        if (!lines.isEmpty()) {
            line(lines.getFirst().startsWith("Examples") ? ".SH EXAMPLES" : ".SH NOTES");
        }
        for (String line : lines) {
            boolean isExample = line.startsWith(" ");
            if (line.equals("Examples:")) {
                continue;
            }
            if (inExample && !isExample) {
                line(".EE");
            }
            if (begun && inExample != isExample) {
                line(".PP");
            } else if (begun && !isExample && Character.isUpperCase(line.charAt(0))) { // none that goes on
                line(".br");
            }
            if (isExample && !inExample) {
                line(".EX");
            }
            if (isExample) {
                line(escaped(line));
            } else {
                text(line);
            }
            inExample = isExample;
            begun = true;
        }
        if (inExample) {
            line(".EE");
        }
    }

    /** In short lines, which roff fills. */
    private void text(String text) {
        line(escaped(text.strip().replaceAll("(.{1,60})( +|$)", "$1\n").strip()));
    }

    private void line(String line) {
        page.append(line).append('\n');
    }

    private static String bold(String text) {
        return "\\fB" + escaped(text) + "\\fR";
    }

    /** What picocli makes of a line before it shows it. */
    private static String said(String line) {
        return line.replace("%%", "%");
    }

    /** For roff to show letter by letter. */
    static String escaped(String text) {
        return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
                .replace("^", "\\(ha").replace("~", "\\(ti").replaceAll("(?m)^\\.", "\\\\&.");
    }
}
