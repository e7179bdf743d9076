package dev.lanewise.export;

import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Operation;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.Safetensors.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Weights as arrays with names and shapes: those of a network under the names that PyTorch would give them, and those of a file, put
 * into a network by their shapes. Names then only tell which arrays belong together, what each is, and the order of what has one shape.
 *
 * @param words what the file tells of the network, as a model file does; empty where another program wrote it
 * @param shapes of the arrays, by name
 */
record NamedArrays(Path file, Map<String, String> words, Map<String, List<Integer>> shapes,
        Source source) implements Weights {
    private static final String LAYOUT = "layout"; // among the words

    /** Reads an array of a shape that is known to be there. */
    interface Source {
        float[] read(String name, List<Integer> shape) throws IOException;
    }

    private enum Role {
        WEIGHT("weight|kernel|w|coefs?|gamma|scale"), BIAS("bias|b|intercepts?|beta"), MEAN(
                "running_mean|moving_mean|mean"), VARIANCE("running_var|moving_variance|variance|var"), COUNTER(
                        "num_batches_tracked");

        private final Pattern behind;
        private final Pattern before;

        Role(String words) {
            behind = Pattern.compile("(?:(.*?)[._/]|(.*?[^a-z._/]|))(?:" + words + ")(?::0)?");
            before = Pattern.compile("(?:" + words + ")[._]?(\\d+)");
        }

        /** The rest of a name that says this; null if it does not. */
        private @Nullable String rest(String name) {
            Matcher matcher = behind.matcher(name);
            if (matcher.matches()) {
                return matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
            }
            matcher = before.matcher(name);
            return matcher.matches() ? matcher.group(1) : null;
        }
    }

    /** The arrays of a layer, by what they are. */
    private record Group(String name, Map<Role, String> arrays) {
    }

    /**
     * A network's weights as PyTorch has them: {@code conv1.weight}, {@code bn1.running_mean}, {@code fc1.bias}.
     *
     * @throws InputException if a layer has no form that other programs know
     */
    static List<Tensor> torch(Network network, Path file) throws InputException {
        List<Tensor> tensors = new ArrayList<>();
        Map<String, Integer> counts = new HashMap<>();
        for (Step step : Step.of(network, file)) {
            switch (step.operation()) {
                case Operation.Product product -> {
                    String name = "fc" + counts.merge("fc", 1, Integer::sum);
                    Shape input = step.layer().input();
                    int outputs = product.bias().size();
                    tensors.add(new Tensor(name + ".weight", List.of(outputs, input.size()),
                            Axes.productToRows(product.weight().value(), input, outputs, Axes.CHANNELS_FIRST)));
                    tensors.add(vector(name + ".bias", product.bias()));
                }
                case Operation.Filters filters -> {
                    String name = "conv" + counts.merge("conv", 1, Integer::sum);
                    List<Integer> shape = filters.weight().shape();
                    tensors.add(new Tensor(name + ".weight", planes(shape),
                            Axes.filtersToPlanes(filters.weight().value(), shape.get(2), shape.get(3))));
                    tensors.add(vector(name + ".bias", filters.bias()));
                }
                case Operation.Normalization normalization -> {
                    String name = "bn" + counts.merge("bn", 1, Integer::sum);
                    tensors.add(vector(name + ".weight", normalization.weight()));
                    tensors.add(vector(name + ".bias", normalization.bias()));
                    tensors.add(vector(name + ".running_mean", normalization.mean()));
                    tensors.add(vector(name + ".running_var", normalization.variance()));
                }
                case Operation.Windows _,Operation.Function _ -> {
                    // no weights
                }
            }
        }
        return tensors;
    }

    private static List<Integer> planes(List<Integer> filters) {
        return List.of(filters.get(3), filters.get(2), filters.get(0), filters.get(1));
    }

    private static Tensor vector(String name, Parameter parameter) {
        return new Tensor(name, parameter.shape(), parameter.value());
    }

    /** The tensors of a layout. */
    static List<Tensor> of(Network network, Options.Layout layout, Path file) throws InputException {
        return layout == Options.Layout.TORCH
                ? torch(network, file)
                : network.parameters().stream().map(parameter -> vector(parameter.name(), parameter)).toList();
    }

    /** What a file of that layout tells of a model. */
    static Map<String, String> words(Model model, Subject subject, Options.Layout layout) {
        Map<String, String> words = new LinkedHashMap<>(model.metadata(subject.about()));
        if (layout == Options.Layout.TORCH) {
            words.put("format", "pt"); // which other programs look for
            words.put(LAYOUT, "torch");
        }
        return words;
    }

    @Override
    public Model model() throws IOException {
        try {
            Model model = words.containsKey("layers") ? Model.described(words) : linear();
            long described = model.network().parameters().stream().mapToLong(Parameter::size).sum();
            if (described > shapes.values().stream().mapToLong(NamedArrays::size).sum()) {
                throw new IllegalArgumentException("%s has more weights than the file".formatted(model.network()));
            }
            copyTo(model.network());
            model.preparation(); // which refuses a word that it does not know
            model.ink();
            return model;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new InputException("%s: the network's description is damaged (%s); use another file".formatted(file,
                    e.getMessage()), e);
        } catch (OutOfMemoryError e) {
            throw Formats.tooLarge(file, e);
        }
    }

    private static long size(List<Integer> shape) {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    }

    /** One matrix makes a linear classifier; of more, nobody knows what lies between them. */
    private Model linear() throws InputException {
        List<List<Integer>> matrices = shapes.values().stream().filter(shape -> shape.size() > 1).toList();
        if (matrices.size() != 1 || matrices.getFirst().size() != 2) {
            throw new InputException(
                    ("%s: Lanewise did not write this, and its %d arrays do not tell what lies between their layers; begin "
                            + "a training with it that names the layers")
                            .formatted(file, shapes.size()))
                    .about("init", "net", "layers", "hidden");
        }
        int first = matrices.getFirst().getFirst();
        int last = matrices.getFirst().getLast();
        int outputs = shapes.values().stream().filter(shape -> shape.size() == 1 && shape.getFirst() == last)
                .count() > 0
                        ? last
                        : Math.min(first, last);
        int inputs = first == outputs ? last : first;
        int side = (int) Math.round(Math.sqrt(inputs));
        Network network = Network.of(side * side == inputs ? new Shape(side, side, 1) : Shape.vector(inputs),
                List.of(Spec.of("dense", outputs)), Loss.of(Spec.of("cross-entropy")));
        return new Model(network, IntStream.range(0, outputs).mapToObj(String::valueOf).toList(), words);
    }

    @Override
    public void copyTo(Network network) throws IOException {
        boolean torch = "torch".equals(words.get(LAYOUT));
        if (!torch && network.parameters().stream().allMatch(parameter -> parameter.shape().equals(shapes.get(
                parameter.name())))) {
            for (Parameter parameter : network.parameters()) {
                copy(source.read(parameter.name(), parameter.shape()), parameter);
            }
            requireAllTaken(network.parameters().stream().map(Parameter::name).collect(Collectors.toSet()));
            return;
        }
        boolean torchFirst = torch || shapes.keySet().stream().anyMatch(name -> name.endsWith(".weight"));
        List<Group> groups = groups();
        try {
            copyTo(network, groups, torchFirst);
        } catch (InputException e) {
            if (words.containsKey(LAYOUT)) {
                throw e;
            }
            try {
                copyTo(network, groups, !torchFirst);
            } catch (InputException _) {
                throw e;
            }
        }
    }

    /** Arrays that belong together: those with one name but for the word that says what each is, or, if they are only counted, a matrix and what follows it. */
    private List<Group> groups() throws InputException {
        Map<String, Group> groups = new TreeMap<>(byNumbers());
        Map<String, List<Integer>> sorted = new TreeMap<>(byNumbers());
        sorted.putAll(shapes);
        boolean counted = sorted.keySet().stream().allMatch(name -> name.matches("arr_\\d+"));
        String last = "";
        for (Map.Entry<String, List<Integer>> array : sorted.entrySet()) {
            String name = array.getKey();
            Role role = null;
            String rest = null;
            if (counted) {
                role = array.getValue().size() > 1 ? Role.WEIGHT : Role.BIAS;
                rest = role == Role.WEIGHT ? name : last;
                last = rest;
            }
            for (Role each : Role.values()) {
                if (rest == null && each.rest(name.toLowerCase(Locale.ROOT)) != null) {
                    role = each;
                    rest = each.rest(name.toLowerCase(Locale.ROOT));
                }
            }
            if (role == null) {
                throw new InputException(
                        "%s: what the array '%s' is, its name does not tell; call it as in fc1.weight, W1 or b1"
                                .formatted(file, name));
            }
            Group group = groups.computeIfAbsent(rest, key -> new Group(key, new EnumMap<>(Role.class)));
            if (role != Role.COUNTER && group.arrays.put(role, name) != null) {
                throw new InputException("%s: two arrays are the %s of '%s'; call each as in fc1.weight".formatted(file,
                        role.name().toLowerCase(Locale.ROOT), rest));
            }
        }
        return List.copyOf(groups.values());
    }

    /** Names in order, the numbers in them as numbers: fc2 before fc10. */
    private static Comparator<String> byNumbers() {
        return Comparator.comparing((String name) -> Pattern.compile("\\d{1,18}").matcher(name)
                .replaceAll(number -> String.format(Locale.ROOT, "%018d", Digits.parseLong(number.group()))))
                .thenComparing(Comparator.naturalOrder());
    }

    private void copyTo(Network network, List<Group> groups, boolean torch) throws IOException {
        List<Group> left = new ArrayList<>(groups);
        left.removeIf(group -> group.arrays.isEmpty()); // counters alone
        List<Runnable> copies = new ArrayList<>();
        for (Step step : Step.of(network, file)) {
            switch (step.operation()) {
                case Operation.Product product -> {
                    Shape input = step.layer().input();
                    int outputs = product.bias().size();
                    List<Integer> shape = torch ? List.of(outputs, input.size()) : List.of(input.size(), outputs);
                    Group group = take(left, step, shape, outputs);
                    float[] weight = weight(group, shape);
                    float[] bias = bias(group, outputs);
                    copies.add(() -> {
                        if (torch) {
                            Axes.productFromRows(weight, input, outputs, Axes.CHANNELS_FIRST, product.weight().value());
                        } else {
                            copy(weight, product.weight());
                        }
                        copy(bias, product.bias());
                    });
                }
                case Operation.Filters filters -> {
                    List<Integer> own = filters.weight().shape();
                    List<Integer> shape = torch ? planes(own) : own;
                    Group group = take(left, step, shape, own.get(3));
                    float[] weight = weight(group, shape);
                    float[] bias = bias(group, own.get(3));
                    copies.add(() -> {
                        if (torch) {
                            Axes.filtersFromPlanes(weight, own.get(2), own.get(3), filters.weight().value());
                        } else {
                            copy(weight, filters.weight());
                        }
                        copy(bias, filters.bias());
                    });
                }
                case Operation.Normalization normal -> {
                    int channels = normal.bias().size();
                    Group group = take(left, step, found -> found.arrays.containsKey(Role.MEAN)
                            && found.arrays.containsKey(Role.VARIANCE) && found.arrays.values().stream()
                                    .allMatch(name -> List.of(channels).equals(shapes.get(name))),
                            "a mean and a variance of " + List.of(channels));
                    Map<Role, Parameter> parameters = Map.of(Role.WEIGHT, normal.weight(), Role.BIAS, normal.bias(),
                            Role.MEAN, normal.mean(), Role.VARIANCE, normal.variance());
                    for (Map.Entry<Role, Parameter> parameter : parameters.entrySet()) {
                        String name = group.arrays.get(parameter.getKey());
                        float[] values = new float[channels];
                        Arrays.fill(values, parameter.getKey() == Role.WEIGHT ? 1 : 0);
                        float[] read = name == null ? values : source.read(name, List.of(channels));
                        copies.add(() -> copy(read, parameter.getValue()));
                    }
                }
                case Operation.Windows _,Operation.Function _ -> {
                    // no weights
                }
            }
        }
        requireAllTaken(groups.stream().filter(group -> !left.contains(group)).flatMap(group -> group.arrays.values()
                .stream()).collect(Collectors.toSet()));
        copies.forEach(Runnable::run);
    }

    private Group take(List<Group> left, Step step, List<Integer> shape, int outputs) throws InputException {
        return take(left, step,
                group -> shape.equals(shapes.get(group.arrays.get(Role.WEIGHT))) && !group.arrays.containsKey(Role.MEAN)
                        && (!group.arrays.containsKey(Role.BIAS)
                                || List.of(outputs).equals(shapes.get(group.arrays.get(Role.BIAS)))),
                "weights of %s".formatted(shape));
    }

    private Group take(List<Group> left, Step step, Predicate<Group> fits, String wanted) throws InputException {
        Group group = left.stream().filter(fits).findFirst().orElseThrow(() -> new InputException(
                "%s has no array that is left for the layer '%s', which takes %s; it has %s; name the layers of its network"
                        .formatted(file, step.layer().spec(), wanted, list())));
        left.remove(group);
        return group;
    }

    private String list() {
        return shapes.entrySet().stream().filter(array -> array.getValue().size() > 1).limit(8)
                .map(array -> array.getKey() + " " + array.getValue()).collect(Collectors.joining(", "));
    }

    private float[] weight(Group group, List<Integer> shape) throws IOException {
        return source.read(Objects.requireNonNull(group.arrays.get(Role.WEIGHT), "it was taken for one"), shape);
    }

    private float[] bias(Group group, int outputs) throws IOException {
        String name = group.arrays.get(Role.BIAS);
        return name == null ? new float[outputs] : source.read(name, List.of(outputs));
    }

    private void requireAllTaken(Set<String> taken) throws InputException {
        for (String name : shapes.keySet()) {
            if (!taken.contains(name) && Role.COUNTER.rest(name) == null) {
                throw new InputException(
                        "%s: the array '%s' %s belongs to no layer of the network; name the layers of its network"
                                .formatted(file, name, shapes.get(name)));
            }
        }
    }

    private static void copy(float[] values, Parameter into) {
        System.arraycopy(values, 0, into.value(), 0, into.size());
    }
}
