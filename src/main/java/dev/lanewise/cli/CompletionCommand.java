package dev.lanewise.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code lanewise completion}: what teaches a shell the commands and options. */
@Command(name = "completion", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Prints a script that completes commands and options in a shell.", footer = {"",
                "  bash   source <(lanewise completion bash)      in ~/.bashrc",
                "  zsh    source <(lanewise completion zsh)       in ~/.zshrc",
                "  fish   lanewise completion fish | source       in ~/.config/fish/config.fish"})
final class CompletionCommand implements Runnable {
    /** What is completed in. */
    enum Shell {
        BASH, ZSH, FISH
    }

    static final class ShellConverter implements ITypeConverter<Shell> {
        @Override
        public Shell convert(String value) {
            return switch (value) {
                case "bash" -> Shell.BASH;
                case "zsh" -> Shell.ZSH;
                case "fish" -> Shell.FISH;
                default -> throw new TypeConversionException("'%s' is not bash, zsh or fish".formatted(value));
            };
        }
    }

    @Parameters(paramLabel = "SHELL", converter = ShellConverter.class,
            description = "bash, zsh or fish.")
    private Shell shell;

    @Override
    public void run() {
        CommandLine all = Main.withAllCommands();
        System.out.print(shell == Shell.FISH ? fish(all) : bash(all)); // zsh takes bash's
    }

    /**
     * The script of picocli, where each option has the words that it takes itself: there they are named by what stands for a value,
     * which several options share, and those of an enum as its constants are called.
     */
    private static String bash(CommandLine all) {
        Pattern words = Pattern.compile("(  local \\w+_(?:option|pos_param)_args=)(\\(.*\\))( # (\\S+) values)?");
        Pattern label = Pattern.compile("    ('-\\S+'\\|?)+\\)");
        StringBuilder script = new StringBuilder();
        Map<String, String> wordsOf = new HashMap<>(); // of an option, by its names as picocli lists them
        String option = "";
        for (String line : AutoComplete.bash("lanewise", all).split("\n", -1)) {
            Matcher declared = words.matcher(line);
            if (declared.matches()) {
                String lower = declared.group(2).toLowerCase(Locale.ROOT);
                line = declared.group(1) + lower;
                if (declared.group(4) != null) {
                    wordsOf.put(declared.group(4), lower.substring(1, lower.length() - 1));
                }
            } else if (label.matcher(line).matches()) {
                option = line.strip().replace("'", "").replace(")", "");
            } else if (line.contains("_option_args[@]}") && wordsOf.containsKey(option)) {
                line = line.replaceFirst("\"\\$\\{\\w+_option_args\\[@]}\"",
                        Matcher.quoteReplacement(wordsOf.get(option)));
            }
            script.append(line).append('\n');
        }
        return script.substring(0, script.length() - 1);
    }

    private static String fish(CommandLine all) {
        StringBuilder script = new StringBuilder();
        all.getSubcommands().forEach((name, command) -> {
            CommandSpec spec = command.getCommandSpec();
            script.append("complete -c lanewise -n __fish_use_subcommand -f -a %s -d %s%n".formatted(name,
                    quoted(first(spec.usageMessage().header()))));
            for (OptionSpec option : spec.options()) {
                script.append("complete -c lanewise -n '__fish_seen_subcommand_from %s'".formatted(name));
                for (String word : option.names()) {
                    script.append(word.startsWith("--") ? " -l " : " -s ").append(word.replaceFirst("-{1,2}", ""));
                }
                List<String> words = new ArrayList<>();
                if (option.completionCandidates() != null) {
                    option.completionCandidates().forEach(word -> words.add(word.toLowerCase(Locale.ROOT)));
                }
                script.append(words.isEmpty() ? "" : " -a " + quoted(String.join(" ", words)))
                        .append(option.arity().max() > 0 ? " -r" : "").append(" -d ")
                        .append(quoted(first(option.description()))).append('\n');
            }
        });
        return script.toString();
    }

    private static String first(String... lines) {
        return Arrays.stream(lines).findFirst().orElse("").replace("%%", "%");
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
