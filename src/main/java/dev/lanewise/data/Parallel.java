package dev.lanewise.data;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Numbered tasks on all cores. */
final class Parallel {
    private Parallel() {
    }

    /** Does the task of a number. */
    interface Task {
        void run(int number) throws IOException;
    }

    /** Runs the tasks 0 to count - 1; where some fail, throws what the one of the least number threw, on every machine. */
    static void run(int count, Task task) throws IOException {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger end = new AtomicInteger(count);
        ConcurrentSkipListMap<Integer, Throwable> failures = new ConcurrentSkipListMap<>();
        int threads = Math.clamp(count, 1, Runtime.getRuntime().availableProcessors());
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int thread = 0; thread < threads; thread++) {
                pool.execute(() -> {
                    for (int i = next.getAndIncrement(); i < end.get()
                            && !Thread.currentThread().isInterrupted(); i = next.getAndIncrement()) {
                        try {
                            task.run(i);
                        } catch (IOException | RuntimeException | Error e) {
                            failures.put(i, e);
                            end.accumulateAndGet(i, Math::min);
                        }
                    }
                });
            }
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted while reading data");
        }
        Map.Entry<Integer, Throwable> first = failures.firstEntry();
        switch (first == null ? null : first.getValue()) {
            case null -> {
            }
            case IOException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw (RuntimeException) e;
        }
    }
}
