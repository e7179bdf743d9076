package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

/** {@code dev.lanewise.extension} has what services provide. */
class RegistryTest {
    private static final Object FIRST = new Object();

    private static Registry<Object> registry() {
        return new Registry<>("thing", kind -> kind == FIRST ? "first" : kind.toString(), List.of(FIRST, "second"),
                ServiceLoader.load(Object.class));
    }

    @Test
    void kindsAreFoundByName() {
        assertSame(FIRST, registry().kind("first"));
        assertEquals("second", registry().kind("second"));
        assertEquals(List.of("first", "second"), registry().names());
    }

    @Test
    void unknownNameIsRefusedWithTheKnownOnes() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> registry().kind("third"));
        assertEquals("thing 'third' is not one of first, second", e.getMessage());
    }

    @Test
    void kindsOfTheLibraryAreItsOwnFirst() {
        assertEquals(List.of("dense", "conv", "batch-norm", "pool", "average-pool", "global-pool", "dropout",
                "drop-channels", "relu",
                "sigmoid",
                "tanh"), Layers.KINDS.names().subList(0, 11));
        assertEquals(List.of("cross-entropy", "mse", "softmax-mse"), Losses.KINDS.names().subList(0, 3));
    }
}
