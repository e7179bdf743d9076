package dev.lanewise.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.data.Box;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.ImageReader;
import dev.lanewise.data.InputException;
import dev.lanewise.data.Preparation;
import dev.lanewise.data.Preparer;
import dev.lanewise.data.Preparer.Prepared;
import dev.lanewise.kernel.core.Digits;
import dev.lanewise.run.Ensemble;
import dev.lanewise.run.Model;
import dev.lanewise.run.Predictor;
import dev.lanewise.run.files.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Serves a page to draw on, and reads the drawings as {@code predict} does. */
public final class DrawServer implements AutoCloseable {
    private static final int NEAREST = 8; // training images that are shown

    private final Model model;
    private final Preparer preparer;
    private final Predictor predictor;
    private final @Nullable Neighbours neighbours; // null: none
    private final DrawingFolder folder;
    private final LocalServer server;

    /**
     * Begins to serve.
     *
     * @param name of the run, for people
     * @param trained the images that it learned from; null: none are shown
     * @param collect where corrected drawings go
     * @param port 0: any that is free
     * @throws IllegalArgumentException if the network takes no images
     * @throws InputException if the port cannot be had, or a file is where drawings should go
     */
    public DrawServer(Model model, String name, @Nullable Dataset trained, Path collect, int port) throws IOException {
        this.model = model;
        preparer = model.preparer();
        predictor = new Predictor(new Ensemble(List.of(model)));
        neighbours = trained == null ? null : new Neighbours(trained);
        folder = new DrawingFolder(collect, preparer.shape());
        server = new LocalServer(port, "--port");
        server.page("/", _ -> DrawPage.served(model, name, server.token(), neighbours != null));
        server.action("/read", this::read);
        server.action("/collect", this::collect);
        server.start();
    }

    /** What to open in a browser. */
    public String address() {
        return server.address();
    }

    /** Buffers are for one at a time. */
    private synchronized JsonObject read(LocalServer.Query query, byte[] png) throws IOException {
        ImageReader.Image drawing = Preparer.read(png, "the drawing");
        Neighbours shown = query.first("nearest").equals("true") ? neighbours : null;
        JsonArray characters = new JsonArray();
        List<List<Prepared>> lines = lines(drawing, query.first("several").equals("true"));
        for (int line = 0; line < lines.size(); line++) {
            for (Prepared prepared : lines.get(line)) {
                characters.add(character(prepared, line, shown));
            }
        }
        JsonObject answer = new JsonObject();
        answer.add("characters", characters);
        return answer;
    }

    /** Several characters as {@code predict --split} finds them, a single one as {@code predict} does. */
    private List<List<Prepared>> lines(ImageReader.Image drawing, boolean several) throws InputException {
        if (several && preparer.preparation() != Preparation.NONE) {
            List<List<Prepared>> lines = preparer.split(drawing, "The drawing");
            if (lines.size() > 1 || lines.getFirst().size() > 1) {
                return lines;
            }
        }
        return List.of(List.of(preparer.prepare(drawing, "The drawing")));
    }

    private JsonObject character(Prepared prepared, int line, @Nullable Neighbours shown) {
        JsonObject character = new JsonObject();
        character.addProperty("line", line);
        character.add("box", box(prepared.box()));
        character.addProperty("several", prepared.several());
        character.addProperty("pixels", base64(prepared.pixels()));
        JsonArray probabilities = new JsonArray();
        for (float probability : predictor.predict(prepared.pixels(), 0, 1)) {
            probabilities.add(Json.number(probability));
        }
        character.add("probabilities", probabilities);
        if (shown != null) {
            JsonArray images = new JsonArray();
            for (Neighbours.Neighbour neighbour : shown.of(prepared.pixels(), NEAREST)) {
                JsonObject image = new JsonObject();
                image.addProperty("label", shown.images().label(neighbour.image()));
                image.addProperty("distance", neighbour.distance());
                image.addProperty("pixels", base64(shown.images().pixels(neighbour.image())));
                images.add(image);
            }
            character.add("nearest", images);
        }
        return character;
    }

    private static JsonObject box(Box box) {
        JsonObject object = new JsonObject();
        object.addProperty("left", box.left());
        object.addProperty("top", box.top());
        object.addProperty("right", box.right());
        object.addProperty("bottom", box.bottom());
        return object;
    }

    private static String base64(byte[] pixels) {
        return Base64.getEncoder().encodeToString(pixels);
    }

    private JsonObject collect(LocalServer.Query query, byte[] pixels) throws IOException {
        int label;
        try {
            label = Digits.parseInt(query.first("class"));
        } catch (NumberFormatException e) {
            throw new InputException("class: a number is missing", e);
        }
        if (label < 0 || label >= model.classes().size() || pixels.length != preparer.shape().size()) {
            throw new InputException("This is no image of one of the network's classes.");
        }
        JsonObject answer = new JsonObject();
        answer.addProperty("file", folder.save(model.classes().get(label), pixels).toString());
        return answer;
    }

    @Override
    public void close() {
        server.close();
    }
}
