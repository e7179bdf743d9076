package dev.lanewise.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the lines of ruled or squared paper, by a Hough transform. A line is thin, runs nearly along a side of the image, from one
 * edge to the other, and past the writing on both sides.
 */
final class RuledLines {
    private static final double STEEPEST = 0.2;
    /** In so many of its columns a line is seen alone; in the others it may be crossed by writing. */
    private static final double LEAST_SEEN = 0.5;
    private static final int MOST_LINES = 40;
    /** So many parallel lines from edge to edge are no strokes. */
    private static final int UNDOUBTED = 3;
    /** Longest side of the image in the transform's units. */
    private static final int RESOLUTION = 256;

    private final Grey rise;
    private final int low;
    private final double unit;
    private final List<Run> runs;

    /** Pixels above the threshold, one above the other. */
    private record Run(int x, int top, int bottom, int level) {
        int length() {
            return bottom - top;
        }

        /** Where a line of that slope through this run's middle passes the image's first column. */
        double offset(double slope) {
            return (top + bottom - 1) / 2.0 - slope * x;
        }
    }

    /** A line that may be one: in its pixels there is nothing else. */
    private record Line(double slope, double offset, BitSet pixels) {
    }

    private RuledLines(Grey rise, int low) {
        this.rise = rise;
        this.low = low;
        int side = Math.max(rise.width(), rise.height());
        unit = Math.max(1, (double) side / RESOLUTION);
        runs = runs(Math.max(3, side / 25));
    }

    /**
     * The pixels of all lines.
     *
     * @param rise how far each pixel rises from the paper
     * @param low what rises higher is a line or ink
     */
    static BitSet find(Grey rise, int low) {
        if (!reachesEdge(rise, low)) { // as in most clean drawings, for which the rest would take longer than all else
            return new BitSet();
        }
        Grey turned = rise.transposed();
        List<Line> across = new RuledLines(rise, low).lines();
        List<Line> down = new RuledLines(turned, low).lines();
        BitSet all = new BitSet();
        across.forEach(line -> all.or(line.pixels));
        down.forEach(line -> all.or(turned(line.pixels, turned)));
        if (all.isEmpty()) {
            return all;
        }
        Grey left = without(rise, all).map(r -> r > low ? r : 0);
        if (left.max() == 0) {
            return new BitSet();
        }
        Box writing = new Components(left).withoutSpecks().box(1);
        BitSet lines = new BitSet();
        int past = Math.max(rise.width(), rise.height()) / 40 + 1;
        for (Line line : across) {
            if (across.size() >= UNDOUBTED || writing.left() >= past && writing.right() <= rise.width() - past) {
                lines.or(line.pixels);
            }
        }
        for (Line line : down) {
            if (down.size() >= UNDOUBTED || writing.top() >= past && writing.bottom() <= rise.height() - past) {
                lines.or(turned(line.pixels, turned));
            }
        }
        return lines;
    }

    private static boolean reachesEdge(Grey rise, int low) {
        Box box = rise.box(low + 1);
        return box.left() == 0 && box.right() == rise.width() || box.top() == 0 && box.bottom() == rise.height();
    }

    /** The image without these pixels. */
    static Grey without(Grey rise, BitSet pixels) {
        int[] levels = rise.levels().clone();
        pixels.stream().forEach(i -> levels[i] = 0);
        return new Grey(rise.width(), rise.height(), levels);
    }

    private static BitSet turned(BitSet pixels, Grey from) {
        BitSet turned = new BitSet();
        pixels.stream().forEach(i -> turned.set(i % from.width() * from.height() + i / from.width()));
        return turned;
    }

    private List<Run> runs(int longest) {
        List<Run> found = new ArrayList<>();
        for (int x = 0; x < rise.width(); x++) {
            int top = 0;
            int level = 0;
            for (int y = 0; y <= rise.height(); y++) {
                int here = y < rise.height() ? rise.levels()[y * rise.width() + x] : 0;
                if (here > low) {
                    level = Math.max(level, here);
                } else {
                    if (y > top && y - top <= longest) {
                        found.add(new Run(x, top, y, level));
                    }
                    top = y + 1;
                    level = 0;
                }
            }
        }
        return found;
    }

    private List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        int slopes = (int) (STEEPEST * rise.width() / unit);
        double lowest = -STEEPEST * rise.width() - 2 * unit;
        int[] votes = new int[(int) ((rise.height() - 2 * lowest) / unit) + 2];
        for (int tries = 0; tries < MOST_LINES; tries++) {
            double most = LEAST_SEEN;
            double bestSlope = 0;
            double bestOffset = Double.NaN;
            for (int s = -slopes; s <= slopes; s++) {
                double slope = STEEPEST * s / Math.max(1, slopes);
                Arrays.fill(votes, 0);
                for (Run run : runs) {
                    votes[(int) ((run.offset(slope) - lowest) / unit)]++;
                }
                for (int o = 1; o < votes.length - 1; o++) {
                    double offset = lowest + (o + 0.5) * unit;
                    int seen = votes[o - 1] + votes[o] + votes[o + 1];
                    if (seen > most * rise.width() / 2) {
                        double share = (seen + 0.1 * votes[o]) / length(slope, offset); // of equals the one in the middle
                        if (share > most) {
                            most = share;
                            bestSlope = slope;
                            bestOffset = offset;
                        }
                    }
                }
            }
            if (Double.isNaN(bestOffset)) {
                break;
            }
            Line line = line(bestSlope, bestOffset);
            if (line != null) {
                lines.add(line);
            }
        }
        return lines;
    }

    /** In how many columns a line lies in the image: half of them at least, that it be one. */
    private int length(double slope, double offset) {
        return Math.max(rise.width() / 2, to(slope, offset) - from(slope, offset));
    }

    private int from(double slope, double offset) {
        double at = slope > 0 ? -offset / slope : slope < 0 ? (rise.height() - offset) / slope : 0;
        return Math.clamp((long) Math.ceil(at), 0, rise.width());
    }

    private int to(double slope, double offset) {
        double at = slope > 0 ? (rise.height() - offset) / slope : slope < 0 ? -offset / slope : rise.width();
        return Math.clamp((long) at, 0, rise.width());
    }

    /** Takes the runs of a line, and gives it if it is seen near both ends; else null. */
    private @Nullable Line line(double slope, double offset) {
        List<Run> own = runs.stream().filter(run -> Math.abs(run.offset(slope) - offset) <= 1.5 * unit).toList();
        runs.removeAll(new HashSet<>(own));
        int from = from(slope, offset);
        int to = to(slope, offset);
        int end = Math.max(3, (to - from) / 10);
        long seenFirst = own.stream().filter(run -> run.x < from + end).count();
        long seenLast = own.stream().filter(run -> run.x >= to - end).count();
        if (2 * seenFirst < end || 2 * seenLast < end) {
            return null;
        }
        int width = median(own.stream().mapToInt(Run::length).toArray());
        int level = median(own.stream().mapToInt(Run::level).toArray());
        BitSet pixels = new BitSet();
        for (Run run : own) {
            if (run.length() <= 1.7 * width + 1 && run.level <= 1.4 * level) {
                for (int y = run.top; y < run.bottom; y++) {
                    pixels.set(y * rise.width() + run.x);
                }
            }
        }
        return new Line(slope, offset, pixels);
    }

    private static int median(int[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
