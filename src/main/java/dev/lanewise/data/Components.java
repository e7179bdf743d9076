package dev.lanewise.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
        double least = Arrays.stream(mass).max().getAsDouble() / SPECK;
        int[] kept = new int[component.length];
        Arrays.setAll(kept, i -> mass[component[i]] >= least ? ink.levels()[i] : 0);
        return new Grey(ink.width(), ink.height(), kept);
    }
}
