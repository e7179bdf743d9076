package dev.lanewise.model;

import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.core.Pixels;
import java.util.List;

/** Gradients by the networks' formulas in double, for tests of other packages. */
public final class Gradients {
    private Gradients() {
    }

    /** Of the mean loss over all samples, with respect to every parameter. */
    public static List<double[]> inDouble(Network network, Dataset data) {
        int size = data.shape().size();
        float[] x = new float[data.size() * size];
        byte[] labels = new byte[data.size()];
        for (int i = 0; i < data.size(); i++) {
            Pixels.toFloats(data.pixels(i), 0, x, i * size, size);
            labels[i] = (byte) data.label(i);
        }
        return new ReferenceNetwork(network).gradients(Reference.doubles(x), labels, data.size());
    }
}
