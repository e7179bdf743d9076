package dev.lanewise.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes the unrolled kernels: the register tiles of the matrix multiply and of convolutions, and the sums of the sparse products. It needs nothing
 * but a JDK; {@link #COMMAND}, run in the project's root, writes the files anew.
 */
final class KernelGenerator {
    static final String COMMAND = "java src/test/java/dev/lanewise/kernel/KernelGenerator.java";
    private static final int LINE = 120; // the formatter's

    private static final String IN_PLACE = """
            /**
             * The register tiles that read A where it lies: R rows by V vectors of C stay in registers while k runs. {@link Tile}
             * says which are for 32 vector registers and which for 16.
             *
             * <p>A tile loads, multiplies and stores in one method with a local per accumulator: vectors passed to or returned from
             * a method that is not inlined are boxed, at a tenth of the speed (LAB 1).
             *
             * <p>B comes from the panel, a strip of kc rows of V vectors side by side (LAB 2). What differs is R, V, and how A lies:
             * in {@code rows} element (i, p) is at aAt + i lda + p, in {@code columns} at aAt + i + p lda; one index for both was
             * slower (LAB 3). {@code fill} is {@code rows} with B where it lies, row p at bAt + p ldb and the last vector bLast
             * behind; it fills the panel on the way, by stores that the multiplications hide. {@code direct} fills none.
             *
             * <p>Row i of C is at cAt + i ldc, its v-th vector v LANES behind, but the last vector at cLast. So the last vector may
             * overlap the one before it at the right edge. Rows beyond {@code last} repeat row {@code last}: all loads of C precede
             * all stores, so that row is merely computed more than once. Neither edge needs masks. {@code columns} takes whole tiles
             * only.
             */
            """;

    private static final String PACKED = """
            /**
             * The register tiles on copies of both operands: R rows by two vectors of C stay in registers while k runs. They are as
             * {@link InPlaceTiles}, but A is a micro-panel, the rows of one tile, LDA apart ({@code rows}) or side by side as [kc, R]
             * ({@code columns}): one index with constants behind it reaches all R elements, and two steps of k share the loop's
             * overhead (LAB 4).
             *
             * <p><b>The fences</b> are for C2, and no instruction on x86: loads do not move across them. Without, C2 loads all
             * elements of A for two steps first, and runs out of registers (LAB 5).
             *
             * <p>Rows beyond {@code last} are computed from whatever is in the micro-panel; they are stored first, to row
             * {@code last}, which then overwrites them.
             */
            """;

    private static final String PLACES = """
            /**
             * The register tiles of {@link WindowProduct}: the filters of up to V vectors at R places of a result, the one from number
             * {@code place} on, stay in registers while all taps of their windows run. A place's value of a tap is at xAt and both offsets.
             *
             * <p>All taps are one loop: with a loop over rows around it, C2 keeps half of the sums in memory (LAB 70). Sums begin with {@code start}. Vectors of a place lie as in {@link InPlaceTiles}, and places beyond {@code last} repeat
             * it. The panel has V vectors a tap.
             */
            """;

    private static final String SUMS = """
            /**
             * The register blocks of {@link SparseBatch}: R sums by V vectors. Sum i, from +0 on, of value x[xi + e] times the vectors
             * at mAt + terms[x0 + e] of a panel, over e; it goes to y. In the panel the vectors lie side by side; in y, vector v is v
             * vectors behind the first, but the last one at {@code last}.
             *
             * <p>The other way round, {@code add2xV} adds two rows a and b, each times its values, to the rows of a panel y (LAB 6).
             *
             * <p>3 x 8 is for 32 vector registers, 2 x 6 for 16, where 3 x 4 spills two of its accumulators. The fences are for C2,
             * and no instruction on x86: loads do not move across them. Without, 2 x 6 spills too.
             */
            """;

    private static final String WINDOWS = """
            /**
             * The register tiles of {@link Windows}: R channels by two or three vectors of a result, whose lanes are samples, stay in
             * registers while the taps of a window's row run, or at 512 bits of {@code count} rows. Taps lie GROUP apart in x, and have
             * R channels each in the panel w.
             *
             * <p>The vectors are parts of one group, side by side, or at 512 bits the groups of places that are xStep and yStep apart
             * (LAB 68). Channels begin with {@code start} or, where the result is {@code continued}, with what is in y.
             *
             * <p>{@code rows} are for one input channel, where a kernel's row has so few taps: those of one row, or of several, are unrolled,
             * and the tile runs over places (LAB 59). The fences are for C2, and no instruction on x86 (LAB 5).
             */
            """;

    private static final String TAPS = """
            /**
             * The register tiles of {@link WeightGradient} whose lanes are filters: sums for R taps by V vectors of filters stay in registers while the places
             * of a row and their lanes run, four lanes a turn. Taps lie GROUP apart in x, places xStep. In the panel each place and
             * lane has V vectors. The fences are for C2, and no instruction on x86 (LAB 5).
             */
            """;

    private static final String LANES_OF_SAMPLES = """
            /**
             * The register tiles of {@link WeightGradient} whose lanes are samples: sums for R taps by V filters, a vector of samples each, stay in registers
             * while rows and the places of a row run. Taps and filters lie GROUP apart, rows xRow and yRow, places xStep and yStep.
             */
            """;

    private final StringBuilder text = new StringBuilder();
    private int indent;

    public static void main(String[] args) throws IOException {
        for (Map.Entry<Path, String> file : files().entrySet()) {
            Files.writeString(file.getKey(), file.getValue());
        }
    }

    /** The generated files: path from the project's root, text. */
    static Map<Path, String> files() {
        Path kernel = Path.of("src/main/java/dev/lanewise/kernel");
        Map<Path, String> files = new LinkedHashMap<>();
        files.put(kernel.resolve("gemm/InPlaceTiles.java"), new KernelGenerator().inPlaceTiles());
        files.put(kernel.resolve("gemm/PackedTiles.java"), new KernelGenerator().packedTiles());
        files.put(kernel.resolve("gemm/PlaceTiles.java"), new KernelGenerator().placeTiles());
        files.put(kernel.resolve("sparse/SparseSums.java"), new KernelGenerator().sparseSums());
        files.put(kernel.resolve("conv/WindowTiles.java"), new KernelGenerator().windowTiles());
        files.put(kernel.resolve("conv/TapTiles.java"), new KernelGenerator().tapTiles());
        files.put(kernel.resolve("conv/LaneTiles.java"), new KernelGenerator().laneTiles());
        return files;
    }

    private String inPlaceTiles() {
        begin("gemm", "InPlaceTiles", false, IN_PLACE);
        inPlaceTiles("direct", 2, 1, 2, 2, 2, 3, 2, 4, 4, 1, 4, 2, 4, 3, 4, 4, 6, 2, 6, 3, 6, 4, 8, 1, 8, 2);
        inPlaceTiles("fill", 6, 4, 4, 2, 6, 3, 8, 2, 8, 1);
        inPlaceTiles("rows", 6, 4, 6, 2, 4, 4, 4, 2, 6, 3, 8, 2, 8, 1);
        inPlaceTiles("columns", 6, 4, 6, 3, 8, 2, 16, 1, 8, 1);
        return end();
    }

    /** Tiles of one kind, given as pairs of rows and vectors, behind a method that chooses one by name. */
    private void inPlaceTiles(String kind, int... shapes) {
        String parameters = "int kc, float[] a, int aAt, " + switch (kind) {
            case "direct" -> "int lda, int last, float[] b, int bAt, int ldb, int bLast, boolean fromZero, "
                    + "float[] c, int cAt, int ldc, int cLast";
            case "fill" ->
                "int lda, int last, float[] b, int bAt, int ldb, int bLast, float[] panel, boolean fromZero, "
                        + "float[] c, int cAt, int ldc, int cLast";
            case "rows" -> "int lda, int last, float[] panel, boolean fromZero, float[] c, int cAt, int ldc, int cLast";
            default -> "int lda, float[] panel, boolean fromZero, float[] c, int cAt, int ldc, int cLast";
        };
        choice(kind, parameters, shapes);
        for (int shape = 0; shape < shapes.length; shape += 2) {
            inPlaceTile(kind, shapes[shape], shapes[shape + 1], parameters);
        }
    }

    private void inPlaceTile(String kind, int rows, int vectors, String parameters) {
        method("private", kind + rows + "x" + vectors, parameters);
        if (!kind.equals("direct")) { // which are for products that are over soon
            returnIf("kc < 0");
        }
        for (int i = 1; i < rows && !kind.equals("columns"); i++) {
            line("int a%d = aAt + Math.min(%1$d, last) * lda;", i);
        }
        loadC(rows, vectors, kind.equals("columns"));
        int steps = kind.equals("rows") && vectors == 1 ? 2 : 1; // too few registers for addresses in each turn (LAB 86)
        if (steps == 2) {
            line("int odd = kc & 1;");
            line("if (odd != 0) {");
            line("int p = 0;");
            inPlaceStep(kind, rows, vectors, 0);
            line("}");
        }
        line(steps == 2 ? "for (int p = odd; p < kc; p += 2) {" : "for (int p = 0; p < kc; p++) {");
        for (int step = 0; step < steps; step++) {
            inPlaceStep(kind, rows, vectors, step);
        }
        line("}");
        for (int i = 0; i < rows; i++) {
            storeC(i, vectors);
        }
        line("}");
    }

    /** Step {@code p + step} of k; the first one declares what all use. */
    private void inPlaceStep(String kind, int rows, int vectors, int step) {
        boolean columns = kind.equals("columns");
        boolean fill = kind.equals("fill");
        boolean panel = columns || kind.equals("rows");
        String width = vectors == 1 ? "LANES" : "(" + times(vectors, "LANES") + ")";
        if (step == 0) {
            if (columns) {
                line("int at = aAt + p * lda;");
            }
            line(panel ? "int from = p * " + width + ";" : "int row = bAt + p * ldb;");
            if (fill) {
                line("int to = p * %s;", width);
            }
        }
        for (int v = 0; v < vectors; v++) {
            String from = panel
                    ? sum("from", times(step * vectors + v, "LANES"))
                    : vector("row", v, vectors, "bLast");
            line("%sy%d = FloatVector.fromArray(S, %s, %s);", step == 0 ? "FloatVector " : "", v, panel ? "panel" : "b",
                    from);
            if (fill) {
                line("y%d.intoArray(panel, %s);", v, sum("to", times(v, "LANES")));
            }
        }
        for (int i = 0; i < rows; i++) {
            String element = columns ? sum("at", number(i)) : sum((i == 0 ? "aAt" : "a" + i) + " + p", number(step));
            multiply(i, vectors, element, step == 0 && i == 0);
        }
    }

    private String packedTiles() {
        begin("gemm", "PackedTiles", true, PACKED);
        String parameters = "int kc, float[] a, int last, float[] b, int bAt, boolean fromZero, float[] c, int cAt, int ldc, "
                + "int cLast";
        for (String kind : new String[]{"rows", "columns"}) {
            choice(kind, parameters, 12, 2, 6, 2, 4, 2);
            for (int rows : new int[]{12, 6, 4}) {
                packedTile(kind, rows, parameters);
            }
        }
        return end();
    }

    private void packedTile(String kind, int rows, String parameters) {
        int steps = rows > 6 ? 1 : 2; // a turn
        boolean columns = kind.equals("columns");
        method("private", kind + rows + "x2", parameters);
        returnIf("kc < 0");
        loadC(rows, 2, false);
        if (steps == 2) {
            line("int odd = kc & 1;");
            line("if (odd != 0) {");
            line("FloatVector y0 = FloatVector.fromArray(S, b, bAt);");
            line("FloatVector y1 = FloatVector.fromArray(S, b, bAt + LANES);");
            for (int i = 0; i < rows; i++) {
                multiply(i, 2, i == 0 ? "0" : columns ? number(i) : times(i, "LDA"), i == 0);
            }
            line("}");
        }
        line(steps == 2 ? "for (int p = odd; p < kc; p += 2) {" : "for (int p = 0; p < kc; p++) {");
        if (columns) {
            line("int at = %d * p;", rows);
        }
        line("int from = bAt + p * (2 * LANES);");
        for (int step = 0; step < steps; step++) {
            for (int v = 0; v < 2; v++) {
                line("%sy%d = FloatVector.fromArray(S, b, %s);", step == 0 ? "FloatVector " : "", v,
                        sum("from", times(2 * step + v, "LANES")));
            }
            for (int i = 0; i < rows; i++) {
                multiply(i, 2, columns
                        ? sum("at", number(step * rows + i))
                        : sum("p", times(i, "LDA"), number(step)), step == 0 && i == 0);
                if (steps == 2) {
                    line("VarHandle.loadLoadFence();");
                }
            }
        }
        line("}");
        for (int i = rows - 1; i >= 0; i--) {
            storeC(i, 2);
        }
        line("}");
    }

    private String placeTiles() {
        begin("gemm", "PlaceTiles", false, PLACES);
        int[] shapes = {6, 4, 4, 4, 2, 4, 6, 3, 8, 2, 6, 2, 8, 1};
        String parameters = "int[] taps, float[] x, int xAt, int[] offsets, int place, int last, float[] panel, "
                + "float[] start, int startAt, float[] y, int yAt, int yStep, int vLast";
        sizes("tile", "rows", parameters, shapes);
        for (int shape = 0; shape < shapes.length; shape += 2) {
            placeTile(shapes[shape], shapes[shape + 1], parameters);
        }
        return end();
    }

    private void placeTile(int rows, int vectors, String parameters) {
        method("private", "tile" + rows + "x" + vectors, parameters);
        for (int i = 0; i < rows; i++) {
            line("int x%d = xAt + offsets[place%s];", i, i == 0 ? "" : " + Math.min(" + i + ", last)");
        }
        for (int v = 0; v < vectors; v++) {
            line("FloatVector s0%d = FloatVector.fromArray(S, start, %s);", v, vector("startAt", v, vectors, "vLast"));
        }
        for (int i = 1; i < rows; i++) {
            for (int v = 0; v < vectors; v++) {
                line("FloatVector s%d%d = s0%2$d;", i, v);
            }
        }
        line("for (int p = 0; p < taps.length; p++) {");
        line("int at = taps[p];");
        line("int from = p * %s;", vectors == 1 ? "LANES" : "(" + times(vectors, "LANES") + ")");
        for (int v = 0; v < vectors; v++) {
            line("FloatVector y%d = FloatVector.fromArray(S, panel, %s);", v, sum("from", times(v, "LANES")));
        }
        for (int i = 0; i < rows; i++) {
            line("%sa = FloatVector.broadcast(S, x[x%d + at]);", i == 0 ? "FloatVector " : "", i);
            for (int v = 0; v < vectors; v++) {
                line("s%d%d = a.fma(y%2$d, s%1$d%2$d);", i, v);
            }
        }
        line("}");
        for (int i = 0; i < rows; i++) {
            for (int v = 0; v < vectors; v++) {
                line("s%d%d.intoArray(y, %s);", i, v,
                        vector(sum("yAt", i == 0 ? "" : "Math.min(" + i + ", last) * yStep"), v, vectors, "vLast"));
            }
        }
        line("}");
    }

    /** A method that calls the tile of a name; a switch over names was slower (LAB 19). */
    private void choice(String kind, String parameters, int... shapes) {
        method("", kind, "Tile tile, " + parameters);
        for (int shape = 0; shape < shapes.length; shape += 2) {
            line("%sif (tile == Tile.ROWS_%d_VECTORS_%d) {", shape == 0 ? "" : "} else ", shapes[shape],
                    shapes[shape + 1]);
            line("%s%dx%d(%s);", kind, shapes[shape], shapes[shape + 1],
                    parameters.replaceAll("[a-z\\[\\]]+ (\\w+)", "$1"));
        }
        line("} else {");
        line("throw new AssertionError(tile);");
        line("}");
        line("}");
    }

    /** The accumulators of a tile, from C or 0. */
    private void loadC(int rows, int vectors, boolean wholeTile) {
        for (int i = 1; i < rows; i++) {
            line("int c%d = cAt + %s;", i, wholeTile ? times(i, "ldc") : "Math.min(" + i + ", last) * ldc");
        }
        accumulators(rows, vectors, (i, v) -> line("FloatVector s%d%d = FloatVector.zero(S);", i, v));
        line("if (!fromZero) {");
        accumulators(rows, vectors, (i, v) -> line("s%d%d = FloatVector.fromArray(S, c, %s);", i, v,
                vector(rowOfC(i), v, vectors, "cLast")));
        line("}");
    }

    private void storeC(int i, int vectors) {
        for (int v = 0; v < vectors; v++) {
            line("s%d%d.intoArray(c, %s);", i, v, vector(rowOfC(i), v, vectors, "cLast"));
        }
    }

    private static void accumulators(int rows, int vectors, BiConsumer<Integer, Integer> line) {
        for (int i = 0; i < rows; i++) {
            for (int v = 0; v < vectors; v++) {
                line.accept(i, v);
            }
        }
    }

    private static String rowOfC(int i) {
        return i == 0 ? "cAt" : "c" + i;
    }

    /** Adds an element of A times the vectors y to a row of accumulators. */
    private void multiply(int i, int vectors, String element, boolean first) {
        line("%sx = FloatVector.broadcast(S, a[%s]);", first ? "FloatVector " : "", element);
        for (int v = 0; v < vectors; v++) {
            line("s%d%d = x.fma(y%2$d, s%1$d%2$d);", i, v);
        }
    }

    private String sparseSums() {
        begin("sparse", "SparseSums", true, SUMS);
        for (int vectors : new int[]{8, 4, 2, 1}) {
            sums(3, vectors, false);
        }
        for (int vectors : new int[]{6, 4, 2, 1}) {
            sums(2, vectors, vectors == 6);
        }
        for (int vectors : new int[]{6, 4, 2, 1}) {
            additions(vectors);
        }
        return end();
    }

    private String tapTiles() {
        begin("conv", "TapTiles", true, TAPS);
        int[] shapes = IntStream.concat(Arrays.stream(shapes(6, 2, 2)), Arrays.stream(shapes(12, 1, 1))).toArray();
        String parameters = "int places, float[] x, int xAt, int xStep, float[] panel, int panelAt, float[] c, int cAt, int ldc";
        sizes("add", "taps", parameters, shapes);
        for (int shape = 0; shape < shapes.length; shape += 2) {
            tapTile(shapes[shape], shapes[shape + 1], parameters);
        }
        return end();
    }

    /** Rows up to a number by vectors in a range. */
    private static int[] shapes(int rows, int fromVectors, int toVectors) {
        return IntStream.rangeClosed(fromVectors, toVectors).boxed().flatMap(v -> IntStream.rangeClosed(1, rows).boxed()
                .flatMap(i -> Stream.of(i, v))).mapToInt(i -> i).toArray();
    }

    /** A method that calls the tile of a size. */
    private void sizes(String name, String rows, String parameters, int... shapes) {
        method("", name, "int " + rows + ", int vectors, " + parameters);
        line("switch (10 * %s + vectors) {", rows);
        for (int shape = 0; shape < shapes.length; shape += 2) {
            line("case %d%d -> %s%1$dx%2$d(%s);", shapes[shape], shapes[shape + 1], name,
                    parameters.replaceAll("[a-z\\[\\]]+ (\\w+)", "$1"));
        }
        line("default -> throw new AssertionError(%s + \" x \" + vectors);", rows);
        line("}");
        line("}");
    }

    private void tapTile(int rows, int vectors, String parameters) {
        int steps = 4; // lanes a turn
        method("private", "add" + rows + "x" + vectors, parameters);
        returnIf("places < 0");
        for (int i = 1; i < rows; i++) {
            line("int c%d = cAt + %s;", i, times(i, "ldc"));
        }
        accumulators(rows, vectors, (i, v) -> line("FloatVector s%d%d = FloatVector.fromArray(S, c, %s);", i, v,
                sum(rowOfC(i), times(v, "LANES"))));
        line("int turns = places * %d;", 16 / steps);
        line("for (int turn = 0; turn < turns; turn++) {");
        line("int at = xAt + turn / %d * xStep + turn %% %1$d * %d;", 16 / steps, steps);
        line("int from = panelAt + turn * (%s);", times(steps * vectors, "LANES"));
        for (int step = 0; step < steps; step++) {
            for (int v = 0; v < vectors; v++) {
                line("%sy%d = FloatVector.fromArray(S, panel, %s);", step == 0 ? "FloatVector " : "", v,
                        sum("from", times(step * vectors + v, "LANES")));
            }
            for (int i = 0; i < rows; i++) {
                line("%sf = FloatVector.broadcast(S, x[%s]);", step == 0 && i == 0 ? "FloatVector " : "",
                        sum("at", times(i, "GROUP"), number(step)));
                for (int v = 0; v < vectors; v++) {
                    line("s%d%d = f.fma(y%2$d, s%1$d%2$d);", i, v);
                }
                line("VarHandle.loadLoadFence();");
            }
        }
        line("}");
        accumulators(rows, vectors, (i, v) -> line("s%d%d.intoArray(c, %s);", i, v,
                sum(rowOfC(i), times(v, "LANES"))));
        line("}");
    }

    private String windowTiles() {
        begin("conv", "WindowTiles", true, WINDOWS);
        String parameters = "int run, float[] x, int xAt, int xStep, float[] w, int wAt, boolean continued, float[] start, int startAt, "
                + "float[] y, int yAt, int yStep";
        String windowParameters = "int count, int xRow, int wRow, " + parameters;
        int[] shapes = shapes(6, 2, 3);
        sizes("tile", "rows", windowParameters, shapes);
        for (int shape = 0; shape < shapes.length; shape += 2) {
            windowTile(shapes[shape], shapes[shape + 1], windowParameters);
        }
        for (String kernel : List.of("3x3", "1x3", "1x5")) {
            String name = "rows" + kernel + "tile";
            int rows = kernel.charAt(0) - '0';
            String rowsParameters = parameters.replace("run", "places").replace("int xStep",
                    rows > 1 ? "int xStep, int xRow" : "int xStep");
            int[] tall = {4, 2, 5, 2, 6, 2};
            sizes(name, "rows", rowsParameters, tall);
            for (int shape = 0; shape < tall.length; shape += 2) {
                rowsTile(name, tall[shape], tall[shape + 1], rowsParameters, kernel.charAt(2) - '0',
                        kernel.charAt(0) - '0');
            }
        }
        return end();
    }

    private void windowTile(int rows, int vectors, String parameters) {
        method("private", "tile" + rows + "x" + vectors, parameters);
        returnIf("run < 0");
        places();
        start(rows, vectors);
        continued(rows, vectors, "yAt");
        line("for (int row = 0; row < (LANES == GROUP ? count : 1); row++) {");
        for (int v = 0; v < vectors; v++) {
            line("int x%dAt = %s;", v, sum("xAt", "row * xRow", times(v, "nextX")));
        }
        line("int wFrom = wAt + row * wRow;");
        line("for (int p = 0; p < run; p++) {");
        line("int at = wFrom + p * %d;", rows);
        windowStep(rows, vectors, v -> "x%dAt + p * GROUP".formatted(v), "at", 0);
        line("}");
        line("}");
        accumulators(rows, vectors, (i, v) -> line("s%d%d.intoArray(y, %s);", i, v, result("yAt", i, v)));
        line("}");
    }

    private void rowsTile(String name, int rows, int vectors, String parameters, int kernelWidth, int kernelRows) {
        method("private", name + rows + "x" + vectors, parameters);
        places();
        line("for (int place = 0; place < places; place += LANES < GROUP ? 1 : %d) {", vectors);
        line("int from = xAt + place * xStep;");
        line("int to = yAt + place * yStep;");
        start(rows, vectors);
        continued(rows, vectors, "to");
        for (int row = 0; row < kernelRows; row++) {
            String from = sum("from", times(row, "xRow"));
            for (int p = 0; p < kernelWidth; p++) {
                String behind = times(p, "GROUP");
                windowStep(rows, vectors, v -> sum(from, behind, times(v, "nextX")), "wAt", row * kernelWidth + p);
            }
        }
        accumulators(rows, vectors, (i, v) -> line("s%d%d.intoArray(y, %s);", i, v, result("to", i, v)));
        line("}");
        line("}");
    }

    /** From a vector to the next: the rest of a group, or the next place's. */
    private void places() {
        line("int nextX = LANES < GROUP ? LANES : xStep;");
        line("int nextY = LANES < GROUP ? LANES : yStep;");
    }

    private static String result(String to, int channel, int vector) {
        return sum(to, times(channel, "GROUP"), times(vector, "nextY"));
    }

    private void continued(int rows, int vectors, String to) {
        line("if (continued) {");
        accumulators(rows, vectors, (i, v) -> line("s%d%d = FloatVector.fromArray(S, y, %s);", i, v, result(to, i, v)));
        line("}");
    }

    private void start(int rows, int vectors) {
        for (int i = 0; i < rows; i++) {
            line("FloatVector s%d0 = FloatVector.broadcast(S, start[%s]);", i, sum("startAt", number(i)));
            for (int v = 1; v < vectors; v++) {
                line("FloatVector s%d%d = s%1$d0;", i, v);
            }
        }
    }

    /** Adds a tap's vectors times its weights, one a channel. */
    private void windowStep(int rows, int vectors, IntFunction<String> from, String at, int step) {
        String type = step == 0 ? "FloatVector " : "";
        for (int v = 0; v < vectors; v++) {
            line("%sx%d = FloatVector.fromArray(S, x, %s);", type, v, from.apply(v));
        }
        for (int i = 0; i < rows; i++) {
            line("%sf = FloatVector.broadcast(S, w[%s]);", i == 0 ? type : "", sum(at, number(step * rows + i)));
            for (int v = 0; v < vectors; v++) {
                line("s%d%d = f.fma(x%2$d, s%1$d%2$d);", i, v);
            }
            line("VarHandle.loadLoadFence();");
        }
    }

    private String laneTiles() {
        begin("conv", "LaneTiles", true, LANES_OF_SAMPLES);
        int[] shapes = {6, 2, 6, 1, 5, 3, 5, 2, 5, 1, 4, 3, 4, 2, 4, 1, 3, 6, 3, 3, 3, 2, 3, 1, 2, 6, 2, 3, 2, 2, 2, 1,
                1, 6,
                1, 3, 1, 2, 1, 1};
        String parameters = "int rows, int places, float[] x, int xAt, int xRow, int xStep, float[] y, int yAt, int yRow, int yStep, float[] c, int cAt, int ldc";
        sizes("add", "taps", parameters, shapes);
        for (int shape = 0; shape < shapes.length; shape += 2) {
            laneTile(shapes[shape], shapes[shape + 1], parameters);
        }
        return end();
    }

    private void laneTile(int taps, int filters, String parameters) {
        method("private", "add" + taps + "x" + filters, parameters);
        returnIf("places < 0");
        for (int i = 1; i < taps; i++) {
            line("int c%d = cAt + %s;", i, times(i, "ldc"));
        }
        accumulators(taps, filters, (i, v) -> line("FloatVector s%d%d = FloatVector.fromArray(S, c, %s);", i, v,
                sum(rowOfC(i), times(v, "GROUP"))));
        line("for (int row = 0; row < rows; row++) {");
        line("int xFirst = xAt + row * xRow;");
        line("int yFirst = yAt + row * yRow;");
        line("for (int place = 0; place < places; place++) {");
        line("int at = xFirst + place * xStep;");
        line("int from = yFirst + place * yStep;");
        boolean tapsStay = taps < filters; // in registers, and the others come one by one
        for (int i = 0; i < Math.min(taps, filters); i++) {
            line("FloatVector f%d = FloatVector.fromArray(S, %s, %s);", i, tapsStay ? "x" : "y",
                    sum(tapsStay ? "at" : "from", times(i, "GROUP")));
        }
        for (int j = 0; j < Math.max(taps, filters); j++) {
            line("%sz = FloatVector.fromArray(S, %s, %s);", j == 0 ? "FloatVector " : "", tapsStay ? "y" : "x",
                    sum(tapsStay ? "from" : "at", times(j, "GROUP")));
            for (int i = 0; i < Math.min(taps, filters); i++) {
                line("s%d%d = z.fma(f%d, s%1$d%2$d);", tapsStay ? i : j, tapsStay ? j : i, i);
            }
            line("VarHandle.loadLoadFence();");
        }
        line("}");
        line("}");
        accumulators(taps, filters, (i, v) -> line("s%d%d.intoArray(c, %s);", i, v,
                sum(rowOfC(i), times(v, "GROUP"))));
        line("}");
    }

    private void sums(int rows, int vectors, boolean fences) {
        String last = vectors == 1 ? "" : ", int last";
        method("", "sum" + rows + "x" + vectors, "int count, int[] terms" + numbered(", int x", rows)
                + ", float[] x, float[] m, int mAt" + last + ", float[] y" + numbered(", int y", rows));
        returnIf("count < 0");
        accumulators(rows, vectors, (i, v) -> line("FloatVector s%d%d = FloatVector.zero(S);", i, v));
        line("for (int e = 0; e < count; e++) {");
        line("int row = mAt + terms[x0 + e];");
        values(rows);
        for (int v = 0; v < vectors; v++) {
            line("%sr = FloatVector.fromArray(S, m, %s);", v == 0 ? "FloatVector " : "", sum("row", times(v, "LANES")));
            for (int i = 0; i < rows; i++) {
                line("s%d%d = v%1$d.fma(r, s%1$d%2$d);", i, v);
            }
            if (fences) {
                line("VarHandle.loadLoadFence();");
            }
        }
        line("}");
        accumulators(rows, vectors,
                (i, v) -> line("s%d%d.intoArray(y, %s);", i, v, vector("y" + i, v, vectors, "last")));
        line("}");
    }

    private void additions(int vectors) {
        method("", "add2x" + vectors,
                "int from, int to, int[] terms, int x0, int x1, float[] x, float[] a, int a0, float[] b, "
                        + "int b0" + (vectors == 1 ? "" : ", int last") + ", float[] y, int yAt");
        for (String row : new String[]{"a", "b"}) {
            for (int v = 0; v < vectors; v++) {
                line("FloatVector %sv%d = FloatVector.fromArray(S, %1$s, %s);", row, v,
                        vector(row + 0, v, vectors, "last"));
            }
        }
        line("for (int e = from; e < to; e++) {");
        line("int row = yAt + terms[x0 + e];");
        values(2);
        for (int v = 0; v < vectors; v++) {
            line("v1.fma(bv%d, v0.fma(av%1$d, FloatVector.fromArray(S, y, %s))).intoArray(y, %2$s);", v,
                    sum("row", times(v, "LANES")));
        }
        line("}");
        line("}");
    }

    private void values(int rows) {
        for (int i = 0; i < rows; i++) {
            line("FloatVector v%d = FloatVector.broadcast(S, x[x%1$d + e]);", i);
        }
    }

    /** Tiles take the same arguments, needed or not; a switch instead of ifs slowed short products (LAB 19). */
    private static final String ALIKE = "@SuppressWarnings({\"UnusedVariable\", \"IfChainToSwitch\"})\n";

    private void begin(String room, String name, boolean fences, String comment) {
        text.append("""
                // Generated by KernelGenerator, do not edit. To write it anew: %s
                package dev.lanewise.kernel.%s;

                import dev.lanewise.kernel.core.Species;
                %simport jdk.incubator.vector.FloatVector;
                import jdk.incubator.vector.VectorSpecies;

                %s%sfinal class %s {
                    private static final VectorSpecies<Float> S = Species.FLOATS;
                    private static final int LANES = S.length();
                %s
                    private %6$s() {
                    }
                """.formatted(COMMAND, room, fences ? "import java.lang.invoke.VarHandle;\n" : "", comment,
                name.equals("InPlaceTiles")
                        ? ALIKE
                        : List.of("TapTiles", "LaneTiles", "PlaceTiles").contains(name)
                                ? "@SuppressWarnings(\"UnusedVariable\")\n"
                                : "",
                name,
                name.equals("PackedTiles")
                        ? "    private static final int LDA = Blocking.PACKED_LDA;\n"
                        : room.equals("conv") ? "    private static final int GROUP = Geometry.GROUP;\n" : ""));
        indent = 4;
    }

    private String end() {
        line("}");
        return text.toString();
    }

    private void method(String access, String name, String parameters) {
        text.append('\n');
        line("%sstatic void %s(%s) {", access.isEmpty() ? "" : access + " ", name, parameters);
    }

    /** A call that only counts: see Warmth. */
    private void returnIf(String condition) {
        line("if (%s) {", condition);
        line("return;");
        line("}");
    }

    /** Adds a line, indented as its braces say, and broken behind a comma where it is too long. */
    private void line(String format, Object... arguments) {
        String rest = format.formatted(arguments);
        indent -= rest.startsWith("}") ? 4 : 0;
        String margin = " ".repeat(indent);
        while (margin.length() + rest.length() > LINE) {
            int end = rest.lastIndexOf(", ", LINE - margin.length() - 1) + 1;
            text.append(margin).append(rest, 0, end).append('\n');
            rest = rest.substring(end + 1);
            margin = " ".repeat(indent + 8);
        }
        text.append(margin).append(rest).append('\n');
        indent += rest.endsWith("{") ? 4 : 0;
    }

    /** Where vector v of a row lies: behind the one before it, but the last one where it is said to be. */
    private static String vector(String row, int v, int vectors, String last) {
        return v > 0 && v == vectors - 1 ? sum(row, last) : sum(row, times(v, "LANES"));
    }

    private static String sum(String... terms) {
        return String.join(" + ", Arrays.stream(terms).filter(term -> !term.isEmpty()).toList());
    }

    private static String times(int n, String unit) {
        return n == 0 ? "" : n == 1 ? unit : n + " * " + unit;
    }

    private static String number(int n) {
        return n == 0 ? "" : String.valueOf(n);
    }

    private static String numbered(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).collect(Collectors.joining());
    }
}
