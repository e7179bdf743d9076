package dev.lanewise.run.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.data.InputException;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
    @TempDir
    Path directory;

    private static final float[] SPECIAL = {0f, -0f, 1f, -1.5f, Float.MIN_VALUE, -Float.MIN_VALUE, 0x1p-127f,
            Float.MIN_NORMAL, Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN,
            Float.intBitsToFloat(0x7fc01234), Float.intBitsToFloat(0xffc00001), (float) Math.PI};

    private static Safetensors content() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("plain", "text");
        metadata.put("quotes \" and \\", "a \"quoted\" \\ \n\t\r\b\f\u0001 value, {\"x\":[1]}");
        metadata.put("größe", "Ziffer ٣, 数字, 𝟛, </script> & '");
        metadata.put("", "");
        return new Safetensors(metadata, List.of(
                new Safetensors.Tensor("dense1.weight", List.of(3, 5), SPECIAL),
                new Safetensors.Tensor("a \"b\" ü", List.of(1), new float[]{2f}),
                new Safetensors.Tensor("scalar", List.of(), new float[]{7f}),
                new Safetensors.Tensor("cube", List.of(2, 1, 3), new float[]{1, 2, 3, 4, 5, 6})));
    }

    private Path file() {
        return directory.resolve("model.safetensors");
    }

    /** NaNs too keep their bits. */
    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }

    @Test
    void whatWasWrittenIsReadBitForBit() throws IOException {
        content().write(file());
        Safetensors read = Safetensors.read(file());
        assertEquals(content().metadata(), read.metadata());
        assertEquals(4, read.tensors().size());
        for (int t = 0; t < 4; t++) {
            Safetensors.Tensor expected = content().tensors().get(t);
            assertEquals(expected.name(), read.tensors().get(t).name());
            assertEquals(expected.shape(), read.tensors().get(t).shape());
            assertArrayEquals(bits(expected.data()), bits(read.tensors().get(t).data()));
        }
        assertTrue(read.tensor("cube").isPresent());
        assertFalse(read.tensor("sphere").isPresent());
    }

    @Test
    void independentReaderSeesTheSame() throws IOException {
        content().write(file());
        IndependentSafetensors read = new IndependentSafetensors(Files.readAllBytes(file()));
        assertEquals(content().metadata(), read.metadata);
        assertEquals(4, read.tensors.size());
        for (Safetensors.Tensor expected : content().tensors()) {
            assertEquals(expected.shape(), read.shapes.get(expected.name()).stream().map(Math::toIntExact).toList());
            assertArrayEquals(bits(expected.data()), bits(read.tensors.get(expected.name())));
        }
    }

    /** Header lengths of every remainder, so that the padding is tried. */
    @Test
    void dataBeginsAtAMultipleOfEight() throws IOException {
        for (int n = 0; n < 9; n++) {
            new Safetensors(Map.of("k", "v".repeat(n)), List.of(new Safetensors.Tensor("t", List.of(2),
                    new float[]{3, n}))).write(file());
            byte[] bytes = Files.readAllBytes(file());
            assertEquals(0, bytes.length % 8, "8 + header + 2 floats");
            assertArrayEquals(new float[]{3, n}, new IndependentSafetensors(bytes).tensors.get("t"));
            assertArrayEquals(new float[]{3, n}, Safetensors.read(file()).tensors().getFirst().data());
        }
    }

    @Test
    void emptyFileOfTensorsAndEmptyTensorAreFine() throws IOException {
        new Safetensors(Map.of(), List.of()).write(file());
        assertEquals(List.of(), Safetensors.read(file()).tensors());
        new Safetensors(Map.of(), List.of(new Safetensors.Tensor("none", List.of(3, 0), new float[0]),
                new Safetensors.Tensor("one", List.of(1), new float[]{4}))).write(file());
        assertEquals(List.of(3, 0), Safetensors.read(file()).tensor("none").orElseThrow().shape());
        assertArrayEquals(new float[]{4}, Safetensors.read(file()).tensor("one").orElseThrow().data());
    }

    /** As other programs write: tensors in any order, no metadata, no padding, spaces in the JSON. */
    @Test
    void headerOfAnotherProgramIsRead() throws IOException {
        write("{ \"b\": {\"shape\": [1], \"data_offsets\": [8, 12], \"dtype\": \"F32\"},\n"
                + "\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 8]}} ", 12);
        Safetensors read = Safetensors.read(file());
        assertEquals(List.of("a", "b"), read.tensors().stream().map(Safetensors.Tensor::name).toList());
        assertEquals(Map.of(), read.metadata());
    }

    private void write(String header, int dataBytes) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        Files.write(file(), ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length).put(json).array());
    }

    private void assertRefused(String message) {
        InputException e = assertThrows(InputException.class, () -> Safetensors.read(file()));
        assertEquals(file() + ": " + message, e.getMessage());
    }

    private static final String NONE = "this is not a safetensors file; use another one";

    private static String damaged(String why) {
        return "the header is damaged (%s); use another copy of the file".formatted(why);
    }

    @Test
    void missingFileAndDirectoryAreRefused() throws IOException {
        assertRefused("there is no such file; check the path");
        Files.createDirectory(file());
        assertRefused("this is a directory; name a model's file, such as model.safetensors in a run");
    }

    @Test
    void emptyFileIsRefused() throws IOException {
        Files.createFile(file());
        assertRefused("this file is empty; use another copy of it");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7})
    void fileWithoutAHeaderLengthIsRefused(int length) throws IOException {
        Files.write(file(), new byte[length]);
        assertRefused(NONE);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, 100_000_001, 1L << 32})
    void impossibleHeaderLengthIsRefused(long length) throws IOException {
        Files.write(file(), ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array());
        assertRefused(NONE);
    }

    @Test
    void headerBeyondTheFileIsRefused() throws IOException {
        Files.write(file(), ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(57).array());
        assertRefused("the file is cut short, 64 bytes of 65; use another copy of it");
        Files.write(file(), ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(100_000_000).array());
        assertRefused("the file is cut short, 64 bytes of 100000008; use another copy of it");
    }

    private static String tensor(String shape, String offsets) {
        return "{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":%s}".formatted(shape, offsets);
    }

    static Stream<Arguments> damagedHeaders() {
        String place = "shape and place of t do not agree; use another copy of the file";
        return Stream.of(
                Arguments.of("this is no JSON", damaged("it does not begin with { or is too long")),
                Arguments.of("[1, 2, 3]", damaged("it does not begin with { or is too long")),
                Arguments.of("\"text\"", damaged("it does not begin with { or is too long")),
                Arguments.of("{\"t\":", damaged("this is not JSON")),
                Arguments.of("{\"t\":7}", damaged("t is no object")),
                Arguments.of("{\"t\":{}}", damaged("dtype of t is not a text")),
                Arguments.of("{\"t\":{\"shape\":[2],\"data_offsets\":[0,8]}}", damaged("dtype of t is not a text")),
                Arguments.of("{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}",
                        damaged("shape of t: no list of numbers")),
                Arguments.of("{\"t\":{\"dtype\":\"F32\",\"shape\":[2]}}",
                        damaged("data_offsets of t: no list of numbers")),
                Arguments.of("{\"t\":" + tensor("2", "[0,8]") + "}", damaged("shape of t: no list of numbers")),
                Arguments.of("{\"t\":" + tensor("[\"two\"]", "[0,8]") + "}",
                        damaged("shape of t: \"two\" is not a whole number from 0 to 2147483647")),
                Arguments.of("{\"t\":" + tensor("[null]", "[0,8]") + "}",
                        damaged("shape of t: nothing is not a whole number from 0 to 2147483647")),
                Arguments.of("{\"t\":" + tensor("[2.5]", "[0,8]") + "}",
                        damaged("shape of t: 2.5 is not a whole number from 0 to 2147483647")),
                Arguments.of("{\"t\":" + tensor("[2]", "[]") + "}",
                        damaged("data_offsets of t: 0 numbers instead of 2")),
                Arguments.of("{\"t\":" + tensor("[2]", "[0]") + "}",
                        damaged("data_offsets of t: 1 numbers instead of 2")),
                Arguments.of("{\"t\":" + tensor("[2]", "[0,8,8]") + "}",
                        damaged("data_offsets of t: 3 numbers instead of 2")),
                Arguments.of("{\"t\":" + tensor("[2]", "[0,8.5]") + "}",
                        damaged("data_offsets of t: 8.5 is not a whole number from 0 to 9223372036854775807")),
                Arguments.of("{\"t\":" + tensor("[2]", "[0,18446744073709551624]") + "}", damaged(
                        "data_offsets of t: 18446744073709551624 is not a whole number from 0 to 9223372036854775807")), // 2^64 + 8
                Arguments.of("{\"t\":" + tensor("[4294967298]", "[0,8]") + "}",
                        damaged("shape of t: 4294967298 is not a whole number from 0 to 2147483647")), // 2^32 + 2
                Arguments.of("{\"__metadata__\":{\"k\":null},\"t\":" + tensor("[2]", "[0,8]") + "}",
                        damaged("k is not a text")),
                Arguments.of(" {}", damaged("it does not begin with { or is too long")),
                Arguments.of("{} {}", damaged("this is not JSON")),
                Arguments.of("{\"t\":" + tensor("[1]", "[0,4]") + ",\"t\":" + tensor("[1]", "[4,8]") + "}",
                        damaged("'t' stands there twice")),
                Arguments.of("{\"t\":{\"shape\":[1],\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
                        damaged("'shape' stands there twice")),
                Arguments.of("{\"__metadata__\":{\"k\":\"a\",\"k\":\"b\"},\"t\":" + tensor("[2]", "[0,8]") + "}",
                        damaged("'k' stands there twice")),
                Arguments.of("{\"__metadata__\":{\"k\":1},\"t\":" + tensor("[2]", "[0,8]") + "}",
                        damaged("k is not a text")),
                Arguments.of("{\"__metadata__\":[\"k\"],\"t\":" + tensor("[2]", "[0,8]") + "}",
                        damaged("__metadata__ is no object")),
                Arguments.of("{\"t\":" + tensor("[\"2\"]", "[0,8]") + "}",
                        damaged("shape of t: \"2\" is not a whole number from 0 to 2147483647")),
                Arguments.of("{t:" + tensor("[2]", "[0,8]") + "}", damaged("this is not JSON")), // Gson alone takes it
                Arguments.of("{\"t\":" + tensor("[2]", "[0,8]") + "} // and more", damaged("this is not JSON")),
                Arguments.of("{\"t\":{\"dtype\":\"I16\",\"shape\":[4],\"data_offsets\":[0,8]}}",
                        "t is of type I16, and only F32, F16, BF16 and F64 are read; use another file"),
                Arguments.of("{\"t\":{\"dtype\":\"F24\",\"shape\":[4],\"data_offsets\":[0,8]}}",
                        "t is of type F24, which is not known; use another file"),
                Arguments.of("{\"t\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}", place),
                Arguments.of("{\"t\":" + tensor("[3]", "[0,8]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[1]", "[0,8]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[1]", "[4,8]") + "}", place), // a hole before it
                Arguments.of("{\"t\":" + tensor("[3]", "[-4,8]") + "}",
                        damaged("data_offsets of t: -4 is not a whole number from 0 to 9223372036854775807")),
                Arguments.of("{\"t\":" + tensor("[2]", "[8,0]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[2]", "[0,-8]") + "}",
                        damaged("data_offsets of t: -8 is not a whole number from 0 to 9223372036854775807")),
                Arguments.of("{\"t\":" + tensor("[-1,-2]", "[0,8]") + "}",
                        damaged("shape of t: -1 is not a whole number from 0 to 2147483647")),
                Arguments.of("{\"s\":" + tensor("[1]", "[0,4]") + ",\"t\":" + tensor("[2]", "[0,8]") + "}", place),
                Arguments.of("{\"s\":" + tensor("[2]", "[0,8]") + ",\"t\":" + tensor("[1]", "[4,8]") + "}", place),
                // Products that are 2 in 32 bits, and 0 in 64.
                Arguments.of("{\"t\":" + tensor("[65536,65536,2]", "[0,8]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[2147483647,2147483647,2147483647,2147483647]", "[0,8]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[1073741824,1073741824,16]", "[0,0]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[3]", "[0,12]") + "}",
                        "the file is cut short, 8 bytes of 12; use another copy of it"),
                Arguments.of("{\"t\":" + tensor("[1099511627]", "[0,4398046508]") + "}",
                        "the file is cut short, 8 bytes of 4398046508; use another copy of it"),
                Arguments.of("{\"t\":" + tensor("[1]", "[0,4]") + "}",
                        "4 bytes follow the last tensor; use another copy of the file"),
                Arguments.of("{}", "8 bytes follow the last tensor; use another copy of the file"));
    }

    /** Each with 8 bytes of data. */
    @ParameterizedTest
    @MethodSource("damagedHeaders")
    void damagedHeaderIsRefused(String header, String message) throws IOException {
        write(header, 8);
        assertRefused(message);
    }

    /** 4 (2^31 - 1)^2 is 2^64 - 2^34 + 4: in 64 bits the claims come back to 0, the length of the data. */
    @Test
    void claimsThatWrapAroundAreRefused() throws IOException {
        write("{\"s\":" + tensor("[65535,65537]", "[0,17179869180]")
                + ",\"t\":" + tensor("[2147483647,2147483647]", "[17179869180,0]") + "}", 0);
        assertRefused("shape and place of t do not agree; use another copy of the file");
    }

    /** Nests deeper than any stack. */
    @Test
    void deeplyNestedHeaderIsRefused() throws IOException {
        write("{\"t\":" + "[".repeat(1_000_000), 0);
        assertRefused(damaged("this is not JSON"));
    }

    /** A file of 8 GB, of which the header alone is looked at, and tensors that have no room in an array. */
    @Test
    void onlyTheHeaderOfALargeFileIsReadBeforeItIsRefused() throws IOException {
        byte[] json = ("{\"t\":" + tensor("[2147483647]", "[0,8589934588]") + "}").getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile sparse = new RandomAccessFile(file().toFile(), "rw")) {
            sparse.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
            sparse.write(json);
            sparse.setLength(8 + json.length + 8589934588L);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertRefused("t has 2147483647 elements, more than fit an array; use a smaller model");
        assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 1 << 20);
    }

    @Test
    void headerThatIsNotUtf8IsRefused() throws IOException {
        write("{\"t\":" + tensor("[2]", "[0,8]") + "}", 8);
        byte[] bytes = Files.readAllBytes(file());
        bytes[10] = (byte) 0xff; // the t
        Files.write(file(), bytes);
        assertRefused(damaged("this is not UTF-8"));
    }

    /** They have no data, and their extents may multiply to anything before the 0. */
    @Test
    void emptyTensorsMayStandAnywhere() throws IOException {
        write("{\"z\":" + tensor("[2]", "[0,8]") + ",\"a\":" + tensor("[70000,70000,0]", "[0,0]") + ",\"y\":"
                + tensor("[0]", "[8,8]") + ",\"b\":" + tensor("[0,2147483647,2147483647,2147483647]", "[8,8]")
                + "}", 8);
        Safetensors read = Safetensors.read(file());
        assertEquals(List.of("a", "z", "y", "b"), read.tensors().stream().map(Safetensors.Tensor::name).toList());
        assertEquals(List.of(70000, 70000, 0), read.tensors().getFirst().shape());
        write("{\"z\":" + tensor("[2]", "[0,8]") + ",\"a\":" + tensor("[0]", "[4,4]") + "}", 8);
        assertRefused("shape and place of a do not agree; use another copy of the file");
        new Safetensors(Map.of(), List.of(new Safetensors.Tensor("one", List.of(1), new float[]{4}),
                new Safetensors.Tensor("none", List.of(70000, 70000, 0), new float[0]),
                new Safetensors.Tensor("nothing", List.of(0), new float[0]),
                new Safetensors.Tensor("two", List.of(2), new float[]{5, 6}))).write(file());
        read = Safetensors.read(file());
        assertEquals(List.of("one", "none", "nothing", "two"),
                read.tensors().stream().map(Safetensors.Tensor::name).toList());
        assertArrayEquals(new float[]{5, 6}, read.tensors().getLast().data());
    }

    static Stream<Safetensors> contentThatWouldBeRefused() {
        Safetensors.Tensor one = new Safetensors.Tensor("t", List.of(1), new float[1]);
        return Stream.of(new Safetensors(Map.of(), List.of(one, one)),
                new Safetensors(Map.of(), List.of(one, new Safetensors.Tensor("t", List.of(0), new float[0]))),
                new Safetensors(Map.of(), List.of(new Safetensors.Tensor("__metadata__", List.of(1), new float[1]))),
                new Safetensors(Map.of(), List.of(new Safetensors.Tensor("t", List.of(2), new float[1]))),
                new Safetensors(Map.of(), List.of(new Safetensors.Tensor("t", List.of(-1, -1), new float[1]))),
                new Safetensors(Map.of(), List.of(new Safetensors.Tensor("\ud83d", List.of(1), new float[1]))),
                new Safetensors(Map.of("k", "\udc00"), List.of(one)),
                new Safetensors(Map.of("k", "v".repeat(100_000_000)), List.of(one)));
    }

    @ParameterizedTest
    @MethodSource("contentThatWouldBeRefused")
    void nothingIsWrittenThatWouldBeRefused(Safetensors content) throws IOException {
        content().write(file());
        byte[] old = Files.readAllBytes(file());
        assertThrows(IllegalArgumentException.class, () -> content.write(file()));
        assertArrayEquals(old, Files.readAllBytes(file()));
    }

    @Test
    void fileCutShortAtAnyByteIsRefused() throws IOException {
        content().write(file());
        byte[] whole = Files.readAllBytes(file());
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            try {
                Safetensors.read(file());
                fail("read without its last %d bytes".formatted(whole.length - length));
            } catch (InputException e) {
                assertTrue(e.getMessage().endsWith(length > 0 && length < 8 ? NONE : "use another copy of it"),
                        e.getMessage());
            }
        }
    }

    @Test
    void bytesAfterTheDataAreRefused() throws IOException {
        content().write(file());
        byte[] whole = Files.readAllBytes(file());
        Files.write(file(), Arrays.copyOf(whole, whole.length + 1));
        assertRefused("1 bytes follow the last tensor; use another copy of the file");
    }

    @Test
    void flippedBitsGiveAnInputExceptionOrAreRead() throws IOException {
        new Safetensors(Map.of("format", "x"), List.of(
                new Safetensors.Tensor("w", List.of(2, 3), new float[6]),
                new Safetensors.Tensor("b", List.of(3), new float[3]))).write(file());
        byte[] whole = Files.readAllBytes(file());
        int refused = 0;
        for (long seed = 0; seed < 4000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] damaged = whole.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                int at = random.nextInt(whole.length - 36); // the header; every float is a float
                damaged[at] = random.nextInt(2) == 0
                        ? (byte) (damaged[at] ^ 1 << random.nextInt(8))
                        : (byte) "0123456789-.eE{}[],:\" \\n".charAt(random.nextInt(24));
            }
            Files.write(file(), damaged);
            try {
                int floats = Safetensors.read(file()).tensors().stream().mapToInt(t -> t.data().length).sum();
                assertEquals(9, floats, "seed " + seed);
            } catch (InputException e) {
                refused++;
            } catch (RuntimeException | Error | IOException e) {
                fail("seed " + seed, e);
            }
        }
        assertTrue(refused > 2000, refused + " of 4000 were refused");
    }

    @Test
    void failedWriteLeavesWhatWasThereAndNothingElse() throws IOException {
        Path target = Files.createDirectory(file());
        Path inside = Files.writeString(target.resolve("kept"), "old");
        assertThrows(IOException.class, () -> content().write(target));
        assertEquals("old", Files.readString(inside));
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(target), files.toList());
        }
        assertThrows(IOException.class, () -> content().write(directory.resolve("none/model.safetensors")));
    }

    @Test
    void writeThatCannotBeginLeavesTheOldFile() throws IOException {
        content().write(file());
        byte[] old = Files.readAllBytes(file());
        Path partial = directory.resolve("model.safetensors.partial");
        Files.createDirectory(partial); // stands in the way
        Files.writeString(partial.resolve("x"), "x");
        assertThrows(IOException.class, () -> content().write(file()));
        assertArrayEquals(old, Files.readAllBytes(file()));
    }

    @Test
    void secondWriteReplacesTheFirst() throws IOException {
        content().write(file());
        new Safetensors(Map.of(), List.of(new Safetensors.Tensor("t", List.of(1), new float[]{5}))).write(file());
        assertEquals(1, Safetensors.read(file()).tensors().size());
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(file()), files.toList());
        }
    }
}
