package dev.lanewise.run.files;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObstacleTest {
    @TempDir
    Path temp;

    private Obstacle of(IOException e) {
        return Obstacle.of(temp, e);
    }

    @Test
    void theFailureTellsWhatIsInTheWay() {
        for (String words : List.of("No space left on device", "Disk quota exceeded",
                "There is not enough space on the disk")) {
            assertEquals(Obstacle.FULL, of(new IOException(words)));
            assertEquals(Obstacle.FULL, of(new FileSystemException("x", null, words)));
        }
        assertEquals(Obstacle.FORBIDDEN, of(new AccessDeniedException("x")));
        assertEquals(Obstacle.GONE, of(new NoSuchFileException("x")));
        assertEquals(Obstacle.OTHER, of(new FileAlreadyExistsException("x")));
        assertEquals(Obstacle.OTHER, of(new IOException("Input/output error")));
        assertEquals(Obstacle.OTHER, of(new IOException("/workspace/x (Is a directory)")));
    }

    @Test
    void soDoesWhatIsThereNow() throws IOException {
        Files.delete(temp);
        assertEquals(Obstacle.GONE, of(new IOException("Stale file handle")));
        Files.createFile(temp);
        assertEquals(Obstacle.GONE, of(new IOException("Not a directory")));
    }
}
