package dev.lanewise.export;

import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Network;
import dev.lanewise.model.Operation;
import dev.lanewise.model.Parameter;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.WholeFile;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A header for C99: the weights, and a function of plain loops that needs nothing but math.h. */
final class HeaderFormat implements Format {
    private static final int MOST_PER_LINE = 8;
    private static final List<String> TOLD = List.of("test_accuracy", "weights_sha256"); // of what is known beside the network

    @Override
    public String ending() {
        return "h";
    }

    @Override
    public String description() {
        return "a header for C99, with weights and a function";
    }

    @Override
    public Set<String> options() {
        return Set.of(Options.FOLD, Options.PIXELS, Options.OUTPUT);
    }

    @Override
    public void write(Subject subject, Options options, Path file) throws IOException {
        Model model = subject.model(options);
        List<Step> steps = Step.of(model.network(), file);
        Operation.Function output = options.logits() ? null : Step.output(model.network(), file);
        WholeFile.replace(file, partial -> {
            try (Writer out = Files.newBufferedWriter(partial, StandardCharsets.UTF_8)) {
                new Source(out, file, prefix(file)).write(subject, model, steps, options.pixels(), output);
            }
        });
    }

    /** A name in C, of the file's. */
    private static String prefix(Path file) {
        String name = file.getFileName().toString();
        String letters = name.substring(0, name.lastIndexOf('.')).replaceAll("[^A-Za-z0-9]+", "_")
                .toLowerCase(Locale.ROOT);
        return letters.matches("[a-z].*") ? letters : "model" + (letters.startsWith("_") ? "" : "_") + letters;
    }

    /** The text of one file. */
    private static final class Source {
        private final Writer out;
        private final Path file;
        private final String prefix;
        private boolean inFirst = true; // which of the two buffers is written next
        private String values = "x"; // what the next layer reads

        Source(Writer out, Path file, String prefix) {
            this.out = out;
            this.file = file;
            this.prefix = prefix;
        }

        private void line(String text, Object... values) throws IOException {
            String line = text + "\n";
            out.write(values.length == 0 ? line : String.format(Locale.ROOT, line, values));
        }

        void write(Subject subject, Model model, List<Step> steps, boolean pixels, Operation.@Nullable Function output)
                throws IOException {
            Network network = model.network();
            Shape input = network.input();
            String guard = prefix.toUpperCase(Locale.ROOT);
            int largest = steps.stream().mapToInt(step -> step.layer().output().size()).reduce(1, Math::max);
            int buffers = 2 * Float.BYTES * largest + (pixels ? Float.BYTES * input.size() : 0);
            line("/* %s, by Lanewise: %s, %s.", prefix, subject.network(), network.loss().spec());
            for (Map.Entry<String, String> about : subject.about().entrySet()) {
                if (TOLD.contains(about.getKey())) {
                    line(" * %s %s", about.getKey(), about.getValue());
                }
            }
            line(" *");
            line(" * %s_forward takes an image, [%d, %d, %d]: rows, columns, channels innermost, %s. It gives", prefix,
                    input.height(), input.width(), input.channels(), pixels ? "bytes" : "each byte / 255");
            line(" * %s of the %d classes, and takes %d bytes of the stack. Link with -lm. */",
                    output == null ? "a number for each" : "the probability of each", network.classes(), buffers);
            line("#ifndef %s_H", guard);
            line("#define %s_H", guard);
            line("");
            line("#include <math.h>");
            line("");
            line("#define %s_INPUTS %d", guard, input.size());
            line("#define %s_CLASSES %d", guard, network.classes());
            line("");
            line("static const char *const %s_classes[%d] = {", prefix, network.classes());
            for (String name : model.classes()) {
                line("    " + literal(name) + ",");
            }
            line("};");
            for (Step step : steps) {
                for (Parameter parameter : step.layer().parameters()) {
                    array(parameter);
                }
            }
            line("");
            line("static inline void %s_forward(const %s x[%d], float out[%d])", prefix,
                    pixels ? "unsigned char" : "float", input.size(), network.classes());
            line("{");
            line("    float a[%d];", largest);
            if (steps.size() > 1) {
                line("    float b[%d];", largest);
            }
            if (pixels) {
                line("    float image[%d];", input.size());
                line("    for (int i = 0; i < %d; i++)", input.size());
                line("        image[i] = (float)x[i] / 255.0f;");
                values = "image";
            }
            for (Step step : steps) {
                line("");
                line("    /* %s: %s */", step.name(), step.layer().output());
                layer(step);
            }
            line("");
            end(output, network.classes());
            line("}");
            line("");
            line("#endif");
        }

        /** A text in C: what is not ASCII in octal, of UTF-8. */
        private static String literal(String text) {
            StringBuilder literal = new StringBuilder("\"");
            for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                if (b >= ' ' && b < 127 && b != '"' && b != '\\' && b != '?') { // two ? may begin a trigraph
                    literal.append((char) b);
                } else {
                    literal.append(String.format(Locale.ROOT, "\\%03o", b & 0xff));
                }
            }
            return literal.append('"').toString();
        }

        private String name(Parameter parameter) {
            return prefix + "_" + parameter.name().replaceAll("[^A-Za-z0-9]+", "_");
        }

