package dev.lanewise.kernel.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
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

    private static final String GETCONF = """
            PAGESIZE                           4096
            LEVEL1_ICACHE_SIZE                 65536
            LEVEL1_DCACHE_SIZE                 49152
            LEVEL1_DCACHE_ASSOC                12
            LEVEL2_CACHE_SIZE                  1048576
            LEVEL3_CACHE_SIZE                  268435456
            LEVEL4_CACHE_SIZE                 \s
            _POSIX_V7_LP64_OFF64_LDFLAGS       -m64
            """;

    private CacheSizes fromCommand(String output) throws IOException {
        return CacheSizes.find(directory, "cat", Files.writeString(directory.resolve("answer"), output).toString());
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no cat")
    void whereSysfsHasNothingGetconfIsAsked() throws IOException {
        assertEquals(new CacheSizes(48 << 10, 1 << 20, 256 << 20, "getconf"), fromCommand(GETCONF));
        assertEquals(1 << 20, fromCommand(GETCONF.replace("268435456", "")).l3(), "no third level");
        assertEquals(Integer.MAX_VALUE, fromCommand(GETCONF.replace("268435456", "3221225472")).l3(), "3 GiB");
        cache(0, "1", "Data", "32K");
        cache(1, "2", "Unified", "512K");
        assertEquals("sysfs", fromCommand(GETCONF).source());
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no cat")
    void whereNoCommandTellsTheSizesAreAssumed() throws IOException {
        assertEquals(CacheSizes.ASSUMED, fromCommand(""));
        assertEquals(CacheSizes.ASSUMED, fromCommand(GETCONF.replace("49152", "0")));
        assertEquals(CacheSizes.ASSUMED, fromCommand(GETCONF.replace("1048576", "undefined")));
        assertEquals(CacheSizes.ASSUMED, CacheSizes.find(directory, directory.resolve("none").toString()));
        long start = System.nanoTime();
        assertEquals(CacheSizes.ASSUMED, CacheSizes.find(directory, "sleep", "60"));
        assertTrue(System.nanoTime() - start < 10_000_000_000L, "it is not waited for");
    }

    /** As some systems write a cache of several gigabytes; a block may be as large as it likes then. */
    @Test
    void aSizeBeyondAnIntIsTheLargestOne() throws IOException {
        cache(0, "1", "Data", "32K");
        cache(1, "2", "Unified", "512K");
        cache(2, "3", "Unified", "2304M");
        assertEquals(2047 << 20, CacheSizes.fromSysfs(directory).l3());
    }

    @Test
    void thisMachineHasSizesThatGrowWithTheLevel() {
        CacheSizes here = CacheSizes.here();
        assertTrue(here.l1() >= 8 << 10, here::toString);
        assertTrue(here.l2() >= here.l1(), here::toString);
        assertTrue(here.l3() >= here.l2(), here::toString);
    }
}
