package dev.lanewise.train;

import dev.lanewise.kernel.Updates;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Shares;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Changes parameters along their gradients. Its state (velocities, moments) is allocated at construction. */
public final class Optimizer {
    /** The rule of the step; see {@link Updates}. */
    public enum Rule {
        /** Plain gradient descent. */
        SGD(0),
        /** Heavy-ball momentum. */
        MOMENTUM(1),
        /** Nesterov momentum. */
        NESTEROV(1),
        /** Adam, weight decay added to the gradient. */
        ADAM(2),
        /** Adam with decoupled weight decay. */
        ADAMW(2);

        private final int states;

        Rule(int states) {
            this.states = states;
        }

        /** The name on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final float BETA1 = 0.9f;
    private static final float BETA2 = 0.999f;
    private static final double EPSILON = 1e-8;

    private final Rule rule;
    private final List<Parameter> parameters;
    private final float momentum;
    private final float weightDecay;
    private final List<float[][]> states = new ArrayList<>(); // one per parameter: [states of the rule][size]

    /**
     * An optimizer for these parameters.
     *
     * @param momentum of MOMENTUM and NESTEROV, from 0 to below 1
     * @param weightDecay of parameters that decay, 0 or more
     */
    public Optimizer(Rule rule, List<Parameter> parameters, double momentum, double weightDecay) {
        if (!(momentum >= 0 && momentum < 1)) {
            throw new IllegalArgumentException("momentum: from 0 to below 1, not %s".formatted(momentum));
        }
        if (!(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("weightDecay: 0 or more, not %s".formatted(weightDecay));
        }
        this.rule = rule;
        this.parameters = parameters;
        this.momentum = (float) momentum;
        this.weightDecay = (float) weightDecay;
        for (Parameter parameter : parameters) {
            states.add(new float[rule.states][parameter.size()]);
        }
    }

    /**
     * Updates a share of every parameter.
     *
     * @param step number of the step, from 0
     * @param rate learning rate
     */
    public void step(long step, float rate, int share, int shares) {
        // Adam's moments start at 0; dividing by 1 - beta^t undoes that (t from 1).
        boolean adam = rule == Rule.ADAM || rule == Rule.ADAMW;
        double correction1 = adam ? 1 - StrictMath.pow(BETA1, step + 1) : 1;
        double correction2 = adam ? Math.sqrt(1 - StrictMath.pow(BETA2, step + 1)) : 1;
        float adamRate = (float) (rate * correction2 / correction1);
        float epsilon = (float) (EPSILON * correction2);
        for (int p = 0; p < parameters.size(); p++) {
            Parameter parameter = parameters.get(p);
            float[] w = parameter.value();
            float[] g = parameter.gradient();
            float[][] state = states.get(p);
            int from = Shares.element(parameter, share, shares);
            int to = Shares.element(parameter, share + 1, shares);
            float decay = parameter.decays() ? weightDecay : 0f;
            switch (rule) {
                case SGD -> Updates.sgd(w, g, from, to, rate, decay);
                case MOMENTUM -> Updates.momentum(w, g, state[0], from, to, rate, momentum, decay);
                case NESTEROV -> Updates.nesterov(w, g, state[0], from, to, rate, momentum, decay);
                case ADAM ->
                    Updates.adam(w, g, state[0], state[1], from, to, adamRate, BETA1, BETA2, epsilon, decay, 1f);
                case ADAMW -> Updates.adam(w, g, state[0], state[1], from, to, adamRate, BETA1, BETA2, epsilon, 0f,
                        1f - rate * decay);
            }
        }
    }

    /** The rule of the step. */
    public Rule rule() {
        return rule;
    }

    /** The state as tensors, named after the parameters: {@code optimizer.dense1.weight.0}. */
    List<Safetensors.Tensor> state() {
        List<Safetensors.Tensor> tensors = new ArrayList<>();
        for (int p = 0; p < parameters.size(); p++) {
            Parameter parameter = parameters.get(p);
            for (int s = 0; s < rule.states; s++) {
                tensors.add(new Safetensors.Tensor("optimizer.%s.%d".formatted(parameter.name(), s), parameter.shape(),
                        states.get(p)[s]));
            }
        }
        return tensors;
    }
}
