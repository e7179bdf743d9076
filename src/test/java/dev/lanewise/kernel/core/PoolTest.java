package dev.lanewise.kernel.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PoolTest {
    @Test
    void whatIsGivenBackIsTakenAgain() throws InterruptedException {
        Pool<Object> pool = new Pool<>(Object::new);
        Object piece = pool.take();
        assertNotSame(piece, pool.take());
        pool.give(piece);
        Object[] taken = new Object[1];
        Thread other = new Thread(() -> taken[0] = pool.take());
        other.start();
        other.join();
        assertSame(piece, taken[0], "by whichever thread");
    }

    @Test
    void itKeepsNoMoreThanItsCapacity() {
        Pool<Object> pool = new Pool<>(Object::new);
        Set<Object> given = new HashSet<>();
        for (int i = 0; i < 3 * Pool.CAPACITY; i++) {
            given.add(new Object());
        }
        given.forEach(pool::give);
        int kept = 0;
        while (given.contains(pool.take())) {
            kept++;
        }
        assertEquals(Pool.CAPACITY, kept);
    }
}
