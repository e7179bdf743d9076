package dev.lanewise.cli;

import dev.lanewise.data.Preparer;
import dev.lanewise.kernel.Shape;
import java.nio.charset.Charset;

/** An image in a terminal, two characters a pixel, so that it looks square. */
final class Shades {
    private static final String BLOCKS = " \u2591\u2592\u2593\u2588";
    private static final String ASCII = " .:-=+*#%@";
    /** Longest side of what fits an 80 column terminal. */
    private static final int MOST_SIDE = 39;

    private Shades() {
    }

    static boolean canEncode(Charset charset) {
        return charset.newEncoder().canEncode(BLOCKS);
    }

    /** Lines, each with its end; light is dense, as ink is on a dark terminal. */
    static String of(byte[] pixels, Shape shape, boolean blocks) {
        byte[] grey = Preparer.grey(pixels, shape);
        int step = Math.ceilDiv(Math.max(shape.height(), shape.width()), MOST_SIDE);
        String shades = blocks ? BLOCKS : ASCII;
        StringBuilder text = new StringBuilder();
        for (int y = 0; y < shape.height(); y += step) {
            for (int x = 0; x < shape.width(); x += step) {
                int level = grey[y * shape.width() + x] & 0xff;
                text.repeat(shades.charAt((level * (shades.length() - 1) + 127) / 255), 2);
            }
            text.append(System.lineSeparator());
        }
        return text.toString();
    }
}
