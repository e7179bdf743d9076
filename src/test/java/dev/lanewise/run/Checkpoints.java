package dev.lanewise.run;

import dev.lanewise.train.Update;
import java.io.IOException;
import java.nio.file.Path;

/** Checkpoints for tests of other packages. */
public final class Checkpoints {
    private Checkpoints() {
    }

    /** Reads one into a model and an update of it. */
    public static Checkpoint read(Path file, Model model, Update update) throws IOException {
        return Checkpoint.read(file, new Checkpoint.Content(model, update, null, null));
    }
}
