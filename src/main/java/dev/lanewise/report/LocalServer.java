package dev.lanewise.report;

import com.google.gson.JsonObject;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lanewise.data.InputException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A server for pages of this program, on the loopback interface alone. A request that was meant for another host (a name that
 * an attacker has led here) or that comes from another site's page is refused; what changes or computes something needs the
 * token that only the server's own page knows.
 */
final class LocalServer implements AutoCloseable {
    private static final int MOST_BYTES = 16 << 20; // of a request's body
    private static final String TOKEN = "X-Lanewise-Token";

    private final HttpServer server;
    private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
    private final List<String> hosts;
    private final String token;

    /**
     * The words behind the question mark of an address.
     *
     * @param words values by name, in their order
     */
    record Query(Map<String, List<String>> words) {
        /** The first of that name; empty where there is none. */
        String first(String name) {
            return all(name).isEmpty() ? "" : all(name).getFirst();
        }

        /** All of that name. */
        List<String> all(String name) {
            return words.getOrDefault(name, List.of());
        }
    }

    /** A page by what its address asks for. */
    interface Page {
        /**
         * HTML.
         *
         * @throws IOException with the sentence that is shown instead
         */
        String html(Query query) throws IOException;
    }

    /** What a page asks for. */
    interface Action {
        /**
         * The answer.
         *
         * @throws InputException with the sentence that the page shows
         */
        JsonObject answer(Query query, byte[] body) throws IOException;
    }

    /** What a page is told while it is open. */
    interface Stream {
        /** Tells it, until there is no more to tell; a page that was closed is an IOException of the next event. */
        void tell(Events page) throws IOException;
    }

    /** Events for a page, which takes them by {@code EventSource}. */
    static final class Events {
        private final OutputStream out;

        private Events(OutputStream out) {
            this.out = out;
        }

        /** Sends one, which has arrived at the page's system when this returns. */
        void send(String name, JsonObject data) throws IOException {
            out.write("event: %s\ndata: %s\n\n".formatted(name, data).getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        /** Ends them, so that the page does not take the connection for a broken one. */
        void end() throws IOException {
            out.close();
        }
    }

    /**
     * Takes a port; {@link #start} begins to answer.
     *
     * @param port 0: any that is free
     * @param option by which a user names it
     * @throws InputException if it cannot be had
     */
    LocalServer(int port, String option) throws IOException {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (BindException e) {
            throw new InputException(
                    "%s %d cannot be had (%s): another program listens there, or the system keeps it; name another port, "
                            .formatted(option, port, InputException.reason(e)) + "or none",
                    e);
        }
        int taken = server.getAddress().getPort();
        hosts = List.of("127.0.0.1:" + taken, "localhost:" + taken, "[::1]:" + taken);
        byte[] random = new byte[16];
        new SecureRandom().nextBytes(random);
        token = HexFormat.of().formatHex(random);
        server.setExecutor(requests);
    }

    /** What the page sends with all that it asks. */
    String token() {
        return token;
    }

    /** Where the page is. */
    String address() {
        InetSocketAddress address = server.getAddress();
        return "http://" + (address.getAddress() instanceof Inet6Address ? "[::1]:" : "127.0.0.1:") + address.getPort()
                + "/";
    }

    void start() {
        server.start();
    }

    /** The page at this path. */
    void page(String path, Page page) {
        on(path, "GET", exchange -> {
            try {
                send(exchange, 200, "text/html; charset=utf-8", page.html(query(exchange)));
            } catch (InputException e) {
                send(exchange, 404, "text/html; charset=utf-8", Template.page("message.html",
                        Map.of("message", Template.escaped(e.getMessage()))));
            }
        });
    }

    /** Events at this path, for pages that are open. */
    void stream(String path, Stream stream) {
        on(path, "GET", exchange -> {
            try (exchange) {
                begin(exchange, 200, "text/event-stream", 0); // as long as there are any
                stream.tell(new Events(exchange.getResponseBody()));
            }
        });
    }

    /** What a page asks by POST at this path. */
    void action(String path, Action action) {
        on(path, "POST", exchange -> {
            String sent = exchange.getRequestHeaders().getFirst(TOKEN);
            if (sent == null || !MessageDigest.isEqual(sent.getBytes(StandardCharsets.UTF_8),
                    token.getBytes(StandardCharsets.UTF_8))) {
                refuse(exchange, 403, "this page is of an earlier start; load it again");
                return;
            }
            byte[] body = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
            if (body.length > MOST_BYTES) {
                refuse(exchange, 413, "this is more than a page of this program sends");
                return;
            }
            try {
                send(exchange, 200, "application/json", action.answer(query(exchange), body).toString());
            } catch (InputException e) {
                refuse(exchange, 400, e.getMessage());
            } catch (IOException e) {
                refuse(exchange, 500, InputException.reason(e));
            }
        });
    }

    private interface Handler {
        void handle(HttpExchange exchange) throws IOException;
    }

    private void on(String path, String method, Handler handler) {
        server.createContext(path, exchange -> {
            String origin = exchange.getRequestHeaders().getFirst("Origin");
            String host = exchange.getRequestHeaders().getFirst("Host");
            if (host == null || !hosts.contains(host) || origin != null && !origin.equals("http://" + host)) {
                refuse(exchange, 403, "only the page at %s may ask".formatted(address()));
            } else if (!exchange.getRequestURI().getPath().equals(path)) {
                refuse(exchange, 404, "there is nothing here");
            } else if (!exchange.getRequestMethod().equals(method)) {
                refuse(exchange, 405, "this takes %s alone".formatted(method));
            } else {
                try {
                    handler.handle(exchange);
                } catch (RuntimeException e) { // ours
                    e.printStackTrace();
                    refuse(exchange, 500, "this should not have happened; what the program printed tells more");
                }
            }
        });
    }

    private static Query query(HttpExchange exchange) throws InputException {
        Map<String, List<String>> query = new LinkedHashMap<>();
        String text = exchange.getRequestURI().getRawQuery();
        for (String word : text == null ? new String[0] : text.split("&", -1)) {
            int equals = word.indexOf('=');
            query.computeIfAbsent(decoded(word.substring(0, Math.max(0, equals))), _ -> new ArrayList<>())
                    .add(decoded(word.substring(equals + 1)));
        }
        return new Query(query);
    }

    private static String decoded(String word) throws InputException {
        try {
            return URLDecoder.decode(word, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) { // which URI refuses before
            throw new InputException("this is no address of a page here", e);
        }
    }

    private static void refuse(HttpExchange exchange, int status, String why) throws IOException {
        JsonObject message = new JsonObject();
        message.addProperty("message", why);
        send(exchange, status, "application/json", message.toString());
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (exchange) {
            begin(exchange, status, type, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static void begin(HttpExchange exchange, int status, String type, long length) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type);
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Content-Security-Policy", "frame-ancestors 'none'");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Referrer-Policy", "no-referrer");
        exchange.sendResponseHeaders(status, length);
    }

    @Override
    public void close() {
        server.stop(0);
        requests.shutdownNow();
    }
}
