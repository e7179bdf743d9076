package dev.lanewise.system;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import dev.lanewise.kernel.core.Digits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The computer and the JVM as the system describes them; caches are in {@link dev.lanewise.kernel.core.CacheSizes}. What a
 * system does not tell is left out. A library for this would be larger than Lanewise and slow its start.
 */
public final class Machine {
    /** HotSpot's flags that decide how fast a kernel is. */
    private static final List<String> FLAGS = List.of("UseAVX", "UseSVE", "MaxVectorSize", "UseFMA",
            "EnableVectorSupport", "TieredStopAtLevel", "UseSuperWord", "AlignVector", "ObjectAlignmentInBytes",
            "UseTransparentHugePages");
    private static final Path SYSFS = Path.of("/sys/devices/system/cpu");
    private static final boolean MACOS = System.getProperty("os.name").startsWith("Mac");

    private Machine() {
    }

    /** The processor's name; its architecture where the system does not tell. */
    public static String cpu() {
        String name = MACOS ? sysctl("machdep.cpu.brand_string") : System.getenv("PROCESSOR_IDENTIFIER"); // Windows
        Path cpuinfo = Path.of("/proc/cpuinfo");
        if (Files.isReadable(cpuinfo)) {
            try (Stream<String> lines = Files.lines(cpuinfo)) {
                name = lines.filter(line -> line.startsWith("model name")).findFirst()
                        .map(line -> line.substring(line.indexOf(':') + 1).strip()).orElse(null);
            } catch (IOException | UncheckedIOException _) {
                // then the architecture has to do
            }
        }
        return name == null || name.isBlank() ? System.getProperty("os.arch") : name;
    }

    /** The options of this JVM, those in environment variables included. */
    public static List<String> options() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments();
    }

    /** A java command as the one that started this process, with these options for the JVM, up to the main class. */
    public static List<String> java(List<String> options) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command()
                .orElse(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        return command;
    }

    /** Whole cores, of which one may run several threads; 0 if the system does not tell. */
    public static int physicalCores() {
        if (MACOS) {
            return (int) number(sysctl("hw.physicalcpu"));
        }
        Set<String> cores = new HashSet<>();
        for (Path cpu : list(SYSFS, "cpu[0-9]*")) {
            Path topology = cpu.resolve("topology");
            String core = read(topology.resolve("core_id"));
            if (!core.isEmpty()) {
                cores.add(read(topology.resolve("physical_package_id")) + ":" + core);
            }
        }
        return cores.size();
    }

    /** Bytes of main memory that this process may use. */
    public static long memory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /** Operating system, its version and the architecture. */
    public static String os() {
        return "%s %s %s".formatted(System.getProperty("os.name"), System.getProperty("os.version"),
                System.getProperty("os.arch"));
    }

    /** HotSpot's flags that matter here, with their values; those that this JVM does not have are left out. */
    public static Map<String, String> flags() {
        Map<String, String> flags = new LinkedHashMap<>();
        HotSpotDiagnosticMXBean hotSpot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        for (String flag : FLAGS) {
            try {
                flags.put(flag, hotSpot.getVMOption(flag).getValue());
            } catch (IllegalArgumentException _) {
                // of another architecture, or experimental and locked
            }
        }
        return flags;
    }

    /** The garbage collector's name. */
    public static String garbageCollector() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream().map(GarbageCollectorMXBean::getName)
                .map(name -> name.split(" ")[0]).distinct().collect(Collectors.joining(", "));
    }

    private static List<Path> list(Path directory, String glob) {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, glob)) {
            found.forEach(paths::add);
        } catch (IOException _) {
            // not Linux
        }
        paths.sort(null);
        return paths;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException _) {
            return "";
        }
    }

    private static String sysctl(String name) {
        try {
            Process process = new ProcessBuilder("sysctl", "-n", name).redirectErrorStream(true).start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? answer : "";
        } catch (IOException _) {
            return "";
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private static long number(String digits) {
        return digits.matches("\\d{1,18}") ? Digits.parseLong(digits) : 0;
    }
}
