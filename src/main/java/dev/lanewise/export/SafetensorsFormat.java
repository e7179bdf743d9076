package dev.lanewise.export;

import dev.lanewise.data.InputException;
import dev.lanewise.model.Network;
import dev.lanewise.run.Model;
import dev.lanewise.run.files.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Tensors as PyTorch names them, or as a run has them. */
final class SafetensorsFormat implements Format {
    @Override
    public String ending() {
        return "safetensors";
    }

    @Override
    public String description() {
        return "tensors for PyTorch and others";
    }

    @Override
    public Set<String> options() {
        return Set.of(Options.FOLD, Options.LAYOUT);
    }

    @Override
    public void write(Subject subject, Options options, Path file) throws IOException {
        Model model = subject.model(options);
        new Safetensors(NamedArrays.words(model, subject, options.layout()),
                NamedArrays.of(model.network(), options.layout(), file)).write(file);
    }

    @Override
    public boolean isRead() {
        return true;
    }

    @Override
    public Weights read(Path file) throws IOException {
        Safetensors.Header header = Safetensors.header(file);
        Map<String, List<Integer>> shapes = header.entries().stream()
                .collect(Collectors.toMap(Safetensors.Entry::name, Safetensors.Entry::shape));
        NamedArrays arrays = new NamedArrays(file, header.metadata(), shapes, (name, shape) -> {
            float[] values = new float[shape.stream().reduce(1, Math::multiplyExact)];
            header.readInto(List.of(new Safetensors.Tensor(name, shape, values)));
            return values;
        });
        boolean own = header.metadata().getOrDefault("format", "").startsWith("lanewise");
        return !own ? arrays : new Weights() {
            @Override
            public Model model() throws IOException {
                return Model.read(file);
            }

            @Override
            public void copyTo(Network network) throws IOException {
                arrays.copyTo(network);
            }
        };
    }
}
