package dev.lanewise.kernel.core;

/** Whether the JVM was started with the Vector API, which is no part of Java yet: a class path does not bring it. */
public final class VectorApi {
    /** The flag that brings it. */
    public static final String FLAG = "--add-modules jdk.incubator.vector";

    private static final boolean PRESENT = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private VectorApi() {
    }

    /** Whether it is there. */
    public static boolean isPresent() {
        return PRESENT;
    }

    /**
     * To be called before the first class that needs it, which would be missing.
     *
     * @throws IllegalStateException if it is not there, naming the flag
     */
    public static void require() {
        if (!PRESENT) {
            throw new IllegalStateException("the Vector API is missing; start Java with " + FLAG);
        }
    }
}
