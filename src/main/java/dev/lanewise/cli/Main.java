package dev.lanewise.cli;

import dev.lanewise.data.InputException;
import dev.lanewise.kernel.VectorWidth;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.system.Environment;
import dev.lanewise.run.files.Obstacle;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program. */
@Command(name = "lanewise", mixinStandardHelpOptions = true, versionProvider = Main.Version.class,
        synopsisSubcommandLabel = "COMMAND", sortOptions = false,
        header = "Trains neural networks on MNIST at native speed, in pure Java.",
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:done", "1:failed", "2:wrong usage or input", "3:a stated target was missed",
                "130:interrupted by Ctrl-C", "143:terminated"},
        footer = {
                "", "Start with: lanewise train", "Help on a command: lanewise help COMMAND"})
public final class Main implements Runnable {
    private static final List<Class<?>> COMMANDS = List.of(TrainCommand.class, EvalCommand.class, PredictCommand.class,
            DrawCommand.class, ReportCommand.class, ExportCommand.class, SweepCommand.class, LrFindCommand.class,
            GradcheckCommand.class, ExplainCommand.class, DataCommand.class, SpeedrunCommand.class, BenchCommand.class,
            InfoCommand.class, CompletionCommand.class);

    private static final String START = """
            Neural networks for small labelled images, at native speed, in pure Java.

              lanewise train               learns to read digits; writes a model and a page
              lanewise explain xor         backpropagation, forward and back as on paper
              lanewise bench --quick       how fast the kernels are on this CPU

            All commands: lanewise --help
            """;

    static final int FAILED = 1;
    static final int WRONG_INPUT = 2;
    static final int TARGET_MISSED = 3;
    static final int INTERRUPTED = 130;

    @Spec
    private CommandSpec spec;

    /** What Ctrl-C keeps from being, as long as the command does not answer for itself; null: nothing. */
    private volatile @Nullable String unfinished;
    private volatile boolean ending; // by a signal, with something unfinished
    private final CountDownLatch standing = new CountDownLatch(1);
    private boolean rehearsing;
    private @Nullable Rehearsal rehearsal; // null: none

