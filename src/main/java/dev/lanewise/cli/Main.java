package dev.lanewise.cli;

import dev.lanewise.data.InputException;
import dev.lanewise.kernel.VectorWidth;
import dev.lanewise.system.Environment;
import dev.lanewise.run.files.RunDirectory;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program. Exit status: 0 done, 1 failed, 2 wrong usage or input, 3 a stated target was missed, 130 interrupted.
 */
@Command(name = "lanewise", mixinStandardHelpOptions = true, versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND", sortOptions = false,
        header = "Trains neural networks on MNIST at native speed, in pure Java.", footer = {
                "", "Start with: lanewise train", "Help on a command: lanewise COMMAND --help"})
public final class Main implements Runnable {
    private static final List<Class<?>> COMMANDS = List.of(TrainCommand.class, EvalCommand.class, PredictCommand.class,
            GradcheckCommand.class, ExplainCommand.class, DataCommand.class, SpeedrunCommand.class, BenchCommand.class,
            InfoCommand.class);

    static final int FAILED = 1;
    static final int WRONG_INPUT = 2;
    static final int TARGET_MISSED = 3;
    static final int INTERRUPTED = 130;

    @Spec
    private CommandSpec spec;

    private Rehearsal rehearsal; // null: none

    /** Runs the program and ends the process. */
    public static void main(String[] args) {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            System.err
                    .println("lanewise: the Vector API is missing; start java with --add-modules jdk.incubator.vector, "
                            + "or use the launcher ./lanewise, which does");
            System.exit(WRONG_INPUT);
        }
        Locale.setDefault(Locale.ROOT); // figures look the same everywhere, and as in run.json
        try {
            Main main = new Main();
            if (args.length > 0 && args[0].equals("train")) {
                main.rehearse();
            }
            System.exit(main.withCommands(args).execute(args));
        } catch (ExceptionInInitializerError e) { // lanewise.vectorBits, read when a kernel is first used
            if (!(e.getCause() instanceof IllegalArgumentException wrong)) {
                throw e;
            }
            complain(wrong.getMessage());
            System.exit(WRONG_INPUT);
        }
    }

    /** The kernels are compiled from now on: reading the options takes a quarter of a second of a cold start. */
    private void rehearse() {
        VectorWidth.bits(); // here, where main can say what is wrong with a width that the user chose
        if (VectorWidth.obstacle().isEmpty()) {
            rehearsal = new Rehearsal();
        }
    }

    /** To be called when there is better to do. */
    void endRehearsal() {
        if (rehearsal != null) {
            rehearsal.close();
        }
    }

    /** The parser for these arguments: it knows the command that they begin with, or all where that is none. */
    static CommandLine commandLine(String... args) {
        return new Main().withCommands(args);
    }

    private CommandLine withCommands(String... args) {
        CommandLine commandLine = new CommandLine(this);
        // Reading the annotations of all nine takes 80 ms of a cold start.
        List<Class<?>> named = COMMANDS.stream()
                .filter(type -> args.length > 0 && type.getAnnotation(Command.class).name().equals(args[0])).toList();
        (named.isEmpty() ? COMMANDS : named).forEach(commandLine::addSubcommand);
        commandLine.setUsageHelpWidth(100);
        commandLine.setParameterExceptionHandler((e, _) -> {
            CommandLine command = e.getCommandLine();
            complain(e instanceof UnmatchedArgumentException unmatched ? unknown(unmatched) : e.getMessage());
            command.getErr().printf("See '%s --help'.%n", command.getCommandSpec().qualifiedName());
            return WRONG_INPUT;
        });
        commandLine.setExecutionExceptionHandler((e, _, _) -> status(e));
        return commandLine;
    }

    private static String unknown(UnmatchedArgumentException e) {
        String kind = e.isUnknownOption()
                ? "option"
                : e.getCommandLine().getSubcommands().isEmpty() ? "argument" : "command";
        List<String> similar = e.getSuggestions();
        return "unknown %s '%s'%s".formatted(kind, e.getUnmatched().getFirst(),
                similar.isEmpty() ? "" : "; did you mean %s?".formatted(String.join(" or ", similar)));
    }

    /** What a command threw, as one sentence; a stack trace only for what must be our mistake. */
    private static int status(Exception e) throws Exception {
        switch (e) {
            case ParameterException wrong -> throw wrong;
            case InputException wrong -> complain(wrong.getMessage());
            case NoSuchFileException missing ->
                complain("%s: no such file; check the path".formatted(missing.getFile()));
            case FileSystemException failure ->
                complain("%s: %s".formatted(failure.getFile(), RunDirectory.reason(failure)));
            case IOException failure -> complain(RunDirectory.reason(failure));
            default -> {
                complain("this should not have happened; please report it with what follows");
                e.printStackTrace();
                return FAILED;
            }
        }
        return WRONG_INPUT;
    }

    private static void complain(String message) {
        System.err.println("lanewise: " + message);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(),
                "a command is missing: train, eval, predict, gradcheck, explain, data, speedrun, bench or info");
    }

    /** What --version prints. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[]{"lanewise " + Environment.version()};
        }
    }
}
