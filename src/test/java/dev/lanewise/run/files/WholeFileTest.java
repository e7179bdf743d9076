package dev.lanewise.run.files;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
    @TempDir
    Path temp;

    private interface Work {
        void run() throws IOException;
    }

    /** Names of what was forced to the disk, in order, as the JVM records it. */
    private List<String> forced(Work work) throws IOException {
        try (Recording recording = new Recording()) {
            recording.enable("jdk.FileForce").withoutThreshold().withoutStackTrace();
            recording.start();
            work.run();
            recording.stop();
            Path file = temp.resolve("recording.jfr");
            recording.dump(file);
            List<RecordedEvent> events = new ArrayList<>(RecordingFile.readAllEvents(file));
            events.sort((a, b) -> a.getStartTime().compareTo(b.getStartTime()));
            return events.stream().map(event -> Path.of(event.getString("path"))).filter(path -> path.startsWith(temp))
                    .map(path -> path.equals(temp) ? "." : path.getFileName().toString()).toList();
        }
    }

    /** The content before it gets its name, the name after that. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatIsReplacedIsOnTheDisk() throws IOException {
        Path file = temp.resolve("file");
        for (String text : List.of("one", "two")) {
            assertEquals(List.of("file.partial", "."),
                    forced(() -> WholeFile.replace(file, partial -> Files.writeString(partial, text))));
            assertEquals(text, Files.readString(file));
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void whatIsAppendedIsOnTheDisk() throws IOException {
        Path file = temp.resolve("lines");
        assertEquals(List.of("lines", "."), forced(() -> WholeFile.append(file, "one")));
        assertEquals(List.of("lines"), forced(() -> WholeFile.append(file, "two")));
        assertEquals("one\ntwo\n", Files.readString(file));
    }

    @Test
    void aFailureNamesTheFileThatIsKnown() throws IOException {
        Path directory = Files.createDirectory(temp.resolve("directory"));
        for (Path file : List.of(directory, temp.resolve("missing").resolve("file"))) {
            FileSystemException e = assertThrows(FileSystemException.class,
                    () -> WholeFile.replace(file, partial -> Files.writeString(partial, "x")));
            assertEquals(file.toString(), e.getFile());
            assertEquals(file.equals(directory), !(e instanceof NoSuchFileException));
        }
        assertEquals(List.of(directory), list());
    }

    private List<Path> list() throws IOException {
        try (Stream<Path> files = Files.list(temp)) {
            return files.toList();
        }
    }

    @Test
    void aFailureLeavesWhatWasThere() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "before");
        assertThrows(IOException.class, () -> WholeFile.replace(file, partial -> {
            Files.writeString(partial, "half");
            throw new IOException("full");
        }));
        assertEquals("before", Files.readString(file));
        assertFalse(Files.exists(temp.resolve("file.partial")));
    }
}
