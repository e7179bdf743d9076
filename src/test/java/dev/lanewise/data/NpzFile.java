package dev.lanewise.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** An archive of NumPy's, written without the code that reads it. */
public final class NpzFile {
    private final Map<String, byte[]> arrays = new LinkedHashMap<>();

    /** Adds an array as it is in its file. */
    public NpzFile with(String name, byte[] npy) {
        arrays.put(name, npy);
        return this;
    }

    /** Adds an array of bytes. */
    public NpzFile with(String name, byte[] values, int... shape) {
        return with(name, npy(1, "|u1", shape, values));
    }

    /** An array's file: a version of the format, the words of its header, and its values. */
    public static byte[] npy(int version, String type, int[] shape, byte[] values) {
        String extents = Arrays.stream(shape).mapToObj(String::valueOf).collect(Collectors.joining(", "));
        return npy(version, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type,
                shape.length == 1 ? extents + "," : extents), values);
    }

    /** An array's file with any header. */
    public static byte[] npy(int version, String words, byte[] values) {
        int before = version == 1 ? 10 : 12;
        byte[] header = (words + " ".repeat(63 - (before + words.length()) % 64) + "\n").getBytes(
                version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        ByteBuffer file = ByteBuffer.allocate(before + header.length + values.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) version).put((byte) 0);
        if (version == 1) {
            file.putShort((short) header.length);
        } else {
            file.putInt(header.length);
        }
        return file.put(header).put(values).array();
    }

    /** A file of texts of up to so many characters, their bytes in that order. */
    public static byte[] texts(ByteOrder order, int longest, String... texts) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * longest * texts.length).order(order);
        for (int i = 0; i < texts.length; i++) {
            bytes.position(4 * longest * i);
            texts[i].codePoints().forEach(bytes::putInt);
        }
        return npy(1, (order == ByteOrder.BIG_ENDIAN ? ">U" : "<U") + longest, new int[]{texts.length}, bytes.array());
    }

    /** Numbers as an array of that type holds them. */
    public static byte[] values(String type, double... numbers) {
        int width = type.charAt(2) - '0';
        ByteBuffer bytes = ByteBuffer.allocate(width * numbers.length)
                .order(type.startsWith(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        for (double number : numbers) {
            switch (type.substring(1)) {
                case "u1", "i1", "b1" -> bytes.put((byte) (long) number);
                case "u2", "i2" -> bytes.putShort((short) (long) number);
                case "f2" -> bytes.putShort(Float.floatToFloat16((float) number));
                case "u4", "i4" -> bytes.putInt((int) (long) number);
                case "f4" -> bytes.putFloat((float) number);
                case "f8" -> bytes.putDouble(number);
                default -> bytes.putLong((long) number);
            }
        }
        return bytes.array();
    }

    /** The archive, as numpy.savez writes it or, compressed, as savez_compressed does. */
    public byte[] bytes(boolean compressed) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> array : arrays.entrySet()) {
                ZipEntry entry = new ZipEntry(array.getKey() + ".npy");
                if (!compressed) {
                    CRC32 crc = new CRC32();
                    crc.update(array.getValue());
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(array.getValue().length);
                    entry.setCrc(crc.getValue());
                }
                zip.putNextEntry(entry);
                zip.write(array.getValue());
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    /** Writes it. */
    public Path write(Path file) throws IOException {
        return Files.write(file, bytes(true));
    }
}
