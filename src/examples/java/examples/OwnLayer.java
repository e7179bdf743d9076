package examples;

import dev.lanewise.data.BuiltInDigits;
import dev.lanewise.data.DatasetPair;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Initializer;
import dev.lanewise.model.Input;
import dev.lanewise.model.Layer;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Spec;
import dev.lanewise.model.Stage;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import java.io.IOException;

/**
 * A layer of one's own, relu with a slope below 0, and a training with it. {@code META-INF/services} and
 * {@code module-info.java} name its kind, and every recipe, run and model file knows it.
 */
public final class OwnLayer implements Layer {
    private final Shape shape;
    private final float slope;

    private OwnLayer(Shape shape, float slope) {
        this.shape = shape;
        this.slope = slope;
    }

    /** Makes it from words: {@code leaky} or {@code leaky 0.1}. */
    public static final class LeakyKind implements Kind {
        @Override
        public String kind() {
            return "leaky";
        }

        @Override
        public Layer create(Spec spec, String name, Shape input) {
            double slope = spec.arguments().isEmpty() ? 0.01 : spec.requireArguments(1, "leaky SLOPE").number(0);
            return new OwnLayer(input, (float) slope);
        }
    }

    @Override
    public Shape input() {
        return shape;
    }

    @Override
    public Shape output() {
        return shape;
    }

    @Override
    public Spec spec() {
        return Spec.of("leaky", slope);
    }

    @Override
    public Initializer suits(Initializer behind) {
        return Initializer.HE;
    }

    // @start region="layer"
    @Override
    public Stage stage(Input x, Mode mode) {
        Input y = Input.output(x, shape, mode, /* overwritable= */ true);
        return new Stage() {
            @Override
            public Input output() {
                return y;
            }

            @Override
            public void forward(int from, int to) {
                for (int i = x.offset(from); i < x.offset(to); i++) {
                    y.values()[i] = x.values()[i] > 0 ? x.values()[i] : slope * x.values()[i];
                }
            }

            @Override
            public void backward(int from, int to) {
                for (int i = x.offset(from); x.hasGradient() && i < x.offset(to); i++) { // a first layer's x has none
                    x.gradient()[i] = x.values()[i] > 0 ? y.gradient()[i] : slope * y.gradient()[i];
                }
            }
        };
    }
    // @end

    public static void main(String[] args) throws IOException {
        Recipe recipe = Recipe.USUAL.with(Recipe.LAYERS, "dense 32, leaky 0.1").epochs(3);
        DatasetPair data = DatasetPair.of("digits", BuiltInDigits.draw(1, 10_000), BuiltInDigits.draw(2, 1_000));
        try (Training training = new Training(recipe, data)) {
            training.run(epoch -> System.out.println(epoch.testAccuracy()));
            System.out.println(training.model().network().specs());
        }
    }
}
