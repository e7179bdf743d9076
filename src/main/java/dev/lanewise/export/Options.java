package dev.lanewise.export;

/**
 * How a model is written. A {@link Format} takes those that it names in {@link Format#options}.
 *
 * @param fold whether batch normalisation becomes a part of the layer before it, where that has weights
 * @param pixels whether the network takes bytes, and divides them by 255 itself
 * @param logits whether it gives the last layer's numbers, not probabilities
 * @param layout names and shapes of arrays
 * @param int8 whether weights of products and filters are bytes, with a scale for each output
 */
public record Options(boolean fold, boolean pixels, boolean logits, Layout layout, boolean int8) {
    /** The name by which a {@link Format} says that it takes {@link #fold}. */
    public static final String FOLD = "fold";
    /** The name by which a {@link Format} says that it takes {@link #pixels}. */
    public static final String PIXELS = "pixels";
    /** The name by which a {@link Format} says that it takes {@link #logits}. */
    public static final String OUTPUT = "output";
    /** The name by which a {@link Format} says that it takes {@link #layout}. */
    public static final String LAYOUT = "layout";

    /** The name by which a {@link Format} says that it takes {@link #int8}. */
    public static final String INT8 = "int8";

    /** Nothing folded, numbers from 0 to 1 in, probabilities out, names and shapes of PyTorch. */
    public static final Options USUAL = new Options(false, false, false, Layout.TORCH);

    /** Options with weights as they are, in floats. */
    public Options(boolean fold, boolean pixels, boolean logits, Layout layout) {
        this(fold, pixels, logits, layout, false);
    }

    /** Names and shapes of arrays. */
    public enum Layout {
        /** PyTorch's: {@code fc1.weight} [out, in], {@code conv1.weight} [out, in, kernel height, kernel width]; images as [C, H, W]. */
        TORCH,
        /** As in a run: {@code dense1.weight} [in, out], {@code conv1.weight} [kernel height, kernel width, in, out]. */
        LANEWISE
    }
}
