package dev.lanewise.cli;

import dev.lanewise.data.Dataset;
import dev.lanewise.data.InputException;
import dev.lanewise.export.Formats;
import dev.lanewise.report.DrawPage;
import dev.lanewise.report.DrawServer;
import dev.lanewise.run.Model;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
    private @Nullable Path file;

    @Option(names = "--collect", paramLabel = "DIR",
            description = "Directory for corrected drawings, a folder for each class (default: drawings).")
    private @Nullable Path collect;

    @Mixin
    private BrowserWindow browser;

    @Spec
    private CommandSpec spec;

    @ParentCommand
    private Main main;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (file != null && (collect != null || browser.isNamed())) {
            throw new ParameterException(spec.commandLine(),
                    "-o writes a page and serves none; leave out --port, --collect and --no-browser");
        }
        if (file != null) {
            OutputFile.check(file, ".html", ".htm");
        }
        Path weights = EvalCommand.model(run);
        Model model = Formats.read(weights);
        Path name = run.toAbsolutePath().normalize().getFileName();
        try {
            if (file != null) {
                write(file, DrawPage.inside(model, String.valueOf(name)));
            } else {
                serve(model, String.valueOf(name));
            }
        } catch (IllegalArgumentException e) {
            throw new InputException("%s: %s".formatted(weights, e.getMessage()), e);
        }
        return 0;
    }

    private static void write(Path file, String page) throws IOException {
        OutputFile.write(file, partial -> Files.writeString(partial, page));
        System.out.printf("%s: %,d KiB, to be opened in any browser%n", file, Math.ceilDiv(page.length(), 1024));
    }

    private void serve(Model model, String name) throws IOException, InterruptedException {
        model.preparer(); // which refuses what takes no images, before data are read
        Dataset trained = DataOption.learnedFrom(run, model).orElse(null);
        try (DrawServer server = new DrawServer(model, name, trained,
                collect == null ? Path.of("drawings") : collect, browser.port())) {
            browser.show(main, "Draw", server.address());
        }
    }
}
