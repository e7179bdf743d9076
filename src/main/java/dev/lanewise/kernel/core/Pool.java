package dev.lanewise.kernel.core;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Working memory that threads borrow while they compute: kept for the next one, never more than {@link #CAPACITY} pieces.
 * A thread's own copy would stay with each of thousands of virtual threads, of which only a few compute at a time.
 *
 * <p>A thread mostly gets what it gave back before, which is in its core's cache. What is not given back, because of an
 * exception say, is garbage.
 *
 * @param <T> of the memory
 */
public final class Pool<T> {
    /** Pieces that are kept at most. */
    static final int CAPACITY = 64;
    private static final int STRIDE = 32; // references between two places: each has cache lines of its own

    private final AtomicReferenceArray<T> kept = new AtomicReferenceArray<>(CAPACITY * STRIDE);
    private final Supplier<T> maker;

    /** An empty pool; the maker makes a piece where none is left. */
    public Pool(Supplier<T> maker) {
        this.maker = maker;
    }

    /** A piece that no other thread has until it is given back. */
    public T take() {
        int own = own();
        for (int i = 0; i < CAPACITY; i++) {
            int place = ((own + i) % CAPACITY) * STRIDE;
            if (kept.getPlain(place) != null) {
                T piece = kept.getAndSet(place, null);
                if (piece != null) {
                    return piece;
                }
            }
        }
        return maker.get();
    }

    /** Gives back what {@link #take} gave, or something larger in its place. */
    public void give(T piece) {
        int own = own();
        for (int i = 0; i < CAPACITY; i++) {
            int place = ((own + i) % CAPACITY) * STRIDE;
            if (kept.getPlain(place) == null && kept.compareAndSet(place, null, piece)) {
                return;
            }
        }
    }

    /** Where a thread looks first. */
    private static int own() {
        return (int) (Thread.currentThread().threadId() % CAPACITY);
    }
}
