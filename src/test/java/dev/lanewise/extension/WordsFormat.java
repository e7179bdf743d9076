package dev.lanewise.extension;

import dev.lanewise.export.Format;
import dev.lanewise.export.Options;
import dev.lanewise.export.Subject;
import dev.lanewise.model.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A user's format: the layers in words. */
public final class WordsFormat implements Format {
    /** For the service. */
    public WordsFormat() {
    }

    @Override
    public String ending() {
        return "words";
    }

    @Override
    public String description() {
        return "the layers in words";
    }

    @Override
    public void write(Subject subject, Options options, Path file) throws IOException {
        Files.writeString(file, Spec.join(subject.model().network().specs()));
    }
}
