package dev.lanewise.run.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProtobufTest {
    private static byte[] bytes(Protobuf.Writer message) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        message.writeTo(out);
        assertEquals(message.size(), out.size());
        return out.toByteArray();
    }

    private static Protobuf.Reader reader(byte[] bytes) {
        return new Protobuf.Reader(ByteBuffer.wrap(bytes));
    }

    /** The examples of the format's description, and a negative number. */
    @Test
    void isWrittenAsDescribed() throws IOException {
        HexFormat hex = HexFormat.of();
        assertEquals("089601", hex.formatHex(bytes(new Protobuf.Writer().number(1, 150))));
        assertEquals("120774657374696e67", hex.formatHex(bytes(new Protobuf.Writer().text(2, "testing"))));
        assertEquals("1a03089601", hex.formatHex(bytes(new Protobuf.Writer().message(3, new Protobuf.Writer().number(1,
                150)))));
        assertEquals("3206038e029ea705", hex.formatHex(bytes(new Protobuf.Writer().numbers(6, 3, 270, 86942))));
        assertEquals("08feffffffffffffffff01", hex.formatHex(bytes(new Protobuf.Writer().number(1, -2))));
        assertEquals("0d0000803f", hex.formatHex(bytes(new Protobuf.Writer().single(1, 1))));
        assertEquals("09000000000000f03f", hex.formatHex(bytes(new Protobuf.Writer().real(1, 1))));
    }

    @Test
    void isReadAsWritten() throws IOException {
        byte[] large = new byte[10_000];
        Arrays.fill(large, (byte) 7);
        Protobuf.Reader in = reader(bytes(new Protobuf.Writer().number(1, Long.MIN_VALUE).single(2, -0f).real(3, 1e300)
                .text(4, "Ä").message(5, new Protobuf.Writer().bytes(1, large).text(2, "behind"))
                .numbers(1 << 28, 1, -1)));
        List<Integer> fields = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        while (in.next()) {
            fields.add(in.field());
            switch (in.field()) {
                case 1 -> assertEquals(Long.MIN_VALUE, in.number());
                case 2 -> assertEquals(-0f, in.single());
                case 3 -> assertEquals(1e300, in.real());
                case 4 -> assertEquals("Ä", in.text());
                case 5 -> {
                    Protobuf.Reader inner = in.message();
                    assertTrue(inner.next());
                    byte[] read = new byte[large.length];
                    inner.bytes().get(read);
                    assertArrayEquals(large, read);
                    assertTrue(inner.next());
                    assertEquals("behind", inner.text());
                    assertFalse(inner.next());
                }
                default -> in.numbers(numbers::add);
            }
        }
        assertEquals(List.of(1, 2, 3, 4, 5, 1 << 28), fields);
        assertEquals(List.of(1L, -1L), numbers);
    }

    @ParameterizedTest
    @CsvSource({"08, a number does not end", "0896, a number does not end", "0b, field 1 has the form 3",
            "0a05616263, 'field 1 has 5 bytes, and 3 are there'", "0d000080, 'field 1 has 4 bytes, and 3 are there'",
            "00, a field of number 0", "0affffffffffffffffff01, 'field 1 has 18446744073709551615 bytes, and 0'",
            "08ffffffffffffffffffff01, a number does not end", "0a01ff, field 1 is no text"})
    void damageIsNamed(String hex, String words) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> {
            Protobuf.Reader in = reader(HexFormat.of().parseHex(hex));
            while (in.next()) {
                in.text();
            }
        });
        assertTrue(e.getMessage().contains(words), e.getMessage());
    }
}
