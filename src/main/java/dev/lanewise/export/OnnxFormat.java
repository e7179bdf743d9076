package dev.lanewise.export;

import dev.lanewise.data.InputException;
import dev.lanewise.model.Network;
import dev.lanewise.model.Operation;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.Protobuf;
import dev.lanewise.run.files.WholeFile;
import dev.lanewise.system.Environment;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** ONNX, which most programs that run networks read. */
final class OnnxFormat implements Format {
    @Override
    public String ending() {
        return "onnx";
    }

    @Override
    public String description() {
        return "ONNX, which most programs that run networks read";
    }

    @Override
    public Set<String> options() {
        return Set.of(Options.FOLD, Options.PIXELS, Options.OUTPUT, Options.INT8);
    }

    @Override
    public void write(Subject subject, Options options, Path file) throws IOException {
        Model model = subject.model(options);
        Network network = model.network();
        OnnxWriter graph = new OnnxWriter("lanewise", network.input(), options.pixels(), options.int8());
        for (Step step : Step.of(network, file)) {
            graph.add(step);
        }
        Operation.Function output = options.logits() ? null : Step.output(network, file);
        Protobuf.Writer whole = new Protobuf.Writer().number(Onnx.Model.VERSION, Onnx.VERSION)
                .text(Onnx.Model.PRODUCER, "lanewise").text(Onnx.Model.PRODUCER_VERSION, Environment.version())
                .text(Onnx.Model.DESCRIPTION, "%s, %s".formatted(network, network.loss().spec()))
                .message(Onnx.Model.GRAPH, graph.end(options.logits() ? "logits" : "probabilities", output))
                .message(Onnx.Model.OPERATORS, new Protobuf.Writer().text(Onnx.Operators.DOMAIN, "")
                        .number(Onnx.Operators.VERSION, Onnx.OPERATORS));
        Map<String, String> metadata = new LinkedHashMap<>(model.metadata(subject.about()));
        metadata.remove("format");
        metadata.forEach((key, value) -> whole.message(Onnx.Model.METADATA,
                new Protobuf.Writer().text(Onnx.Entry.KEY, key).text(Onnx.Entry.VALUE, value)));
        WholeFile.replace(file, partial -> {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(partial))) {
                whole.writeTo(out);
            }
        });
    }

    @Override
    public boolean isRead() {
        return true;
    }

    @Override
    public Weights read(Path file) throws IOException {
        OnnxFile content = OnnxFile.read(file);
        return new Weights() {
            @Override
            public Model model() throws IOException {
                try {
                    return new OnnxReader(content).model();
                } catch (IllegalArgumentException | ArithmeticException e) { // a shape or words that cannot be
                    throw new InputException("%s: its graph is damaged, or not understood (%s); use another file"
                            .formatted(file, e.getMessage()), e);
                } catch (OutOfMemoryError e) {
                    throw Formats.tooLarge(file, e);
                }
            }

            @Override
            public void copyTo(Network network) throws IOException {
                try {
                    Model.copy(model().network(), network);
                } catch (IllegalArgumentException e) {
                    throw new InputException("%s has %s; name the layers of its network".formatted(file,
                            e.getMessage()), e);
                }
            }
        };
    }
}
