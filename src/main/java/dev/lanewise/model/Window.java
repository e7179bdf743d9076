package dev.lanewise.model;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Rows and columns of what slides over an image, as a layer's words have it: {@code 3x3}, or {@code 2} for a square. */
record Window(int height, int width) {
    static Window parse(Spec spec, String word) {
        int cross = word.indexOf('x');
        try {
            return new Window(whole(cross < 0 ? word : word.substring(0, cross)), whole(word.substring(cross + 1)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'%s': %s is not a size such as 3x3".formatted(spec, word), e);
        }
    }

    private static int whole(String digits) {
        return new Spec("window", List.of(digits)).positive(0);
    }

    /** A whole number by name behind the first so many arguments. */
    static int option(Spec spec, int first, Map<String, Double> usual, String name) {
        double value = new Spec(spec.kind(), spec.arguments().subList(first, spec.arguments().size())).option(usual,
                name);
        if (value != Math.rint(value) || value < 0 || value > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("'%s': %s must be a whole number".formatted(spec, name));
        }
        return (int) value;
    }

    /** What a kernel makes of a layer's numbers; where it refuses them, its sentence names the layer. */
    static <T> T fitting(Spec spec, Supplier<T> kernel) {
        try {
            return kernel.get();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'%s': %s".formatted(spec, e.getMessage()), e);
        }
    }
}
