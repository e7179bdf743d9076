package dev.lanewise.report;

import com.google.gson.JsonObject;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lanewise.data.InputException;
import java.io.IOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

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

    /** What a page asks for. */
    interface Action {
        /**
         * The answer.
         *
         * @param query words behind the question mark, by name
         * @throws InputException with the sentence that the page shows
         */
        JsonObject answer(Map<String, String> query, byte[] body) throws IOException;
    }

    /**
     * Takes a port; {@link #start} begins to answer.
     *
     * @param port 0: any that is free
     * @throws InputException if it cannot be had
     */
    LocalServer(int port) throws IOException {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (BindException e) {
            throw new InputException(
                    "--port %d cannot be had (%s): another program listens there, or the system keeps it; name another, "
                            .formatted(port, InputException.reason(e)) + "or leave --port out",
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

    /** The page. */
    void page(Supplier<String> html) {
        on("/", "GET", exchange -> send(exchange, 200, "text/html; charset=utf-8", html.get()));
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
            if (!hosts.contains(host) || origin != null && !origin.equals("http://" + host)) {
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

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new LinkedHashMap<>();
        String text = exchange.getRequestURI().getQuery();
        for (String word : text == null ? new String[0] : text.split("&", -1)) {
            int equals = word.indexOf('=');
            query.put(word.substring(0, Math.max(0, equals)), word.substring(equals + 1));
        }
        return query;
    }

    private static void refuse(HttpExchange exchange, int status, String why) throws IOException {
        JsonObject message = new JsonObject();
        message.addProperty("message", why);
        send(exchange, status, "application/json", message.toString());
    }

    private static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type);
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Content-Security-Policy", "frame-ancestors 'none'");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Referrer-Policy", "no-referrer");
        try (exchange) {
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        requests.shutdownNow();
    }
}