    /** Runs the program and ends the process. */
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT); // figures look the same everywhere, and as in run.json
        Main main = of(args);
        Interrupt.addHook(new Thread(main::tellUnfinished, "lanewise-unfinished"));
        int status = main.execute(args);
        main.answersForItself();
        System.exit(status);
    }

    /** A program of its own process, which is about to be given these arguments. */
    static Main of(String... args) {
        Main main = new Main();
        boolean trains = args.length > 0 && args[0].equals("train");
        main.rehearsing = trains;
        main.unfinished = trains ? "training began" : args.length > 0 ? "'%s' was done".formatted(args[0]) : null;
        return main;
    }

    /**
     * What the process says last where a signal ends it. After this the JVM may write its archive of classes, and has
     * crashed (find_lambda_proxy_class) where another thread met a lambda for the first time meanwhile: so a training, which
     * alone has an archive, is waited for until it stands still; briefly, for it may wait for the network.
     */
    void tellUnfinished() {
        String what = unfinished;
        if (what != null) {
            Progress.clearShown();
            System.err.println("Interrupted before " + what);
            ending = true;
            try {
                if (rehearsing && standing.await(2, TimeUnit.SECONDS)) {
                    endRehearsal();
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** To be called between the steps of what comes before a training: does not return if the process is ending. */
    void standStillIfEnding() {
        while (ending) {
            standing.countDown();
            LockSupport.park();
        }
    }

    /** To be called by a command that says by itself from now on what a signal has interrupted, or has done all. */
    void answersForItself() {
        unfinished = null;
    }

    /** Runs the program in this process, which goes on; returns the exit status. */
    static int run(String... args) {
        return new Main().execute(args);
    }

    private int execute(String... args) {
        int status = 0;
        try {
            if (rehearsing) {
                rehearse();
            }
            standStillIfEnding();
            if (args.length == 0) {
                System.out.print(START);
            } else {
                String[] words = withoutHelp(args);
                Optional<String> wrong = takesOptionFiles(words)
                        ? unreadableOptions(List.of(words), new HashSet<>())
                        : Optional.empty();
                wrong.ifPresent(sentence -> complain(new InputException(sentence).getMessage())); // in one line
                status = wrong.isPresent() ? WRONG_INPUT : withCommands(words).execute(words);
            }
        } catch (Error e) { // which picocli leaves alone
            status = status(e);
        }
        if (System.out.checkError()) { // it flushes, and knows of every write before
            complain("standard output took not all of the results; see that what it leads to is open and has room");
            status = FAILED;
        }
        return status;
    }

    /** Whether words that begin with @ are files of options: elsewhere @7.png is a file like any other. */
    private static boolean takesOptionFiles(String[] words) {
        return words[0].equals("train") || words[0].equals("sweep");
    }

    /**
     * What is wrong with the first file of options that cannot be read: picocli would take it for an argument, or print a stack
     * trace; @@ stands for @.
     */
    private static Optional<String> unreadableOptions(List<String> words, Set<String> seen) {
        for (String word : words) {
            String file = word.startsWith("@") && !word.startsWith("@@") ? word.substring(1) : "";
            if (file.isEmpty() || !seen.add(file)) {
                continue;
            }
            try {
                Path path = Path.of(file);
                if (Files.isDirectory(path)) {
                    return Optional.of(file + ": this is a directory; name a file of options");
                }
                if (Files.isRegularFile(path)) { // a pipe can be read once
                    List<String> inner = new String(Files.readAllBytes(path), StandardCharsets.UTF_8).lines()
                            .map(line -> line.replaceFirst("#.*", "")).flatMap(line -> Stream.of(line.split("\\s+")))
                            .filter(name -> new File(name.replaceFirst("^@", "")).exists()).toList();
                    Optional<String> wrong = unreadableOptions(inner, seen);
                    if (wrong.isPresent()) {
                        return wrong;
                    }
                } else if (!Files.isReadable(path)) {
                    return Optional.of(file + ": no such file of options; check the path");
                }
            } catch (InvalidPathException e) {
                return Optional.of(InputException.reason(e));
            } catch (IOException e) {
                return Optional.of("%s: this file of options cannot be read (%s); name another one".formatted(file,
                        InputException.reason(e)));
            }
        }
        return Optional.empty();
    }

    /** {@code help train} means {@code train --help}, {@code help} alone {@code --help}. */
    private static String[] withoutHelp(String... args) {
        List<String> words = new ArrayList<>(List.of(args));
        if (words.getFirst().equals("help")) {
            words.add("--help");
            words.removeFirst();
        }
        if (words.getFirst().equals("help")) { // on help itself
            words.removeFirst();
        }
        boolean isCommand = words.getFirst().startsWith("-") || !named(words.getFirst()).isEmpty();
        // With --help behind it, picocli would take a word that it does not know for none at all.
        return (isCommand ? words : words.subList(0, 1)).toArray(String[]::new);
    }

    private static List<Class<?>> named(String name) {
        return COMMANDS.stream().filter(type -> type.getAnnotation(Command.class).name().equals(name)).toList();
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
    private CommandLine withCommands(String[] args) {
        CommandLine commandLine = new CommandLine(this);
        // Reading the annotations of all ten takes 80 ms of a cold start.
        List<Class<?>> named = named(args[0]);
        (named.isEmpty() ? COMMANDS : named).forEach(commandLine::addSubcommand);
        commandLine.setUsageHelpWidth(80);
        commandLine.setExpandAtFiles(takesOptionFiles(args));
        commandLine.registerConverter(Path.class, Main::path);
        commandLine.registerConverter(int.class, Main::whole);
        commandLine.registerConverter(Integer.class, Main::whole);
        commandLine.registerConverter(Double.class, Main::real);
        OptionList.addTo(commandLine);
        commandLine.setParameterExceptionHandler((e, _) -> {
            CommandLine command = e.getCommandLine();
            complain(e instanceof UnmatchedArgumentException unmatched ? unknown(unmatched) : e.getMessage());
            command.getErr().printf("See '%s --help'.%n", command.getCommandSpec().qualifiedName());
            return WRONG_INPUT;
        });
        commandLine.setExecutionExceptionHandler((e, _, _) -> status(e));
        return commandLine;
    }

    /** The parser that knows all commands, to be asked about them. */
    static CommandLine withAllCommands() {
        CommandLine all = new CommandLine(new Main());
        COMMANDS.forEach(all::addSubcommand);
        return all;
    }

    private static int whole(String text) {
        try {
            return Digits.parseInt(text);
        } catch (NumberFormatException _) {
            throw new TypeConversionException("'%s' is not a whole number".formatted(text));
        }
    }

    private static double real(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException _) {
            throw new TypeConversionException("'%s' is not a number".formatted(text));
        }
    }

    private static Path path(String text) {
        if (text.isEmpty()) {
            throw new TypeConversionException("'' is not a path; name a file or a directory");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TypeConversionException(InputException.reason(e));
        }
    }

    private static String unknown(UnmatchedArgumentException e) {
        CommandLine command = e.getCommandLine();
        boolean isCommand = !e.isUnknownOption() && !command.getSubcommands().isEmpty();
        String kind = e.isUnknownOption()
                ? "option"
                : isCommand
                        ? command.getCommandSpec().usageMessage().synopsisSubcommandLabel().toLowerCase(Locale.ROOT)
                        : "argument";
        List<String> similar = e.getSuggestions();
        String remedy = "";
        if (!similar.isEmpty()) {
            remedy = "; did you mean %s?".formatted(String.join(" or ", similar));
        } else if (isCommand && command.getParent() != null) { // few enough for a line
            remedy = "; there are " + String.join(", ", command.getSubcommands().keySet());
        }
        return "unknown %s '%s'%s".formatted(kind, e.getUnmatched().getFirst(), remedy);
    }

    /** A library's sentence, with the options that it is about. */
    static String sentence(InputException wrong) {
        return wrong.settings().isEmpty()
                ? wrong.getMessage()
                : wrong.settings().stream()
                        .map(setting -> "--" + setting.replaceFirst("^(\\w+?)_", "$1-"))
                        .collect(Collectors.joining(", ", wrong.getMessage() + " (", ")"));
    }

    /** What a command threw, as one sentence; a stack trace only for what must be our mistake. */
    static int status(Throwable thrown) {
        switch (thrown) {
            case InputException wrong -> {
                complain(sentence(wrong));
                return wrong.getCause() instanceof IOException cause && !(cause instanceof InputException)
                        && Obstacle.isFull(cause) ? FAILED : WRONG_INPUT; // nobody typed a full disk
            }
            case NoSuchFileException missing ->
                complain("%s: no such file; check the path".formatted(missing.getFile()));
            case FileSystemException failure -> {
                complain("%s: %s".formatted(failure.getFile(), InputException.reason(failure)));
                return Obstacle.isFull(failure) ? FAILED : WRONG_INPUT;
            }
            case IOException failure -> { // of a write that was begun, or of a disk: nobody typed it
                complain(InputException.reason(failure));
                return FAILED;
            }
            case InvalidPathException wrong -> complain(InputException.reason(wrong));
            case ExceptionInInitializerError e when e.getCause() instanceof IllegalArgumentException wrong ->
                complain(wrong.getMessage()); // lanewise.vectorBits, read when a kernel is first used
            case NoClassDefFoundError e -> complain(Start.sentence(e));
            case OutOfMemoryError e when isOfThreads(e) -> {
                complain("the system gives this process no more threads; use fewer with --threads, or raise the limit "
                        + "(ulimit -u)");
                return FAILED;
            }
            case OutOfMemoryError _ -> // more was asked for than this heap can hold, and will be again
                complain(tooLarge("use a smaller network, batch or data set"));
            case InterruptedException _ -> {
                return INTERRUPTED; // Interrupt has said so
            }
            // What these wrap is what was thrown: by a command that is a method, by another thread, in a stream.
            case ExecutionException wrapped when wrapped.getCause() != null -> {
                return status(wrapped.getCause());
            }
            case CompletionException wrapped when wrapped.getCause() != null -> {
                return status(wrapped.getCause());
            }
            case UncheckedIOException wrapped when wrapped.getCause() != null -> {
                return status(wrapped.getCause());
            }
            default -> {
                complain("this should not have happened; please report it with what follows");
                thrown.printStackTrace();
                return FAILED;
            }
        }
        return WRONG_INPUT;
    }

    /** What to say where the heap does not suffice, and what to do instead of raising it. */
    static String tooLarge(String instead) {
        return "this does not fit in the heap of %,d MiB; raise that with LANEWISE_JAVA_OPTS=-Xmx%dm, say, or %s"
                .formatted(Runtime.getRuntime().maxMemory() >> 20, Runtime.getRuntime().maxMemory() >> 19, instead);
    }

    /** The JVM throws the same where the system gives no more threads. */
    static boolean isOfThreads(OutOfMemoryError e) {
        return String.valueOf(e.getMessage()).contains("native thread");
    }

    private static void complain(@Nullable String message) {
        System.err.println("lanewise: " + message);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing; 'lanewise help' lists them");
    }

    /** What --version prints. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[]{"lanewise " + Environment.version()};
        }
    }
}
