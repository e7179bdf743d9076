package dev.lanewise.cli;

import java.io.Console;
import java.time.Duration;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A moving bar on stderr if that is a terminal, else nothing. */
final class Progress implements AutoCloseable {
    private static final long INTERVAL = 50_000_000; // nanoseconds, of which four pass before the bar is drawn again

    private final ProgressBar bar; // null: no terminal
    private long moved = System.nanoTime() - INTERVAL;

    /**
     * A bar that stands at {@code done} of {@code total} after {@code seconds}.
     *
     * @param unit behind the counts, with a blank before it
     * @param total below 0 where it is not known yet
     */
    Progress(String task, String unit, long done, long total, double seconds) {
        bar = onTerminal()
                ? new ProgressBarBuilder().setTaskName(task).setUnit(unit, 1).setInitialMax(total)
                        .startsFrom(done, Duration.ofNanos((long) (seconds * 1e9))).setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(200).setConsumer(new OneLine()).build()
                : null;
    }

    /** Draws over one line of stderr and leaves it empty; the library's own consumer ends with a line feed. */
    private static final class OneLine extends ConsoleProgressBarConsumer {
        OneLine() {
            super(System.err);
        }

        @Override
        public void close() {
            clear();
        }
    }

    /** Whether there is a bar that was not moved of late: to be asked where moving it each time would be too often. */
    boolean isDue() {
        return bar != null && System.nanoTime() - moved >= INTERVAL;
    }

    /** Moves the bar; the total is below 0 where it is not known. */
    void update(long done, long total, String message) {
        if (bar != null) {
            bar.maxHint(total);
            bar.stepTo(done);
            bar.setExtraMessage(" " + message);
            moved = System.nanoTime();
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
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
}
