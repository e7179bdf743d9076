package dev.lanewise.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.List;
import java.util.function.BiFunction;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * {@code cblas_sgemm} of a native library out of its jar. Each library's own symbol is called: loaded through a common
 * JNI layer, both names would resolve to whichever library came first.
 */
final class NativeBlasBenchmark {
    private static final int ROW_MAJOR = 101;
    private static final int NO_TRANS = 111;
    private static final int TRANS = 112;

    /** Environment variables that keep a library from the kernels of this CPU. */
    private static final List<String> LIMITS = List.of("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE",
            "MKL_ENABLE_INSTRUCTIONS", "MKL_CBWR", "MKL_DEBUG_CPU_TYPE");

    private final MethodHandle sgemm;
    private final String kernels;

    private NativeBlasBenchmark(Path library, String setThreads, int threads,
            BiFunction<Linker, SymbolLookup, String> kernels) {
        SymbolLookup symbols = SymbolLookup.libraryLookup(library, Arena.global());
        Linker linker = Linker.nativeLinker();
        sgemm = linker.downcallHandle(symbols.find("cblas_sgemm").orElseThrow(), FunctionDescriptor.ofVoid(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_FLOAT, ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_FLOAT,
                ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try {
            linker.downcallHandle(symbols.find(setThreads).orElseThrow(),
                    FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT)).invokeExact(threads);
        } catch (Throwable e) {
            throw new IllegalStateException(library + ": " + setThreads, e);
        }
        this.kernels = kernels.apply(linker, symbols);
    }

    /** The environment variables, with their values, that limit the libraries here. */
    static List<String> limits() {
        return LIMITS.stream().filter(name -> System.getenv(name) != null).map(name -> name + "=" + System.getenv(name))
                .toList();
    }

    /** What the library computes with, in its own words. */
    String kernels() {
        return kernels;
    }

    /** OpenBLAS. */
    static NativeBlasBenchmark openBlas(int threads) {
        return new NativeBlasBenchmark(unpack("openblas-").resolve("libopenblas.so.0"), "openblas_set_num_threads",
                threads, (linker, symbols) -> "OpenBLAS " + text(linker, symbols, "openblas_get_corename"));
    }

    /** Intel's Math Kernel Library. */
    static NativeBlasBenchmark mkl(int threads) {
        return new NativeBlasBenchmark(unpack("mkl-").resolve("libmkl_rt.so.2"), "MKL_Set_Num_Threads", threads,
                NativeBlasBenchmark::version);
    }

    private static String text(Linker linker, SymbolLookup symbols, String function) {
        try {
            MemorySegment text = (MemorySegment) linker.downcallHandle(symbols.find(function).orElseThrow(),
                    FunctionDescriptor.of(ValueLayout.ADDRESS)).invokeExact();
            return text.reinterpret(1000).getString(0);
        } catch (Throwable e) {
            throw new IllegalStateException(function, e);
        }
    }

    /** Its version, and the processors that its kernels are for. */
    private static String version(Linker linker, SymbolLookup symbols) {
        try (Arena arena = Arena.ofConfined()) {
            // struct MKLVersion: three ints; then status, build, processor and platform as char *
            MemorySegment version = arena.allocate(64, 8);
            linker.downcallHandle(symbols.find("MKL_Get_Version").orElseThrow(),
                    FunctionDescriptor.ofVoid(ValueLayout.ADDRESS)).invokeExact(version);
            return "MKL %d.%d.%d for %s".formatted(version.get(ValueLayout.JAVA_INT, 0),
                    version.get(ValueLayout.JAVA_INT, 4), version.get(ValueLayout.JAVA_INT, 8),
                    version.get(ValueLayout.ADDRESS, 32).reinterpret(1000).getString(0));
        } catch (Throwable e) {
            throw new IllegalStateException("MKL_Get_Version", e);
        }
    }

    /** C = op(A) op(B), row-major. */
    void sgemm(boolean transA, boolean transB, int m, int n, int k, MemorySegment a, int lda, MemorySegment b, int ldb,
            MemorySegment c, int ldc) {
        try {
            sgemm.invokeExact(ROW_MAJOR, transA ? TRANS : NO_TRANS, transB ? TRANS : NO_TRANS, m, n, k, 1f, a, lda, b,
                    ldb, 0f, c, ldc);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Copies the libraries of a jar on the class path into a directory of their own, once a build of the jar. */
    private static Path unpack(String prefix) {
        try {
            Path libraries = Path
                    .of(NativeBlasBenchmark.class.getProtectionDomain().getCodeSource().getLocation().toURI())
                    .resolveSibling("jmh-lib");
            Path jar;
            try (var files = Files.list(libraries)) {
                jar = files.filter(file -> file.getFileName().toString().startsWith(prefix)).findFirst().orElseThrow();
            }
            Path directory = Files.createDirectories(libraries.resolveSibling("jmh-native").resolve(prefix));
            try (JarFile content = new JarFile(jar.toFile())) {
                for (Enumeration<JarEntry> entries = content.entries(); entries.hasMoreElements();) {
                    JarEntry entry = entries.nextElement();
                    Path name = Path.of(entry.getName()).getFileName();
                    Path file = directory.resolve(String.valueOf(name));
                    if (!entry.isDirectory() && name.toString().contains(".so")
                            && !(Files.exists(file) && Files.size(file) == entry.getSize())) {
                        try (InputStream in = content.getInputStream(entry)) {
                            Files.write(file, in.readAllBytes());
                        }
                    }
                }
            }
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
