package dev.lanewise.export;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import dev.lanewise.run.Predictor;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Networks of all kinds of layers, with weights that nobody trained, and images to ask them about. */
final class Networks {
    static final Dataset DIGITS = BuiltInDigits.draw(2, 1000);
    static final List<String> LAYERS = List.of("dense 10", "dense 32, relu, dropout 0.5, dense 10",
            "dense 16, sigmoid, dense 16, tanh, dense 10",
            "conv 6 5x5, relu, pool 2, conv 16 5x5, relu, pool 2, dense 32, relu, dense 10",
            "conv 4 3x3 stride=2 padding=1, batch-norm, relu, average-pool 2x3 stride=2, drop-channels 0.1, dense 10",
            "conv 8 5x5, relu, batch-norm epsilon=0.001, conv 12 3x2, batch-norm, tanh, global-pool, dense 10",
            "pool 2, dense 20, batch-norm, relu, conv 10 1x1");

    private Networks() {
    }

    static Model model(Shape input, String layers, String loss) {
        Network network = Network.of(input, Spec.parseList(layers), Loss.of(Spec.parse(loss))).initialize(3);
        SplitMix64 random = new SplitMix64(7);
        for (Parameter parameter : network.parameters()) {
            boolean positive = parameter.name().endsWith("running_var")
                    || parameter.name().matches("batch-norm.*weight");
            for (int i = 0; parameter.shape().size() == 1 && i < parameter.size(); i++) {
                parameter.value()[i] = (float) (positive ? 0.1 + random.nextDouble() : random.nextDouble() - 0.5);
            }
        }
        List<String> classes = IntStream.range(0, network.classes()).mapToObj(i -> "class " + i).toList();
        return new Model(network, classes, Map.of("data", "digits", "prepare", "centre", "ink", "light"));
    }

    static Model model(String layers, String loss) {
        return model(Mnist.SHAPE, layers, loss);
    }

    /** What a model says of the first images, [rows, classes]. */
    static float[] predict(Model model, byte[] pixels, int rows) {
        Predictor predictor = new Predictor(new Ensemble(List.of(model)));
        float[] all = new float[rows * model.classes().size()];
        for (int first = 0; first < rows; first += predictor.capacity()) {
            int n = Math.min(predictor.capacity(), rows - first);
            System.arraycopy(predictor.predict(pixels, first, n), 0, all, first * model.classes().size(),
                    n * model.classes().size());
        }
        return all;
    }

    static byte[] pixels() {
        return DIGITS.pixels();
    }
}
