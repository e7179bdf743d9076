package dev.lanewise.kernel.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheSizesTest {
    @TempDir
    Path directory;

    private void cache(int index, String level, String type, String size) throws IOException {
        Path cache = Files.createDirectory(directory.resolve("index" + index));
        Files.writeString(cache.resolve("level"), level + "\n");
        Files.writeString(cache.resolve("type"), type + "\n");
        Files.writeString(cache.resolve("size"), size + "\n");
    }

    @Test
    void dataAndUnifiedCachesAreReadAndInstructionCachesAreNot() throws IOException {
        cache(0, "1", "Data", "48K");
        cache(1, "1", "Instruction", "32K");
        cache(2, "2", "Unified", "2048K");
        cache(3, "3", "Unified", "36M");
        assertEquals(new CacheSizes(48 << 10, 2 << 20, 36 << 20, "sysfs"), CacheSizes.fromSysfs(directory));
    }

    @Test
    void withoutAThirdLevelTheSecondIsTheLast() throws IOException {
        cache(0, "1", "Data", "32K");
        cache(1, "2", "Unified", "512K");
        assertEquals(512 << 10, CacheSizes.fromSysfs(directory).l3());
    }

    @Test
    void aMissingLevelOrAStrangeSizeIsRefused() throws IOException {
        assertThrows(IOException.class, () -> CacheSizes.fromSysfs(directory));
        cache(0, "1", "Data", "large");
        assertThrows(IllegalArgumentException.class, () -> CacheSizes.fromSysfs(directory));
    }

    @Test
    void thisMachineHasSizesThatGrowWithTheLevel() {
        CacheSizes here = CacheSizes.here();
        assertTrue(here.l1() >= 8 << 10, here::toString);
        assertTrue(here.l2() >= here.l1(), here::toString);
        assertTrue(here.l3() >= here.l2(), here::toString);
    }
}
