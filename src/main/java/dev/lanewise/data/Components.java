package dev.lanewise.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The connected components of ink. Pixels that touch by a corner are connected. */
final class Components {
    /** A component with less of the heaviest one's mass is a speck. */
    private static final int SPECK = 20;
    /** Paper's edges, frames and shadows count so much less than what lies within the image. */
    private static final int OUTSIDE = 1000;

    private final Grey ink;
    private final int[] component; // of each pixel: 1, 2, ...; 0 without ink
    private final List<Box> boxes = new ArrayList<>(); // of component 1, 2, ...
    private final double[] mass; // by component; 0 is nobody's

    Components(Grey ink) {
        this.ink = ink;
        component = new int[ink.levels().length];
        int[] stack = new int[component.length];
        for (int start = 0; start < component.length; start++) {
            if (ink.levels()[start] != 0 && component[start] == 0) {
                boxes.add(fill(start, stack, boxes.size() + 1));
            }
        }
        mass = new double[boxes.size() + 1];
        int[] edgePixels = new int[mass.length];
        for (int i = 0; i < component.length; i++) {
            int x = i % ink.width();
            int y = i / ink.width();
            mass[component[i]] += ink.levels()[i];
            edgePixels[component[i]] += x == 0 || y == 0 || x == ink.width() - 1 || y == ink.height() - 1 ? 1 : 0;
        }
        for (int c = 1; c < mass.length; c++) {
            // Along half of a side runs a frame or the paper's own edge: to be kept only where little else is.
            if (edgePixels[c] >= Math.max(ink.width(), ink.height()) / 2) {
                mass[c] /= OUTSIDE;
            } else if (edgePixels[c] > 0) {
                mass[c] /= 4;
            }
        }
    }

    private Box fill(int start, int[] stack, int number) {
        Box box = Box.NOTHING;
        component[start] = number;
        int depth = 0;
        stack[depth++] = start;
        while (depth > 0) {
            int at = stack[--depth];
            int x = at % ink.width();
            int y = at / ink.width();
            box = box.with(x, y);
            for (int v = Math.max(0, y - 1); v <= Math.min(ink.height() - 1, y + 1); v++) {
                for (int u = Math.max(0, x - 1); u <= Math.min(ink.width() - 1, x + 1); u++) {
                    int neighbour = v * ink.width() + u;
                    if (ink.levels()[neighbour] != 0 && component[neighbour] == 0) {
                        component[neighbour] = number;
                        stack[depth++] = neighbour;
                    }
                }
            }
        }
        return box;
    }

    /** The ink without specks and without a frame. */
    Grey withoutSpecks() {
        return only(heavy());
    }

    private BitSet heavy() {
        double least = Arrays.stream(mass).max().getAsDouble() / SPECK;
        BitSet heavy = new BitSet();
        IntStream.range(1, mass.length).filter(c -> mass[c] >= least).forEach(heavy::set);
        return heavy;
    }

    private Grey only(BitSet components) {
        int[] kept = new int[component.length];
        Arrays.setAll(kept, i -> components.get(component[i]) ? ink.levels()[i] : 0);
        return new Grey(ink.width(), ink.height(), kept);
    }

    /** Components that make one character, or a part of it. */
    private record Group(BitSet components, Box box) {
        Group with(Group other) {
            BitSet both = (BitSet) components.clone();
            both.or(other.components);
            return new Group(both, box.with(other.box));
        }

        /** Columns from one to the other; negative where they are above one another. */
        int gap(Group other) {
            return Math.max(box.left(), other.box.left()) - Math.min(box.right(), other.box.right());
        }

        boolean isAbove(Group other) {
            return -2 * gap(other) >= Math.min(box.width(), other.box.width());
        }
    }

    /**
     * Characters from left to right, in lines from the top. Components above one another make a character, and what is less
     * than half as high as the highest belongs to the character next to it, or to none.
     */
    List<List<Grey>> lines() {
        List<Group> all = heavy().stream().mapToObj(c -> {
            BitSet one = new BitSet();
            one.set(c);
            return new Group(one, boxes.get(c - 1));
        }).sorted(Comparator.comparingInt(group -> group.box.top() + group.box.bottom())).toList();
        int highest = all.stream().mapToInt(group -> group.box.height()).max().orElse(0);
        List<List<Group>> lines = new ArrayList<>();
        Box line = Box.NOTHING;
        for (Group group : all) {
            if (2 * group.box.height() >= highest) {
                if (lines.isEmpty() || group.box.top() + group.box.bottom() >= 2 * line.bottom()) {
                    lines.add(new ArrayList<>());
                    line = Box.NOTHING;
                }
                line = line.with(group.box);
                place(group, lines.getLast());
            }
        }
        for (Group group : all) {
            if (2 * group.box.height() < highest) {
                lines.stream().min(Comparator.comparingInt(some -> distance(group, some)))
                        .ifPresent(some -> attach(group, some, highest / 6));
            }
        }
        return lines.stream().map(some -> some.stream().sorted(Comparator.comparingInt(group -> group.box.left()))
                .map(group -> only(group.components)).toList()).toList();
    }

    /** Adds a group to a line, with those that are above or below it as one. */
    private static void place(Group group, List<Group> line) {
        for (Group other : List.copyOf(line)) {
            if (group.isAbove(other)) {
                line.remove(other);
                group = group.with(other);
            }
        }
        line.add(group);
    }

    /** Adds a small group to the nearest one of a line, if that is no further than that. */
    private static void attach(Group group, List<Group> line, int furthest) {
        line.stream().min(Comparator.comparingInt(group::gap)).filter(other -> group.gap(other) <= furthest)
                .ifPresent(other -> {
                    line.remove(other);
                    line.add(other.with(group));
                });
    }

    private static int distance(Group group, List<Group> line) {
        return line.stream().mapToInt(other -> Math.max(group.box.top(), other.box.top())
                - Math.min(group.box.bottom(), other.box.bottom())).min().orElse(Integer.MAX_VALUE);
    }
}
