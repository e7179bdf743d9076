package examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Preparer;
import dev.lanewise.run.Model;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Executors;

/**
 * Answers for images over HTTP, a virtual thread for each request.
 *
 * <pre>
 * curl --data-binary @seven.png http://localhost:8080/predict
 * </pre>
 */
final class HttpService {
    private static final int MOST = 16 << 20; // bytes of an image

    private final Model model;

    private HttpService(Model model) {
        this.model = model;
    }

    /** The model's file and, if it is not 8080, the port; 0 is a free one. */
    public static void main(String[] args) throws IOException {
        HttpService service = new HttpService(Model.read(Path.of(args[0])));
        int port = args.length > 1 ? Integer.parseInt(args[1]) : 8080;
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/predict", service::predict);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        System.out.println("http://localhost:" + server.getAddress().getPort() + "/predict");
    }

    private void predict(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] file = exchange.getRequestBody().readNBytes(MOST);
            int status = 200;
            String text;
            try {
                text = probabilities(file);
            } catch (InputException e) { // no image, a damaged one, a blank one: one sentence
                status = 400;
                text = e.getMessage() + "\n";
            }
            byte[] answer = text.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            exchange.sendResponseHeaders(status, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private String probabilities(byte[] file) throws IOException {
        byte[] pixels = model.preparer().prepare(Preparer.read(file, "the image"), "the image").pixels();
        float[] p = model.predict(pixels);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < p.length; i++) {
            lines.append(model.classes().get(i)).append('\t').append(p[i]).append('\n');
        }
        return lines.toString();
    }
}
