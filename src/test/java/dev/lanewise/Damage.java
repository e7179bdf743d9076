package dev.lanewise;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Files as they are after an accident: bytes that are lost, doubled, moved, turned or of another number. */
public final class Damage {
    /** What counts in many formats; digits too, which stand in texts. */
    private static final List<String> NUMBERS = List.of("0", "-1", "1e9", "4.9", "2147483647", "2147483648",
            "4294967300",
            "9223372036854775807", "18446744073709551617", "1e999999999", "NaN", "null", "\"1\"", "[]", "{}", "\u0000",
            "٣");

    private Damage() {
    }

    /** Damages a file at up to three places. */
    public static byte[] of(byte[] whole, SplittableRandom random) {
        byte[] bytes = whole;
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            bytes = once(bytes, random);
        }
        return bytes;
    }

    private static byte[] once(byte[] whole, SplittableRandom random) {
        int n = whole.length;
        // Most of what is said stands at the start, behind it are pixels and weights.
        int at = n == 0 ? 0 : random.nextInt(random.nextBoolean() ? n : Math.min(n, 600));
        int length = Math.min(n - at, 1 + random.nextInt(random.nextInt(10) == 0 ? 1000 : 8));
        return switch (random.nextInt(7)) {
            case 0 -> Arrays.copyOf(whole, at);
            case 1 -> spliced(whole, at, at + length, new byte[0]);
            case 2 -> {
                byte[] noise = new byte[length];
                random.nextBytes(noise);
                yield spliced(whole, at, random.nextBoolean() ? at : at + length, noise);
            }
            case 3 -> { // a piece of it once more, elsewhere
                int from = n == 0 ? 0 : random.nextInt(n);
                yield spliced(whole, at, at + (random.nextBoolean() ? 0 : length),
                        Arrays.copyOfRange(whole, from, Math.min(n, from + length)));
            }
            case 4 -> { // a number that is large as an int, or nothing
                byte[] number = ByteBuffer.allocate(4).putInt(random.nextBoolean()
                        ? -1 >>> random.nextInt(32)
                        : 1 << random.nextInt(32)).array();
                yield spliced(whole, at, Math.min(n, at + 4), number);
            }
            case 5 -> digits(whole, at, random);
            default -> {
                byte[] flipped = whole.clone();
                if (n > 0) {
                    flipped[at] ^= (byte) (1 << random.nextInt(8));
                }
                yield flipped;
            }
        };
    }

    /** The next number in a text becomes another one. */
    private static byte[] digits(byte[] whole, int from, SplittableRandom random) {
        int at = from;
        while (at < whole.length && !(whole[at] >= '0' && whole[at] <= '9')) {
            at++;
        }
        int end = at;
        while (end < whole.length && (whole[end] >= '0' && whole[end] <= '9' || whole[end] == '.')) {
            end++;
        }
        return spliced(whole, at, end, NUMBERS.get(random.nextInt(NUMBERS.size())).getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] spliced(byte[] whole, int from, int to, byte[] between) {
        return ByteBuffer.allocate(from + between.length + whole.length - to).put(whole, 0, from).put(between)
                .put(whole, to, whole.length - to).array();
    }
}
