package dev.lanewise.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.data.Mnist;
import dev.lanewise.data.Preparer;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A page to draw on, and to see what a network makes of it: with the network inside, or for a {@link DrawServer}. */
public final class DrawPage {
    /** The layers that network.js computes. */
    static final Set<String> LAYERS = Set.of("dense", "conv", "pool", "average-pool", "global-pool", "batch-norm",
            "relu", "sigmoid", "tanh");
    /** The function behind the last layer, by the loss that it belongs to. */
    private static final Map<String, String> OUTPUTS = Map.of("cross-entropy", "softmax", "softmax-mse", "softmax",
            "mse", "sigmoid");
    private static final String POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
            + "img-src data:";

    private DrawPage() {
    }

    /**
     * A page that needs nothing else: weights, preparation and forward pass are in it.
     *
     * @param name of the run, for people
     * @throws IllegalArgumentException if the network takes no images, or has a layer or a loss that is not the library's own
     */
    public static String inside(Model model, String name) {
        JsonObject page = page(model);
        page.add("network", network(model.network().forEvaluation()));
        return html(model, name, page, POLICY, "The network is in this page: what is drawn stays here.",
                String.join("\n", Template.resource("network.js"), Template.resource("preparation.js"),
                        Template.resource("draw-inside.js")));
    }

    /** A page whose answers come from the server that it comes from. */
    static String served(Model model, String name, String token, boolean nearest) {
        JsonObject page = page(model);
        page.addProperty("token", token);
        page.addProperty("collects", true);
        page.addProperty("nearest", nearest);
        return html(model, name, page, POLICY + "; connect-src 'self'",
                "The program that serves this page answers, as lanewise predict does.",
                Template.resource("draw-served.js"));
    }

    private static String html(Model model, String name, JsonObject page, String policy, String about, String reader) {
        Network network = model.network();
        String set = model.metadata().get("data");
        return Template.page("draw.html", Map.of("policy", policy,
                "title", model.classes().equals(Mnist.CLASSES) ? "Draw a digit" : "Draw",
                "name", Template.escaped(name),
                "about", about,
                "network", Template.escaped("%s%s. Layers: %s. Input: %s, %s.".formatted(name,
                        set == null ? "" : ", trained on " + set, Spec.join(network.specs()), network.input(),
                        model.preparation().word())),
                "page", Template.json(page.toString()),
                "reader", reader));
    }

    private static JsonObject page(Model model) {
        Preparer preparer = model.preparer();
        JsonObject page = new JsonObject();
        page.add("shape", extents(preparer.shape()));
        page.addProperty("prepare", preparer.preparation().word());
        page.addProperty("ink", preparer.ink().word());
        JsonArray classes = new JsonArray();
        model.classes().forEach(classes::add);
        page.add("classes", classes);
        return page;
    }

    private static JsonObject network(Network network) {
        JsonArray layers = new JsonArray();
        for (Layer layer : network.layers()) {
            if (!LAYERS.contains(layer.spec().kind())) {
                throw new IllegalArgumentException(
                        "a page cannot compute the layer '%s', only the library's own".formatted(layer.spec()));
            }
            JsonArray sizes = new JsonArray();
            layer.parameters().forEach(parameter -> sizes.add(parameter.size()));
            JsonObject object = new JsonObject();
            object.addProperty("words", layer.spec().toString());
            object.add("input", extents(layer.input()));
            object.add("output", extents(layer.output()));
            object.add("parameters", sizes);
            layers.add(object);
        }
        String loss = network.loss().spec().kind();
        if (!OUTPUTS.containsKey(loss)) {
            throw new IllegalArgumentException(
                    "a page cannot compute the output of the loss '%s', only of the library's own".formatted(loss));
        }
        JsonObject object = new JsonObject();
        object.add("layers", layers);
        object.addProperty("output", OUTPUTS.get(loss));
        object.addProperty("weights", base64(network.parameters()));
        return object;
    }

    private static JsonArray extents(Shape shape) {
        JsonArray extents = new JsonArray();
        List.of(shape.height(), shape.width(), shape.channels()).forEach(extents::add);
        return extents;
    }

    /** All of them in a row, little-endian. */
    private static String base64(List<Parameter> parameters) {
        int size = parameters.stream().mapToInt(Parameter::size).reduce(0, Math::addExact);
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(size, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        for (Parameter parameter : parameters) {
            bytes.asFloatBuffer().put(parameter.value());
            bytes.position(bytes.position() + parameter.size() * Float.BYTES);
        }
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
