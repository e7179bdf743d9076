package dev.lanewise.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.data.InputException;
import dev.lanewise.run.files.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Serves a list of runs, which is looked up anew whenever it is loaded, the page of each, and comparisons of several. */
public final class RunsServer implements AutoCloseable {
    private static final int MOST_COMPARED = 20; // colours and dashes tell as many apart

    private final List<Path> places;
    private final Maker maker;
    private final LocalServer server;

    /** Makes what a run's own page shows. */
    public interface Maker {
        /** With pictures, where that can be. */
        RunReport report(Path run) throws IOException;
    }

    /**
     * Begins to serve.
     *
     * @param places runs, and directories of runs
     * @param port 0: any that is free
     * @throws InputException if no run is in one of the places, or the port cannot be had
     */
    public RunsServer(List<Path> places, Maker maker, int port) throws IOException {
        this.places = places;
        this.maker = maker;
        for (Path place : places) {
            if (!Files.isDirectory(place)) {
                throw new InputException("%s: there is no such directory; name a run or a directory of runs".formatted(
                        place));
            }
            if (in(place).isEmpty()) {
                throw new InputException("%s: there is no run here and in no directory of it; name a run or a "
                        .formatted(place) + "directory of runs");
            }
        }
        server = new LocalServer(port, "--port");
        server.page("/", _ -> list());
        server.page("/run", query -> run(query.first("run")));
        server.page("/compare", query -> compared(query.all("run")));
        server.start();
    }

    /** What to open in a browser. */
    public String address() {
        return server.address();
    }

    /** The runs at a place: itself, or those that are directories of it, damaged ones too. */
    private static List<Path> in(Path place) throws IOException {
        if (new RunDirectory(place).hasTraces()) {
            return List.of(place);
        }
        try (Stream<Path> files = Files.list(place)) {
            return files.filter(file -> new RunDirectory(file).hasTraces()).sorted().toList();
        }
    }

    /** All runs by their paths, as they are typed in addresses. */
    private Map<String, Path> runs() throws IOException {
        Map<String, Path> runs = new LinkedHashMap<>();
        for (Path place : places) {
            if (Files.isDirectory(place)) { // it may be gone by now
                in(place).forEach(run -> runs.put(run.toString(), run));
            }
        }
        return runs;
    }

    private Path named(String name) throws IOException {
        Path run = runs().get(name);
        if (run == null) {
            throw new InputException("%s: there is no such run among these".formatted(name));
        }
        return run;
    }

    private synchronized String run(String name) throws IOException { // which takes memory: one at a time
        return ReportPage.of(List.of(maker.report(named(name))));
    }

    private String compared(List<String> names) throws IOException {
        if (names.size() < 2 || names.size() > MOST_COMPARED) {
            throw new InputException("Choose 2 to %d runs to compare, not %d".formatted(MOST_COMPARED, names.size()));
        }
        List<RunReport> reports = new ArrayList<>();
        for (String name : names) {
            reports.add(RunReport.of(named(name)));
        }
        return ReportPage.of(reports);
    }

    private String list() throws IOException {
        List<Row> rows = new ArrayList<>();
        for (Map.Entry<String, Path> run : runs().entrySet()) {
            rows.add(row(run.getKey(), run.getValue()));
        }
        rows.sort(Comparator.comparingLong(Row::written).reversed());
        JsonArray json = new JsonArray();
        rows.forEach(row -> json.add(row.json()));
        return Template.page("runs.html", Map.of("runs", Template.json(json.toString())));
    }

    /**
     * A run in the list.
     *
     * @param written when run.json was, in milliseconds since 1970; 0 where it is missing
     */
    private record Row(long written, JsonObject json) {
    }

    private static Row row(String key, Path run) {
        JsonObject json = new JsonObject();
        long written = 0;
        try {
            written = new RunDirectory(run).lastWritten();
            RunReport report = RunReport.of(run);
            json = report.json();
            json.remove("command");
            JsonArray epochs = json.getAsJsonArray("epochs");
            while (epochs.size() > 1) { // the last one tells how it stands
                epochs.remove(0);
            }
        } catch (IOException e) {
            json.addProperty("damage", e instanceof InputException ? e.getMessage() : InputException.reason(e));
        }
        json.addProperty("key", key);
        json.addProperty("name", String.valueOf(run.toAbsolutePath().normalize().getFileName()));
        json.addProperty("written", written);
        return new Row(written, json);
    }

    @Override
    public void close() {
        server.close();
    }
}
