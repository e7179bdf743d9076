package dev.lanewise.export;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.lanewise.data.InputException;
import dev.lanewise.data.NpzArchive;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.Json;
import dev.lanewise.run.files.Safetensors;
import dev.lanewise.run.files.WholeFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** NumPy's archive: an array for each of the weights, and {@code metadata}, a text in JSON about the network. */
final class NpzFormat implements Format {
    private static final String METADATA = "metadata";
    private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0); // so that the file is the same bytes
    private static final int ALIGNMENT = 64; // bytes of a header, as NumPy wants it
    private static final Charset CHARACTERS = Charset.forName("UTF-32LE");

    @Override
    public String ending() {
        return "npz";
    }

    @Override
    public String description() {
        return "arrays for NumPy";
    }

    @Override
    public Set<String> options() {
        return Set.of(Options.FOLD, Options.LAYOUT);
    }

    @Override
    public void write(Subject subject, Options options, Path file) throws IOException {
        Model model = subject.model(options);
        List<Safetensors.Tensor> tensors = NamedArrays.of(model.network(), options.layout(), file);
        JsonObject words = new JsonObject();
        NamedArrays.words(model, subject, options.layout()).forEach(words::addProperty);
        WholeFile.replace(file, partial -> {
            try (ZipOutputStream out = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(partial)))) {
                out.setMethod(ZipOutputStream.STORED);
                for (Safetensors.Tensor tensor : tensors) {
                    ByteBuffer values = ByteBuffer.allocate(Math.multiplyExact(tensor.data().length, Float.BYTES));
                    Safetensors.forEachChunk(tensor.data(), values::put);
                    write(out, tensor.name(), "<f4", tensor.shape(), values.array());
                }
                byte[] text = words.toString().getBytes(CHARACTERS);
                write(out, METADATA, "<U" + text.length / Integer.BYTES, List.of(), text);
            }
        });
    }

    private static void write(ZipOutputStream out, String name, String type, List<Integer> shape, byte[] values)
            throws IOException {
        byte[] header = header(type, shape);
        CRC32 crc = new CRC32();
        crc.update(header);
        crc.update(values);
        ZipEntry entry = new ZipEntry(name + ".npy");
        entry.setTimeLocal(TIME);
        entry.setSize((long) header.length + values.length);
        entry.setCrc(crc.getValue());
        out.putNextEntry(entry);
        out.write(header);
        out.write(values);
        out.closeEntry();
    }

    /** Version 1.0: a magic number, a length, and a dictionary in Python's notation, filled up with blanks. */
    private static byte[] header(String type, List<Integer> shape) {
        String extents = shape.stream().map(extent -> extent + ",").collect(Collectors.joining(" "));
        byte[] text = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }".formatted(type, extents)
                .getBytes(StandardCharsets.US_ASCII);
        int start = 10;
        byte[] header = new byte[(start + text.length + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT];
        Arrays.fill(header, (byte) ' ');
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).put((byte) 0x93).put("NUMPY".getBytes(
                StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 0).putShort((short) (header.length - start))
                .put(text);
        header[header.length - 1] = '\n';
        return header;
    }

    @Override
    public boolean isRead() {
        return true;
    }

    @Override
    public Weights read(Path file) throws IOException {
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        Map<String, String> words = NpzArchive.open(file, archive -> {
            Map<String, String> told = new LinkedHashMap<>();
            for (String name : archive.names()) {
                int[] shape = archive.shape(name);
                if (shape != null) {
                    shapes.put(name, Arrays.stream(shape).boxed().toList());
                } else if (name.equals(METADATA)) {
                    told.putAll(words(file, archive.text(name)));
                }
            }
            return told;
        });
        if (shapes.isEmpty()) {
            throw new InputException("%s holds no array of numbers; use a file with weights".formatted(file));
        }
        return new NamedArrays(file, words, shapes,
                (name, shape) -> NpzArchive.open(file, archive -> archive.floats(name)));
    }

    private static Map<String, String> words(Path file, String json) throws InputException {
        Map<String, String> words = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, JsonElement> word : Json.object(json).entrySet()) {
                words.put(word.getKey(), Json.string(word.getKey(), word.getValue()));
            }
        } catch (IllegalArgumentException e) {
            throw new InputException("%s: %s is damaged (%s); use another copy of the file".formatted(file, METADATA,
                    e.getMessage()), e);
        }
        return words;
    }
}
