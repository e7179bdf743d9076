package dev.lanewise.run;

import com.google.gson.JsonArray;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Mnist;
import dev.lanewise.data.Polarity;
import dev.lanewise.data.Preparation;
import dev.lanewise.data.Preparer;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.Pool;
import dev.lanewise.kernel.core.Readiness;
import dev.lanewise.kernel.core.Species;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Registry;
import dev.lanewise.model.Spec;
import dev.lanewise.run.files.Json;
import dev.lanewise.run.files.Safetensors;
import dev.lanewise.run.files.WholeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A trained network with the names of its classes, in a safetensors file: tensors {@code dense1.weight} [in, out],
 * {@code dense1.bias} [out], ..., and in the metadata what is needed to build the network again and to prepare images for it.
 * It does not change as long as nobody writes to its network's weights, and any number of threads may ask it.
 */
public final class Model {
    private static final String FORMAT = "lanewise 2";
    private static final String FORMAT_1 = "lanewise 1"; // multilayer perceptrons on ten digits, until 0.1

    private final Network network;
    private final List<String> classes;
    private final Map<String, String> metadata;
    private final Readiness batches = new Readiness(() -> Predictor.rehearsal(this));
    private final Pool<Predictor> predictors = new Pool<>(() -> new Predictor(new Ensemble(List.of(this))));

