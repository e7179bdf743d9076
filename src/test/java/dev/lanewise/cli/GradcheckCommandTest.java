package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.explain.Mistake;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GradcheckCommandTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "--hidden none", "--hidden 12,11,10 --activation tanh --loss mse --optimizer adam",
            "--hidden 12 --activation sigmoid --loss softmax-mse --optimizer nesterov --momentum 0.5 --lr 1e-6",
            "--hidden 12 --optimizer adamw --weight-decay 0.1 --seed 9"})
    void rightNetworksPass(String options) {
        Outcome outcome = Outcome.of((Object[]) ("gradcheck " + options).strip().split(" ")).expect(0);
        assertTrue(outcome.out().contains("\nPASSED: all "), outcome::toString);
        assertTrue(outcome.out().lines().allMatch(line -> line.length() <= 80), outcome::toString);
        assertEquals(List.of(), outcome.messages());
    }

    /** Nothing is dropped where gradients are checked. */
    @Test
    void layersInWordsAreCheckedLikeThoseOfTheOptions() {
        assertEquals(Outcome.of("gradcheck", "--hidden", "12", "--activation", "tanh").expect(0).out(),
                Outcome.of("gradcheck", "--layers", "dense 12, tanh").expect(0).out());
        Outcome.of("gradcheck", "--layers", "tanh, dense 12, sigmoid, dense 9, dense 8, relu").expect(0);
    }

    /** Where a move of one number is much work, few are moved, and the page says so. */
    @ParameterizedTest
    @ValueSource(
            strings = {"--net lenet", "--layers conv_8_3x3,batch-norm,relu,drop-channels_0.2,pool_2,dense_20,relu"})
    void networksOfImagesPass(String options) {
        Object[] command = ("gradcheck " + options).split(" ");
        for (int i = 0; i < command.length; i++) {
            command[i] = command[i].toString().replace('_', ' ');
        }
        Outcome outcome = Outcome.of(command).expect(0);
        assertTrue(outcome.out().startsWith("Gradient check of a network of "), outcome::toString);
        assertEquals(options.contains("lenet"), outcome.out().contains("Of each parameter only "), outcome::toString);
        assertFalse(outcome.out().contains("running_mean step"), outcome::toString);
        assertEquals(options.contains("drop"), outcome.out().contains("Not checked: drop-channels 0.2. It drops"),
                outcome::toString);
        assertTrue(outcome.out().lines().allMatch(line -> line.length() <= 80), outcome::toString);
    }

    @ParameterizedTest
    @EnumSource(Mistake.class)
    void everyMistakeEndsWithStatusThree(Mistake mistake) {
        Outcome outcome = Outcome.of("gradcheck", "--hidden", 12, "--mistake", mistake).expect(Main.TARGET_MISSED);
        assertTrue(outcome.out().contains("\nFAILED: "), outcome::toString);
        assertTrue(outcome.out().replace('\n', ' ').contains(mistake.what()), outcome::toString);
    }

    /** Nothing is trained: no schedule, order or split, and no page. */
    @Test
    void theHelpIsOfTheCheckAndNotOfATraining() {
        String help = Outcome.of("gradcheck", "--help").expect(0).out();
        for (String word : List.of("schedule", "order", "split", "training makes", "Page:", "clipping")) {
            assertFalse(help.contains(word), word + " in " + help);
        }
        assertEquals(List.of("Network:", "Steps:", "Check:", "Examples:"),
                help.lines().filter(line -> line.matches("[A-Z]\\w+:")).toList());
    }

    @Test
    void markdownIsATable() {
        String md = Outcome.of("gradcheck", "--hidden", 12, "-o", "md").expect(0).out();
        assertTrue(md.contains("| dense1.weight | kernels | 9408 | 0 | "), md);
    }

    @Test
    void wrongUseIsRefusedInASentence() {
        Outcome.of("gradcheck", "--loss", "mse", "--mistake", "diagonal-jacobian").expectRefusal("--mistake",
                "--loss mse", "cross-entropy");
        Outcome.of("gradcheck", "--hidden", "0").expectRefusal("--hidden");
        Outcome.of("gradcheck", "--hidden", "46341,46341").expectRefusal("--hidden",
                "dense2.weight of 46341 x 46341 would have more elements than an array can");
        Outcome.of("gradcheck", "--momentum", "1").expectRefusal("--momentum");
        Outcome.of("gradcheck", "--lr", "0").expectRefusal("--lr");
        Outcome.of("gradcheck", "--weight-decay", "-1").expectRefusal("--weight-decay");
        Outcome.of("gradcheck", "--activation", "gelu").expectRefusal("gelu", "relu");
    }
}
