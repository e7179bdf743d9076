package dev.lanewise.data;

import dev.lanewise.kernel.core.Digits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads an array in NumPy's format: a header in Python's notation that says type, order and shape, then the values. Versions
 * 1.0 to 3.0; whole numbers, floats, booleans and texts of any byte order, row-major.
 */
final class NpyReader {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int MOST_HEADER = 1 << 16; // bytes; what NumPy writes of an array of numbers has 128
    private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([\\d\\s,L]*)\\)");
    private static final int CHUNK = 1 << 14; // values
    private static final String OF_TYPE = "is of type %s; save whole numbers, floats or booleans";

    private final String name;
    private final InputStream in;
    private final String type; // f4, say, or U5, texts of up to five characters
    private final ByteOrder order;
    private final int[] shape;
    private final int count; // the product of the shape

    /** Takes the next values. */
    interface Sink {
        void accept(double[] values, int n) throws InputException;
    }

    /**
     * Reads the header.
     *
     * @param name of the array, for messages
     * @param bytes of header and values together
     * @throws InputException if this is no such array, or a stream of that length cannot hold it
     */
    NpyReader(String name, InputStream in, long bytes) throws IOException {
        this.name = name;
        this.in = in;
        byte[] start = in.readNBytes(MAGIC.length + 2);
        if (start.length < MAGIC.length + 2 || !Arrays.equals(Arrays.copyOf(start, MAGIC.length), MAGIC)) {
            throw refusal("is no array of NumPy's; use another file");
        }
        int sizeBytes = start[MAGIC.length] == 1 ? 2 : 4;
        ByteBuffer size = ByteBuffer.wrap(Arrays.copyOf(in.readNBytes(sizeBytes), sizeBytes))
                .order(ByteOrder.LITTLE_ENDIAN);
        int length = sizeBytes == 2 ? size.getShort() & 0xffff : size.getInt();
        if (start[MAGIC.length] < 1 || start[MAGIC.length] > 3 || length < 0 || length > MOST_HEADER) {
            throw refusal("has a header of version %d and %d bytes, which is none of NumPy's; save it again"
                    .formatted(start[MAGIC.length], length));
        }
        byte[] text = in.readNBytes(length);
        if (text.length < length) {
            throw refusal(
                    "is cut short: its header has %d of %d bytes; copy or download it again".formatted(text.length,
                            length));
        }
        String header = new String(text, StandardCharsets.UTF_8);
        String descr = find(TYPE, header);
        type = descr.substring(Math.min(1, descr.length()));
        order = descr.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        if (type.startsWith("O")) {
            throw refusal(
                    "holds Python objects (a pickle), which are not read; save numbers, or texts with astype(str)");
        }
        if (!descr.matches("[|<>=]([iu][1248]|f[248]|b1|U[1-9][0-9]{0,5})")) {
            throw refusal(OF_TYPE.formatted(descr));
        }
        if (find(ORDER, header).equals("True")) {
            throw refusal("is stored column by column; save numpy.ascontiguousarray of it");
        }
        long product = 1;
        try {
            shape = Arrays.stream(find(SHAPE, header).split("[\\sL]*,[\\sL]*")).map(String::strip)
                    .filter(extent -> !extent.isEmpty()).mapToInt(Digits::parseInt).toArray();
            for (int extent : shape) {
                product = Math.multiplyExact(product, extent);
            }
        } catch (NumberFormatException | ArithmeticException e) {
            throw new InputException("%s has a header of %s, which cannot be; save it again".formatted(name,
                    header.strip()), e);
        }
        if (product > IdxReader.MAX_ARRAY || product > Runtime.getRuntime().maxMemory()) {
            throw refusal(
                    "has %,d values, more than fit in the memory of the JVM, %,d MiB; use fewer".formatted(product,
                            Runtime.getRuntime().maxMemory() >> 20));
        }
        count = (int) product;
        long there = bytes - start.length - sizeBytes - length;
        if (product * width() != there) {
            throw refusal(
                    "is damaged: its header announces %,d bytes of values and %,d are there; copy or download it again"
                            .formatted(product * width(), there));
        }
    }

    private String find(Pattern pattern, String header) throws InputException {
        Matcher matcher = pattern.matcher(header);
        if (!matcher.find()) {
            throw refusal(
                    "has a header that is not of an array of numbers, %s; save it again".formatted(header.strip()));
        }
        return matcher.group(1);
    }

    /** Extents, the outermost first. */
    int[] shape() {
        return shape.clone();
    }

    /** Values in all. */
    int count() {
        return count;
    }

    /** Bytes of a value. */
    private int width() {
        int number = Digits.parseInt(type.substring(1));
        return isText() ? Integer.BYTES * number : number;
    }

    /** Whether the values are texts, so that {@link #texts} reads them. */
    boolean isText() {
        return type.startsWith("U");
    }

    /** Whether the values are unsigned bytes, so that {@link #bytes} reads them as they are. */
    boolean isBytes() {
        return type.equals("u1");
    }

    /** All values of an array of bytes. */
    byte[] bytes() throws IOException {
        byte[] bytes = new byte[count];
        if (in.readNBytes(bytes, 0, count) < count) {
            throw cutShort();
        }
        requireEnd();
        return bytes;
    }

    /** Hands over all values of an array of texts, without blanks around them. */
    void texts(Consumer<String> sink) throws IOException {
        Charset charset = order == ByteOrder.BIG_ENDIAN ? StandardCharsets.UTF_32BE : StandardCharsets.UTF_32LE;
        byte[] bytes = new byte[width()];
        for (int i = 0; i < count; i++) {
            if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
                throw cutShort();
            }
            sink.accept(new String(bytes, charset).replace("\0", "").strip()); // zeros fill up the shorter ones
        }
        requireEnd();
    }

    /** Hands over all values of an array of numbers, some at a time. */
    void read(Sink sink) throws IOException {
        if (isText()) {
            throw refusal(OF_TYPE.formatted(type));
        }
        double[] values = new double[Math.min(CHUNK, count)];
        byte[] bytes = new byte[values.length * width()];
        IntToDoubleFunction decoder = decoder(ByteBuffer.wrap(bytes).order(order));
        for (int left = count; left > 0;) {
            int n = Math.min(values.length, left);
            if (in.readNBytes(bytes, 0, n * width()) < n * width()) {
                throw cutShort();
            }
            for (int i = 0; i < n; i++) {
                values[i] = decoder.applyAsDouble(i);
            }
            sink.accept(values, n);
            left -= n;
        }
        requireEnd();
    }

    private void requireEnd() throws IOException {
        if (in.read() >= 0) {
            throw refusal("has more values than its header announces; copy or download it again");
        }
    }

    private InputException cutShort() {
        return refusal("is cut short; copy or download it again");
    }

    /** The value at an index of a chunk. */
    private IntToDoubleFunction decoder(ByteBuffer chunk) {
        return switch (type) {
            case "u1" -> i -> chunk.get(i) & 0xff;
            case "i1", "b1" -> chunk::get;
            case "u2" -> i -> chunk.getChar(2 * i);
            case "i2" -> i -> chunk.getShort(2 * i);
            case "u4" -> i -> Integer.toUnsignedLong(chunk.getInt(4 * i));
            case "i4" -> i -> chunk.getInt(4 * i);
            case "f2" -> i -> Float.float16ToFloat(chunk.getShort(2 * i));
            case "f4" -> i -> chunk.getFloat(4 * i);
            case "f8" -> i -> chunk.getDouble(8 * i);
            default -> i -> chunk.getLong(8 * i); // beyond 2^53 nothing is a pixel or a label
        };
    }

    private InputException refusal(String what) {
        return new InputException("%s %s".formatted(name, what));
    }
}
