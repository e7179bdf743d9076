package dev.lanewise.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.run.Option;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SweepTest {
    private static final DatasetPair DIGITS = DatasetPair.of("digits", BuiltInDigits.draw(1, 300),
            BuiltInDigits.draw(2, 100));
    private static final TrainingData DATA = new TrainingData(DIGITS, null);
    private static final Recipe USUAL = Recipe.mlp(8).epochs(2).with(Recipe.VALIDATION, 0.2);
    private static final Space SPACE = Space.grid(USUAL, List.of(Axis.parse(Recipe.RATE, "0.05,0.1,0.2"),
            Axis.parse(Recipe.DROPOUT, "0,0.2"), Axis.parse(Recipe.SEED, "1..2")));

    @TempDir
    Path temp;

    /** Counts what is trained. */
    private static final class Counting implements Engine {
        final AtomicInteger trained = new AtomicInteger();
        final List<String> keys = Collections.synchronizedList(new ArrayList<>());
        private final Engine engine = new Embedded(DATA, 3, Tuning.SHORT);

        @Override
        public int slots() {
            return engine.slots();
        }

        @Override
        public Outcome train(Recipe recipe, int left, BooleanSupplier isCancelled) throws IOException {
            Outcome outcome = engine.train(recipe, left, isCancelled);
            if (outcome != null) {
                trained.incrementAndGet();
                keys.add(outcome.key());
            }
            return outcome;
        }

        @Override
        public void close() {
            engine.close();
        }
    }

    private List<Outcome> sweep(Engine engine, BooleanSupplier isCancelled) throws IOException, InterruptedException {
        return sweep(SPACE.trainings(), engine, isCancelled);
    }

    private List<Outcome> sweep(List<Recipe> trainings, Engine engine, BooleanSupplier isCancelled)
            throws IOException, InterruptedException {
        try (OutcomeFiles files = new OutcomeFiles(temp)) {
            return new Sweep(Agenda.of(trainings), DATA, files, engine, _ -> {
            }, isCancelled).run();
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(temp.resolve("outcomes"))) {
            return files.toList();
        }
    }

    /** With test images beside, on two threads: what a training is when it has the machine for itself. */
    private static String alone(Recipe recipe, DatasetPair data) throws IOException {
        try (Training training = new Training(recipe, data, new Training.Execution(2,
                dev.lanewise.model.Mode.Zeros.LEFT_OUT_IF_FASTER, false, Tuning.LONG))) {
            training.run(_ -> {
            });
            return training.result().weightsSha256();
        }
    }

    @Test
    void everyTrainingHasTheWeightsOfItsRecipeAlone() throws IOException, InterruptedException {
        List<Outcome> outcomes = sweep(new Counting(), () -> false);
        assertEquals(12, outcomes.size());
        for (Outcome outcome : outcomes) {
            assertEquals(alone(outcome.recipe(), DIGITS), outcome.weightsSha256());
            assertEquals(2, outcome.curve().size());
        }
        assertEquals(12, outcomes.stream().map(Outcome::weightsSha256).distinct().count());
    }

    @Test
    void aLimitDrawsTheImagesOfItsSeed() throws IOException {
        Recipe recipe = USUAL.seed(2).resolve(Option::flag);
        TrainingData limited = new TrainingData(DIGITS, 100);
        assertEquals(alone(recipe, DIGITS.limit(100, 2)), Outcome.of(recipe, limited, Training.Execution.USUAL,
                () -> false).weightsSha256());
        assertNotEquals(DATA.key(recipe), limited.key(recipe));
    }

    @Test
    void whatIsDoneIsNotDoneAgain() throws IOException, InterruptedException {
        List<Outcome> first = sweep(new Counting(), () -> false);
        Counting none = new Counting();
        List<Outcome> second = sweep(none, () -> false);
        assertEquals(0, none.trained.get());
        assertEquals(new HashSet<>(first.stream().map(Outcome::toJson).toList()),
                new HashSet<>(second.stream().map(Outcome::toJson).toList()));
        Files.delete(files().getFirst());
        Counting one = new Counting();
        sweep(one, () -> false);
        assertEquals(1, one.trained.get());
    }

    @Test
    void whatIsCancelledLeavesWholeOutcomesAndGoesOn() throws IOException, InterruptedException {
        Counting counting = new Counting();
        List<Outcome> some = sweep(counting, () -> counting.trained.get() >= 4);
        assertTrue(some.size() >= 4 && some.size() < 12, some.size() + " outcomes");
        assertEquals(some.size(), files().size());
        Counting rest = new Counting();
        assertEquals(12, sweep(rest, () -> false).size());
        assertEquals(12 - some.size(), rest.trained.get());
    }

    /** In one process, whose claims are between threads; SweepIT has several processes. */
    @Test
    void twoSweepsOfOneDirectoryShareTheWork() throws IOException, InterruptedException {
        Counting a = new Counting();
        Counting b = new Counting();
        try (OutcomeFiles files = new OutcomeFiles(temp)) {
            CompletableFuture<List<Outcome>> other = CompletableFuture.supplyAsync(() -> {
                try {
                    return new Sweep(Agenda.of(SPACE.trainings().reversed()), DATA, files, b, _ -> {
                    }, () -> false).run();
                } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            List<Outcome> mine = new Sweep(Agenda.of(SPACE.trainings()), DATA, files, a, _ -> {
            }, () -> false).run();
            assertEquals(new HashSet<>(mine.stream().map(Outcome::toJson).toList()),
                    new HashSet<>(other.join().stream().map(Outcome::toJson).toList()));
        }
        assertEquals(12, a.trained.get() + b.trained.get());
        assertTrue(Collections.disjoint(a.keys, b.keys));
    }

    @Test
    void theLastTrainingsMayTakeSeveralThreadsAndTheSameBits() throws IOException {
        Recipe large = USUAL.with(Recipe.HIDDEN, List.of(300)).resolve(Option::flag);
        assertEquals(new Embedded(DATA, 1, Tuning.SHORT).train(large, 1, () -> false).weightsSha256(),
                new Embedded(DATA, 64, Tuning.LONG).train(large, 64, () -> false).weightsSha256());
    }

    @Test
    void aTrainingThatDivergesIsAnOutcome() throws IOException, InterruptedException {
        List<Outcome> outcomes = sweep(List.of(USUAL.with(Recipe.RATE, 1e6).resolve(Option::flag),
                USUAL.resolve(Option::flag)), new Counting(), () -> false);
        Outcome diverged = outcomes.stream().filter(outcome -> outcome.validation() == null).findFirst().orElseThrow();
        assertNull(diverged.weightsSha256());
        assertEquals(diverged.toJson(), Outcome.fromJson(diverged.toJson(), "x").toJson());
    }

    @Test
    void aDiskThatIsFullEndsTheSweepAndLosesNothing() throws IOException, InterruptedException {
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "/dev/full is needed");
        sweep(SPACE.trainings().subList(0, 3), new Counting(), () -> false);
        String key = DATA.key(SPACE.trainings().get(5));
        Files.createSymbolicLink(temp.resolve("outcomes").resolve(key + ".json.partial"), full);
        IOException e = assertThrows(IOException.class, () -> sweep(new Counting(), () -> false));
        assertFalse(e instanceof InputException);
        assertTrue(e.getMessage().contains("No space left on device") && e.getMessage().contains("make room"),
                e::getMessage);
        Counting rest = new Counting();
        int before = files().size();
        assertTrue(before >= 3);
        assertEquals(12, sweep(rest, () -> false).size());
        assertEquals(12 - before, rest.trained.get());
    }

    @Test
    void aDamagedOutcomeIsNamed() throws IOException, InterruptedException {
        sweep(SPACE.trainings().subList(0, 2), new Counting(), () -> false);
        Path file = files().getFirst();
        String whole = Files.readString(file);
        for (String damaged : List.of("", "{", "{}", whole.replace("\"seed\":1", "\"seed\":77"),
                whole.replace("\"validation_accuracy\":", "\"validation_accuracy\":7"),
                whole.replace("\"curve\":[[", "\"curve\":[null,["),
                whole.replaceFirst("\"seconds\":[^,]*", "\"seconds\":\"x\""),
                whole.replaceFirst("\"key\":\".", "\"key\":\"x"))) {
            Files.writeString(file, damaged);
            InputException e = assertThrows(InputException.class, () -> sweep(new Counting(), () -> false));
            assertTrue(e.getMessage().startsWith(file.toString()), e::getMessage);
        }
    }

    @Test
    void aSampleIsTrainedOnceMoreAndOnlyOnce() throws IOException, InterruptedException {
        List<Outcome> outcomes = sweep(new Counting(), () -> false);
        try (OutcomeFiles files = new OutcomeFiles(temp)) {
            List<Sweep.Check> checks = Sweep.check(outcomes, 2, DATA, files, () -> false);
            assertEquals(2, checks.size());
            assertTrue(checks.stream().allMatch(Sweep.Check::isSame));
            assertEquals(checks, Sweep.check(outcomes, 2, DATA, files, () -> true), "it was done before");
            files.writeCheck(checks.getFirst().outcome().key(), "0".repeat(64));
            assertFalse(Sweep.check(outcomes, 2, DATA, files, () -> true).getFirst().isSame());
            files.writeCheck(checks.getFirst().outcome().key(), "damaged");
            assertEquals(checks, Sweep.check(outcomes, 2, DATA, files, () -> false));
        }
    }

    @Test
    void whoWaitsForAnothersCheckIsCancelled() throws IOException, InterruptedException {
        List<Outcome> outcomes = sweep(new Counting(), () -> false);
        try (OutcomeFiles files = new OutcomeFiles(temp);
                OutcomeFiles.Claim _ = files.claim(
                        outcomes.stream().map(Outcome::key).sorted().findFirst().orElseThrow())) {
            AtomicInteger asked = new AtomicInteger();
            assertEquals(List.of(), Sweep.check(outcomes, 2, DATA, files, () -> asked.incrementAndGet() > 2));
            assertEquals(3, asked.get());
        }
    }

    /** By its seed; no longer than somebody trains on them. */
    @Test
    void imagesOfALimitAreNotKept() throws IOException, InterruptedException {
        TrainingData limited = new TrainingData(DIGITS, 100);
        WeakReference<DatasetPair> first = new WeakReference<>(limited.of(1));
        while (first.get() != null) {
            System.gc();
            Thread.sleep(1);
        }
        DatasetPair again = limited.of(1);
        assertSame(again, limited.of(1));
    }

    /** Its files would lie among those of others, in / or at home, say. */
    @Test
    void outcomesAreNotKeptAmongFilesOfOthers() throws IOException {
        Path place = Files.createDirectory(temp.resolve("place"));
        Path other = Files.createFile(place.resolve("letter.txt"));
        InputException e = assertThrows(InputException.class, () -> new OutcomeFiles(place));
        assertEquals(place + ": the directory is not empty, and no sweep has written there; name another one",
                e.getMessage());
        assertEquals(List.of("out"), e.settings());
        try (Stream<Path> left = Files.list(place)) {
            assertEquals(List.of(other), left.toList());
        }
        Files.delete(other);
        new OutcomeFiles(place).close();
        Files.createFile(other);
        new OutcomeFiles(place).close();
        assertThrows(InputException.class, () -> OutcomeFiles.requireFree(Path.of("/")));
        assertThrows(InputException.class, () -> OutcomeFiles.requireFree(other));
    }
}
