package dev.lanewise.run;

import com.google.gson.JsonObject;
import dev.lanewise.data.Augmentation;
import dev.lanewise.data.Batches;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.DropoutMask;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Layers;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Losses;
import dev.lanewise.model.Network;
import dev.lanewise.model.Registry;
import dev.lanewise.model.Samples;
import dev.lanewise.model.Spec;
import dev.lanewise.train.ConstantSchedule;
import dev.lanewise.run.files.Json;
import dev.lanewise.run.files.RunDirectory;
import dev.lanewise.train.Optimizer;
import dev.lanewise.train.Optimizers;
import dev.lanewise.train.Plan;
import dev.lanewise.train.Schedule;
import dev.lanewise.train.Schedules;
import dev.lanewise.train.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides which weights a training ends with, but for the data: network, loss, optimizer, schedule, batch
 * size, epochs, seed. A value, which never changes; {@link #with} gives another one.
 *
 * <pre>{@code
 * Recipe recipe = Recipe.mlp(300, 100).epochs(20).with(Recipe.OPTIMIZER, "adam").with(Recipe.VALIDATION, 0.1);
 * }</pre>
 *
 * <p>{@link Training} trains one. What else is told of a recipe, its {@link #network}, {@link #update} and {@link #plan} above
 * all, is for a training of one's own; {@link #words} and {@link #text} show it to people.
 */
public final class Recipe {
    private static final double LARGEST = 1e6; // of rates and norms: more is a mistake
    private static final double SMALLEST = 1e-30; // so that no usual schedule makes 0 of a rate, a float
    private static final long AUGMENTATION = 0; // tells its random numbers from those of layers, which count from 1
    private static final String FROM_SMALLEST = "from 1e-30 to 1000000";

    // The usual values were chosen on 10,000 held-out training images, seeds 11 and 12: LAB 50.

    /**
     * The widths of the hidden layers, from 1 to 65,536 units each, in order; an empty list makes a linear
     * classifier. {@code [128]} by default.
     */
    public static final Option<List<Integer>> HIDDEN = Option.integers("hidden", List.of(128), 65_536, "N[,N...]",
            "Widths of the hidden layers; none makes a linear classifier (default: {usual}).");
    /** The activation behind every hidden layer: {@code relu}, {@code sigmoid} or {@code tanh}; {@code relu} by default. */
    public static final Option<String> ACTIVATION = Option.words("activation", "relu", "NAME", Recipe::checkActivation,
            "Activation of the hidden layers: relu, sigmoid or tanh (default: {usual}).").of(Recipe::activations);
    /** The probability with which each hidden unit is dropped in a step of the training, from 0 to 0.99; 0 by default. */
    public static final Option<Double> DROPOUT = Option.real("dropout", 0.0, "P", "a probability from 0 to 0.99",
            p -> p >= 0 && p <= 0.99,
            "Drops each hidden unit with this probability while training (default: {usual}).");
    /**
     * All layers but the last one in words, such as {@code dense 128, relu, dropout 0.2}; null, the default, where
     * {@link #HIDDEN}, {@link #ACTIVATION} and {@link #DROPOUT} say what they are. Where it is set, those three must
     * not be.
     */
    public static final Option<@Nullable String> LAYERS = Option.words("layers", "WORDS", Recipe::checkLayers,
            "All layers but the last in words, as in 'dense 128, relu, dropout 0.2'; "
                    + "in place of --hidden, --activation and --dropout:",
            "dense N              units",
            "conv N HxW           filters; stride=1 padding=0",
            "pool H[xW]           largest of a window; stride=H",
            "average-pool H[xW]   its average; stride=H",
            "global-pool          average of the image",
            "batch-norm           momentum=0.1 epsilon=1e-5",
            "dropout P            of single units",
            "drop-channels P      of whole channels",
            "relu, sigmoid, tanh  activations");
    /**
     * All layers but the last one by the name of a network: {@code mlp}, {@code lenet}, {@code small}, {@code
     * example} or {@code best}; null, the default, where the other options say what they are. Where it is set, {@link
     * #LAYERS}, {@link #HIDDEN}, {@link #ACTIVATION} and {@link #DROPOUT} must not be.
     */
    public static final Option<@Nullable String> NET = Option.words("net", "NAME", Nets::layers,
            "A network by its name, in place of --layers: mlp; lenet, of LeCun et al. 1998, with relu; small and example, "
                    + "the first convolutional ones of Keras and of PyTorch; best, three convolutions with batch normalisation.")
            .of(Nets::names);
    /**
     * The loss that training makes small: {@code cross-entropy}, {@code mse}, {@code softmax-mse} or one that a
     * service brings; {@code cross-entropy} by default.
     */
    public static final Option<String> LOSS = Option.words("loss", "cross-entropy", "NAME",
            text -> Loss.of(Spec.parse(text)), "What training makes small (default: {usual}):",
            "cross-entropy  -ln of the label's softmax output",
            "mse            half the squared error of sigmoids",
            "softmax-mse    half the squared error of softmax").of(() -> Losses.KINDS.names());
    /**
     * The rule by which a step changes the weights: {@code sgd}, {@code momentum}, {@code nesterov}, {@code adam},
     * {@code adamw} or one that a service brings, with numbers of its own as in {@code adam beta1=0.95}; {@code
     * momentum} by default.
     */
    public static final Option<String> OPTIMIZER = Option.words("optimizer", "momentum", "NAME",
            text -> Optimizer.of(Spec.parse(text)),
            "Rule of a step: sgd, momentum, nesterov, adam or adamw, with options as in "
                    + "'adam beta1=0.95' (default: {usual}).")
            .of(() -> Optimizers.KINDS.names());
    /**
     * What the optimizers {@code momentum} and {@code nesterov} keep of their velocity in a step, from 0 to below 1;
     * 0.9 by default. Other optimizers pass it over.
     */
    public static final Option<Double> MOMENTUM = Option.real("momentum", 0.9, "M", "from 0 to below 1",
            m -> m >= 0 && m.floatValue() < 1,
            "What the optimizers momentum and nesterov keep of their velocity in a step, from 0 to below 1 "
                    + "(default: {usual}).");
    /**
     * The learning rate, the largest of the run where a schedule changes it, from 1e-30 to 1,000,000; null, the
     * default, for what suits the optimizer: 0.1, or 0.001 for {@code adam} and {@code adamw}.
     */
    public static final Option<@Nullable Double> RATE = Option.real("lr", "RATE", FROM_SMALLEST,
            rate -> rate >= SMALLEST && rate <= LARGEST,
            "Learning rate, the largest where a schedule changes it (default: 0.1; 0.001 for adam and adamw).");
    /**
     * How the learning rate changes over the run: {@code constant}, {@code step}, {@code cosine}, {@code one-cycle}
     * or one that a service brings, with numbers of its own as in {@code one-cycle start-divisor=25}; {@code
     * one-cycle} by default.
     */
    public static final Option<String> SCHEDULE = Option.words("schedule", "one-cycle", "NAME",
            text -> Schedule.of(Spec.parse(text)),
            "How the learning rate changes: constant; step, a tenth of it after half of the run, a hundredth "
                    + "after three quarters; cosine, to 0; or one-cycle, up and down, with options as in "
                    + "'one-cycle start-divisor=25 end-divisor=10000', which are its defaults (default: {usual}).")
            .of(() -> Schedules.KINDS.names());
    /**
     * The epochs that the schedule is for, from 1 to 1,000,000; after them the rate stays. Null, the default, for all
     * epochs of the run.
     */
    public static final Option<@Nullable Integer> SCHEDULE_EPOCHS = Option.integer("schedule_epochs", 1, 1_000_000,
            "EPOCHS",
            "Epochs that the schedule is for; the rate stays after them (default: all).");
    /**
     * The share of the run for which the rate rises, from 0 to below 1; null, the default, for what suits the
     * schedule: 0.3 for {@code one-cycle}, 0 for the others.
     */
    public static final Option<@Nullable Double> WARMUP = Option.real("warmup", "SHARE", "a share from 0 to below 1",
            share -> share >= 0 && share < 1,
            "Share of the run in which the rate rises from a 25th of itself (default: 0; 0.3 for one-cycle).");
    /**
     * The weight decay, from 0 to 1,000,000: so many times a weight is added to its gradient after clipping or, by {@code adamw},
     * taken off the weight itself. Biases are left out. 0.0001 by default.
     */
    public static final Option<Double> WEIGHT_DECAY = Option.real("weight_decay", 0.0001, "D", "from 0 to 1000000",
            decay -> decay >= 0 && decay <= LARGEST,
            "Adds this times a weight to its gradient, after clipping; adamw shrinks the weight instead. Biases "
                    + "are left out (default: {usual}).");
    /**
     * The share of each label that is spread over all classes, from 0 to 0.99, for the loss {@code cross-entropy}
     * alone; 0 by default.
     */
    public static final Option<Double> LABEL_SMOOTHING = Option.real("label_smoothing", 0.0, "SHARE",
            "a share from 0 to 0.99", share -> share >= 0 && share <= 0.99,
            "Share of each label that is spread over all classes; for cross-entropy (default: {usual}).");
    /**
     * The largest norm of a step's gradients, over all of them, from 1e-30 to 1,000,000: larger ones are scaled down
     * to it. Null, the default, for no limit.
     */
    public static final Option<@Nullable Double> CLIP_NORM = Option.real("clip_norm", "NORM", FROM_SMALLEST,
            norm -> norm >= SMALLEST && norm <= LARGEST,
            "Scales the gradients of a step down to this norm, over all of them (default: no limit).");
    /**
     * What a moving average of the weights keeps of itself in a step, above 0 and at most 0.999999; the average is
     * then judged and saved in place of the weights. Null, the default, for no average.
     */
    public static final Option<@Nullable Double> EMA = Option.real("ema", "DECAY", "above 0 and at most 0.999999",
            decay -> decay > 0 && decay <= 0.999999,
            "Evaluates and saves a moving average of the weights, which keeps this share of itself in a step, "
                    + "such as 0.999, instead of the last weights (default: no average).");
    /** The number of images of a step, from 1 to 65,536; the last step of an epoch has what is left. 64 by default. */
    public static final Option<Integer> BATCH_SIZE = Option.integer("batch_size", 64, 1, 65_536, "N",
            "Images of a step; the last one of an epoch has what is left (default: {usual}).");
    /** The number of passes over the training images, from 1 to 1,000,000; 10 by default. */
    public static final Option<Integer> EPOCHS = Option.integer("epochs", 10, 1, 1_000_000, "N",
            "Passes over the training images (default: {usual}).");
    /**
     * The seed of everything random, any long: initial weights, order, dropout, augmentation, which images are held
     * out. 1 by default.
     */
    public static final Option<Long> SEED = Option.number("seed", 1, "N",
            "Decides everything random: initial weights, order, split (default: {usual}).");
    /**
     * The share of the training images that is held out to judge epochs by, from 0 to below 1; 0 by default. Where it
     * is above 0, the model is that of the best epoch unless {@link #KEEP} says otherwise.
     */
    public static final Option<Double> VALIDATION = Option.real("validation", 0.0, "SHARE",
            "a share from 0 to below 1", share -> share >= 0 && share < 1,
            "Share of the training images to hold out, such as 0.1 (default: {usual}).");
    /**
     * How training images are changed at random, anew in every epoch: {@code none}, {@code light}, {@code strong}, or
     * strengths of an {@link Augmentation}, alone or behind these words, such as {@code light noise=3} or {@code
     * shift=2 rotate=10}; {@code none} by default.
     */
    public static final Option<String> AUGMENT = Option.words("augment", "none", "WORDS", Recipe::augmentation,
            "Changes training images at random, anew in every epoch, each way by up to its strength; words with a blank "
                    + "between them, strengths also behind light or strong (default: {usual}):",
            "none",
            "light          shift=1 rotate=8 scale=0.08 shear=5",
            "strong         shift=1.5 rotate=12 scale=0.12 shear=10 elastic=3 thickness=0.3",
            "shift=PIXELS   to each side, as far as 64",
            "rotate=DEGREES to each side; shear=DEGREES likewise",
            "scale=SHARE    larger or smaller, height and width apart",
            "elastic=PIXELS bends strokes",
            "thickness=0..1 of strokes, 1 for a pixel more or less",
            "cutout=PIXELS  side of a square that becomes paper",
            "noise=LEVELS   of 255, added to each pixel or taken",
            "flip=0..1      how often left and right change places").of(Recipe::augmentations);
    /**
     * The number of epochs without a smaller validation loss after which the training ends, 1 or more; it needs
     * {@link #VALIDATION}. Null, the default, for never.
     */
    public static final Option<@Nullable Integer> EARLY_STOP = Option.integer("early_stop", 1, Integer.MAX_VALUE, "N",
            "Ends after N epochs without a smaller validation loss; needs --validation (default: never).");

    /**
     * Which epoch's weights become the model: {@code best}, that of the smallest validation loss, which needs {@link
     * #VALIDATION}, or {@code last}; null, the default, for {@code best} where images are held out, else {@code
     * last}.
     */
    public static final Option<@Nullable String> KEEP = Option.words("keep", "best|last", Recipe::checkKeep,
            "Saves the weights of the epoch with the smallest validation loss, or of the last one (default: best with "
                    + "--validation, else last).")
            .of(Recipe::kept);

    private static final Map<Augmentation.Strength, Double> NO_AUGMENTATION = new EnumMap<>(
            Augmentation.Strength.class);
    private static final Map<Augmentation.Strength, Double> LIGHT = new EnumMap<>(Map.of(Augmentation.Strength.SHIFT,
            1.0,
            Augmentation.Strength.ROTATE, 8.0, Augmentation.Strength.SCALE, 0.08, Augmentation.Strength.SHEAR, 5.0));
    private static final Map<Augmentation.Strength, Double> STRONG = new EnumMap<>(Map.of(Augmentation.Strength.SHIFT,
            1.5,
            Augmentation.Strength.ROTATE, 12.0, Augmentation.Strength.SCALE, 0.12, Augmentation.Strength.SHEAR, 10.0,
            Augmentation.Strength.ELASTIC, 3.0, Augmentation.Strength.THICKNESS, 0.3));

    /** All options of a recipe, in the order in which people and files are told of them. */
    public static final List<Option<?>> OPTIONS = List.of(HIDDEN, ACTIVATION, DROPOUT, LAYERS, NET, LOSS, OPTIMIZER,
            MOMENTUM, RATE, SCHEDULE, SCHEDULE_EPOCHS, WARMUP, WEIGHT_DECAY, LABEL_SMOOTHING, CLIP_NORM, EMA,
            BATCH_SIZE, EPOCHS, SEED, VALIDATION, AUGMENT, EARLY_STOP, KEEP);

    /** Those that the run.json of an older version may lack. */
    private static final List<Option<?>> LATER = List.of(LAYERS, SCHEDULE_EPOCHS, KEEP, AUGMENT, NET);

    /**
     * A number that has an option of its own and a place among another option's words.
     *
     * @param name in the words
     */
    private record Twofold(Option<? extends @Nullable Double> number, Option<String> words, String name) {
    }

    private static final List<Twofold> TWOFOLD = List.of(new Twofold(MOMENTUM, OPTIMIZER, "momentum"),
            new Twofold(WARMUP, SCHEDULE, "warmup"), new Twofold(LABEL_SMOOTHING, LOSS, "smoothing"));

    /** The recipe in which every option has its default: 784-128-10 on MNIST, relu, ten epochs. */
    public static final Recipe USUAL = new Recipe(Settings.USUAL);

    private final Settings settings;

    private Recipe(Settings settings) {
        this.settings = settings;
    }

    /**
     * A multilayer perceptron with relu: the usual recipe, but for the widths of its hidden layers.
     *
     * @param hidden units of each hidden layer, from 1 to 65,536; none makes a linear classifier
     * @throws IllegalArgumentException for another width
     */
    public static Recipe mlp(int... hidden) {
        return USUAL.with(HIDDEN, Arrays.stream(hidden).boxed().toList());
    }

    /** The value of an option: what it was given, else its default, which is null for some. */
    public <T extends @Nullable Object> T get(Option<T> option) {
        return settings.get(option);
    }

    /**
     * The recipe with another value of an option. Whether all values fit together is checked when a training begins, or by
     * {@link #resolve()}.
     *
     * @param value null for what suits the rest, where the option's default is null
     * @throws IllegalArgumentException naming the option and what its value must be
     */
    public <T extends @Nullable Object> Recipe with(Option<T> option, T value) {
        return new Recipe(settings.with(option, value));
    }

    /** The recipe with another number of {@link #EPOCHS}, from 1 to 1,000,000. */
    public Recipe epochs(int epochs) {
        return with(EPOCHS, epochs);
    }

    /** The recipe with another {@link #SEED}. */
    public Recipe seed(long seed) {
        return with(SEED, seed);
    }

    /**
     * The recipe that a {@link Training} trains: the learning rate, the warm-up and which epoch is kept are filled in where
     * nobody named them, and all values fit together.
     *
     * @throws IllegalArgumentException if they do not, naming the options
     */
    public Recipe resolve() {
        return resolve(Option::name);
    }

    /**
     * The recipe as {@link #resolve()} gives it, for a program whose users know options by other names.
     *
     * @param naming how an option is called in messages
     * @throws IllegalArgumentException if values do not fit together, naming the options so
     */
    public Recipe resolve(Function<Option<?>, String> naming) {
        if (get(NET) != null
                && Stream.of(LAYERS, HIDDEN, ACTIVATION, DROPOUT).anyMatch(settings.named()::containsKey)) {
            throw new IllegalArgumentException("%s stands in place of %s, %s, %s and %s; leave these out".formatted(
                    naming.apply(NET), naming.apply(LAYERS), naming.apply(HIDDEN), naming.apply(ACTIVATION),
                    naming.apply(DROPOUT)));
        }
        if (get(LAYERS) != null && (settings.named().containsKey(HIDDEN) || settings.named().containsKey(ACTIVATION)
                || settings.named().containsKey(DROPOUT))) {
            throw new IllegalArgumentException("%s stands in place of %s, %s and %s; leave these out".formatted(
                    naming.apply(LAYERS), naming.apply(HIDDEN), naming.apply(ACTIVATION), naming.apply(DROPOUT)));
        }
        if (get(LAYERS) == null && get(NET) == null && get(DROPOUT) > 0 && get(HIDDEN).isEmpty()) {
            throw new IllegalArgumentException("%s needs hidden units to drop; name their number with %s"
                    .formatted(naming.apply(DROPOUT), naming.apply(HIDDEN)));
        }
        if (get(LABEL_SMOOTHING) > 0 && !lossSpec().kind().equals("cross-entropy")) {
            throw new IllegalArgumentException("%s is for the loss cross-entropy, not for %s".formatted(
                    naming.apply(LABEL_SMOOTHING), get(LOSS)));
        }
        if (get(VALIDATION) == 0 && (get(EARLY_STOP) != null || "best".equals(get(KEEP)))) {
            throw new IllegalArgumentException("%s needs held-out images to judge by; add %s 0.1".formatted(
                    get(EARLY_STOP) != null ? naming.apply(EARLY_STOP) : naming.apply(KEEP) + " best",
                    naming.apply(VALIDATION)));
        }
        for (Twofold twofold : TWOFOLD) {
            if (isTwice(twofold)) {
                throw new IllegalArgumentException("%s '%s' and %s %s name one number twice; leave one of them out"
                        .formatted(naming.apply(twofold.words), get(twofold.words), naming.apply(twofold.number),
                                get(twofold.number)));
            }
        }
        Recipe resolved = with(RATE, rate())
                .with(KEEP, keepsBest() ? "best" : "last");
        return get(WARMUP) != null || hasInWords(TWOFOLD.get(1))
                ? resolved
                : resolved.with(WARMUP, scheduleKind().options().get("warmup"));
    }

    private boolean hasInWords(Twofold twofold) {
        return Spec.parse(get(twofold.words)).arguments().stream()
                .anyMatch(argument -> argument.startsWith(twofold.name + "="));
    }

    private boolean isTwice(Twofold twofold) {
        return settings.named().get(twofold.number) != null && hasInWords(twofold);
    }

    /** Whether the model is that of the epoch with the smallest validation loss, and not of the last epoch. */
    public boolean keepsBest() {
        String keep = get(KEEP);
        return keep == null ? get(VALIDATION) > 0 : keep.equals("best");
    }

    /**
     * The recipe with another number of epochs for a run that is resumed: its schedule stays as long as it was, so that the
     * epochs that are done are also the first ones of the longer run.
     */
    public Recipe lasting(int epochs) {
        int planned = Objects.requireNonNullElse(get(SCHEDULE_EPOCHS), get(EPOCHS));
        boolean changes = !schedule().equals(new ConstantSchedule(0));
        return epochs(epochs).with(SCHEDULE_EPOCHS, changes && planned != epochs ? planned : null);
    }

    /**
     * What to make smaller where a training diverges: of learning rate, weight decay and momentum, which make steps large, the
     * one that is furthest above what is usual; null if none is above it.
     */
    public @Nullable Option<@Nullable Double> boldest() {
        Map<Option<@Nullable Double>, Double> excess = new LinkedHashMap<>();
        excess.put(RATE, rate() / usualRate(get(OPTIMIZER)));
        excess.put(WEIGHT_DECAY, get(WEIGHT_DECAY) / WEIGHT_DECAY.usual());
        if (isInForce(MOMENTUM)) {
            excess.put(MOMENTUM, (1 - MOMENTUM.usual()) / (1 - get(MOMENTUM)));
        }
        Map.Entry<Option<@Nullable Double>, Double> most = Collections.max(excess.entrySet(),
                Map.Entry.comparingByValue());
        return most.getValue() > 1 ? most.getKey() : null;
    }

    /** Whether an option's value is made use of: others may stand in its place. */
    private boolean isInForce(Option<?> option) {
        if (option == HIDDEN || option == ACTIVATION || option == DROPOUT) {
            return get(LAYERS) == null && get(NET) == null;
        }
        if (option == MOMENTUM && !List.of("momentum", "nesterov").contains(Spec.parse(get(OPTIMIZER)).kind())) {
            return false;
        }
        return TWOFOLD.stream().noneMatch(twofold -> twofold.number == option && hasInWords(twofold));
    }

    /**
     * Which of so many images are trained on, and which are held out: {@link #VALIDATION} of them, drawn by the {@link #SEED}.
     *
     * @throws InputException if no image is left on one side
     */
    public Batches.Split split(int images) throws InputException {
        Batches.Split split = Batches.Split.of(images, get(VALIDATION), get(SEED));
        if (split.training().length == 0 || get(VALIDATION) > 0 && split.validation().length == 0) {
            throw new InputException("%s %s: no image is left on one side of %d".formatted(VALIDATION, get(VALIDATION),
                    images));
        }
        return split;
    }

    private double rate() {
        Double rate = get(RATE);
        return rate != null ? rate : usualRate(get(OPTIMIZER));
    }

    /**
     * The learning rate that suits an optimizer.
     *
     * @param optimizer in words, as {@link #OPTIMIZER} takes it
     */
    public static double usualRate(String optimizer) {
        return Optimizers.KINDS.kind(Spec.parse(optimizer).kind()).usualRate();
    }

    /**
     * The network, its parameters where the seed lets them begin.
     *
     * @param input shape of a sample
     * @param classes outputs of the last layer
     * @throws IllegalArgumentException if a layer does not fit what comes in, naming it
     */
    public Network network(Shape input, int classes) {
        List<Spec> specs = new ArrayList<>(layers());
        specs.add(Spec.of("dense", classes));
        return Network.of(input, specs, loss()).initialize(get(SEED));
    }

    /** The descriptions of all layers but the last one, which has an output for each class. */
    public List<Spec> layers() {
        String net = get(NET);
        if (net != null) {
            return Nets.layers(net);
        }
        String layers = get(LAYERS);
        if (layers != null) {
            return Spec.parseList(layers);
        }
        List<Spec> specs = new ArrayList<>();
        for (int width : get(HIDDEN)) {
            specs.add(Spec.of("dense", width));
            specs.add(Spec.of(get(ACTIVATION)));
            if (get(DROPOUT) > 0) {
                specs.add(Spec.of("dropout", get(DROPOUT)));
            }
        }
        return specs;
    }

    /** The loss that training makes small, with its label smoothing. */
    public Loss loss() {
        return Loss.of(lossSpec());
    }

    private Spec lossSpec() {
        Spec spec = Spec.parse(get(LOSS));
        return get(LABEL_SMOOTHING) > 0 && spec.kind().equals("cross-entropy")
                ? Spec.of(spec.kind(), "smoothing=" + get(LABEL_SMOOTHING))
                : spec;
    }

    /** What a step does to the parameters: optimizer, weight decay, clipping, moving average. */
    public Update.Rule update() {
        Spec spec = Spec.parse(get(OPTIMIZER));
        return new Update.Rule(
                Optimizer.of(isInForce(MOMENTUM) ? Spec.of(spec.kind(), "momentum=" + get(MOMENTUM)) : spec),
                get(WEIGHT_DECAY), get(CLIP_NORM), get(EMA));
    }

    /** The length of the run, its learning rate with the schedule, and the seed of its order. */
    public Plan plan() {
        Integer epochs = get(SCHEDULE_EPOCHS);
        Schedule schedule = epochs == null ? schedule() : new PartSchedule(schedule(), epochs, get(EPOCHS));
        return new Plan(get(EPOCHS), schedule, rate(), get(SEED));
    }

    private Schedule schedule() {
        Spec spec = Spec.parse(get(SCHEDULE));
        if (get(WARMUP) == null || !scheduleKind().options().containsKey("warmup")) {
            return Schedule.of(spec);
        }
        List<String> arguments = new ArrayList<>(spec.arguments());
        arguments.add("warmup=" + get(WARMUP));
        return Schedule.of(new Spec(spec.kind(), arguments));
    }

    private Schedule.Kind scheduleKind() {
        return Schedules.KINDS.kind(Spec.parse(get(SCHEDULE)).kind());
    }

    private static List<String> activations() {
        return Arrays.stream(Activation.Function.values()).map(Activation.Function::kind).toList();
    }

    private static List<String> augmentations() {
        return List.of("none", "light", "strong");
    }

    private static List<String> kept() {
        return List.of("best", "last");
    }

    private static void checkActivation(String name) {
        if (!activations().contains(name)) {
            throw new IllegalArgumentException(
                    "'%s' is not one of %s".formatted(name, String.join(", ", activations())));
        }
    }

    /** What changes training images at random; null where nothing does. */
    public @Nullable Augmentation augmentation() {
        return augmentation(get(AUGMENT));
    }

    /**
     * What {@link Samples#varied} makes of training images: of each in every epoch another one, by the seed, the epoch and the
     * image's number; null where they stay as they are.
     *
     * @param shape of an image
     * @param stepsOfAnEpoch by which a step tells its epoch
     */
    public Samples.@Nullable Variation variation(Shape shape, int stepsOfAnEpoch) {
        Augmentation augmentation = augmentation();
        long seed = get(SEED);
        return augmentation == null
                ? null
                : (step, number, images, offset, out, outOffset) -> augmentation.apply(
                        DropoutMask.key(seed, AUGMENTATION, step / stepsOfAnEpoch, number), shape, images, offset, out,
                        outOffset);
    }

    private static @Nullable Augmentation augmentation(String words) {
        Spec spec = Spec.parse(words);
        Map<Augmentation.Strength, Double> strengths = new EnumMap<>(switch (spec.kind()) {
            case "light" -> LIGHT;
            case "strong" -> STRONG;
            default -> NO_AUGMENTATION;
        });
        boolean named = augmentations().contains(spec.kind());
        if (!named && !words.contains("=")) {
            throw new IllegalArgumentException(
                    "'%s' is not none, light, strong or strengths such as 'shift=2 rotate=10'".formatted(words));
        }
        Map<String, Double> usual = new LinkedHashMap<>();
        for (Augmentation.Strength strength : Augmentation.Strength.values()) {
            usual.put(strength.word(), strengths.getOrDefault(strength, 0.0));
        }
        if (spec.kind().equals("none") && words.contains("=")) {
            throw new IllegalArgumentException(
                    "'%s' says none and how much; write the strengths alone, such as 'shift=2 rotate=10', or none"
                            .formatted(words));
        }
        Map<String, Double> given = (named ? spec : Spec.parse("augment " + words)).options(usual);
        for (Augmentation.Strength strength : Augmentation.Strength.values()) {
            strengths.put(strength, given.get(strength.word()));
        }
        Augmentation augmentation = new Augmentation(strengths);
        return augmentation.strengths().isEmpty() ? null : augmentation;
    }

    private static void checkKeep(String word) {
        if (!kept().contains(word)) {
            throw new IllegalArgumentException("'%s' is not best or last".formatted(word));
        }
    }

    private static void checkLayers(String words) {
        Spec.parseList(words).forEach(spec -> Layers.KINDS.kind(spec.kind()));
    }

    /**
     * An option's value as text, for a table that people read, in the form that {@link Option#parse} takes; a dash where another
     * option stands in its place, or it has none.
     */
    public <T extends @Nullable Object> String text(Option<T> option) {
        return isInForce(option) && get(option) != null ? Option.text(get(option)) : "-";
    }

    /**
     * The arguments with which the command line program trains this {@linkplain #resolve() resolved} recipe, a flag and a value
     * in turn: those of all options that are not as usual, so that people can repeat it there.
     */
    public List<String> words() {
        return words(List.of());
    }

    /**
     * The arguments with which the command line program trains this resolved recipe, those of some options although they are as
     * usual.
     *
     * @param always options to name in any case, unless others stand in their place
     */
    public List<String> words(Collection<Option<?>> always) {
        return OPTIONS.stream()
                .filter(option -> isInForce(option) && get(option) != null
                        && (always.contains(option) || isNeeded(option)))
                .flatMap(option -> Settings.words(option, get(option)).stream()).toList();
    }

    /**
     * The recipe without what {@link #resolve()} filled in, or would fill in: so that whoever changes the optimizer, say, of a
     * recipe from a file gets the learning rate that suits it.
     */
    public Recipe unresolved() {
        Recipe resolved = resolve();
        Map<Option<?>, @Nullable Object> named = new LinkedHashMap<>(resolved.settings.named());
        named.keySet().removeIf(option -> !resolved.isInForce(option) || resolved.get(option) == null
                || !resolved.isNeeded(option));
        return new Recipe(new Settings(named));
    }

    /** The recipe with nothing said of these options: their defaults hold. */
    public Recipe without(Option<?>... options) {
        Map<Option<?>, @Nullable Object> named = new LinkedHashMap<>(settings.named());
        named.keySet().removeAll(List.of(options));
        return new Recipe(new Settings(named));
    }

    /** Whether another value would take an option's place if it were not named. */
    private <T extends @Nullable Object> boolean isNeeded(Option<T> option) {
        T unnamed = option.usual() != null ? option.usual() : without(option).resolve(Option::flag).get(option);
        return !Objects.equals(get(option), unnamed);
    }

    /** All options by their names, as a JSON object, null where other options stand in their place; {@link #fromJson} reads it. */
    public String toJson() {
        return json().toString();
    }

    JsonObject json() {
        JsonObject json = new JsonObject();
        OPTIONS.forEach(option -> add(json, option));
        return json;
    }

    private <T extends @Nullable Object> void add(JsonObject json, Option<T> option) {
        json.add(option.name(), option.toJson(isInForce(option) ? get(option) : null));
    }

    /**
     * The recipe that {@link #toJson} gave, or the configuration in a run's run.json; what is not of a recipe is passed over.
     *
     * @param source what messages call the text, such as its file
     * @throws InputException if a value is missing or of no use
     */
    public static Recipe fromJson(String text, Object source) throws InputException {
        JsonObject json;
        try {
            json = Json.object(text);
        } catch (IllegalArgumentException e) {
            throw new InputException("%s: the configuration is damaged (%s); start a new run".formatted(source,
                    e.getMessage()), e);
        }
        Recipe recipe = USUAL;
        for (Option<?> option : OPTIONS) {
            try {
                if (!json.has(option.name()) && !LATER.contains(option)) {
                    throw new IllegalArgumentException("is missing");
                }
                recipe = new Recipe(recipe.settings.take(option, json));
            } catch (Registry.UnknownKindException e) {
                throw new InputException("%s: %s; put the jar that brings it on the class path"
                        .formatted(source, e.getMessage()), e);
            } catch (IllegalStateException | IllegalArgumentException e) {
                throw RunDirectory.damaged(source, option.name(), e);
            }
        }
        for (Option<?> option : OPTIONS) {
            if (option.usual() != null && json.has(option.name()) && json.get(option.name()).isJsonNull()
                    && recipe.isInForce(option)) {
                throw RunDirectory.damaged(source, option.name(), null);
            }
        }
        return (json.has(KEEP.name()) ? recipe : recipe.with(KEEP, "last")).once();
    }

    /** Without what stands in place of something else, which older versions wrote down and did not use. */
    private Recipe once() {
        Map<Option<?>, @Nullable Object> once = new LinkedHashMap<>(settings.named());
        once.keySet().removeIf(option -> option == MOMENTUM && !isInForce(option));
        for (Twofold twofold : TWOFOLD) {
            if (twofold.number != MOMENTUM && isTwice(twofold)) { // the option counted, not the word
                Spec spec = Spec.parse(get(twofold.words));
                once.put(twofold.words, new Spec(spec.kind(), spec.arguments().stream()
                        .filter(argument -> !argument.startsWith(twofold.name + "=")).toList()).toString());
            }
        }
        return new Recipe(new Settings(once));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Recipe recipe && toJson().equals(recipe.toJson());
    }

    @Override
    public int hashCode() {
        return toJson().hashCode();
    }

    @Override
    public String toString() {
        return toJson();
    }
}
