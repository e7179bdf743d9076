package dev.lanewise.kernel.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lanewise.kernel.Bits;
import org.junit.jupiter.api.Test;

class ByteMatrixTest {
    @Test
    void rowsLieOneAfterTheOther() {
        byte[] bytes = {1, 2, 3, 4, 5, 6};
        ByteMatrix x = new ByteMatrix(bytes, 2, 3);
        assertEquals(2, x.rows());
        assertEquals(3, x.columns());
        assertEquals(4, x.bytes()[x.offset(1)]);
        assertSame(bytes, x.bytes(), "no copy");
        assertEquals(0, new ByteMatrix(new byte[0], 0, 784).rows());
        assertEquals(5, new ByteMatrix(new byte[0], 5, 0).rows());
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        Bits.assertRefused("rows", () -> new ByteMatrix(new byte[6], -1, 3), -1);
        Bits.assertRefused("columns", () -> new ByteMatrix(new byte[6], 2, -3), -3);
        Bits.assertRefused("bytes", () -> new ByteMatrix(new byte[5], 2, 3), 5, 2, 3);
        Bits.assertRefused("bytes", () -> new ByteMatrix(new byte[6], 65536, 65536), 65536);
    }

    @Test
    void whatIsMadeOfAMatrixIsMadeOnce() {
        ByteMatrix x = new ByteMatrix(new byte[]{1, 2}, 1, 2);
        StringBuilder made = x.kept(StringBuilder.class, of -> new StringBuilder().append(of.columns()));
        assertEquals("2", made.toString());
        assertSame(made, x.kept(StringBuilder.class, _ -> new StringBuilder()));
    }
}