    /**
     * A model of a network, whose weights are not copied.
     *
     * @param network with its weights
     * @param classes names, by output
     * @param metadata all of the file's, such as {@code data}, the name of what it was trained on; empty for a new one
     * @throws IllegalArgumentException if an output has no name
     */
    public Model(Network network, List<String> classes, Map<String, String> metadata) {
        if (classes.size() != network.classes()) {
            throw new IllegalArgumentException("classes: %d names for %d outputs".formatted(classes.size(),
                    network.classes()));
        }
        this.network = network;
        this.classes = List.copyOf(classes);
        this.metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    /** The network with its weights. */
    public Network network() {
        return network;
    }

    /** Names of the classes, by output. */
    public List<String> classes() {
        return classes;
    }

    /** The metadata of its file, such as {@code data}, the name of what it was trained on; empty for a new one. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * What the network says of images. The same bits for one image as for it among many.
     *
     * @param pixels unsigned bytes, of one image or several, each of the network's input shape
     * @return probabilities, [images, classes]
     * @throws IllegalArgumentException if they are no whole number of images
     */
    public float[] predict(byte[] pixels) {
        return predict(pixels.length, (predictor, images) -> predictor.predict(pixels, 0, images));
    }

    /**
     * What the network says of images whose pixels are numbers. The same bits for one image as for it among many.
     *
     * @param pixels from 0 to 1, a byte times the float nearest to 1 / 255, of one image or several, each of the network's input shape
     * @return probabilities, [images, classes]
     * @throws IllegalArgumentException if they are no whole number of images
     */
    public float[] predict(float[] pixels) {
        return predict(pixels.length, (predictor, images) -> predictor.predict(pixels, 0, images));
    }

    /** Whether many images are faster as a batch than one by one, which they are once the kernels for batches are compiled. */
    boolean takesBatches() {
        return Species.SCALAR || batches.isReady();
    }

    /** Asks a network at work about images. */
    private interface Question {
        float[] ask(Predictor predictor, int images);
    }

    private float[] predict(int pixels, Question question) {
        int size = network.input().size();
        if (pixels % size != 0) {
            throw new IllegalArgumentException("pixels: %d are no whole number of images of %s".formatted(pixels,
                    network.input()));
        }
        Predictor predictor = predictors.take();
        float[] p = question.ask(predictor, pixels / size);
        predictors.give(predictor);
        return p;
    }

    /** The same with weights of its own. */
    Model copy() {
        Model copy = new Model(Network.of(network.input(), network.specs(), network.loss()), classes, metadata);
        copy.copy(this);
        return copy;
    }

    /** How its images are prepared; where the file does not tell, as MNIST's are if they have that shape. */
    public Preparation preparation() {
        String word = metadata.get("prepare");
        return word != null
                ? Preparation.of(word)
                : network.input().equals(Mnist.SHAPE) ? Preparation.CENTRE : Preparation.NONE;
    }

    /** What its images are like; where the file does not tell, as MNIST's are if they are centred. */
    public Polarity ink() {
        String word = metadata.get("ink");
        return word != null
                ? Polarity.of(word)
                : preparation() == Preparation.CENTRE ? Polarity.LIGHT : Polarity.NONE;
    }

    /**
     * Makes images for it of others.
     *
     * @throws IllegalArgumentException if it takes no images
     */
    public Preparer preparer() {
        return new Preparer(network.input(), preparation(), ink());
    }

    /**
     * Writes the network to a safetensors file; a failure leaves what was there.
     *
     * @param file in a directory that is there
     * @throws InputException if it cannot be written, naming it, or has the ending of another format, {@code .onnx} or {@code .npz}
     */
    public void write(Path file) throws IOException {
        write(file, Map.of());
    }

    /**
     * Writes the network and what else should be known about it to a safetensors file; a failure leaves what was there.
     *
     * @param file in a directory that is there
     * @param about words for the file's metadata, such as {@code data}, by their names
     * @throws InputException if it cannot be written, naming it, or has the ending of another format, {@code .onnx} or {@code .npz}
     */
    public void write(Path file, Map<String, String> about) throws IOException {
        String name = file.toString();
        if (name.endsWith(".onnx") || name.endsWith(".npz")) { // it would be read as such
            throw new InputException(
                    "%s: a model is written as .safetensors; name it so, or export it".formatted(file));
        }
        try {
            save(file, about);
        } catch (IOException e) {
            throw WholeFile.unwritable(file, "", e);
        }
    }

    /** Writes it, and leaves a failure to those who know what the file is for. */
    void save(Path file, Map<String, String> about) throws IOException {
        new Safetensors(metadata(about), tensors()).write(file);
    }

    /**
     * Reads a network.
     *
     * @throws InputException naming the file and what is wrong with it
     */
    public static Model read(Path file) throws IOException {
        Safetensors.Header header = Safetensors.header(file);
        Map<String, String> metadata = header.metadata();
        String format = metadata.get("format");
        if (!FORMAT.equals(format) && !FORMAT_1.equals(format)) {
            throw new InputException(
                    "%s: this is not a model that Lanewise wrote, or a newer one; use another file".formatted(file));
        }
        try {
            Model model = FORMAT.equals(format) ? described(metadata) : perceptron(metadata);
            // Before anything is allocated on the description's word.
            long described = model.network.parameters().stream().mapToLong(Parameter::size).sum();
            if (described > header.entries().stream().mapToLong(Safetensors.Entry::size).sum()) {
                throw new IllegalArgumentException("%s has more weights than the file".formatted(model.network));
            }
            header.readInto(model.tensors());
            model.preparation(); // which refuses a word that it does not know
            model.ink();
            return model;
        } catch (Registry.UnknownKindException e) {
            throw new InputException("%s: %s; use another file, or put the jar that brings it on the class path"
                    .formatted(file, e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw damaged(file, e.getMessage(), e);
        } catch (ArithmeticException e) { // of an array's size
            throw damaged(file, "it has more weights than the file", e);
        } catch (OutOfMemoryError e) {
            throw new InputException(
                    ("%s: its weights do not fit in the memory of the JVM, %,d MiB; use a smaller model, "
                            + "or allow more with -Xmx").formatted(file, Runtime.getRuntime().maxMemory() >> 20),
                    e);
        }
    }

    private static InputException damaged(Path file, @Nullable String why, RuntimeException e) {
        return new InputException("%s: the network's description is damaged (%s); use another file"
                .formatted(file, why), e);
    }

    /**
     * The model that a file's words describe, its weights 0 and without memory until they are asked for.
     *
     * @throws IllegalArgumentException if a word is missing or of no use
     */
    public static Model described(Map<String, String> metadata) {
        int[] extents = Arrays.stream(value(metadata, "input").split(" ", -1))
                .mapToInt(extent -> whole("input", extent)).toArray();
        if (extents.length != 3) {
            throw new IllegalArgumentException("input: %s is not height, width, channels"
                    .formatted(metadata.get("input")));
        }
        Network network = Network.of(new Shape(extents[0], extents[1], extents[2]),
                Spec.parseList(value(metadata, "layers")), Loss.of(Spec.parse(value(metadata, "loss"))));
        return new Model(network, names(value(metadata, "classes")), metadata);
    }

    private static int whole(String name, String digits) {
        return (int) Json.whole(name, digits, 1, Integer.MAX_VALUE);
    }

    private static List<String> names(String json) {
        try {
            if (Json.parse(json) instanceof JsonArray names) {
                return names.asList().stream().map(name -> Json.string("a name", name)).toList();
            }
            throw new IllegalArgumentException("this is no list");
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("classes: " + e.getMessage(), e);
        }
    }

    private static Model perceptron(Map<String, String> metadata) {
        int inputs = whole("inputs", value(metadata, "inputs"));
        int classes = (int) Json.whole("classes", value(metadata, "classes"), 1, Dataset.MAX_CLASSES);
        List<Spec> layers = new ArrayList<>();
        String hidden = value(metadata, "hidden");
        for (String width : hidden.isEmpty() ? new String[0] : hidden.split(",", -1)) {
            layers.add(Spec.of("dense", width));
            String activation = value(metadata, "activation");
            if (!activation.equals("none")) {
                layers.add(Spec.of(activation));
            }
        }
        layers.add(Spec.of("dense", classes));
        Shape input = inputs == Mnist.SHAPE.size() ? Mnist.SHAPE : Shape.vector(inputs);
        return new Model(Network.of(input, layers, Loss.of(Spec.parse(value(metadata, "loss")))),
                IntStream.range(0, classes).mapToObj(String::valueOf).toList(), metadata);
    }

    private static String value(Map<String, String> metadata, String key) {
        String value = metadata.get(key);
        if (value == null) {
            throw new IllegalArgumentException(key + " is missing");
        }
        return value;
    }

    /** SHA-256 of all parameters, in order, as little-endian floats: the data section of the file. */
    public String sha256() {
        return sha256(network);
    }

    /** SHA-256 of a network's parameters, in order, as little-endian floats. */
    public static String sha256(Network network) {
        MessageDigest digest = Safetensors.sha256();
        for (Parameter parameter : network.parameters()) {
            Safetensors.forEachChunk(parameter.value(), digest::update);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Takes another model's weights. */
    void copy(Model other) {
        copy(other.network, network);
    }

    /**
     * Copies the weights of a network into one whose parameters have the same names and shapes.
     *
     * @throws IllegalArgumentException naming the first that differ, before any is copied
     */
    public static void copy(Network from, Network to) {
        List<String> sources = described(from);
        List<String> targets = described(to);
        for (int p = 0; p < Math.max(sources.size(), targets.size()); p++) {
            String source = p < sources.size() ? sources.get(p) : "no more weights";
            String target = p < targets.size() ? targets.get(p) : "no more weights";
            if (!source.equals(target)) {
                throw new IllegalArgumentException("%s where the network has %s".formatted(source, target));
            }
        }
        for (int p = 0; p < sources.size(); p++) {
            Parameter own = to.parameters().get(p);
            System.arraycopy(from.parameters().get(p).value(), 0, own.value(), 0, own.size());
        }
    }

    private static List<String> described(Network network) {
        return network.parameters().stream().map(parameter -> parameter.name() + " " + parameter.shape()).toList();
    }

    /** Which of a file's words about a network are not those of this one; null where all are. */
    @Nullable
    String difference(Map<String, String> metadata) {
        Map<String, String> own = metadata(Map.of());
        if (FORMAT_1.equals(metadata.get("format"))) { // which does not tell of dropout, and of nothing but digits
            try {
                List<Spec> layers = network.specs().stream().filter(spec -> !spec.kind().equals("dropout")).toList();
                return perceptron(metadata).network.specs().equals(layers) ? null : "layers";
            } catch (IllegalArgumentException _) {
                return "layers";
            }
        }
        return Stream.of("format", "input", "layers", "loss", "classes")
                .filter(key -> !Objects.equals(own.get(key), metadata.get(key))).findFirst().orElse(null);
    }

    /** What a file says of the model, and what else should be known about it: all that {@link #described} needs. */
    public Map<String, String> metadata(Map<String, String> about) {
        Map<String, String> metadata = new LinkedHashMap<>();
        Shape input = network.input();
        metadata.put("format", FORMAT);
        metadata.put("input", input.height() + " " + input.width() + " " + input.channels()); // no locale's digits
        metadata.put("layers", Spec.join(network.specs()));
        metadata.put("loss", network.loss().spec().toString());
        JsonArray names = new JsonArray();
        classes.forEach(names::add);
        metadata.put("classes", names.toString());
        metadata.put("prepare", preparation().word());
        metadata.put("ink", ink().word());
        metadata.putAll(new TreeMap<>(about)); // in one order, so that the file is the same bytes
        return metadata;
    }

    List<Safetensors.Tensor> tensors() {
        return tensors(network.parameters(), "");
    }

    static List<Safetensors.Tensor> tensors(List<Parameter> parameters, String prefix) {
        return parameters.stream().map(parameter -> new Safetensors.Tensor(prefix + parameter.name(),
                parameter.shape(), parameter.value())).toList();
    }
}
