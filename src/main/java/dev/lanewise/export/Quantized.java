package dev.lanewise.export;

/**
 * Weights as bytes: of each output the numbers are multiples of a scale, from -127 to 127 times it, the largest being one of these
 * two. So 0 stays 0, and no number moves by more than half of the scale.
 */
final class Quantized {
    private static final int LARGEST = 127;

    private final byte[] bytes;
    private final float[] scales;

    Quantized(byte[] bytes, float[] scales) {
        this.bytes = bytes;
        this.scales = scales;
    }

    /** [outputs, weights of an output]. */
    byte[] bytes() {
        return bytes;
    }

    /** [outputs]. */
    float[] scales() {
        return scales;
    }

    /**
     * The bytes nearest to weights.
     *
     * @param weights [outputs, weights of an output]
     */
    static Quantized of(float[] weights, int outputs) {
        byte[] bytes = new byte[weights.length];
        float[] scales = new float[outputs];
        int size = weights.length / outputs;
        for (int output = 0; output < outputs; output++) {
            float largest = 0;
            for (int i = output * size; i < (output + 1) * size; i++) {
                largest = Math.max(largest, Math.abs(weights[i]));
            }
            float scale = largest / LARGEST;
            scales[output] = scale > 0 && Float.isFinite(scale) ? scale : 1;
            for (int i = output * size; i < (output + 1) * size; i++) {
                bytes[i] = (byte) Math.clamp(Math.round(weights[i] / scales[output]), -LARGEST, LARGEST);
            }
        }
        return new Quantized(bytes, scales);
    }
}
