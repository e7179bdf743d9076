package dev.lanewise.data;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The numbers that an IDX file can hold besides unsigned bytes, made into the unsigned bytes of pixels and labels. A class of
 * its own, so that reading MNIST does not load it.
 *
 * <p>Whole numbers must be 0 to 255 and stay what they are. Floating-point pixels that lie from 0 to 1, all of a file, are
 * multiplied by 255 and rounded; others must be whole numbers from 0 to 255.
 */
final class IdxNumbers {
    private static final int SIGNED_BYTE = 0x09;
    private static final int SHORT = 0x0b;
    private static final int INT = 0x0c;
    private static final int FLOAT = 0x0d;
    private static final int DOUBLE = 0x0e;
    private static final int MOST = 255;

    private IdxNumbers() {
    }

    /** Bytes of a number of this type; 0 where there is no such type. */
    static int bytes(int type) {
        return switch (type) {
            case SIGNED_BYTE -> Byte.BYTES;
            case SHORT -> Short.BYTES;
            case INT, FLOAT -> Integer.BYTES;
            case DOUBLE -> Long.BYTES;
            default -> 0;
        };
    }

    /** The number that stands at an index; every number of these types is a double too. */
    private interface Numbers {
        double at(int index);
    }

    private static Numbers numbers(IdxReader.Content content) {
        ByteBuffer data = ByteBuffer.wrap(content.data());
        return switch (content.type()) {
            case IdxReader.UNSIGNED_BYTE -> index -> data.get(index) & 0xff;
            case SIGNED_BYTE -> data::get;
            case SHORT -> index -> data.getShort(index * Short.BYTES);
            case INT -> index -> data.getInt(index * Integer.BYTES);
            case FLOAT -> index -> data.getFloat(index * Float.BYTES);
            default -> index -> data.getDouble(index * Double.BYTES);
        };
    }

    /** All numbers as pixels. */
    static byte[] pixels(Path file, IdxReader.Content content) throws InputException {
        Numbers numbers = numbers(content);
        boolean floating = content.type() == FLOAT || content.type() == DOUBLE;
        byte[] pixels = new byte[content.data().length / bytes(content.type())];
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        boolean whole = true;
        for (int i = 0; i < pixels.length; i++) {
            double number = numbers.at(i);
            least = Math.min(least, number); // NaN stays NaN
            most = Math.max(most, number);
            whole &= number == Math.rint(number);
        }
        boolean shares = floating && least >= 0 && most <= 1;
        if (pixels.length > 0 && !shares && !(least >= 0 && most <= MOST && whole)) {
            throw new InputException("%s has pixels from %s to %s, and they must be whole numbers from 0 to 255%s; "
                    .formatted(file, text(least), text(most), floating ? " or all lie from 0 to 1" : "")
                    + "scale them");
        }
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (shares ? MOST * numbers.at(i) + 0.5 : numbers.at(i));
        }
        return pixels;
    }

    /** A whole number without a point. */
    private static String text(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1L << 53
                ? String.valueOf((long) number)
                : String.valueOf(number);
    }

    /** Of each image the first of its numbers, less {@code first}. */
    static byte[] labels(Path file, IdxReader.Content content, int columns, int first) throws InputException {
        if (content.type() == FLOAT || content.type() == DOUBLE) {
            throw new InputException("%s has floating-point labels; save them as whole numbers from 0 to 255"
                    .formatted(file));
        }
        Numbers numbers = numbers(content);
        byte[] labels = new byte[content.sizes()[0]];
        for (int i = 0; i < labels.length; i++) {
            int label = (int) numbers.at(i * columns);
            if (label < first || label > MOST) {
                throw new InputException("%s: image %d has the label %d, and labels are %d to %d; number the classes so"
                        .formatted(file, i, label, first, MOST));
            }
            labels[i] = (byte) (label - first);
        }
        return labels;
    }
}
