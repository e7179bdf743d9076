package dev.lanewise.kernel;

/** Specifies {@link Pooling}, a window at a time: the same bits. A window's places begin at {@code places} behind its first. */
final class ScalarPooling {
    private ScalarPooling() {
    }

    /** y = the largest, found = which place it was. */
    static void max(float[] x, int from, int[] places, float[] y, int to, byte[] found, int lanes) {
        for (int i = 0; i < lanes; i++) {
            float best = x[from + i];
            int place = 0;
            for (int p = 1; p < places.length; p++) {
                float value = x[from + places[p] + i];
                if (!(value <= best) && !Float.isNaN(best)) {
                    best = value;
                    place = p;
                }
            }
            y[to + i] = best;
            found[to + i] = (byte) place;
        }
    }

    /** Adds dy at the place that was found. */
    static void maxGradient(float[] dy, int from, byte[] found, int[] places, float[] dx, int to, int lanes) {
        for (int i = 0; i < lanes; i++) {
            dx[to + places[found[from + i] & 0xff] + i] += dy[from + i];
        }
    }

    /** y = the sum divided by the number of places. */
    static void average(float[] x, int from, int[] places, float[] y, int to, int lanes) {
        for (int i = 0; i < lanes; i++) {
            float sum = 0f;
            for (int place : places) {
                sum += x[from + place + i];
            }
            y[to + i] = sum / places.length;
        }
    }

    /** Adds dy, divided by the number of places, at all of them. */
    static void averageGradient(float[] dy, int from, int[] places, float[] dx, int to, int lanes) {
        for (int i = 0; i < lanes; i++) {
            float share = dy[from + i] / places.length;
            for (int place : places) {
                dx[to + place + i] += share;
            }
        }
    }
}
