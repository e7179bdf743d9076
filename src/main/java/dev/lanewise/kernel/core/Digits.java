package dev.lanewise.kernel.core;

/**
 * Whole numbers in the digits 0 to 9, as people type them and as files have them. {@link Integer#parseInt} takes those of
 * all scripts, which no other program would read.
 */
public final class Digits {
    private Digits() {
    }

    /** The number that the text is; a NumberFormatException where it is none, or more than 64 bits hold. */
    public static long parseLong(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (i > 0 || c != '-')) {
                throw new NumberFormatException("not a whole number: " + text);
            }
        }
        return Long.parseLong(text);
    }

    /** The same, of 32 bits. */
    public static int parseInt(String text) {
        long value = parseLong(text);
        if (value != (int) value) {
            throw new NumberFormatException("more than 32 bits: " + text);
        }
        return (int) value;
    }
}
