package dev.lanewise.train;

/**
 * A way to divide training steps between the threads of a team, as it was tried.
 *
 * @param name {@code by units}, {@code by samples} or {@code one thread}
 * @param seconds that a step took
 * @param predicted seconds that it should take by what one thread takes, the number of barriers and the bytes that travel
 *     between cores, if these cost what they cost without work between them
 */
public record Way(String name, double seconds, double predicted) {
}
