package dev.lanewise.explain;

import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What people get wrong, made on purpose in an otherwise right network. */
public enum Mistake {
    /** Softmax without subtracting the row's maximum. */
    NO_MAX_SHIFT("softmax computed as e^z / sum of e^z, without subtracting the row's maximum",
            Set.of("softmax", "loss"), Set.of("cross-entropy")),
    /** The bias is never updated. */
    NO_BIAS_UPDATE("the gradient of every bias left at 0, so that biases never move", Set.of("xor", "bias"),
            Set.of("cross-entropy", "mse", "softmax-mse")),
    /** The squared error's delta under the cross-entropy. */
    MSE_DELTA_FOR_CROSS_ENTROPY("delta = (a - y) a (1 - a), which belongs to the squared error, under a cross-entropy",
            Set.of("xor", "loss"), Set.of("cross-entropy")),
    /** Weights change by the whole gradient. */
    NO_LEARNING_RATE("the step w = w - gradient, without a learning rate: a learning rate of 1", Set.of("xor"),
            Set.of("cross-entropy", "mse", "softmax-mse")),
    /** Softmax's Jacobian taken for its diagonal. */
    DIAGONAL_JACOBIAN("softmax's Jacobian taken for its diagonal s (1 - s), as if it were a sigmoid",
            Set.of("softmax"), Set.of("cross-entropy", "softmax-mse"));

    private final String what;
    private final Set<String> topics;
    private final Set<String> losses;

    Mistake(String what, Set<String> topics, Set<String> losses) {
        this.what = what;
        this.topics = topics;
        this.losses = losses;
    }

    /** What is done wrong, half a sentence. */
    public String what() {
        return what;
    }

    /** Whether a topic of {@code explain} is about it. */
    public boolean concerns(String topic) {
        return topics.contains(topic);
    }

    /** The topics that are about it, in alphabetical order. */
    public List<String> topics() {
        return topics.stream().sorted().toList();
    }

    /** The kinds of losses with which it can be made. */
    public List<String> losses() {
        return losses.stream().sorted().toList();
    }

    /** Spoils the gradients that were computed, if it is a mistake of gradients. */
    void spoil(List<Parameter> parameters) {
        if (this == NO_BIAS_UPDATE) {
            parameters.stream().filter(parameter -> !parameter.decays())
                    .forEach(bias -> Arrays.fill(bias.gradient(), 0f));
        }
    }

    /** The network with the mistake at its end, if it is one of losses. */
    static Network in(Network network, @Nullable Mistake mistake) {
        return mistake == null ? network : new Network(network.layers(), mistake.in(network.loss()));
    }

    /** A loss with the mistake, if it is one of losses. */
    Loss in(Loss loss) {
        return switch (this) {
            case NO_MAX_SHIFT, MSE_DELTA_FOR_CROSS_ENTROPY, DIAGONAL_JACOBIAN -> new MistakenLoss(loss, this);
            case NO_BIAS_UPDATE, NO_LEARNING_RATE -> loss;
        };
    }

    /** The learning rate that the step takes. */
    float in(float rate) {
        return this == NO_LEARNING_RATE ? 1f : rate;
    }

    /** The name on the command line: {@code no-max-shift}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
