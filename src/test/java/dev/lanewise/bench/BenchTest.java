package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BenchTest {
    private static final long GIB = 1L << 30;

    @Test
    void aSmallMachineGivesMoreThanAQuarterOfItsMemory() {
        assertEquals(Optional.of("-Xmx800m"), Bench.heap(List.of("-XX:+UseSerialGC"), 2, GIB / 2, 2 * GIB));
        assertEquals(Optional.of("-Xmx600m"), Bench.heap(List.of(), 1, GIB / 2, 2 * GIB));
        assertEquals(Optional.of("-Xmx768m"), Bench.heap(List.of(), 2, GIB / 4, GIB), "what the system leaves");
        assertEquals(Optional.empty(), Bench.heap(List.of(), 2, 2 * GIB, 8 * GIB));
        for (String named : List.of("-Xmx100m", "-XX:MaxHeapSize=100m", "-XX:MaxRAMPercentage=10")) {
            assertEquals(Optional.empty(), Bench.heap(List.of("-Xmn16m", named), 2, GIB / 4, GIB), named);
        }
    }
}
