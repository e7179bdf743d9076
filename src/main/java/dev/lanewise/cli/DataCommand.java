package dev.lanewise.cli;

import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Mnist;
import dev.lanewise.data.MnistFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lanewise data}. */
@Command(name = "data", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND",
        header = "Data sets: download, digests, where they lie.")
final class DataCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing: fetch, verify or list");
    }

    @Command(name = "fetch", mixinStandardHelpOptions = true,
            description = "Downloads MNIST into the user's cache; keeps what is there and right. Prints the directory.")
    int fetch() throws IOException {
        System.out.println(DataOption.fetch());
        return 0;
    }

    @Command(name = "verify", mixinStandardHelpOptions = true,
            description = "Compares files with the published MNIST; status 1 if one differs or is missing.")
    int verify(
            @Parameters(arity = "0..1", paramLabel = "DIR",
                    description = "Directory with the four files (default: where MNIST is found).") Path directory)
            throws IOException {
        Optional<Path> place = directory != null ? Optional.of(directory) : MnistFiles.find();
        if (place.isEmpty()) {
            throw new InputException("MNIST was not found in %s; run 'lanewise data fetch' or name a directory"
                    .formatted(String.join(", ", MnistFiles.places().stream().map(Path::toString).toList())));
        }
        List<MnistFiles.Check> checks = MnistFiles.verify(place.get());
        for (MnistFiles.Check check : checks) {
            System.out.printf("%-5s %s: %s%n", check.published() ? "ok" : "WRONG", check.name(), check.finding());
        }
        return checks.stream().allMatch(MnistFiles.Check::published) ? 0 : Main.FAILED;
    }

    @Command(name = "list", mixinStandardHelpOptions = true,
            description = "Shows the data sets and the places where MNIST is looked for.")
    int list() throws IOException {
        System.out.printf("mnist   60,000 training and 10,000 test images of handwritten digits, %s%n", Mnist.SHAPE);
        Optional<Path> found = MnistFiles.find();
        for (Path place : MnistFiles.places()) {
            System.out.printf("        %s %s%n", found.equals(Optional.of(place)) ? "found in" : "looked in", place);
            if (found.equals(Optional.of(place))) {
                break;
            }
        }
        if (found.isEmpty()) {
            System.out.println("        not found; lanewise data fetch downloads it");
        }
        for (DatasetPair.SourceFile file : Mnist.FILES) {
            System.out.printf("        %-24s %10d bytes  SHA-256 %s%n", file.name(), file.bytes(), file.sha256());
        }
        System.out.println("digits  as many images of handwritten-like digits, drawn by the program; always there");
        return 0;
    }
}
