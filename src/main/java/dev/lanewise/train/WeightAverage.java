package dev.lanewise.train;

import dev.lanewise.kernel.Updates;

/**
 * The exponential moving average of parameters, beginning with what they are. In step t, from 0, the average keeps min(decay,
 * (1 + t) / (10 + t)) of itself, so that it soon forgets the initial weights.
 *
 * @param decay what it keeps at most, from 0 to below 1
 */
record WeightAverage(double decay) {
    /** Elements from to to - 1 in a step, after that of the parameters. */
    void update(long step, float[] w, float[] average, int from, int to) {
        Updates.movingAverage(w, average, from, to, (float) Math.min(decay, (1.0 + step) / (10.0 + step)));
    }
}
