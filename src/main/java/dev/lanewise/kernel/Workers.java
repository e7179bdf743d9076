package dev.lanewise.kernel;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A team of threads that run the same task together: the caller is worker 0, the others wait for the next round,
 * spinning first (a round of training is over in microseconds) and parked when none comes.
 *
 * <pre>{@code
 * try (Workers workers = new Workers(2)) {
 *     workers.run((worker, count) -> ...); // returns when every worker has finished
 * }
 * }</pre>
 */
public final class Workers implements AutoCloseable {
    /** What each worker runs: {@code worker} from 0 to {@code count - 1}. */
    @FunctionalInterface
    public interface Task {
        /** This worker's share of the work. */
        void run(int worker, int count);
    }

    /** About 20 microseconds on current CPUs, longer than what lies between two rounds of a training step. */
    private static final int SPINS = 2_000;
    /** Some hundred microseconds. */
    private static final int PATIENT_SPINS = 40_000;

    private static final String OWN_TEAM = "a task cannot start a round on its own team or close it";

    private final Member[] members; // workers 1, 2, ...
    private final Tuning tuning;
    private final boolean spinning; // while they wait
    private volatile int spins;
    private final AtomicInteger running = new AtomicInteger();
    private volatile int round;
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Thread waiter;
    private @Nullable Task task; // published by round
    private boolean busy; // guarded by this

    /**
     * A team of this many threads, the caller's included.
     *
     * @throws IllegalArgumentException below 1
     */
    public Workers(int threads) {
        this(threads, Tuning.LONG);
    }

    /**
     * A team of this many threads, the caller's included, whose kernels suit the length of a run.
     *
     * @throws IllegalArgumentException below 1
     */
    public Workers(int threads, Tuning tuning) {
        this(threads, tuning, Thread::start);
    }

    /** The same; {@code starter} starts each thread, which the system may refuse. */
    Workers(int threads, Tuning tuning, Consumer<Thread> starter) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: a team needs at least 1, not %d".formatted(threads));
        }
        this.tuning = tuning;
        // With more threads than processors, spinning would keep the one that has work from running.
        spinning = threads <= Runtime.getRuntime().availableProcessors();
        setPatient(false);
        members = new Member[threads - 1];
        for (int i = 0; i < members.length; i++) {
            members[i] = new Member(i + 1);
        }
        try {
            for (Member member : members) {
                starter.accept(member);
            }
        } catch (RuntimeException | Error e) { // those that were started would wait for ever
            end();
            throw e;
        }
    }

    /**
     * Whether threads that wait keep their processors for long before they park. A system that wakes a thread may let it begin on the
     * processor of the one that waits for it; as long as both only run in turns, it does not notice (LAB 75).
     */
    public void setPatient(boolean patient) {
        spins = !spinning ? 0 : patient ? PATIENT_SPINS : SPINS;
    }

    /** What the work of this team is tuned for. */
    public Tuning tuning() {
        return tuning;
    }

    /** Number of threads, the caller's included. */
    public int count() {
        return members.length + 1;
    }

    /**
     * Where worker {@code worker} of {@code count} begins in 0 to n, at a multiple of {@code grain}; its share ends
     * where the next one's begins. {@code share(n, grain, count, count)} is n.
     */
    public static int share(int n, int grain, int worker, int count) {
        long grains = Math.ceilDiv((long) n, grain);
        return (int) Math.min(n, grains * worker / count * grain);
    }

    /**
     * Runs the task on every worker and returns when all have finished. What a worker throws is thrown here (one of
     * them where several do). One round at a time: a second caller waits, a task that calls back is refused. An
     * interrupt does not cut a round short; the caller's interrupt status is kept.
     */
    public void run(Task task) {
        refuseMember();
        runRound(task);
    }

    /** Before the lock, which the caller holds while its members work. */
    private void refuseMember() {
        if (Thread.currentThread() instanceof Member member && member.isOf(this)) {
            throw new IllegalStateException(OWN_TEAM);
        }
    }

    private synchronized void runRound(Task task) {
        if (busy) {
            throw new IllegalStateException(OWN_TEAM);
        }
        if (closed) {
            throw new IllegalStateException("the team is closed");
        }
        busy = true;
        this.task = task;
        running.set(members.length);
        round++;
        for (Member member : members) {
            if (member.parked) {
                LockSupport.unpark(member);
            }
        }
        try {
            attempt(task, 0);
            awaitMembers();
            Throwable thrown = failure;
            failure = null;
            if (thrown instanceof RuntimeException e) {
                throw e;
            }
            if (thrown instanceof Error e) {
                throw e;
            }
            if (thrown != null) {
                throw new IllegalStateException(thrown);
            }
        } finally {
            this.task = null;
            busy = false;
        }
    }

    private void attempt(Task task, int worker) {
        try {
            task.run(worker, count());
        } catch (Throwable e) { // of whatever kind: the caller must not wait for a worker that died
            failure = e;
        }
    }

    private void awaitMembers() {
        for (int i = 0; i < spins && running.get() > 0; i++) {
            Thread.onSpinWait();
        }
        waiter = Thread.currentThread();
        boolean interrupted = false;
        while (running.get() > 0) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted(); // else park would return at once
        }
        waiter = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the threads and waits for them; a second call does nothing, a call by a task is refused. */
    @Override
    public void close() {
        refuseMember();
        end();
    }

    private synchronized void end() {
        if (busy) {
            throw new IllegalStateException(OWN_TEAM);
        }
        closed = true;
        round++;
        boolean interrupted = false;
        for (Member member : members) {
            LockSupport.unpark(member);
            while (member.isAlive()) {
                try {
                    member.join();
                } catch (InterruptedException _) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Member extends Thread {
        private final int worker;
        private volatile boolean parked;

        Member(int worker) {
            super("lanewise-" + worker);
            this.worker = worker;
            setDaemon(true);
        }

        boolean isOf(Workers team) {
            return team == Workers.this;
        }

        @Override
        public void run() {
            int seen = 0;
            while (true) {
                seen = awaitRound(seen);
                if (closed) {
                    return;
                }
                attempt(Objects.requireNonNull(task), worker);
                if (running.decrementAndGet() == 0) {
                    LockSupport.unpark(waiter); // null: the caller still spins
                }
            }
        }

        private int awaitRound(int seen) {
            for (int i = 0; i < spins && round == seen; i++) {
                Thread.onSpinWait();
            }
            // Either this thread sees the new round before it parks, or the caller sees parked and wakes it.
            parked = true;
            while (round == seen) {
                LockSupport.park(this);
                Thread.interrupted();
            }
            parked = false;
            return round;
        }
    }
}
