package dev.lanewise.cli;

import com.google.gson.JsonObject;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.report.ReportPage;
import dev.lanewise.report.RunReport;
import dev.lanewise.report.RunsServer;
import dev.lanewise.run.DataRecipe;
import dev.lanewise.run.Model;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.run.files.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code lanewise report}. */
@Command(name = "report", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Writes a page about a run, or about several beside each other; or serves all of them.",
        description = {
                "Of a run: curves, confusion matrix, the worst mistakes as pictures, calibration, the first weights, the recipe "
                        + "as a command. Of several runs: their curves in one chart, and a table of how recipes and results "
                        + "differ. The page is one HTML file that needs no network.",
                "",
                "--serve opens a list of runs instead, of all in a directory such as runs, each with its page; those that "
                        + "are chosen there are compared. The list is for this machine alone; Ctrl-C ends it.",
                ""},
        footer = {"", "Examples:", "  lanewise report runs/A runs/B -o both.html", "  lanewise report --serve runs"})
final class ReportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "RUN", arity = "1..*",
            description = "Directories of runs; with --serve, also directories that runs are in.")
    private List<Path> runs;

    @Option(names = "-o", paramLabel = "FILE",
            description = "File to write (default: report.html in the run's directory; needed for several runs).")
    private @Nullable Path file;

    @Option(names = "--data", paramLabel = "DATA",
            description = "Where the data of a run lie, if they have moved, or other data to measure it on (default: what it was trained on).")
    private @Nullable String dataName;

    @Option(names = "--serve", description = "Opens a list of the runs in a browser, and writes nothing.")
    private boolean serve;

    @Mixin
    private BrowserWindow browser;

    @ParentCommand
    private Main main;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (serve) {
            return serve();
        }
        if (browser.isNamed()) {
            throw new ParameterException(spec.commandLine(),
                    "--port and --no-browser are for --serve; leave them out");
        }
        if (runs.size() > 1 && (file == null || dataName != null)) {
            throw new ParameterException(spec.commandLine(), file == null
                    ? "-o is missing: name the file to write for several runs"
                    : "--data is for the pictures of one run; leave it out for several");
        }
        if (file != null) {
            OutputFile.check(file, ".html", ".htm");
        }
        List<RunReport> reports = new ArrayList<>();
        for (Path run : runs) {
            RunReport report = runs.size() > 1 ? RunReport.of(run) : withImages(run);
            if (report.damage() != null) {
                System.err.printf("%s; the page shows the epochs before it%n", report.damage());
            }
            reports.add(report);
        }
        Path page = file != null ? file : new RunDirectory(runs.getFirst()).report();
        try {
            ReportPage.write(page, reports);
        } catch (IOException e) {
            throw WholeFile.unwritable(page, " with -o", e);
        }
        System.out.println(page);
        return 0;
    }

    private int serve() throws IOException, InterruptedException {
        if (file != null || dataName != null) {
            throw new ParameterException(spec.commandLine(),
                    "--serve shows pages and writes none; leave out -o and --data");
        }
        try (RunsServer server = new RunsServer(runs, this::withImages, browser.port())) {
            browser.show(main, "See the runs", server.address());
        }
        return 0;
    }

    private RunReport withImages(Path run) throws IOException {
        JsonObject json = new RunDirectory(run).readRun();
        Path file = EvalCommand.model(run);
        Model model = Files.isRegularFile(file) ? Model.read(file) : null;
        if (model == null) {
            return RunReport.of(run, null, null, "the run has no model.safetensors");
        }
        RunReport.Unseen unseen;
        try {
            unseen = unseen(run, model, json);
        } catch (InputException e) {
            if (dataName != null) {
                throw e;
            }
            RunReport report = RunReport.of(run, model, null, e.getMessage());
            System.err.printf("%s; the page is made without pictures%n", Main.sentence(e)); // if there can be one
            return report;
        }
        return RunReport.of(run, model, unseen, null);
    }

    private RunReport.@Nullable Unseen unseen(Path run, Model model, JsonObject json) throws IOException {
        if (!(json.get("config") instanceof JsonObject config)) {
            throw RunDirectory.damaged(run, "config", null);
        }
        Recipe recipe = Recipe.fromJson(config.toString(), run);
        DataRecipe data = DataOption.of(run, model);
        DatasetPair found = dataName == null && data.get(DataRecipe.TEST).equals("none")
                ? DataOption.take(data, DataOption.read(data), recipe.get(Recipe.SEED)) // images may be held out
                : DataOption.loadTest(run, model, dataName == null ? null : DataOption.named(dataName, model));
        EvalCommand.requireFit(run, model, found);
        return RunReport.Unseen.of(found, recipe);
    }
}
