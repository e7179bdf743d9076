package dev.lanewise.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Network;
import dev.lanewise.model.Parameter;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The weights of a network's first layer as pictures: of each unit those of all pixels, or its filter. */
final class WeightPictures {
    private static final int MOST_UNITS = 64;
    private static final int MOST_SIDE = 64; // of a picture, beyond which a page would grow large

    private WeightPictures() {
    }

    /**
     * Pictures of signed levels, each scaled so that its largest weight is 127 or -127; of several channels the sum, but
     * for three, which are colours. JSON's null where they would show nothing.
     */
    static JsonElement of(Network network) {
        for (Layer layer : network.layers()) {
            Optional<Parameter> weight = layer.parameters().stream().filter(p -> p.shape().size() > 1).findFirst();
            if (weight.isPresent()) {
                Shape shape = shape(layer, weight.get().shape());
                return shape == null || shape.height() < 2 || shape.width() < 2
                        || Math.max(shape.height(), shape.width()) > MOST_SIDE
                                ? JsonNull.INSTANCE
                                : json(layer, shape, weight.get());
            }
        }
        return JsonNull.INSTANCE;
    }

    /** What the weights of a unit look at; null where they are not those of a picture. */
    private static @Nullable Shape shape(Layer layer, List<Integer> weight) {
        return weight.size() == 4
                ? new Shape(weight.get(0), weight.get(1), weight.get(2))
                : weight.size() == 2 && weight.getFirst() == layer.input().size() ? layer.input() : null;
    }

    private static JsonObject json(Layer layer, Shape shape, Parameter weight) {
        int units = weight.shape().getLast();
        int channels = shape.channels() == 3 ? 3 : 1;
        JsonArray pictures = new JsonArray();
        for (int unit = 0; unit < Math.min(units, MOST_UNITS); unit++) {
            double[] sums = new double[shape.height() * shape.width() * channels];
            for (int i = 0; i < shape.size(); i++) {
                sums[channels == 3 ? i : i / shape.channels()] += weight.value()[i * units + unit];
            }
            double largest = 0;
            for (double sum : sums) {
                largest = Math.max(largest, Math.abs(sum));
            }
            byte[] levels = new byte[sums.length];
            for (int i = 0; i < levels.length; i++) {
                levels[i] = (byte) Math.round(largest == 0 ? 0 : 127 * sums[i] / largest);
            }
            pictures.add(Base64.getEncoder().encodeToString(levels));
        }
        JsonObject json = new JsonObject();
        json.addProperty("layer", layer.spec().toString());
        json.addProperty("units", units);
        JsonArray extents = new JsonArray();
        List.of(shape.height(), shape.width(), channels).forEach(extents::add);
        json.add("shape", extents);
        json.add("pictures", pictures);
        return json;
    }
}
