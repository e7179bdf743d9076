package dev.lanewise.kernel.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("every-width")
class SpeciesTest {
    @Test
    void withoutThePropertyThePreferredWidthIsChosen() {
        for (int preferred : new int[]{128, 256, 512}) {
            assertEquals(preferred, Species.choose(null, preferred));
        }
    }

    @Test
    void anyWidthUpToThePreferredOneCanBeAskedFor() {
        assertEquals(128, Species.choose("128", 128));
        assertEquals(128, Species.choose("128", 512));
        assertEquals(256, Species.choose("256", 256));
        assertEquals(256, Species.choose("256", 512));
        assertEquals(512, Species.choose("512", 512));
    }

    @Test
    void moreThanThePreferredWidthIsRefused() {
        assertRefused("256", 128, "128 bits");
        assertRefused("512", 128, "128 bits");
        assertRefused("512", 256, "256 bits");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "0", "64", "127", "1024", "-256", "256 ", "0x100", "256.0", "wide", "256bit"})
    void nonsenseIsRefused(String property) {
        assertRefused(property, 512, "128, 256 or 512");
    }

    @Test
    void whatKeepsTheVectorApiFromSimdIsNamed() {
        assertObstacle(null, "OpenJDK 64-Bit Server VM", "mixed mode, sharing", Map.of());
        assertObstacle(null, "OpenJDK 64-Bit Server VM", "mixed mode",
                Map.of("EnableVectorSupport", "true", "UseFMA", "true"));
        assertObstacle("-Xint", "OpenJDK 64-Bit Server VM", "interpreted mode, sharing", Map.of());
        assertObstacle("TieredStopAtLevel", "OpenJDK 64-Bit Server VM", "mixed mode, emulated-client", Map.of());
        assertObstacle("EnableVectorSupport", "OpenJDK 64-Bit Server VM", "mixed mode",
                Map.of("EnableVectorSupport", "false"));
        assertObstacle("multiply-add", "OpenJDK 64-Bit Server VM", "mixed mode", Map.of("UseFMA", "false"));
        assertObstacle("OpenJ9", "Eclipse OpenJ9 VM", "JRE 25 Linux amd64-64-Bit", Map.of());
    }

    private static void assertObstacle(String part, String vmName, String vmInfo, Map<String, String> flags) {
        String obstacle = Species.obstacle(vmName, vmInfo, flags::get);
        assertTrue(part == null ? obstacle == null : obstacle.contains(part), () -> part + " in " + obstacle);
    }

    /** Else every test of vectors would test scalar loops. */
    @Test
    void hereTheKernelsAreVectors() {
        assertEquals(Optional.empty(), Species.obstacle());
        assertEquals(Species.FLOATS.length(), Species.LANES);
    }

    private static void assertRefused(String property, int preferred, String part) {
        String message = assertThrows(IllegalArgumentException.class, () -> Species.choose(property, preferred))
                .getMessage();
        assertTrue(message.contains("-Dlanewise.vectorBits=" + property), message);
        assertTrue(message.contains(part), message);
    }

    /** The runs at 256 and 128 bits would prove nothing if the property did not reach the kernels. */
    @Test
    void theKernelsUseTheWidthThatWasAskedFor() {
        String property = System.getProperty("lanewise.vectorBits");
        if (property != null) {
            assertEquals(Integer.parseInt(property), Species.bits());
            assertEquals("-Dlanewise.vectorBits", Species.reason());
        } else {
            assertEquals("preferred by the JVM", Species.reason());
        }
        assertEquals(Species.bits(), Species.FLOATS.vectorBitSize());
        assertEquals(Species.FLOATS.length(), Species.INTS.length());
    }
}
