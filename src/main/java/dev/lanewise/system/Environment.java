package dev.lanewise.system;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.kernel.Gemm;
import dev.lanewise.kernel.VectorWidth;
import dev.lanewise.kernel.core.CacheSizes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Properties;

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

    /** The day that builds of this version are dated by. */
    public static String date() {
        return BUILD.getProperty("date").substring(0, "2026-11-23".length());
    }

    /** Seconds since the JVM started, as it counts them; what a launcher did before is none of a run's. */
    public static double secondsSinceStart() {
        return ManagementFactory.getRuntimeMXBean().getUptime() / 1e3;
    }

    /** The {@code environment} of run.json. */
    public static JsonObject json() {
        JsonObject json = new JsonObject();
        json.addProperty("cpu", Machine.cpu());
        json.addProperty("cores", Runtime.getRuntime().availableProcessors());
        json.addProperty("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        json.addProperty("jdk", jdk());
        JsonArray flags = new JsonArray();
        Machine.options().forEach(flags::add);
        json.add("flags", flags);
        json.addProperty("vector_bits", VectorWidth.bits());
        json.addProperty("version", BUILD.getProperty("version"));
        json.addProperty("commit", BUILD.getProperty("commit"));
        return json;
    }

    /** The JVM's name and version. */
    public static String jdk() {
        return System.getProperty("java.vm.name") + " " + Runtime.version();
    }

    /** The {@code environment} of benchmark results: that of run.json and more of the machine. */
    public static JsonObject machine() {
        JsonObject json = json();
        json.addProperty("physical_cores", Machine.physicalCores());
        CacheSizes caches = CacheSizes.here();
        json.addProperty("caches", String.format(Locale.ROOT, "%d %d %d (%s)", caches.l1(), caches.l2(), caches.l3(),
                caches.source()));
        json.addProperty("memory", Machine.memory());
        json.addProperty("os", Machine.os());
        json.addProperty("gc", Machine.garbageCollector());
        JsonObject flags = new JsonObject();
        Machine.flags().forEach(flags::addProperty);
        json.add("jvm_flags", flags);
        json.addProperty("gemm", Gemm.blocking());
        VectorWidth.obstacle().ifPresent(obstacle -> json.addProperty("not_simd", obstacle));
        return json;
    }
}
