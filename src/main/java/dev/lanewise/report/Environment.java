package dev.lanewise.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.kernel.VectorWidth;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import java.util.stream.Stream;

/** What a figure depends on beside the program: machine, JVM, flags, version. */
public final class Environment {
    private static final Properties BUILD = new Properties();

    static {
        try (InputStream in = Environment.class.getResourceAsStream("build.properties")) {
            BUILD.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Environment() {
    }

    /** Version of Lanewise and the commit it was built from. */
    public static String version() {
        return "%s (%s)".formatted(BUILD.getProperty("version"), BUILD.getProperty("commit"));
    }

    /** Seconds since the process started, launcher and JVM start included. */
    public static double secondsSinceStart() {
        try {
            // Both count from the machine's start; ProcessHandle goes through the time of day, off by up to a second.
            String stat = Files.readString(Path.of("/proc/self/stat"));
            String started = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19]; // field 22, ticks of 10 ms
            String uptime = Files.readString(Path.of("/proc/uptime"));
            return Double.parseDouble(uptime.substring(0, uptime.indexOf(' '))) - Long.parseLong(started) / 100.0;
        } catch (IOException _) { // not Linux
            Instant now = Instant.now();
            return Duration.between(ProcessHandle.current().info().startInstant().orElse(now), now).toNanos() / 1e9;
        }
    }

    /** The {@code environment} of run.json. */
    public static JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("cpu", cpu());
        json.addProperty("cores", Runtime.getRuntime().availableProcessors());
        json.addProperty("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        json.addProperty("jdk", System.getProperty("java.vm.name") + " " + Runtime.version());
        json.add("flags", flags());
        json.addProperty("vector_bits", VectorWidth.bits());
        json.addProperty("version", BUILD.getProperty("version"));
        json.addProperty("commit", BUILD.getProperty("commit"));
        return json;
    }

    /** The processor's name where Linux tells it; elsewhere its architecture. */
    private static String cpu() {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        if (Files.isReadable(cpuinfo)) {
            try (Stream<String> lines = Files.lines(cpuinfo)) {
                return lines.filter(line -> line.startsWith("model name")).findFirst()
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .orElse(System.getProperty("os.arch"));
            } catch (IOException | UncheckedIOException _) {
                // then the architecture has to do
            }
        }
        return System.getProperty("os.arch");
    }

    /** The JVM's options on the command line; empty where the system does not show it. */
    private static JsonArray flags() {
        JsonArray flags = new JsonArray();
        ProcessHandle.current().info().arguments().ifPresent(arguments -> {
            for (String argument : arguments) {
                if (argument.equals("-jar") || argument.equals("-cp") || argument.equals("-m")) {
                    break;
                }
                flags.add(argument);
            }
        });
        return flags;
    }
}
