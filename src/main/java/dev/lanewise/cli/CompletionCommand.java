package dev.lanewise.cli;

import java.util.Arrays;
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

    @Parameters(paramLabel = "SHELL", converter = ShellConverter.class, description = "bash, zsh or fish.")
    private Shell shell;

    @Override
    public void run() {
        CommandLine all = Main.withAllCommands();
        System.out.print(shell == Shell.FISH ? fish(all) : AutoComplete.bash("lanewise", all)); // zsh takes bash's
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
                script.append(option.arity().max() > 0 ? " -r" : "").append(" -d ")
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
