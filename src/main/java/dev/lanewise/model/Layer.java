package dev.lanewise.model;

import dev.lanewise.kernel.Shape;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * One layer of a {@link Network}: a description with parameters. It computes nothing itself; {@link #stage} makes what
 * does, with buffers for a batch.
 */
public interface Layer {
    /** Makes layers of one kind; a service, so that a jar can bring kinds of its own. */
    interface Kind {
        /** The first word of a description in a recipe or a model file: {@code dense}. */
        String kind();

        /**
         * A layer as described, with its parameters at 0.
         *
         * @param name the kind and a number that counts this kind from 1 in its network: {@code dense1}
         * @param input of one sample
         * @throws IllegalArgumentException if the description makes no sense there
         */
        Layer create(Spec spec, String name, Shape input);
    }

    /** Shape of one sample that comes in. */
    Shape input();

    /** Shape of one sample that goes out. */
    Shape output();

    /** What training changes and a model file holds. */
    default List<Parameter> parameters() {
        return List.of();
    }

    /** What {@link Kind#create} needs to make this layer again. */
    Spec spec();

    /**
     * Sets all parameters to where training begins.
     *
     * @param random to be drawn from in the order of the parameters' elements
     * @param suiting the range of weights that suits the layers behind this one
     */
    default void initialize(RandomGenerator random, Initializer suiting) {
        if (!parameters().isEmpty()) {
            throw new IllegalArgumentException(spec() + " has parameters: its layer must override initialize");
        }
    }

    /** Whether it does nothing but while a network trains, as dropout. */
    default boolean isForTrainingOnly() {
        return false;
    }

    /** What it computes once it is trained; empty where it has no form that other programs know. */
    default Optional<Operation> operation() {
        return Optional.empty();
    }

    /** The range of weights that suits a layer before this one; as the layers behind want it, if it is all the same here. */
    default Initializer suits(Initializer behind) {
        return behind;
    }

    /** Whether its stage can work on samples that lie so; what it makes of them lies so too. */
    default boolean accepts(Layout layout) {
        return layout == Layout.ROWS;
    }

    /**
     * Whether its stage can take samples that lie {@linkplain Layout#ROWS row by row} where they {@linkplain Mode#oneByOne come one
     * at a time}, though others may have to be interleaved.
     */
    default boolean predictsRows() {
        return accepts(Layout.ROWS);
    }

    /** Whether each output is the largest of some inputs, and its gradient goes to the first of these. */
    default boolean leavesLargest() {
        return false;
    }

    /** The layer that does behind {@code next} what this one does before it, to the bit, with less work; empty if none does. */
    default Optional<Layer> behind(Layer next) {
        return Optional.empty();
    }

    /** Multiplications with an addition that a sample takes forward, roughly: one for each weight. */
    default double multiplyAdds() {
        return parameters().stream().filter(Parameter::decays).mapToDouble(Parameter::size).sum();
    }

    /** Numbers that training changes: weights and biases. */
    default long trainedParameters() {
        return parameters().stream().filter(Parameter::isTrained).mapToLong(Parameter::size).sum();
    }

    /**
     * The layer at work on batches.
     *
     * @param x what it reads, in a layout that it accepts, and where the gradient of that goes
     * @param mode training or evaluation
     */
    Stage stage(Input x, Mode mode);

    /** The layer's formulas in double, which gradients are checked against; empty where nobody wrote them. */
    default Optional<Reference> reference() {
        return Optional.empty();
    }
}
