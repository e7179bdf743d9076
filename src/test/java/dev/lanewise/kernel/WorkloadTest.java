package dev.lanewise.kernel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/** What a small workload is done with has the bits of what a large one is: the same tests. */
class WorkloadTest {
    @BeforeEach
    void expectLittle() {
        Workload.expect(1);
    }

    @AfterEach
    void expectMuch() {
        Workload.expect(Long.MAX_VALUE);
    }

    @Nested
    class Products extends GemmTest {
    }

    @Nested
    class Transposes extends TransposeTest {
    }

    @Nested
    class NonZeros extends SparseBatchTest {
    }

    @Nested
    class Loss extends LossesTest {
    }
}
