package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelGeneratorTest {
    @Test
    void committedKernelsAreWhatTheGeneratorWrites() throws IOException {
        Map<Path, String> files = KernelGenerator.files();
        assertEquals(7, files.size());
        for (Map.Entry<Path, String> file : files.entrySet()) {
            assertEquals(file.getValue(), Files.readString(file.getKey()),
                    file.getKey() + " is not what its generator writes: " + KernelGenerator.COMMAND);
        }
    }
}
