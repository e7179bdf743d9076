package dev.lanewise.train;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Shard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    private final List<Parameter> parameters;
    private final Map<Parameter, List<Parameter>> states = new LinkedHashMap<>(); // of those that are trained
    private final Map<Parameter, Parameter> averages = new HashMap<>(); // empty: none
    private final GradientClipping clipping; // null: none
    private final WeightAverage average; // null: none
    private final Share whole;
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
        parameters = network.parameters();
        for (Parameter parameter : parameters) {
            if (parameter.isTrained()) {
                List<Parameter> own = new ArrayList<>();
                for (int s = 0; s < optimizer.states(); s++) {
                    own.add(Parameter.bias("optimizer." + parameter.name() + "." + s,
                            parameter.shape().toArray(Integer[]::new)));
                }
                states.put(parameter, own);
            }
        }
        clipping = rule.clipNorm() == null
                ? null
                : new GradientClipping(rule.clipNorm(), List.copyOf(states.keySet()));
        average = averaged == null ? null : new WeightAverage(rule.averageDecay());
        if (averaged != null) {
            averageIn(averaged.parameters());
        }
        whole = share(parameters.stream().map(Shard::whole).toList());
    }

    private void averageIn(List<Parameter> averaged) {
        if (!averaged.stream().map(Parameter::shape).toList()
                .equals(parameters.stream().map(Parameter::shape).toList())) {
            throw new IllegalArgumentException("averages: not of the parameters' shapes");
        }
        for (int p = 0; p < parameters.size(); p++) {
            System.arraycopy(parameters.get(p).value(), 0, averaged.get(p).value(), 0, parameters.get(p).size());
            averages.put(parameters.get(p), averaged.get(p));
        }
    }

    /** What this update does to shards of the parameters. */
    Share share(List<Shard> shards) {
        return new Share(shards);
    }

    /** What it does to all parameters as they are. */
    Share whole() {
        return whole;
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
        whole.apply(from, to);
    }

    /** The rule of the step. */
    public Optimizer optimizer() {
        return optimizer;
    }

    /** The optimizer's state, named after the parameters: {@code optimizer.dense1.weight.0}. */
    public List<Parameter> state() {
        return states.values().stream().flatMap(List::stream).toList();
    }

    /** Shards with the optimizer's state and the averages in their order. */
    final class Share {
        private final List<Shard> shards = new ArrayList<>();
        private final List<float[][]> states = new ArrayList<>(); // of each shard that is trained; else null
        private final List<float[]> averages = new ArrayList<>(); // of each shard

        private Share(List<Shard> all) {
            for (Shard shard : all) {
                Parameter parameter = shard.parameter();
                List<Parameter> state = Update.this.states.get(parameter);
                shards.add(shard);
                states.add(state == null
                        ? null
                        : state.stream().map(Parameter::value).map(shard::arrayFor).toArray(float[][]::new));
                if (average != null) {
                    averages.add(shard.arrayFor(Update.this.averages.get(parameter).value()));
                }
                if (state != null && !addsGradients()) {
                    shard.gradient(); // before the first step
                }
            }
        }

        /** Brings everything from where it is kept. */
        void load() {
            move(Shard::load, true);
        }

        /** Brings everything back to where it is kept. */
        void store() {
            move(Shard::store, false);
        }

        private void move(Move move, boolean in) {
            for (int s = 0; s < shards.size(); s++) {
                Shard shard = shards.get(s);
                Parameter parameter = shard.parameter();
                move(move, in, shard, parameter.value(), shard.value());
                if (states.get(s) != null) {
                    for (int i = 0; i < states.get(s).length; i++) {
                        move(move, in, shard, Update.this.states.get(parameter).get(i).value(), states.get(s)[i]);
                    }
                }
                if (average != null) {
                    move(move, in, shard, Update.this.averages.get(parameter).value(), averages.get(s));
                }
            }
        }

        private void move(Move move, boolean in, Shard shard, float[] kept, float[] own) {
            move.move(shard, in ? kept : own, in ? own : kept);
        }

        /** Brings the gradients to where {@link Update#measure} looks for them. */
        void storeGradients() {
            for (int s = 0; s < shards.size(); s++) {
                if (states.get(s) != null) {
                    shards.get(s).store(shards.get(s).gradient(), shards.get(s).parameter().gradient());
                }
            }
        }

        /** Changes parts from to to - 1 of {@link Parts#COUNT}, and averages them. */
        void apply(int from, int to) {
            for (int s = 0; s < shards.size(); s++) {
                Shard shard = shards.get(s);
                if (states.get(s) == null) {
                    continue;
                }
                float[] g = shard.gradient();
                int first = shard.element(from);
                int end = shard.element(to);
                if (gradientFactor < 1) {
                    Elementwise.scale(gradientFactor, g, first, g, first, end - first);
                }
                optimizer.update(shard.value(), g, states.get(s), first, end, coefficients,
                        shard.parameter().decays() ? weightDecay : 0f);
            }
            average(from, to);
        }

        /** Averages parts that have been changed; nothing without averages. */
        void average(int from, int to) {
            for (int s = 0; s < averages.size(); s++) {
                Shard shard = shards.get(s);
                average.update(step, shard.value(), averages.get(s), shard.element(from), shard.element(to));
            }
        }
    }

    private interface Move {
        void move(Shard shard, float[] from, float[] to);
    }
}
