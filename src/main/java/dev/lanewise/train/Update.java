package dev.lanewise.train;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import java.util.ArrayList;
import java.util.List;

/**
 * What a training step does to the parameters of a network: clips their gradients if asked to, lets the optimizer change
 * them, and averages them if asked to. It keeps the optimizer's state; nothing is allocated after construction. Frozen
 * parameters ({@link Parameter#setTrained}) stay as they are.
 */
public final class Update {
    /**
     * How parameters are changed.
     *
     * @param optimizer the rule of the step
     * @param weightDecay of parameters that decay, 0 or more
     * @param clipNorm largest norm of all gradients together, above 0; null: no clipping
     * @param averageDecay what the moving average of the parameters keeps of itself in a step, from 0 to below 1; null: no
     *     average
     */
    public record Rule(Optimizer optimizer, double weightDecay, Double clipNorm, Double averageDecay) {
        /** Checks the numbers. */
        public Rule {
            if (!(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("weightDecay: 0 or more, not %s".formatted(weightDecay));
            }
            if (clipNorm != null && !(clipNorm > 0)) {
                throw new IllegalArgumentException("clipNorm: above 0, not %s".formatted(clipNorm));
            }
            if (averageDecay != null && !(averageDecay >= 0 && averageDecay.floatValue() < 1)) {
                throw new IllegalArgumentException("averageDecay: from 0 to below 1, not %s".formatted(averageDecay));
            }
        }

        /** The optimizer alone. */
        public Rule(Optimizer optimizer, double weightDecay) {
            this(optimizer, weightDecay, null, null);
        }
    }

    private final Optimizer optimizer;
    private final float weightDecay;
    private final List<Parameter> parameters; // those that are trained
    private final List<Parameter> states = new ArrayList<>();
    private final float[][][] stateValues; // [parameters, states of the optimizer], their elements
    private final GradientClipping clipping; // null: none
    private final WeightAverage average; // null: none
    private final float[] coefficients = new float[Optimizer.COEFFICIENTS];
    private long step;
    private float rate;
    private float gradientFactor = 1f;

    /**
     * An update of a network.
     *
     * @param averaged another network of the same description, whose parameters become the averages; null without
     */
    public Update(Rule rule, Network network, Network averaged) {
        if ((rule.averageDecay() == null) != (averaged == null)) {
            throw new IllegalArgumentException("averaged: a network exactly where parameters are averaged");
        }
        optimizer = rule.optimizer();
        weightDecay = (float) rule.weightDecay();
        parameters = network.parameters().stream().filter(Parameter::isTrained).toList();
        stateValues = new float[parameters.size()][optimizer.states()][];
        for (int p = 0; p < parameters.size(); p++) {
            Parameter parameter = parameters.get(p);
            for (int s = 0; s < optimizer.states(); s++) {
                Parameter state = Parameter.bias("optimizer." + parameter.name() + "." + s,
                        parameter.shape().toArray(Integer[]::new));
                states.add(state);
                stateValues[p][s] = state.value();
            }
        }
        clipping = rule.clipNorm() == null ? null : new GradientClipping(rule.clipNorm(), parameters);
        average = averaged == null
                ? null
                : new WeightAverage(network.parameters(), averaged.parameters(), rule.averageDecay());
        if (!addsGradients()) {
            parameters.forEach(Parameter::gradient);
        }
    }

    /**
     * Whether a step is gradient descent alone: the gradient times minus the learning rate can then be added straight to what
     * is left of the parameters ({@link #decayFactor}), instead of {@link #apply}; no gradient is written (LAB 53).
     */
    public boolean addsGradients() {
        return optimizer.isPlainDescent() && clipping == null;
    }

    /** Whether gradients are clipped: {@link #measure} of all shares and {@link #clip} then come before {@link #apply}. */
    public boolean clips() {
        return clipping != null;
    }

    /** Whether parameters are averaged. */
    public boolean averages() {
        return average != null;
    }

    /** Begins step number {@code step}, from 0, with that learning rate. */
    public void begin(long step, float rate) {
        this.step = step;
        this.rate = rate;
        optimizer.prepare(step, rate, coefficients);
    }

    /** The learning rate of this step. */
    public float rate() {
        return rate;
    }

    /** What weight decay leaves of a parameter that decays in a step of plain descent. */
    public float decayFactor() {
        return 1f - rate * weightDecay;
    }

    /** The part of clipping that is done in shares, parts from to to - 1 of {@link Parts#COUNT}. */
    public void measure(int from, int to) {
        clipping.measure(from, to);
    }

    /** The part of clipping that one thread does. */
    public void clip() {
        gradientFactor = clipping.factor();
    }

    /** Changes a share of every parameter, parts from to to - 1 of {@link Parts#COUNT}, and averages it. */
    public void apply(int from, int to) {
        for (int p = 0; p < parameters.size(); p++) {
            Parameter parameter = parameters.get(p);
            float[] g = parameter.gradient();
            int first = Parts.element(parameter, from);
            int end = Parts.element(parameter, to);
            if (gradientFactor < 1) {
                Elementwise.scale(gradientFactor, g, first, g, first, end - first);
            }
            optimizer.update(parameter.value(), g, stateValues[p], first, end, coefficients,
                    parameter.decays() ? weightDecay : 0f);
        }
        average(from, to);
    }

    /** Averages a share of every parameter, which has been changed; nothing without averages. */
    public void average(int from, int to) {
        if (average != null) {
            average.update(step, from, to);
        }
    }

    /** The rule of the step. */
    public Optimizer optimizer() {
        return optimizer;
    }

    /** The optimizer's state, named after the parameters: {@code optimizer.dense1.weight.0}. */
    public List<Parameter> state() {
        return List.copyOf(states);
    }
}
