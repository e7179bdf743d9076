package dev.lanewise.cli;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.InputException;
import dev.lanewise.export.Formats;
import dev.lanewise.report.DrawPage;
import dev.lanewise.report.DrawServer;
import dev.lanewise.run.Model;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code lanewise draw}. */
@Command(name = "draw", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Opens a page to draw on, and shows what a saved network makes of it.", description = {
                "The page shows, as one draws, the probability of each class, what the network sees, and the training "
                        + "images that are nearest to it, where the run's data are found. Answers are those of "
                        + "'lanewise predict'. What was read wrongly is saved as the network saw it, as an image of "
                        + "the right class, for 'lanewise train --data'. The page is for this machine alone; Ctrl-C "
                        + "ends it.",
                "",
                "-o writes a page instead that needs neither this program nor a network: weights, preparation and "
                        + "forward pass are in it. It can be mailed or put on a site.",
                ""},
        footer = {"", "Examples:", "  lanewise draw runs/NAME", "  lanewise draw runs/NAME -o digits.html"})
final class DrawCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN",
            description = "Directory of a run, or a file with a model: .safetensors, .onnx or .npz.")
    private Path run;

    @Option(names = "-o", paramLabel = "FILE", description = "Writes a page with the network inside.")
    private Path file;

    @Option(names = "--port", paramLabel = "N", description = "Port to serve at (default: any that is free).")
    private Integer port;

    @Option(names = "--collect", paramLabel = "DIR",
            description = "Directory for corrected drawings, a folder for each class (default: drawings).")
    private Path collect;

    @Option(names = "--no-browser", description = "Prints the address alone.")
    private boolean noBrowser;

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (file != null && (port != null || collect != null || noBrowser)) {
            throw new ParameterException(spec.commandLine(),
                    "-o writes a page and serves none; leave out --port, --collect and --no-browser");
        }
        if (port != null && (port < 1 || port > 65535)) {
            throw new ParameterException(spec.commandLine(), "--port must be from 1 to 65535, not " + port);
        }
        if (file != null) {
            OutputFile.check(file, ".html", ".htm");
        }
        Path weights = EvalCommand.model(run);
        Model model = Formats.read(weights);
        Path name = run.toAbsolutePath().normalize().getFileName();
        try {
            if (file != null) {
                write(DrawPage.inside(model, String.valueOf(name)));
            } else {
                serve(model, String.valueOf(name));
            }
        } catch (IllegalArgumentException e) {
            throw new InputException("%s: %s".formatted(weights, e.getMessage()), e);
        }
        return 0;
    }

    private void write(String page) throws IOException {
        OutputFile.write(file, partial -> Files.writeString(partial, page));
        System.out.printf("%s: %,d KiB, to be opened in any browser%n", file, Math.ceilDiv(page.length(), 1024));
    }

    private void serve(Model model, String name) throws IOException, InterruptedException {
        model.preparer(); // which refuses what takes no images, before data are read
        Dataset trained = DataOption.learnedFrom(run, model).orElse(null);
        try (DrawServer server = new DrawServer(model, name, trained,
                collect == null ? Path.of("drawings") : collect, port == null ? 0 : port)) {
            main.answersForItself(); // Ctrl-C is its usual end
            System.out.printf("Draw at %s (Ctrl-C ends)%n", server.address());
            if (System.out.checkError()) { // nobody would find the page
                return;
            }
            if (!noBrowser) {
                open(server.address());
            }
            new CountDownLatch(1).await();
        }
    }

    /** Opens a page in the user's browser, if there is a desktop; the address has been printed. */
    private static void open(String address) {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        boolean desktop = Stream.of("DISPLAY", "WAYLAND_DISPLAY").map(System::getenv)
                .anyMatch(display -> display != null && !display.isEmpty());
        List<String> opener = system.startsWith("windows")
                ? List.of("rundll32", "url.dll,FileProtocolHandler")
                : system.startsWith("mac") ? List.of("open") : desktop ? List.of("xdg-open") : List.of();
        if (opener.isEmpty()) {
            return;
        }
        try {
            new ProcessBuilder(Stream.concat(opener.stream(), Stream.of(address)).toList())
                    .redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD).start();
        } catch (IOException _) {
            // there is no such program
        }
    }
}
