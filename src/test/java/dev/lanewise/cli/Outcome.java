package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/** What a run of the program left on its streams, and its exit status. */
record Outcome(int status, String out, String err) {
    /** Runs a command inside this JVM. Arguments of any type are given as their strings. */
    static Outcome of(Object... args) {
        return watching(_ -> {
        }, args);
    }

    /** The same, and tells of each line on stdout while the program stands still behind it. */
    static Outcome watching(Consumer<String> line, Object... args) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        LineStream capturedOut = new LineStream(line);
        LineStream capturedErr = new LineStream(_ -> {
        });
        try {
            System.setOut(new PrintStream(capturedOut, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(capturedErr, true, StandardCharsets.UTF_8));
            String[] strings = Arrays.stream(args).map(String::valueOf).toArray(String[]::new);
            int status = Main.run(strings);
            return new Outcome(status, capturedOut.toString(StandardCharsets.UTF_8),
                    capturedErr.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }

    /** Fails with what the program said if it did not end with that status. */
    Outcome expect(int status) {
        assertEquals(status, this.status, this::toString);
        return this;
    }

    /** Lines on stderr, but for the JVM's own warning and the lines that name the data set and what a sweep trains. */
    List<String> messages() {
        return err.lines().filter(line -> !line.startsWith("WARNING: Using incubator modules"))
                .filter(line -> !line.startsWith("Data: ") && !line.startsWith("Sweep: ")).toList();
    }

    /** Status 2 and one sentence that holds all of these; for wrong usage, a line about --help may follow. */
    Outcome expectRefusal(Object... mentioned) {
        return expectSentence(Main.WRONG_INPUT, mentioned);
    }

    /** Status 1 and one such sentence. */
    Outcome expectFailure(Object... mentioned) {
        return expectSentence(Main.FAILED, mentioned);
    }

    private Outcome expectSentence(int status, Object... mentioned) {
        expect(status);
        List<String> sentences = messages().stream().filter(line -> !line.matches("See '.* --help'\\.")).toList();
        assertEquals(1, sentences.size(), this::toString);
        String sentence = sentences.getFirst();
        assertTrue(sentence.matches("lanewise: \\S.{10,}"), this::toString);
        for (String trace : List.of("\tat ", "Exception", "java.", "null")) {
            assertFalse(sentence.contains(trace), () -> trace + " in " + this);
        }
        for (Object what : mentioned) {
            assertTrue(sentence.contains(what.toString()), () -> "no " + what + " in " + this);
        }
        return this;
    }

    /** The rest of the line on stdout that begins with this word. */
    String field(String name) {
        List<String> found = out.lines().filter(line -> line.startsWith(name + " ")).toList();
        assertEquals(1, found.size(), () -> name + " in " + this);
        return found.getFirst().substring(name.length()).strip();
    }

    private static final class LineStream extends ByteArrayOutputStream {
        private final Consumer<String> listener;
        private int lineStart;

        LineStream(Consumer<String> listener) {
            this.listener = listener;
        }

        @Override
        public synchronized void write(int b) {
            super.write(b);
            if (b == '\n') {
                String line = new String(buf, lineStart, count - lineStart - 1, StandardCharsets.UTF_8);
                lineStart = count;
                listener.accept(line);
            }
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            for (int i = offset; i < offset + length; i++) {
                write(bytes[i]);
            }
        }

        @Override
        public void writeBytes(byte[] bytes) {
            write(bytes, 0, bytes.length);
        }

        @Override
        public void close() throws IOException {
            // nothing to free
        }
    }

    /** What is written to stderr by something that has that status. */
    static String told(int status, IntSupplier command) {
        PrintStream err = System.err;
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        try {
            System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
            assertEquals(status, command.getAsInt());
        } finally {
            System.setErr(err);
        }
        return told.toString(StandardCharsets.UTF_8);
    }
}
