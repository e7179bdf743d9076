package dev.lanewise.train;

import dev.lanewise.kernel.Updates;
import dev.lanewise.model.Spec;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adam (Kingma and Ba 2015): running means m of the gradient and v of its square, w -= rate * m / (sqrt(v) + epsilon), both
 * means divided by 1 - beta^t, as they begin at 0. Weight decay is added to the gradient; {@link AdamW} takes it apart.
 *
 * @param beta1 what m keeps of itself in a step, from 0 to below 1
 * @param beta2 what v keeps of itself in a step, from 0 to below 1
 * @param epsilon above 0
 */
public record Adam(double beta1, double beta2, double epsilon) implements Optimizer {
    /** beta1 0.9, beta2 0.999, epsilon 1e-8. */
    static final Map<String, Double> USUAL = usual();

    /** Refuses numbers out of their ranges with an IllegalArgumentException. */
    public Adam {
        if (!(beta1 >= 0 && (float) beta1 < 1 && beta2 >= 0 && (float) beta2 < 1)) {
            throw new IllegalArgumentException(
                    "beta1, beta2: from 0 to below 1, not %s and %s".formatted(beta1, beta2));
        }
        if (!(epsilon > 0 && epsilon < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("epsilon: above 0, not %s".formatted(epsilon));
        }
    }

    /** As described, {@code adam beta1=0.9 beta2=0.999 epsilon=1e-8}. */
    static Adam of(Spec spec) {
        return new Adam(spec.option(USUAL, "beta1"), spec.option(USUAL, "beta2"), spec.option(USUAL, "epsilon"));
    }

    private static Map<String, Double> usual() {
        Map<String, Double> usual = new LinkedHashMap<>();
        usual.put("beta1", 0.9);
        usual.put("beta2", 0.999);
        usual.put("epsilon", 1e-8);
        return usual;
    }

    @Override
    public Spec spec() {
        return spec("adam");
    }

    Spec spec(String kind) {
        Map<String, Double> options = new LinkedHashMap<>();
        options.put("beta1", beta1);
        options.put("beta2", beta2);
        options.put("epsilon", epsilon);
        return Spec.ofOptions(kind, options, USUAL);
    }

    @Override
    public int states() {
        return 2; // m, v
    }

    /** Folds both corrections into rate and epsilon. */
    @Override
    public void prepare(long step, float rate, float[] coefficients) {
        double correction1 = 1 - StrictMath.pow((float) beta1, step + 1);
        double correction2 = Math.sqrt(1 - StrictMath.pow((float) beta2, step + 1));
        coefficients[0] = (float) (rate * correction2 / correction1);
        coefficients[1] = (float) (epsilon * correction2);
        coefficients[2] = rate;
    }

    @Override
    public void update(float[] w, float[] g, int shift, float[][] state, int from, int to, float[] coefficients,
            float decay) {
        step(w, g, shift, state, from, to, coefficients, decay, 1f);
    }

    void step(float[] w, float[] g, int shift, float[][] state, int from, int to, float[] coefficients, float decay,
            float shrink) {
        Updates.adam(w, g, shift, state[0], state[1], from, to, coefficients[0], (float) beta1, (float) beta2,
                coefficients[1], decay, shrink);
    }

    @Override
    public double reference(double w, double g, double[] state, long step, double rate, double decay) {
        double gradient = g + decay * w;
        state[0] = beta1 * state[0] + (1 - beta1) * gradient;
        state[1] = beta2 * state[1] + (1 - beta2) * gradient * gradient;
        double m = state[0] / (1 - Math.pow(beta1, step + 1));
        double v = state[1] / (1 - Math.pow(beta2, step + 1));
        return w - rate * m / (Math.sqrt(v) + epsilon);
    }
}
