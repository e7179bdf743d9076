package dev.lanewise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TuningTest {
    @Test
    void aRunOfTheDefaultRecipeIsShortAndOneOfFiftyEpochsIsLong() {
        assertEquals(Tuning.SHORT, Tuning.forSamples(10 * 60_000));
        assertEquals(Tuning.SHORT, Tuning.forSamples(0));
        assertEquals(Tuning.LONG, Tuning.forSamples(50 * 60_000));
        assertEquals(Tuning.LONG, Tuning.forSamples(Long.MAX_VALUE));
    }

    @Test
    void teamsHandDownWhatTheyWereGiven() {
        try (Workers team = new Workers(1, Tuning.SHORT); Workers other = new Workers(1)) {
            assertEquals(Tuning.SHORT, team.tuning());
            assertEquals(Tuning.LONG, other.tuning());
        }
    }
}
