package dev.lanewise.model;

import java.util.List;

/**
 * What is needed to build a multilayer perceptron again.
 *
 * @param inputs pixels of an image
 * @param hidden widths of the hidden layers; empty for a linear classifier
 * @param classes outputs
 * @param activation of the hidden layers
 * @param loss at the end
 */
public record Architecture(int inputs, List<Integer> hidden, int classes, Activation activation, Loss loss) {
    /** Checks that every width is positive. */
    public Architecture {
        hidden = List.copyOf(hidden);
        if (inputs < 1 || classes < 1 || hidden.stream().anyMatch(width -> width < 1)) {
            throw new IllegalArgumentException("widths %d, %s, %d: each must be at least 1"
                    .formatted(inputs, hidden, classes));
        }
    }

    /** The widths joined by dashes: {@code 784-128-10}. */
    @Override
    public String toString() {
        StringBuilder widths = new StringBuilder().append(inputs);
        hidden.forEach(width -> widths.append('-').append(width));
        return widths.append('-').append(classes).toString();
    }
}
