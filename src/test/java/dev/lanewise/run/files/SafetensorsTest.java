package dev.lanewise.run.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.data.InputException;
import java.io.IOException;
import java.io.RandomAccessFile;
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

    private static final String NONE = "this is not a safetensors file";
    private static final String HEADER = "the header is damaged; use another copy of the file";

    @Test
    void missingFileAndDirectoryAreRefused() throws IOException {
        assertRefused("there is no such file");
        Files.createDirectory(file());
        assertRefused("there is no such file");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
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
                Arguments.of("this is no JSON", HEADER),
                Arguments.of("[1, 2, 3]", HEADER),
                Arguments.of("\"text\"", HEADER),
                Arguments.of("{\"t\":", HEADER),
                Arguments.of("{\"t\":7}", HEADER),
                Arguments.of("{\"t\":{}}", HEADER),
                Arguments.of("{\"t\":{\"shape\":[2],\"data_offsets\":[0,8]}}", HEADER),
                Arguments.of("{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", HEADER),
                Arguments.of("{\"t\":{\"dtype\":\"F32\",\"shape\":[2]}}", HEADER),
                Arguments.of("{\"t\":" + tensor("2", "[0,8]") + "}", HEADER),
                Arguments.of("{\"t\":" + tensor("[\"two\"]", "[0,8]") + "}", HEADER),
                Arguments.of("{\"t\":" + tensor("[null]", "[0,8]") + "}", HEADER),
                Arguments.of("{\"t\":" + tensor("[2.5]", "[0,8]") + "}", HEADER),
                Arguments.of("{\"t\":" + tensor("[2]", "[]") + "}", HEADER),
                Arguments.of("{\"t\":" + tensor("[2]", "[0]") + "}", HEADER),
                Arguments.of("{\"t\":" + tensor("[2]", "[0,8,8]") + "}", HEADER),
                Arguments.of("{\"t\":" + tensor("[2]", "[0,8.5]") + "}", HEADER),
                Arguments.of("{\"t\":" + tensor("[2]", "[0,18446744073709551624]") + "}", HEADER), // 2^64 + 8
                Arguments.of("{\"t\":" + tensor("[4294967298]", "[0,8]") + "}", HEADER), // 2^32 + 2
                Arguments.of("{\"__metadata__\":{\"k\":null},\"t\":" + tensor("[2]", "[0,8]") + "}", HEADER),
                Arguments.of("{\"t\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,8]}}",
                        "t is of type F16, and only F32 is supported"),
                Arguments.of("{\"t\":" + tensor("[3]", "[0,8]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[1]", "[0,8]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[1]", "[4,8]") + "}", place), // a hole before it
                Arguments.of("{\"t\":" + tensor("[3]", "[-4,8]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[2]", "[8,0]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[-2]", "[0,-8]") + "}", place),
                Arguments.of("{\"t\":" + tensor("[-1,-2]", "[0,8]") + "}", place),
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
        assertRefused(HEADER);
    }

    @Test
    void fileBeyondAnArrayIsRefused() throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file().toFile(), "rw")) {
            sparse.setLength(1L << 31);
        }
        try {
            assertRefused("2147483648 bytes are more than fit an array; use a smaller model");
        } catch (OutOfMemoryError e) { // which JUnit would take for its own end
            fail("the file was read whole", e);
        }
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
                assertTrue(e.getMessage().endsWith(length < 8 ? NONE : "use another copy of it"), e.getMessage());
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
