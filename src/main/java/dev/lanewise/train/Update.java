package dev.lanewise.train;

import dev.lanewise.kernel.Elementwise;
import dev.lanewise.model.GradientSink;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import dev.lanewise.model.Shard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a training step does to the parameters of a network, as their gradients come: clips them if asked to, lets the optimizer
 * change the parameters, and averages these if asked to. It keeps the optimizer's state; nothing is allocated in a step. Frozen
 * parameters ({@link Parameter#setTrained}) stay as they are.
 */
public final class Update implements GradientSink {
    /**
     * How parameters are changed.
     *
     * @param optimizer the rule of the step
     * @param weightDecay of parameters that decay, 0 or more
     * @param clipNorm largest norm of all gradients together, above 0; null: no clipping
     * @param averageDecay what the moving average of the parameters keeps of itself in a step, from 0 to below 1; null: no
     *     average
     */
    public record Rule(Optimizer optimizer, double weightDecay, @Nullable Double clipNorm,
            @Nullable Double averageDecay) {
        /** Refuses numbers out of their ranges with an IllegalArgumentException. */
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
    private final @Nullable GradientClipping clipping; // null: none
    private final @Nullable WeightAverage average; // null: none
    private final Map<Shard, Own> own = new HashMap<>(); // of those that are trained
    private final List<Shard> whole;
    private final float[] coefficients = new float[Optimizer.COEFFICIENTS];
    private long step;
    private float rate;
    private float gradientFactor = 1f;

    /** What belongs to a shard: the optimizer's state and, if there is one, the average, as kept and in the shard's order. */
    private static final class Own {
        private final List<Parameter> keptState;
        private final @Nullable Parameter keptAverage;
        private final float[][] state;
        private final float @Nullable [] average;

        Own(Shard shard, List<Parameter> keptState, @Nullable Parameter keptAverage) {
            this.keptState = keptState;
            this.keptAverage = keptAverage;
            state = keptState.stream().map(one -> shard.arrayFor(one::value)).toArray(float[][]::new);
            average = keptAverage == null ? null : shard.arrayFor(keptAverage::value);
        }
    }

    /**
     * An update of a network.
     *
     * @param averaged another network of the same description, whose parameters become the averages; null without
     */
    public Update(Rule rule, Network network, @Nullable Network averaged) {
        Double averageDecay = rule.averageDecay();
        if ((averageDecay == null) != (averaged == null)) {
            throw new IllegalArgumentException("averaged: a network exactly where parameters are averaged");
        }
        optimizer = rule.optimizer();
        weightDecay = (float) rule.weightDecay();
        parameters = network.parameters();
        for (Parameter parameter : parameters) {
            if (parameter.isTrained()) {
                List<Parameter> state = new ArrayList<>();
                for (int i = 0; i < optimizer.states(); i++) {
                    state.add(Parameter.bias("optimizer." + parameter.name() + "." + i,
                            parameter.shape().toArray(Integer[]::new)));
                }
                states.put(parameter, state);
            }
        }
        Double clipNorm = rule.clipNorm();
        clipping = clipNorm == null ? null : new GradientClipping(clipNorm, List.copyOf(states.keySet()));
        average = averageDecay == null ? null : new WeightAverage(averageDecay);
        if (averaged != null) {
            averageIn(averaged.parameters());
        }
        whole = parameters.stream().map(Shard::whole).toList();
        add(whole);
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

    /** Keeps state and averages for these shards too, in their order; {@link #load} fills them, once all are added. */
    synchronized void add(List<Shard> shards) {
        for (Shard shard : shards) {
            List<Parameter> state = states.get(shard.parameter());
            if (state != null) {
                own.put(shard, new Own(shard, state, averages.get(shard.parameter())));
                if (clips()) {
                    shard.gradient(); // before the first step
                }
            }
        }
    }

    /** Brings parts from to to - 1 of shards, their state and averages from where they are kept. */
    void load(List<Shard> shards, int from, int to) {
        move(shards, (shard, kept, its) -> shard.load(kept, its, from, to));
    }

    /** Brings parts from to to - 1 of shards, their state and averages to where they are kept. */
    void store(List<Shard> shards, int from, int to) {
        move(shards, (shard, kept, its) -> shard.store(its, kept, from, to));
    }

    private void move(List<Shard> shards, Move move) {
        for (Shard shard : shards) {
            move.move(shard, shard.parameter().value(), shard.value());
            Own its = own.get(shard);
            if (its != null) {
                for (int i = 0; i < its.state.length; i++) {
                    move.move(shard, its.keptState.get(i).value(), its.state[i]);
                }
                if (its.keptAverage != null && its.average != null) {
                    move.move(shard, its.keptAverage.value(), its.average);
                }
            }
        }
    }

    private interface Move {
        void move(Shard shard, float[] kept, float[] its);
    }

    /** Changes the elements, and averages them; where gradients are clipped, keeps theirs until {@link #apply}. */
    @Override
    public void take(Shard shard, int from, int to, float[] g, int shift) {
        Own its = own.get(shard);
        if (its == null) {
            throw new IllegalArgumentException("shard: of %s, which is not trained here"
                    .formatted(shard.parameter().name()));
        }
        if (clips()) {
            System.arraycopy(g, from + shift, shard.gradient(), from, to - from);
        } else {
            change(shard, its, from, to, g, shift);
        }
    }

    private void change(Shard shard, Own its, int from, int to, float[] g, int shift) {
        optimizer.update(shard.value(), g, shift, its.state, from, to, coefficients,
                shard.parameter().decays() ? weightDecay : 0f);
        if (average != null && its.average != null) {
            average.update(step, shard.value(), its.average, from, to);
        }
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

    /** The part of clipping that is done in shares, parts from to to - 1 of {@link Parts#COUNT}. */
    public void measure(int from, int to) {
        clipping().measure(from, to);
    }

    /** The part of clipping that one thread does. */
    public void clip() {
        gradientFactor = clipping().factor();
    }

    private GradientClipping clipping() {
        if (clipping == null) {
            throw new IllegalStateException("gradients are not clipped; ask clips first");
        }
        return clipping;
    }

    /** Changes a share of every parameter, parts from to to - 1 of {@link Parts#COUNT}, and averages it. */
    public void apply(int from, int to) {
        apply(whole, from, to);
    }

    /** Changes parts from to to - 1 of shards, by the gradients that they have; and averages them. */
    void apply(List<Shard> shards, int from, int to) {
        for (int s = 0; s < shards.size(); s++) {
            Shard shard = shards.get(s);
            Own its = own.get(shard);
            for (int block = 0; its != null && block < shard.blocks(); block++) {
                float[] g = shard.gradient();
                int first = shard.element(block, from);
                int end = shard.element(block, to);
                if (gradientFactor < 1) {
                    Elementwise.scale(gradientFactor, g, first, g, first, end - first);
                }
                change(shard, its, first, end, g, 0);
            }
        }
    }

    /** Ends an epoch: the average of what is not trained, statistics say, is what it is. */
    void close() {
        averages.forEach((parameter, averaged) -> {
            if (!parameter.isTrained()) {
                System.arraycopy(parameter.value(), 0, averaged.value(), 0, parameter.size());
            }
        });
    }

    /** Brings parts from to to - 1 of the gradients of shards to where {@link #measure} looks for them. */
    void storeGradients(List<Shard> shards, int from, int to) {
        for (int s = 0; s < shards.size(); s++) {
            Shard shard = shards.get(s);
            if (own.containsKey(shard)) {
                shard.store(shard.gradient(), shard.parameter().gradient(), from, to);
            }
        }
    }

    /** The rule of the step. */
    public Optimizer optimizer() {
        return optimizer;
    }

    /** The optimizer's state, named after the parameters: {@code optimizer.dense1.weight.0}. */
    public List<Parameter> state() {
        return states.values().stream().flatMap(List::stream).toList();
    }
}
