package dev.lanewise.cli;

import dev.lanewise.kernel.core.Digits;
import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How far something has come, on stderr: a bar in the last line of a terminal, which leaves that line empty. A line now
 * and then where nothing can be written over: no terminal, TERM=dumb, or NO_COLOR.
 */
final class Progress implements AutoCloseable {
    private static final long BAR_INTERVAL = 200_000_000; // nanoseconds
    private static final long LINE_INTERVAL = 10_000_000_000L;
    private static final int USUAL_COLUMNS = 80;
    private static final int LEAST_BAR = 5; // a shorter one tells nothing that the percentage does not
    private static final int LONGEST_BAR = 50;
    private static final int ECHO = 2; // columns: a terminal shows Ctrl-C as ^C, behind the bar
    private static final int MARGIN = ECHO + 1; // nothing in the last column: some terminals begin a line then
    private static final int BRACKETS = 2; // the blank before them is one of two between words

    /** The bar on this process's terminal; null: none. */
    private static volatile @Nullable Progress shownHere;

    private final String task;
    private final PrintStream err;
    private final @Nullable IntSupplier columns; // null: lines
    private final LongSupplier clock; // nanoseconds
    private final @Nullable Thread hook; // null likewise
    private long shown; // when something was written last, or the start
    private int written; // columns of the line at hand
    private boolean closed;

    /** Nothing is shown before the first {@link #update} that comes a while after this. */
    Progress(String task) {
        this(task, System.err, moves(System.getenv()) ? Progress::terminalColumns : null, System::nanoTime);
    }

    /**
     * The same, elsewhere.
     *
     * @param columns of the terminal, asked for at every drawing, as a window may be resized; null: lines, not a bar
     */
    Progress(String task, PrintStream err, @Nullable IntSupplier columns, LongSupplier clock) {
        this.task = task;
        this.err = err;
        this.columns = columns;
        this.clock = clock;
        shown = clock.getAsLong();
        hook = columns == null ? null : new Thread(this::clear, "lanewise-progress");
        if (hook != null) { // Ctrl-C should not leave half a bar
            shownHere = this;
            Interrupt.addHook(hook);
        }
    }

    /** Whether the next update shows: to be asked where making its message each time would be too much. */
    boolean isDue() {
        return clock.getAsLong() - shown >= (columns == null ? LINE_INTERVAL : BAR_INTERVAL);
    }

    /**
     * Shows how far it is, if something was not shown just before.
     *
     * @param total 0 or less where it is not known
     * @param details behind the bar, the most important first; a narrow terminal has no room for the last ones
     */
    synchronized void update(long done, long total, String... details) {
        if (closed || !isDue()) {
            return;
        }
        List<String> words = new ArrayList<>(List.of(task));
        if (total > 0) {
            words.add(String.format(Locale.ROOT, "%3d %%", Math.min(100, 100 * done / total)));
        }
        words.addAll(List.of(details));
        if (columns == null) {
            err.println(String.join("  ", words));
        } else {
            int width = Math.max(0, columns.getAsInt() - MARGIN);
            draw(fitted(words, width, total > 0 ? (double) done / total : Double.NaN), width);
        }
        shown = clock.getAsLong();
    }

    /** At most {@code width} columns: the bar becomes shorter first, then details are left out. */
    private static String fitted(List<String> words, int width, double share) {
        int least = Double.isNaN(share) ? 0 : LEAST_BAR + BRACKETS;
        String text = String.join("  ", words);
        for (int n = words.size(); n > 2 && text.length() + least > width; n--) {
            text = String.join("  ", words.subList(0, n - 1));
        }
        int bar = Math.min(LONGEST_BAR, width - text.length() - BRACKETS);
        if (least == 0 || bar < LEAST_BAR) {
            return text.substring(0, Math.min(width, text.length()));
        }
        int filled = (int) Math.clamp(share * bar, 0, bar);
        int task = words.getFirst().length();
        return text.substring(0, task) + " [" + "=".repeat(filled) + " ".repeat(bar - filled) + "]"
                + text.substring(task + 1);
    }

    private void draw(String text, int width) {
        written = Math.clamp(written, text.length(), Math.max(text.length(), width));
        err.print("\r" + text + " ".repeat(written - text.length()));
        err.flush();
    }

    /** Empties the terminal's line, for a last word of this process. */
    static void clearShown() {
        Progress progress = shownHere;
        if (progress != null) {
            progress.clear();
        }
    }

    /** Empties the line, for good. */
    private synchronized void clear() {
        closed = true;
        if (written > 0) {
            err.print("\r" + " ".repeat(written + ECHO) + "\r");
            err.flush();
            written = 0;
        }
    }

    @Override
    public void close() {
        clear();
        if (hook != null) {
            Interrupt.removeHook(hook);
        }
    }

    private static boolean moves(Map<String, String> environment) {
        return onTerminal() && canMove(environment);
    }

    /** Whether a terminal is to be written over, by what these variables say of it. */
    static boolean canMove(Map<String, String> environment) {
        return !environment.getOrDefault("TERM", "").equals("dumb")
                && environment.getOrDefault("NO_COLOR", "").isEmpty();
    }

    /** The launcher looks at stderr itself; without it, the JVM's console stands in. */
    @SuppressWarnings("SystemConsoleNull") // it is null without a terminal, as JDK 25's is java.base's own
    private static boolean onTerminal() {
        String told = System.getProperty("lanewise.terminal");
        if (told != null) {
            return told.equals("true");
        }
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private static int terminalColumns() {
        String size = "";
        try {
            Process stty = new ProcessBuilder("stty", "size").redirectInput(new File("/dev/tty"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException _) {
            // no such program or no such file: not a Unix, or no terminal of this process
        }
        return columns(size, System.getenv());
    }

    /**
     * The width of a terminal.
     *
     * @param size what {@code stty size} said: rows and columns; both are 0 where a terminal does not know
     */
    static int columns(String size, Map<String, String> environment) {
        String told = size.strip().replaceFirst("^\\d+ ", "");
        for (String columns : new String[]{told, environment.getOrDefault("COLUMNS", "")}) {
            if (columns.matches("[1-9]\\d{0,4}")) {
                return Digits.parseInt(columns);
            }
        }
        return USUAL_COLUMNS;
    }
}
