package dev.lanewise.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpecTest {
    private static final Map<String, Double> USUAL = usual();

    private static Map<String, Double> usual() {
        Map<String, Double> usual = new LinkedHashMap<>();
        usual.put("beta1", 0.9);
        usual.put("epsilon", 1e-8);
        return usual;
    }

    private static String refusal(Executable executable) {
        return assertThrows(IllegalArgumentException.class, executable).getMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = {"relu", "dense 128", "conv 3 3 same", "adam beta1=0.8 epsilon=1e-9"})
    void textIsReadAndWritten(String text) {
        assertEquals(text, Spec.parse(text).toString());
        assertEquals(Spec.parse(text), Spec.parse("  " + text.replace(" ", " \t ") + " "));
    }

    @Test
    void listsAreReadAndWritten() {
        List<Spec> specs = List.of(Spec.of("dense", 128), Spec.of("relu"), Spec.of("dropout", 0.25));
        assertEquals("dense 128, relu, dropout 0.25", Spec.join(specs));
        assertEquals(specs, Spec.parseList(Spec.join(specs)));
        assertEquals(specs, Spec.parseList(" dense   128,relu ,dropout 0.25"));
        assertEquals(List.of(), Spec.parseList("  "));
        assertEquals("", Spec.join(List.of()));
    }

    @ParameterizedTest
    @CsvSource({"0.25, 0.25", "3, 3", "0, 0", "-2, -2", "1e-8, 1.0E-8", "1e10, 1.0E10", "0.1, 0.1"})
    void numbersAreWrittenShortAndReadAsTheSame(double number, String word) {
        Spec spec = Spec.of("kind", number);
        assertEquals("kind " + word, spec.toString());
        assertEquals(number, Spec.parse(spec.toString()).number(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"relu,", ",", "relu,,tanh"})
    void whatIsNoListOfDescriptionsIsRefused(String text) {
        assertEquals("words are missing before or behind a comma, or there are none",
                refusal(() -> Spec.parseList(text)));
    }

    @Test
    void wordsThatCouldNotBeToldApartAreRefused() {
        assertEquals("'dense 1 2' must be words with blanks between them, no commas",
                refusal(() -> Spec.of("dense", "1 2")));
        assertEquals("'a,b ' must be words with blanks between them, no commas", refusal(() -> Spec.of("a,b")));
        assertEquals("'dense ' must be words with blanks between them, no commas",
                refusal(() -> Spec.of("dense", "")));
    }

    @Test
    void numbersOfArgumentsAndWholeNumbersAreChecked() {
        Spec dense = Spec.of("dense", 128);
        assertEquals(128, dense.requireArguments(1, "dense UNITS").positive(0));
        assertEquals("'dense 128': write it as 'dense'", refusal(() -> dense.requireArguments(0, "dense")));
        for (String bad : List.of("0", "-1", "1.5", "many", "99999999999")) {
            assertEquals("'dense %1$s': %1$s is not a whole number above 0".formatted(bad),
                    refusal(() -> Spec.of("dense", bad).positive(0)));
        }
        assertEquals("'dropout half': half is not a number", refusal(() -> Spec.of("dropout", "half").number(0)));
    }

    @Test
    void optionsAreTheUsualOnesButForThoseGiven() {
        assertEquals(USUAL, Spec.parse("adam").options(USUAL));
        assertEquals(Map.of("beta1", 0.9, "epsilon", 0.5), Spec.parse("adam epsilon=0.5").options(USUAL));
    }

    @Test
    void optionsThatAreUsualAreNotWritten() {
        assertEquals("adam", Spec.ofOptions("adam", USUAL, USUAL).toString());
        assertEquals("adam beta1=0.5", Spec.ofOptions("adam", Map.of("beta1", 0.5, "epsilon", 1e-8), USUAL)
                .toString());
        Spec spec = Spec.ofOptions("adam", Map.of("beta1", 0.0, "epsilon", 1e-7), USUAL);
        assertEquals(Map.of("beta1", 0.0, "epsilon", 1e-7), Spec.parse(spec.toString()).options(USUAL));
    }

    @Test
    void oneOptionIsGivenOrUsualOrUnknown() {
        assertEquals(0.5, Spec.parse("adam epsilon=0.5").option(USUAL, "epsilon"));
        assertEquals(0.9, Spec.parse("adam epsilon=0.5").option(USUAL, "beta1"));
        assertTrue(refusal(() -> Spec.parse("adam").option(USUAL, "beta3")).startsWith(
                "'adam': beta3 is not among its options, "));
    }

    @Test
    void foreignOptionsAreRefusedWithTheKnownOnes() {
        assertEquals("'adam gamma=1': gamma=1 is not one of its options: beta1=..., epsilon=...",
                refusal(() -> Spec.parse("adam gamma=1").options(USUAL)));
        assertEquals("'adam 0.9': 0.9 is not one of its options: beta1=..., epsilon=...",
                refusal(() -> Spec.parse("adam 0.9").options(USUAL)));
        assertEquals("'sgd fast=1': fast=1 is not one of its options, it has none",
                refusal(() -> Spec.parse("sgd fast=1").options(Map.of())));
        assertEquals("'adam beta1=':  is not a number", refusal(() -> Spec.parse("adam beta1=").options(USUAL)));
    }
}
