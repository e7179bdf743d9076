package dev.lanewise.data;

import dev.lanewise.data.ImageReader.Image;
import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes of an image what a network takes. An image that has the network's size and polarity is taken as it is, so that an
 * image of its data set, saved as a file, gets the answer that it gets there.
 *
 * @param shape of what the network takes
 * @param preparation how its images were made what they are
 * @param ink what those are like
 */
public record Preparer(Shape shape, Preparation preparation, Polarity ink) {
    /** Images with more pixels are read every second, third, ... row and column, so that memory stays bounded. */
    private static final long MOST_DECODED = 16_000_000;
    /** Longest side where one digit is looked for: one a tenth as large still has more than MNIST's 20 pixels. */
    private static final int SIDE_OF_ONE = 256;
    /** The same for several. */
    private static final int SIDE_OF_MANY = 1024;

    /** Checks that the shape is of an image, and has one channel where ink is to be centred. */
    public Preparer {
        if (shape.channels() != 1 && (shape.channels() != 3 || preparation == Preparation.CENTRE)) {
            throw new IllegalArgumentException(shape.channels() == 3
                    ? "images in colour cannot be centred; use scale or none"
                    : "a network that takes %s numbers cannot be shown a picture; ask it about an IDX file"
                            .formatted(shape));
        }
    }

    /** An image prepared. */
    public static final class Prepared {
        private final byte[] pixels;
        private final boolean inverted;
        private final boolean several;
        private final Box box;

        /** A prepared image of these pixels, of which it keeps a copy. */
        public Prepared(byte[] pixels, boolean inverted, boolean several, Box box) {
            this.pixels = pixels.clone();
            this.inverted = inverted;
            this.several = several;
            this.box = box;
        }

        /** Unsigned bytes of the network's shape; a copy. */
        public byte[] pixels() {
            return pixels.clone();
        }

        /** Whether light and dark were turned round. */
        public boolean inverted() {
            return inverted;
        }

        /** Whether more than one digit seems to be in it; false where no ink was looked for. */
        public boolean several() {
            return several;
        }

        /** Where it is in the image. */
        public Box box() {
            return box;
        }
    }

    /**
     * Reads an image file.
     *
     * @throws InputException if it is none, or not one that can be prepared
     */
    public Prepared prepare(Path file) throws IOException {
        return prepare(read(file), file);
    }

    /** Decodes an image file; a large one in part of its pixels only. Throws InputException if it is none. */
    public static Image read(Path file) throws IOException {
        return ImageReader.read(file, MOST_DECODED);
    }

    /**
     * Decodes an image file that is in memory; a large one in part of its pixels only.
     *
     * @param file its bytes
     * @param name for messages
     * @throws InputException if it is none
     */
    public static Image read(byte[] file, Object name) throws IOException {
        return ImageReader.read(file, name, MOST_DECODED);
    }

    /**
     * Prepares an image.
     *
     * @param name for messages
     * @throws InputException if nothing is drawn on it, or it has another size and is to be taken as it is
     */
    public Prepared prepare(Image read, Object name) throws InputException {
        Image image = inChannels(read);
        Shape size = image.shape();
        Box whole = new Box(0, 0, size.width(), size.height());
        boolean fits = size.equals(shape);
        if (preparation == Preparation.NONE) {
            if (!fits) {
                throw new InputException("%s has %s pixels, and this network takes images of %s as they are; scale it"
                        .formatted(name, size, shape)).about("prepare scale");
            }
            return new Prepared(image.pixels(), false, false, whole);
        }
        Polarity own = fits ? Polarity.ofClean(image) : Polarity.NONE;
        if (preparation == Preparation.SCALE || fits && own == ink) {
            return scaled(image, whole, fits ? own : Polarity.NONE, fits);
        }
        if (own != Polarity.NONE && ink != Polarity.NONE && Centring.isDone(light(image, own == Polarity.DARK))) {
            return new Prepared(inverted(image.pixels()), true, false, whole);
        }
        Ink found = Ink.of(Grey.of(image, SIDE_OF_ONE));
        if (found.isBlank()) {
            throw blank(name);
        }
        boolean several = new Components(found.levels()).lines().stream().mapToInt(List::size).sum() > 1;
        return centred(found.levels(), found.dark(), several, whole);
    }

