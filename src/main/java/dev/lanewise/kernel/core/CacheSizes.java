package dev.lanewise.kernel.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Finds the sizes of the data caches that a core sees, in bytes: from Linux's sysfs, macOS's sysctl, or assumed where
 * neither tells.
 *
 * @param l1 data cache of the first level
 * @param l2 second level
 * @param l3 last level, shared by several cores; that of the second level where there is no third
 * @param source where the sizes are from: {@code sysfs}, {@code sysctl} or {@code assumed}
 */
public record CacheSizes(int l1, int l2, int l3, String source) {
    /** What the smaller of current CPUs have; a block too small costs less than one that does not fit. */
    static final CacheSizes ASSUMED = new CacheSizes(32 << 10, 512 << 10, 4 << 20, "assumed");

    private static final Path SYSFS = Path.of("/sys/devices/system/cpu/cpu0/cache");
    private static final CacheSizes HERE = find();

    /** This machine's. */
    public static CacheSizes here() {
        return HERE;
    }

    private static CacheSizes find() {
        try {
            return System.getProperty("os.name").startsWith("Mac") ? fromSysctl() : fromSysfs(SYSFS);
        } catch (IOException | IllegalArgumentException _) {
            return ASSUMED;
        }
    }

    /**
     * Reads {@code index0}, {@code index1}, ... below {@code directory}.
     *
     * @throws IOException where a level is missing or a file cannot be read
     * @throws IllegalArgumentException for a size that is no number with K or M
     */
    static CacheSizes fromSysfs(Path directory) throws IOException {
        int[] sizes = new int[4];
        for (int index = 0; Files.exists(directory.resolve("index" + index)); index++) {
            Path cache = directory.resolve("index" + index);
            int level = Integer.parseInt(Files.readString(cache.resolve("level")).strip());
            if (level >= 1 && level <= 3 && !Files.readString(cache.resolve("type")).startsWith("Instruction")) {
                sizes[level] = bytes(Files.readString(cache.resolve("size")).strip());
            }
        }
        return of(sizes[1], sizes[2], sizes[3], "sysfs");
    }

    private static int bytes(String size) {
        int unit = size.endsWith("K") ? 10 : size.endsWith("M") ? 20 : 0;
        return Math.multiplyExact(Integer.parseInt(unit == 0 ? size : size.substring(0, size.length() - 1)), 1 << unit);
    }

    private static CacheSizes fromSysctl() throws IOException {
        // The performance cores'; on Intel's Macs the names without perflevel0.
        Process process = new ProcessBuilder("/usr/sbin/sysctl", "-n", "hw.perflevel0.l1dcachesize",
                "hw.perflevel0.l2cachesize").redirectErrorStream(true).start();
        try {
            if (!process.waitFor(1, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return ASSUMED;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return ASSUMED;
        }
        String[] lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip()
                .split("\\s+");
        return lines.length == 2 ? of(Integer.parseInt(lines[0]), Integer.parseInt(lines[1]), 0, "sysctl") : ASSUMED;
    }

    private static CacheSizes of(int l1, int l2, int l3, String source) throws IOException {
        if (l1 <= 0 || l2 <= 0) {
            throw new IOException("no sizes of caches");
        }
        return new CacheSizes(l1, l2, l3 > 0 ? l3 : l2, source);
    }
}
