package dev.lanewise.cli;

import dev.lanewise.kernel.core.Digits;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of commands that serve a page, and the browser that shows it. */
final class BrowserWindow {
    /** A port that a user names. */
    static final class PortConverter implements ITypeConverter<Integer> {
        private static final int MOST = 65535;

        @Override
        public Integer convert(String value) {
            try {
                int port = Digits.parseInt(value);
                if (port >= 1 && port <= MOST) {
                    return port;
                }
            } catch (NumberFormatException _) {
                // the same message
            }
            throw new TypeConversionException("must be from 1 to %d, not %s".formatted(MOST, value));
        }
    }

    @Option(names = "--port", paramLabel = "N", converter = PortConverter.class,
            description = "Port to serve at (default: any that is free).")
    private @Nullable Integer port;

    @Option(names = "--no-browser", description = "Prints the address alone.")
    private boolean none;

    /** Whether any of these options was typed. */
    boolean isNamed() {
        return port != null || none;
    }

    /** 0: any that is free. */
    int port() {
        return port == null ? 0 : port;
    }

    /**
     * Says where a page is, opens it, and stays until a signal ends the process, or at once where nobody reads the address.
     *
     * @param verb what to do there
     */
    void show(Main main, String verb, String address) throws InterruptedException {
        main.answersForItself(); // Ctrl-C is its usual end
        System.out.printf("%s at %s (Ctrl-C ends)%n", verb, address);
        if (System.out.checkError()) { // nobody would find the page
            return;
        }
        if (!none) {
            open(address);
        }
        new CountDownLatch(1).await();
    }

    /** Opens a page in the user's browser, if there is a desktop, and returns whether that was begun. */
    static boolean open(String address) {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        boolean desktop = Stream.of("DISPLAY", "WAYLAND_DISPLAY").map(System::getenv)
                .anyMatch(display -> display != null && !display.isEmpty());
        List<String> opener = system.startsWith("windows")
                ? List.of("rundll32", "url.dll,FileProtocolHandler")
                : system.startsWith("mac") ? List.of("open") : desktop ? List.of("xdg-open") : List.of();
        if (opener.isEmpty()) {
            return false;
        }
        try {
            new ProcessBuilder(Stream.concat(opener.stream(), Stream.of(address)).toList())
                    .redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD).start();
            return true;
        } catch (IOException _) { // there is no such program
            return false;
        }
    }
}