    /**
     * Finds what is written in an image, digits or letters that do not touch, from left to right in lines from the top.
     *
     * @param name for messages
     * @throws InputException if nothing is written on it, or images are to be taken as they are
     */
    public List<List<Prepared>> split(Image read, Object name) throws InputException {
        if (preparation == Preparation.NONE) {
            throw new InputException(
                    "%s: this network takes images as they are; to split it, let images be centred or scaled"
                            .formatted(name))
                    .about("prepare centre");
        }
        Image image = inChannels(read);
        Grey grey = Grey.of(image, SIDE_OF_MANY);
        Ink found = Ink.of(grey);
        if (found.isBlank()) {
            throw blank(name);
        }
        int cell = Grey.cellSide(image, SIDE_OF_MANY);
        return new Components(found.levels()).lines().stream().map(line -> line.stream().map(group -> {
            Box box = group.box(1);
            Box full = new Box(box.left() * cell, box.top() * cell, Math.min(image.shape().width(), box.right() * cell),
                    Math.min(image.shape().height(), box.bottom() * cell));
            return preparation == Preparation.CENTRE
                    ? centred(group, found.dark(), false, full)
                    : scaled(cut(image, full), full, Polarity.NONE, false);
        }).toList()).toList();
    }

    private static InputException blank(Object name) {
        return new InputException("%s shows nothing but blank paper; draw a digit on it.".formatted(name));
    }

    private Prepared centred(Grey levels, boolean dark, boolean several, Box box) {
        byte[] light = Centring.centred(levels, shape);
        return ink == Polarity.DARK
                ? new Prepared(inverted(light), !dark, several, box)
                : new Prepared(light, dark, several, box);
    }

    private Prepared scaled(Image image, Box box, Polarity known, boolean fits) {
        Polarity own = known != Polarity.NONE || fits || shape.channels() > 1 ? known : Polarity.ofAny(image);
        boolean turn = ink != Polarity.NONE && own != Polarity.NONE && own != ink;
        byte[] pixels = Scaling.scale(image, shape.height(), shape.width()).pixels();
        return new Prepared(turn ? inverted(pixels) : pixels, turn, false, box);
    }

    /** The box with a margin of a fifth of its longer side, as a square as far as the image goes. */
    private static Image cut(Image image, Box box) {
        Shape from = image.shape();
        int side = box.longerSide() * 7 / 5 + 2;
        int left = Math.clamp((box.left() + box.right() - side) / 2, 0, Math.max(0, from.width() - side));
        int top = Math.clamp((box.top() + box.bottom() - side) / 2, 0, Math.max(0, from.height() - side));
        Shape shape = new Shape(Math.min(side, from.height()), Math.min(side, from.width()), from.channels());
        byte[] pixels = new byte[shape.size()];
        int row = shape.width() * shape.channels();
        for (int y = 0; y < shape.height(); y++) {
            System.arraycopy(image.pixels(), ((top + y) * from.width() + left) * from.channels(), pixels, y * row, row);
        }
        return new Image(shape, pixels);
    }

    /** Grey by luminance, or the same level in every channel. */
    private Image inChannels(Image image) {
        Shape from = image.shape();
        if (from.channels() == shape.channels()) {
            return image;
        }
        if (shape.channels() == 1) {
            return new Image(new Shape(from.height(), from.width(), 1), grey(image.pixels(), from));
        }
        byte[] pixels = new byte[from.size() * shape.channels()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = image.pixels()[i / shape.channels()];
        }
        return new Image(new Shape(from.height(), from.width(), shape.channels()), pixels);
    }

    /** The luminance of an image of one or three channels. */
    public static byte[] grey(byte[] pixels, Shape shape) {
        if (shape.channels() == 1) {
            return pixels;
        }
        byte[] grey = new byte[shape.height() * shape.width()];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = (byte) ImageReader.luminance(pixels, 3 * i);
        }
        return grey;
    }

    private static Grey light(Image image, boolean dark) {
        return Grey.of(image, Integer.MAX_VALUE).map(p -> dark ? 255 - p : p);
    }

    private static byte[] inverted(byte[] pixels) {
        byte[] inverted = new byte[pixels.length];
        for (int i = 0; i < inverted.length; i++) {
            inverted[i] = (byte) ~pixels[i];
        }
        return inverted;
    }
}
