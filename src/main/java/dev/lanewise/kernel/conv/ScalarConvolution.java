package dev.lanewise.kernel.conv;

import static dev.lanewise.kernel.conv.Geometry.GROUP;

import java.util.Arrays;

/**
 * Specifies convolution in plain loops: the same bits as {@code kernel.Convolution}. Where the JVM does not compile the
 * Vector API, it is what convolves. Arguments are checked there.
 */
public final class ScalarConvolution {
    private ScalarConvolution() {
    }

    /** y = the bias, then the chain over the taps ascending that are not in the padding. */
    public static void forward(Geometry geometry, float[] x, float[] filters, float[] bias, float[] y, int fromGroup,
            int toGroup) {
        for (int g = fromGroup; g < toGroup; g++) {
            for (int row = 0; row < geometry.outputHeight(); row++) {
                for (int column = 0; column < geometry.outputWidth(); column++) {
                    int to = geometry.outputAt(g, row, column);
                    for (int o = 0; o < geometry.filters(); o++) {
                        for (int lane = 0; lane < GROUP; lane++) {
                            y[to + o * GROUP + lane] = bias[o];
                        }
                    }
                    forEachTap(geometry, g, row, column, (tap, from) -> {
                        for (int o = 0; o < geometry.filters(); o++) {
                            chain(filters[tap * geometry.filters() + o], x, from, y, to + o * GROUP);
                        }
                    });
                }
            }
        }
    }

    /** dx = the chain from +0 over the windows that a place is in, row by row, and their channels, all ascending. */
    public static void inputGradient(Geometry geometry, float[] dy, float[] filters, float[] dx, int fromGroup,
            int toGroup) {
        Arrays.fill(dx, geometry.inputAt(fromGroup, 0, 0), geometry.inputAt(toGroup, 0, 0), 0f);
        for (int g = fromGroup; g < toGroup; g++) {
            for (int row = 0; row < geometry.outputHeight(); row++) {
                for (int column = 0; column < geometry.outputWidth(); column++) {
                    int from = geometry.outputAt(g, row, column);
                    forEachTap(geometry, g, row, column, (tap, to) -> {
                        for (int o = 0; o < geometry.filters(); o++) {
                            chain(filters[tap * geometry.filters() + o], dy, from + o * GROUP, dx, to);
                        }
                    });
                }
            }
        }
    }

    /**
     * dw = for taps in a range the chain from +0 over groups, rows, columns and lanes of the output, all ascending; where there
     * are few taps, such a chain for each lane, and the lanes' sum.
     */
    public static void weightGradient(Geometry geometry, float[] x, float[] dy, int groups, int fromTap, int toTap,
            float[] dw, int dwOffset) {
        int filters = geometry.filters();
        boolean fewTaps = geometry.fewTaps();
        int width = fewTaps ? GROUP : 1;
        float[] sums = new float[(toTap - fromTap) * filters * width];
        for (int g = 0; g < groups; g++) {
            for (int row = 0; row < geometry.outputHeight(); row++) {
                for (int column = 0; column < geometry.outputWidth(); column++) {
                    int at = geometry.outputAt(g, row, column);
                    forEachTap(geometry, g, row, column, (tap, from) -> {
                        for (int o = 0; o < filters && tap >= fromTap && tap < toTap; o++) {
                            int to = ((tap - fromTap) * filters + o) * width;
                            for (int lane = 0; lane < GROUP; lane++) {
                                int sum = to + lane % width;
                                sums[sum] = Math.fma(x[from + lane], dy[at + o * GROUP + lane], sums[sum]);
                            }
                        }
                    });
                }
            }
        }
        for (int i = 0; i < sums.length / width; i++) {
            dw[dwOffset + i] = fewTaps ? LaneSum.of(sums, i * GROUP) : sums[i];
        }
    }

    private interface Tap {
        /** A tap, and where its lanes begin in the input. */
        void at(int tap, int inputAt);
    }

    /** The taps of a window, ascending, that are not in the padding. */
    private static void forEachTap(Geometry geometry, int group, int row, int column, Tap action) {
        for (int kernelRow = 0; kernelRow < geometry.kernelHeight(); kernelRow++) {
            int inputRow = row * geometry.stride() + kernelRow - geometry.padding();
            for (int kernelColumn = 0; kernelColumn < geometry.kernelWidth(); kernelColumn++) {
                int inputColumn = column * geometry.stride() + kernelColumn - geometry.padding();
                if (inputRow < 0 || inputRow >= geometry.height() || inputColumn < 0
                        || inputColumn >= geometry.width()) {
                    continue;
                }
                int at = geometry.inputAt(group, inputRow, inputColumn);
                int tap = (kernelRow * geometry.kernelWidth() + kernelColumn) * geometry.channels();
                for (int channel = 0; channel < geometry.channels(); channel++) {
                    action.at(tap + channel, at + channel * GROUP);
                }
            }
        }
    }

    /** Adds w times the lanes at {@code from} to those at {@code to}. */
    private static void chain(float w, float[] x, int from, float[] y, int to) {
        for (int lane = 0; lane < GROUP; lane++) {
            y[to + lane] = Math.fma(x[from + lane], w, y[to + lane]);
        }
    }
}
