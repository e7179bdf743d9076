package dev.lanewise.train;

import dev.lanewise.kernel.Updates;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Parts;
import java.util.List;

/**
 * Keeps the exponential moving average of parameters, beginning with what they are. In step t, from 0, the average keeps
 * min(decay, (1 + t) / (10 + t)) of itself, so that it soon forgets the initial weights.
 */
final class WeightAverage {
    private final List<Parameter> parameters;
    private final List<Parameter> averages;
    private final double decay;

    /** An average of these in parameters of the same shapes, another network's. */
    WeightAverage(List<Parameter> parameters, List<Parameter> averages, double decay) {
        if (!averages.stream().map(Parameter::shape).toList()
                .equals(parameters.stream().map(Parameter::shape).toList())) {
            throw new IllegalArgumentException("averages: not of the parameters' shapes");
        }
        this.parameters = parameters;
        this.averages = averages;
        this.decay = decay;
        for (int p = 0; p < parameters.size(); p++) {
            System.arraycopy(parameters.get(p).value(), 0, averages.get(p).value(), 0, parameters.get(p).size());
        }
    }

    /** A share of a step, after that of the parameters. */
    void update(long step, int from, int to) {
        float kept = (float) Math.min(decay, (1.0 + step) / (10.0 + step));
        for (int p = 0; p < averages.size(); p++) {
            Parameter parameter = parameters.get(p);
            Updates.movingAverage(parameter.value(), averages.get(p).value(), Parts.element(parameter, from),
                    Parts.element(parameter, to), kept);
        }
    }
}
