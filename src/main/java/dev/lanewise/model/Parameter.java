package dev.lanewise.model;

import java.util.List;

/**
 * An array that training changes, with the gradient of the loss beside it.
 *
 * @param name as in the model file: {@code dense1.weight}
 * @param shape row-major; [in, out] for weights, [out] for biases
 * @param value the parameter
 * @param gradient of the batch's mean loss, the same shape; written by {@link Network#gradients}
 * @param decays whether weight decay applies: to weights, not to biases
 */
public record Parameter(String name, List<Integer> shape, float[] value, float[] gradient, boolean decays) {
    /** A parameter of zeros. */
    static Parameter zeros(String name, boolean decays, Integer... shape) {
        int size = 1;
        for (int extent : shape) {
            size = Math.multiplyExact(size, extent);
        }
        return new Parameter(name, List.of(shape), new float[size], new float[size], decays);
    }

    /** Number of elements. */
    public int size() {
        return value.length;
    }
}
