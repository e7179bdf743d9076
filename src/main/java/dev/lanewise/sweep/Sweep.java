package dev.lanewise.sweep;

import dev.lanewise.model.Mode;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Does what an {@link Agenda} holds, each training once: what the directory has an outcome of is done, what another process
 * has claimed is waited for, everything else is trained by the {@link Engine}.
 */
public final class Sweep {
    /** How far it is. */
    public interface Listener {
        /** After an outcome, or a look for one of others. */
        void told(State state);
    }

    /**
     * How far a sweep is.
     *
     * @param left trainings without an outcome, as far as they are known
     * @param running of these, here, as this thread goes on too
     * @param elsewhere of these, in other processes
     * @param trained outcomes that this process has added
     * @param best so far; null: none
     */
    public record State(int done, int left, int running, int elsewhere, int trained, @Nullable Outcome best) {
    }

    private static final Training.Execution ALL_THREADS = new Training.Execution(Training.Execution.allThreads(),
            Mode.Zeros.LEFT_OUT_IF_FASTER, false, null);
    private static final long POLL = 300; // milliseconds between two looks for what others do

    private final Agenda agenda;
    private final TrainingData data;
    private final OutcomeFiles files;
    private final Engine engine;
    private final Listener listener;
    private final BooleanSupplier isCancelled;
    private final List<Outcome> outcomes = new ArrayList<>(); // this and what follows: guarded by this
    private final Deque<Recipe> elsewhere = new ArrayDeque<>();
    private int running;
    private int trained;
    private @Nullable Outcome best;
    private boolean failed;

    /** A sweep before its first training. */
    public Sweep(Agenda agenda, TrainingData data, OutcomeFiles files, Engine engine, Listener listener,
            BooleanSupplier isCancelled) {
        this.agenda = agenda;
        this.data = data;
        this.files = files;
        this.engine = engine;
        this.listener = listener;
        this.isCancelled = isCancelled;
    }

    /**
     * Trains what is left.
     *
     * @return every outcome; only those that there are, if it was cancelled
     * @throws IOException if an outcome cannot be kept or read; no other training is begun then
     */
    public List<Outcome> run() throws IOException, InterruptedException {
        try (ExecutorService threads = Executors.newFixedThreadPool(engine.slots())) {
            List<Future<Void>> ends = new ArrayList<>();
            for (int i = 0; i < engine.slots(); i++) {
                ends.add(threads.submit(() -> {
                    work();
                    return null;
                }));
            }
            for (Future<Void> end : ends) {
                end.get();
            }
        } catch (ExecutionException e) {
            switch (Objects.requireNonNull(e.getCause())) {
                case IOException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
        return List.copyOf(outcomes);
    }

    private boolean isOver() {
        return failed || isCancelled.getAsBoolean();
    }

    private void work() throws IOException, InterruptedException {
        try {
            for (Recipe recipe = take(); recipe != null; recipe = take()) {
                attempt(recipe);
            }
        } catch (IOException | RuntimeException | Error e) {
            synchronized (this) {
                failed = true;
                notifyAll();
            }
            throw e;
        }
    }

    /** What to look at next; null: nothing is left. Waits while all that is left is others' work. */
    private synchronized @Nullable Recipe take() throws InterruptedException {
        for (boolean waited = false; !isOver(); waited = true) {
            Recipe next = agenda.next();
            if (next == null && waited) { // others' work; it is no use to look again at once
                next = elsewhere.poll();
            }
            if (next != null) {
                running++;
                return next;
            }
            if (agenda.isIdle()) {
                notifyAll();
                return null;
            }
            wait(POLL);
        }
        return null;
    }

    private void attempt(Recipe recipe) throws IOException {
        String key = data.key(recipe);
        Outcome outcome = read(key);
        boolean isNew = false;
        if (outcome == null) {
            try (OutcomeFiles.Claim claim = files.claim(key)) {
                if (claim != null) {
                    outcome = read(key); // somebody may just have finished it
                    if (outcome == null) {
                        outcome = engine.train(recipe, left(), this::isOver);
                        if (outcome != null) {
                            isNew = true;
                            files.write(outcome);
                        }
                    }
                }
            }
        }
        told(recipe, outcome, isNew);
    }

    private @Nullable Outcome read(String key) throws IOException {
        Outcome outcome = files.read(key);
        if (outcome != null && !data.key(outcome.recipe()).equals(key)) {
            throw Outcome.damaged(files.file(key), null);
        }
        return outcome;
    }

    private synchronized int left() {
        return agenda.left();
    }

    private synchronized void told(Recipe recipe, @Nullable Outcome outcome, boolean isNew) {
        running--;
        if (outcome == null && isOver()) {
            return;
        }
        if (outcome == null) {
            elsewhere.add(recipe);
        } else {
            agenda.told(outcome);
            outcomes.add(outcome);
            trained += isNew ? 1 : 0;
            best = best == null || outcome.isBetterThan(best) ? outcome : best;
            notifyAll();
        }
        listener.told(new State(outcomes.size(), agenda.left(), Math.min(running + 1, agenda.left() - elsewhere.size()),
                elsewhere.size(), trained, best));
    }

    /** What training a recipe once more came to. */
    public record Check(Outcome outcome, String weightsSha256) {
        /** Whether it was the same, to the last bit. */
        public boolean isSame() {
            return weightsSha256.equals(outcome.weightsSha256());
        }
    }

    /**
     * Trains some of the outcomes once more, here, in the way of a training that has the machine for itself: their weights
     * must come out the same. What was checked before is not again.
     *
     * @return fewer, if it was cancelled
     */
    public static List<Check> check(List<Outcome> outcomes, int count, TrainingData data, OutcomeFiles files,
            BooleanSupplier isCancelled) throws IOException, InterruptedException {
        List<Check> checks = new ArrayList<>();
        for (Outcome outcome : outcomes.stream().filter(one -> one.weightsSha256() != null)
                .sorted(Comparator.comparing(Outcome::key)) // digests: an order of chance
                .limit(count).toList()) {
            try (OutcomeFiles.Claim claim = files.await(outcome.key(), isCancelled)) {
                if (claim == null) {
                    break;
                }
                String weights = files.readCheck(outcome.key());
                if (weights == null) {
                    Outcome again = Outcome.of(outcome.recipe(), data, ALL_THREADS, isCancelled);
                    if (again == null) {
                        break;
                    }
                    weights = String.valueOf(again.weightsSha256()); // null if it diverges now
                    files.writeCheck(outcome.key(), weights);
                }
                checks.add(new Check(outcome, weights));
            }
        }
        return checks;
    }
}
