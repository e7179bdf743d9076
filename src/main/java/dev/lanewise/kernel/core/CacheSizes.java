package dev.lanewise.kernel.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the sizes of the data caches that a core sees, in bytes: from Linux's sysfs, or getconf where a virtual machine
 * keeps them out of that; macOS's sysctl; or assumed where none of these tells.
 *
 * @param l1 data cache of the first level
 * @param l2 second level
 * @param l3 last level, shared by several cores; that of the second level where there is no third
 * @param source where the sizes are from: {@code sysfs}, {@code getconf}, {@code sysctl} or {@code assumed}
 */
public record CacheSizes(int l1, int l2, int l3, String source) {
    /** What the smaller of current CPUs have; a block too small costs less than one that does not fit. */
    static final CacheSizes ASSUMED = new CacheSizes(32 << 10, 512 << 10, 4 << 20, "assumed");

    private static final Path SYSFS = Path.of("/sys/devices/system/cpu/cpu0/cache");
    private static final CacheSizes HERE = System.getProperty("os.name").startsWith("Mac")
            // The performance cores'; on Intel's Macs the names without perflevel0.
            ? find(SYSFS, "/usr/sbin/sysctl", "-n", "hw.perflevel0.l1dcachesize", "hw.perflevel0.l2cachesize")
            : find(SYSFS, "getconf", "-a");

    /** This machine's. */
    public static CacheSizes here() {
        return HERE;
    }

    /** From sysfs; only where that does not tell from what a command prints, as starting one takes a moment. */
    static CacheSizes find(Path sysfs, String... command) {
        try {
            return fromSysfs(sysfs);
        } catch (IOException | IllegalArgumentException _) {
            // then the command
        }
        try {
            String answer = answer(command);
            return command[0].endsWith("sysctl") ? fromSysctl(answer) : fromGetconf(answer);
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
            int level = Digits.parseInt(Files.readString(cache.resolve("level")).strip());
            if (level >= 1 && level <= 3 && !Files.readString(cache.resolve("type")).startsWith("Instruction")) {
                sizes[level] = bytes(Files.readString(cache.resolve("size")).strip());
            }
        }
        return of(sizes[1], sizes[2], sizes[3], "sysfs");
    }

    private static int bytes(String size) {
        int unit = size.endsWith("K") ? 10 : size.endsWith("M") ? 20 : 0;
        long count = Digits.parseLong(unit == 0 ? size : size.substring(0, size.length() - 1));
        return (int) Math.min(count, Integer.MAX_VALUE >> unit) << unit;
    }

    /** Reads glibc's table of names and values; the C library asks the processor. */
    static CacheSizes fromGetconf(String answer) throws IOException {
        int[] sizes = new int[4];
        Matcher matcher = Pattern.compile("(?m)^LEVEL([123])_D?CACHE_SIZE\\h+(\\d{1,18})\\h*$").matcher(answer);
        while (matcher.find()) {
            sizes[Digits.parseInt(matcher.group(1))] = bytes(matcher.group(2));
        }
        return of(sizes[1], sizes[2], sizes[3], "getconf");
    }

    private static CacheSizes fromSysctl(String answer) throws IOException {
        String[] lines = answer.strip().split("\\s+");
        return of(bytes(lines[0]), lines.length == 2 ? bytes(lines[1]) : 0, 0, "sysctl");
    }

    /** What a command prints; an IOException where there is no such command, or no end of it within a second. */
    private static String answer(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            if (process.waitFor(1, TimeUnit.SECONDS)) { // a pipe holds more than these print
                return new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
        throw new IOException("no answer of " + command[0]);
    }

    private static CacheSizes of(int l1, int l2, int l3, String source) throws IOException {
        if (l1 <= 0 || l2 <= 0) {
            throw new IOException("no sizes of caches");
        }
        return new CacheSizes(l1, l2, l3 > 0 ? l3 : l2, source);
    }
}
