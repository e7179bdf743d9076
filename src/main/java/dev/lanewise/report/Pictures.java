package dev.lanewise.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.data.Dataset;
import dev.lanewise.kernel.Shape;
import dev.lanewise.run.files.Json;
import dev.lanewise.train.Predictions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Some images of a set for a page: the worst mistakes, the least certain ones, and a few for each pair of classes. */
final class Pictures {
    private static final int MOST_WORST = 40;
    private static final int MOST_UNCERTAIN = 40;
    private static final int MOST_OF_A_PAIR = 12;
    private static final int MOST_BYTES = 250_000; // of pixels for pairs of classes, so that the page stays small
    private static final int MOST_SIDE = 48; // of a picture: larger ones are made smaller
    private static final int COLOURS = 3;

    private final Dataset images;
    private final Shape shape;
    private final int scale;

    private Pictures(Dataset images) {
        this.images = images;
        Shape whole = images.shape();
        scale = Math.ceilDiv(Math.max(whole.height(), whole.width()), MOST_SIDE);
        shape = new Shape(Math.ceilDiv(whole.height(), scale), Math.ceilDiv(whole.width(), scale),
                whole.channels() == COLOURS ? COLOURS : 1);
    }

    /**
     * What is chosen of these images.
     *
     * @param images that the predictions are of, in their order
     */
    static JsonObject of(Predictions predictions, Dataset images) {
        return new Pictures(images).json(predictions);
    }

    private JsonObject json(Predictions predictions) {
        int[] mistakes = predictions.mistakes();
        int[] doubtful = predictions.byDoubt();
        List<Integer> worst = first(mistakes, MOST_WORST);
        List<Integer> uncertain = first(doubtful, MOST_UNCERTAIN);
        Set<Integer> chosen = new LinkedHashSet<>(worst);
        chosen.addAll(uncertain);
        addOfPairs(chosen, pairs(predictions, mistakes, doubtful));
        List<Integer> order = List.copyOf(chosen);
        JsonArray pictures = new JsonArray();
        for (int image : order) {
            JsonObject picture = new JsonObject();
            picture.addProperty("image", image);
            picture.addProperty("label", predictions.labels()[image]);
            picture.addProperty("predicted", predictions.predicted()[image]);
            picture.add("confidence", Json.number(predictions.confidence(image)));
            picture.addProperty("pixels", Base64.getEncoder().encodeToString(pixels(image)));
            pictures.add(picture);
        }
        JsonObject json = new JsonObject();
        json.add("shape", array(List.of(shape.height(), shape.width(), shape.channels())));
        json.add("images", pictures);
        json.add("worst", array(worst.stream().map(order::indexOf).toList()));
        json.add("uncertain", array(uncertain.stream().map(order::indexOf).toList()));
        return json;
    }

    private static List<Integer> first(int[] images, int most) {
        return IntStream.of(images).limit(most).boxed().toList();
    }

    /** For each right and predicted class that there are images of, the first ones: bad mistakes, and near misses. */
    private static List<List<Integer>> pairs(Predictions predictions, int[] mistakes, int[] doubtful) {
        Map<Integer, List<Integer>> pairs = new LinkedHashMap<>();
        IntStream.concat(IntStream.of(mistakes), IntStream.of(doubtful).filter(image -> !predictions.isWrong(image)))
                .forEach(image -> {
                    List<Integer> pair = pairs.computeIfAbsent(
                            predictions.labels()[image] * Dataset.MAX_CLASSES + predictions.predicted()[image],
                            _ -> new ArrayList<>());
                    if (pair.size() < MOST_OF_A_PAIR) {
                        pair.add(image);
                    }
                });
        return List.copyOf(pairs.values());
    }

    /** The first ones of all pairs, then the second ones, as far as there is room. */
    private void addOfPairs(Set<Integer> chosen, List<List<Integer>> pairs) {
        int room = MOST_BYTES / shape.size();
        for (int i = 0; i < MOST_OF_A_PAIR; i++) {
            for (List<Integer> pair : pairs) {
                if (i < pair.size() && room > 0 && chosen.add(pair.get(i))) {
                    room--;
                }
            }
        }
    }

    private static JsonArray array(List<Integer> numbers) {
        JsonArray array = new JsonArray();
        numbers.forEach(array::add);
        return array;
    }

    /** The picture of an image, [height, width, channels]: mean levels of squares of its pixels. */
    private byte[] pixels(int image) {
        byte[] pixels = images.pixels(image);
        if (shape.equals(images.shape())) {
            return pixels;
        }
        byte[] small = new byte[shape.size()];
        for (int i = 0; i < small.length; i++) {
            int place = i / shape.channels();
            small[i] = mean(pixels, place / shape.width() * scale, place % shape.width() * scale,
                    i % shape.channels());
        }
        return small;
    }

    private byte mean(byte[] pixels, int top, int left, int channel) {
        Shape whole = images.shape();
        int sum = 0;
        int count = 0;
        for (int y = top; y < Math.min(top + scale, whole.height()); y++) {
            for (int x = left; x < Math.min(left + scale, whole.width()); x++) {
                sum += pixels[(y * whole.width() + x) * whole.channels() + channel] & 0xff;
                count++;
            }
        }
        return (byte) ((sum + count / 2) / count);
    }
}
