package dev.lanewise.data;

final class Strokes {
    static double LEAST = Double.parseDouble(System.getProperty("least", "1.7"));
    static double USUAL = Double.parseDouble(System.getProperty("usual", "2.2"));

    private Strokes() {
    }

    /** On a grid of 80: null if thick enough. */
    static Grey thickened(Grey ink) {
        double side = ink.box(128).longerSide();
        double width = width(ink);
        double relative = width * 20 / side;
        if (relative >= LEAST) {
            return null;
        }
        double radius = (USUAL * side / 20 - width) / (2 * (1 - USUAL / 20));
        int reach = (int) Math.ceil(radius);
        int[] levels = new int[ink.levels().length];
        for (int i = 0; i < levels.length; i++) {
            int level = ink.levels()[i];
            if (level == 0) {
                continue;
            }
            int x = i % ink.width();
            int y = i / ink.width();
            for (int v = Math.max(0, y - reach); v <= Math.min(ink.height() - 1, y + reach); v++) {
                for (int u = Math.max(0, x - reach); u <= Math.min(ink.width() - 1, x + reach); u++) {
                    double d = Math.hypot(u - x, v - y);
                    int l = (int) (level * Math.clamp(radius + 0.5 - d, 0.0, 1.0));
                    levels[v * ink.width() + u] = Math.max(levels[v * ink.width() + u], l);
                }
            }
        }
        return new Grey(ink.width(), ink.height(), levels);
    }

    static double width(Grey ink) {
        double area = 0;
        double edge = 0;
        int w = ink.width();
        for (int i = 0; i < ink.levels().length - w; i++) {
            area += ink.levels()[i];
            edge += Math.hypot(ink.levels()[i + 1] - ink.levels()[i], ink.levels()[i + w] - ink.levels()[i]);
        }
        return 2 * area / edge;
    }
}