        private void array(Parameter parameter) throws IOException {
            line("");
            line("/* %s */", parameter.shape());
            line("static const float %s[%d] = {", name(parameter), parameter.size());
            StringBuilder text = new StringBuilder();
            float[] values = parameter.value();
            for (int i = 0; i < values.length; i++) {
                if (!Float.isFinite(values[i])) {
                    throw new InputException(
                            "%s: %s has a weight of %s, which C has no number for; export another model"
                                    .formatted(file, parameter.name(), values[i]));
                }
                text.append(i % MOST_PER_LINE == 0 ? "    " : " ").append(values[i]).append("f,");
                if (i % MOST_PER_LINE == MOST_PER_LINE - 1 || i == values.length - 1) {
                    line(text.toString());
                    text.setLength(0);
                }
            }
            line("};");
        }

        private void layer(Step step) throws IOException {
            String from = values;
            String to = inFirst ? "a" : "b";
            Shape in = step.layer().input();
            Shape of = step.layer().output();
            switch (step.operation()) {
                case Operation.Product product -> {
                    line("    for (int j = 0; j < %d; j++) {", of.size());
                    line("        float sum = 0.0f;");
                    line("        for (int i = 0; i < %d; i++)", in.size());
                    line("            sum += %s[i] * %s[i * %d + j];", from, name(product.weight()), of.size());
                    line("        %s[j] = sum + %s[j];", to, name(product.bias()));
                    line("    }");
                }
                case Operation.Filters filters -> {
                    List<Integer> sizes = filters.weight().shape();
                    places(of, of.channels());
                    line("                float sum = %s[j];", name(filters.bias()));
                    window(sizes.get(0), sizes.get(1), filters.stride(), filters.padding());
                    if (filters.padding() > 0) {
                        line("                        if (row < 0 || row >= %d || column < 0 || column >= %d)",
                                in.height(), in.width());
                        line("                            continue;");
                    }
                    line("                        for (int c = 0; c < %d; c++)", in.channels());
                    line("                            sum += %s[(row * %d + column) * %d + c] * %s[((k * %d + l) * %d + c) * %d + j];",
                            from, in.width(), in.channels(), name(filters.weight()), sizes.get(1), sizes.get(2), sizes
                                    .get(3));
                    endWindow();
                    endPlaces(to, of, "sum");
                }
                case Operation.Windows windows -> {
                    places(of, of.channels());
                    line("                float sum = %s;", windows.largest() ? "-HUGE_VALF" : "0.0f");
                    window(windows.height(), windows.width(), windows.stride(), 0);
                    String at = from + "[(row * " + in.width() + " + column) * " + in.channels() + " + j]";
                    if (windows.largest()) {
                        line("                        if (%s > sum)", at);
                        line("                            sum = %s;", at);
                    } else {
                        line("                        sum += %s;", at);
                    }
                    endWindow();
                    endPlaces(to, of, windows.largest()
                            ? "sum"
                            : "sum / " + windows.height() * windows.width() + ".0f");
                }
                case Operation.Normalization normal -> {
                    line("    for (int i = 0; i < %d; i++) {", in.size());
                    line("        const int c = i %% %d;", in.channels());
                    line("        %s[i] = (%s[i] - %s[c]) * (%s[c] / sqrtf(%s[c] + %sf)) + %s[c];", to, from,
                            name(normal.mean()), name(normal.weight()), name(normal.variance()), (float) normal
                                    .epsilon(),
                            name(normal.bias()));
                    line("    }");
                }
                case Operation.Function function -> {
                    line("    for (int i = 0; i < %d; i++)", in.size());
                    line("        %s[i] = %s;", to, switch (function) {
                        case RELU -> "%s[i] > 0.0f ? %s[i] : 0.0f".formatted(from, from);
                        case SIGMOID -> "1.0f / (1.0f + expf(-%s[i]))".formatted(from);
                        case TANH -> "tanhf(%s[i])".formatted(from);
                        case SOFTMAX -> throw new InputException(
                                "%s: softmax between layers is not written in C; export .onnx".formatted(file));
                    });
                }
            }
            values = to;
            inFirst = !inFirst;
        }

        /** Begins loops over the places of an image, i and m, and its channels, j. */
        private void places(Shape of, int channels) throws IOException {
            line("    for (int i = 0; i < %d; i++)", of.height());
            line("        for (int m = 0; m < %d; m++)", of.width());
            line("            for (int j = 0; j < %d; j++) {", channels);
        }

        private void endPlaces(String to, Shape of, String value) throws IOException {
            line("                %s[(i * %d + m) * %d + j] = %s;", to, of.width(), of.channels(), value);
            line("            }");
        }

        /** Begins loops over a window, k and l. */
        private void window(int height, int width, int stride, int padding) throws IOException {
            line("                for (int k = 0; k < %d; k++)", height);
            line("                    for (int l = 0; l < %d; l++) {", width);
            line("                        const int row = i * %d + k - %d;", stride, padding);
            line("                        const int column = m * %d + l - %d;", stride, padding);
        }

        private void endWindow() throws IOException {
            line("                    }");
        }

        private void end(Operation.@Nullable Function output, int classes) throws IOException {
            if (output == Operation.Function.SOFTMAX) {
                line("    float largest = %s[0];", values);
                line("    float sum = 0.0f;");
                line("    for (int j = 1; j < %d; j++)", classes);
                line("        if (%s[j] > largest)", values);
                line("            largest = %s[j];", values);
                line("    for (int j = 0; j < %d; j++) {", classes);
                line("        out[j] = expf(%s[j] - largest);", values);
                line("        sum += out[j];");
                line("    }");
                line("    for (int j = 0; j < %d; j++)", classes);
                line("        out[j] /= sum;");
            } else {
                line("    for (int j = 0; j < %d; j++)", classes);
                line("        out[j] = %s;", (output == null ? "%s[j]" : "1.0f / (1.0f + expf(-%s[j]))").formatted(
                        values));
            }
        }
    }
}
