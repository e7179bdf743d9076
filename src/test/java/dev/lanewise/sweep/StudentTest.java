package dev.lanewise.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.commons.math3.distribution.TDistribution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StudentTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 9, 10, 99, 1000})
    void probabilitiesAndBoundsAreThoseOfTheReference(int degrees) {
        TDistribution reference = new TDistribution(degrees);
        for (double t : new double[]{0, 0.1, 1, 2.5, 7, 100}) {
            assertEquals(2 * reference.cumulativeProbability(-t), Student.twoSided(t, degrees), 1e-12);
            assertEquals(Student.twoSided(t, degrees), Student.twoSided(-t, degrees));
        }
        assertEquals(reference.inverseCumulativeProbability(0.975), Student.bound95(degrees), 1e-6);
    }
}
