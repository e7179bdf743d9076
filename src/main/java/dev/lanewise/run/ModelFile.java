package dev.lanewise.train;

import dev.lanewise.data.InputException;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A trained network in a safetensors file: tensors {@code dense1.weight} [in, out], {@code dense1.bias} [out], ..., and
 * in the metadata what is needed to build the network again.
 *
 * @param architecture the network's shape
 * @param network with the weights of the file
 * @param metadata all of the file's, such as {@code data}, what it was trained on
 */
public record ModelFile(Architecture architecture, Network network, Map<String, String> metadata) {
    /** Writes a network and what else should be known about it. */
    public static void write(Path file, Architecture architecture, Network network, Map<String, String> about)
            throws IOException {
        new Safetensors(metadata(architecture, about), tensors(network)).write(file);
    }

    /**
     * Reads a network.
     *
     * @param capacity rows that its buffers hold
     * @throws InputException naming the file and what is wrong with it
     */
    public static ModelFile read(Path file, int capacity) throws IOException {
        Safetensors content = Safetensors.read(file);
        Architecture architecture = architecture(file, content);
        Network network = Network.of(architecture, capacity);
        load(file, content, tensors(network));
        return new ModelFile(architecture, network, content.metadata());
    }

    /** SHA-256 of all weights and biases, in order, as little-endian floats: the data section of the file. */
    public static String sha256(Network network) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Parameter parameter : network.parameters()) {
                digest.update(Safetensors.bytes(parameter.value()));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java platform has SHA-256
        }
    }

    static Map<String, String> metadata(Architecture architecture, Map<String, String> about) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "lanewise 1");
        metadata.put("inputs", String.valueOf(architecture.inputs()));
        metadata.put("hidden", String.join(",", architecture.hidden().stream().map(String::valueOf).toList()));
        metadata.put("classes", String.valueOf(architecture.classes()));
        metadata.put("activation", architecture.activation().name().toLowerCase(Locale.ROOT));
        metadata.put("loss", architecture.loss().toString());
        metadata.putAll(new TreeMap<>(about)); // in one order, so that the file is the same bytes
        return metadata;
    }

    static List<Safetensors.Tensor> tensors(Network network) {
        return network.parameters().stream()
                .map(parameter -> new Safetensors.Tensor(parameter.name(), parameter.shape(), parameter.value()))
                .toList();
    }

    /** Copies tensors of a file into arrays of the same names and shapes. */
    static void load(Path file, Safetensors content, List<Safetensors.Tensor> into) throws InputException {
        for (Safetensors.Tensor target : into) {
            Safetensors.Tensor source = content.tensor(target.name()).orElseThrow(() -> new InputException(
                    "%s: the tensor %s is missing; use another file".formatted(file, target.name())));
            if (!source.shape().equals(target.shape())) {
                throw new InputException("%s: the tensor %s is %s instead of %s; use another file"
                        .formatted(file, target.name(), source.shape(), target.shape()));
            }
            System.arraycopy(source.data(), 0, target.data(), 0, source.data().length);
        }
    }

    private static Architecture architecture(Path file, Safetensors content) throws InputException {
        Map<String, String> metadata = content.metadata();
        if (!"lanewise 1".equals(metadata.get("format"))) {
            throw new InputException("%s: this is not a model that Lanewise wrote, or a newer one".formatted(file));
        }
        try {
            String hidden = metadata.get("hidden");
            Architecture architecture = new Architecture(Integer.parseInt(metadata.get("inputs")),
                    hidden.isEmpty() ? List.of() : Arrays.stream(hidden.split(",")).map(Integer::valueOf).toList(),
                    Integer.parseInt(metadata.get("classes")),
                    Activation.valueOf(metadata.get("activation").toUpperCase(Locale.ROOT)),
                    Loss.of(metadata.get("loss")));
            checkSizes(architecture, content);
            return architecture;
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new InputException("%s: the network's description is damaged (%s); use another file"
                    .formatted(file, e.getMessage()), e);
        }
    }

    /** No layer is larger than the file's largest tensor, so that nothing is allocated on the description's word. */
    private static void checkSizes(Architecture architecture, Safetensors content) {
        int largest = content.tensors().stream().mapToInt(tensor -> tensor.data().length).max().orElse(0);
        List<Integer> outputs = new ArrayList<>(architecture.hidden());
        outputs.add(architecture.classes());
        long inputs = architecture.inputs();
        for (int width : outputs) {
            if (inputs * width > largest) {
                throw new IllegalArgumentException("%s has more weights than the file".formatted(architecture));
            }
            inputs = width;
        }
    }
}
