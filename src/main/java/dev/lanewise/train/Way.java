package dev.lanewise.train;

/**
 * A way to divide training steps between the threads of a team, as it was tried.
 *
 * @param name {@code by units}, {@code by samples} or {@code one thread}
 * @param threads that it is for
 * @param seconds that a step took in its best trial
 * @param predicted seconds that it should take by what one thread takes, the number of barriers and the bytes that travel
 *     between cores, if these cost what they cost without work between them; NaN for one thread, and where that was not tried
 */
public record Way(String name, int threads, double seconds, double predicted) {
}
