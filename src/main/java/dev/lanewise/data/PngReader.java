package dev.lanewise.data;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/** Reads PNG images as grey levels of at most 256 pixels a side. */
final class PngReader {
    private static final long MAX_DECODED = 16_000_000;
    /** Longest side of what is handed on: a digit a tenth as large still has more than MNIST's 20 pixels. */
    private static final int MAX_SIDE = 256;

    private PngReader() {
    }

    /** A grey image: {@code levels} is {@code [height, width]}, each from 0, black, to 255, white. */
    record Grey(int width, int height, int[] levels) {
        Grey map(IntUnaryOperator operator) {
            return new Grey(width, height, Arrays.stream(levels).map(operator).toArray());
        }

        int max() {
            return Arrays.stream(levels).max().getAsInt();
        }
    }

    /** Whether the file's content begins as a PNG image does. Throws InputException where there is no readable file. */
    static boolean isPng(Path file) throws IOException {
        return ImageReader.format(file).equals(Optional.of(ImageFormat.PNG));
    }

    /**
     * Reads an image of up to 64 megapixels, averaged down to at most 256 pixels a side. Throws InputException for a
     * file that is missing, not a PNG image, cut short, damaged or too large.
     */
    static Grey read(Path png) throws IOException {
        if (!isPng(png)) {
            throw new InputException("%s is not a PNG image; save it as PNG first.".formatted(png));
        }
        return grey(ImageReader.read(png, MAX_DECODED));
    }

    /** Luminance, averaged over square cells of pixels. */
    private static Grey grey(ImageReader.Image image) {
        Shape shape = image.shape();
        byte[] pixels = image.pixels();
        int cellSide = Math.ceilDiv(Math.max(shape.width(), shape.height()), MAX_SIDE);
        int width = Math.ceilDiv(shape.width(), cellSide);
        int height = Math.ceilDiv(shape.height(), cellSide);
        long[] sums = new long[width * height];
        int[] counts = new int[width * height];
        for (int i = 0; i < shape.height() * shape.width(); i++) {
            int cell = i / shape.width() / cellSide * width + i % shape.width() / cellSide;
            sums[cell] += shape.channels() == 1
                    ? pixels[i] & 0xff
                    : ImageReader.luminance(pixels[3 * i] & 0xff, pixels[3 * i + 1] & 0xff, pixels[3 * i + 2] & 0xff);
            counts[cell]++;
        }
        int[] levels = new int[width * height];
        Arrays.setAll(levels, i -> ImageReader.divideRounded(sums[i], counts[i]));
        return new Grey(width, height, levels);
    }
}
