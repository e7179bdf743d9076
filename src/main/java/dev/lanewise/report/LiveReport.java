package dev.lanewise.report;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The page about a run while it trains. Pages that are open are told of every epoch, and in the end of all that the page about
 * a finished run has. The training leaves word here and goes on: what pages are told is read and sent by threads of theirs.
 */
public final class LiveReport implements AutoCloseable {
    /** All in milliseconds. */
    private static final long PERIOD = 500; // between what a page is told
    private static final long OPENING = 2000; // in which a page that was sent asks for more
    private static final long STARTING = 5000; // in which a browser that was started asks for the page
    private static final long ENDING = 2000; // in which pages take what they are told last

    private final LocalServer server;
    private @Nullable Path directory; // of the run
    private int samples; // of an epoch
    private boolean answers;
    private volatile int epoch; // at hand
    private volatile int done; // samples of it
    private int news; // epochs and ends that there is to tell of; guarded by this, as all below
    private boolean ended;
    private @Nullable RunReport last; // what the run came to; null: its files tell
    private int open; // pages that are told
    private long awaited; // until when a page may still come

    /**
     * Takes a port; {@link #start} begins to answer.
     *
     * @param port 0: any that is free
     * @param option by which a user names it
     * @throws dev.lanewise.data.InputException if it cannot be had
     */
    public LiveReport(int port, String option) throws IOException {
        server = new LocalServer(port, option);
        server.page("/", _ -> page());
        server.stream("/events", this::tell);
    }

    /** What to open in a browser. */
    public String address() {
        return server.address();
    }

    /**
     * Begins to answer.
     *
     * @param run the directory, where run.json is
     * @param samplesOfAnEpoch images that an epoch trains on
     */
    public void start(Path run, int samplesOfAnEpoch) {
        directory = run;
        samples = samplesOfAnEpoch;
        answers = true;
        server.start();
    }

    /** A browser was started, which will ask for the page. */
    public synchronized void expectBrowser() {
        awaited = now() + STARTING;
    }

    /** Nobody waits for a browser any more. */
    public synchronized void hurry() {
        awaited = now();
    }

    /** An epoch begins. */
    public void begin(int number) {
        done = 0;
        epoch = number;
    }

    /** So many samples of the epoch are done. */
    public void step(int samplesOfTheEpoch) {
        done = samplesOfTheEpoch;
    }

    /** The run's files tell of another epoch. */
    public synchronized void epoch() {
        news++;
    }

    /** The run has ended. */
    public synchronized void end(RunReport report) {
        last = report;
        ended = true;
        notifyAll();
    }

    private String page() throws IOException {
        synchronized (this) {
            awaited = Math.max(awaited, now() + OPENING);
        }
        return ReportPage.live(report());
    }

    private RunReport report() throws IOException {
        synchronized (this) {
            if (last != null) {
                return last;
            }
        }
        return RunReport.of(Objects.requireNonNull(directory, "a page is answered once a run has started"));
    }

    private void tell(LocalServer.Events page) throws IOException {
        synchronized (this) {
            open++;
            awaited = now();
        }
        try {
            int told = -1;
            boolean over = false;
            while (!over) {
                int known;
                synchronized (this) {
                    known = news;
                    over = ended;
                }
                if (over || known > told) {
                    page.send("run", report().json());
                    told = known;
                }
                page.send(over ? "end" : "progress", progress()); // also finds out that the page was closed
                pause();
            }
            page.end(); // before the program may go
        } finally {
            synchronized (this) {
                open--;
                notifyAll();
            }
        }
    }

    private JsonObject progress() {
        JsonObject progress = new JsonObject();
        progress.addProperty("epoch", epoch);
        progress.addProperty("share", (double) done / samples);
        return progress;
    }

    private synchronized void pause() {
        long end = now() + PERIOD;
        try {
            for (long left = PERIOD; !ended && left > 0; left = end - now()) {
                wait(left);
            }
        } catch (InterruptedException _) { // the server is closed: the next event fails
            Thread.currentThread().interrupt();
        }
    }

    private static long now() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    /** Lets go of the pages, when they have been told how the run ended, or after a moment. Twice does no more than once. */
    @Override
    public void close() {
        if (answers) {
            answers = false;
            awaitPages();
        }
        server.close();
    }

    private synchronized void awaitPages() {
        ended = true;
        notifyAll();
        long end = now() + ENDING;
        try {
            for (long left = 1; left > 0; left = Math.max(open > 0 ? end - now() : 0, awaited - now())) {
                wait(left);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
