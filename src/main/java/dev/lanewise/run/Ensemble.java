package dev.lanewise.run;

import dev.lanewise.data.Batches;
import dev.lanewise.data.Dataset;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Reductions;
import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.kernel.Workers;
import dev.lanewise.model.Input;
import dev.lanewise.model.Mode;
import dev.lanewise.model.Pipeline;
import dev.lanewise.train.Evaluation;
import dev.lanewise.train.Evaluator;
import dev.lanewise.train.Predictions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Models that answer together: the probability of a class is the mean of theirs. It is added up in double, in the order of the
 * members, divided by their number and rounded to float once, so that it is the same bits for any number of threads.
 *
 * @param members at least one, all for images of the same shape and for the same classes
 */
public record Ensemble(List<Model> members) {
    /** Checks that the members can be asked about the same images. */
    public Ensemble {
        members = List.copyOf(members);
        if (members.isEmpty()) {
            throw new IllegalArgumentException("members: at least 1, not 0");
        }
        for (int i = 1; i < members.size(); i++) {
            String difference = difference(members.get(i), members.getFirst(), "member 1");
            if (difference != null) {
                throw new IllegalArgumentException("member %d %s".formatted(i + 1, difference));
            }
        }
    }

    /**
     * Reads the members.
     *
     * @param files at least one
     * @throws InputException naming the first file that is no model, or that takes other images or knows other classes than the
     *     first one
     */
    public static Ensemble read(List<Path> files) throws IOException {
        return read(files, Model::read);
    }

    /** Reads a model from a file. */
    @FunctionalInterface
    public interface Reader {
        /** Reads it, or throws an InputException that names the file. */
        Model read(Path file) throws IOException;
    }

    /**
     * Reads the members from files of any kind.
     *
     * @param files at least one
     * @param reader of one file, such as {@code Formats::read}
     * @throws InputException naming the first file that is no model, or that takes other images or knows other classes than the
     *         first one
     */
    public static Ensemble read(List<Path> files, Reader reader) throws IOException {
        List<Model> members = new ArrayList<>();
        for (Path file : files) {
            Model model = reader.read(file);
            members.add(model);
            String difference = difference(model, members.getFirst(), files.getFirst());
            if (difference != null) {
                throw new InputException(
                        "%s %s; name runs for the same images and classes".formatted(file, difference));
            }
        }
        return new Ensemble(members);
    }

    /** Why two models cannot be asked together, as the end of a sentence about the first one; null if they can. */
    private static @Nullable String difference(Model model, Model other, Object nameOfOther) {
        if (!model.network().input().equals(other.network().input())) {
            return "takes images of %s, and %s of %s".formatted(model.network().input(), nameOfOther,
                    other.network().input());
        }
        List<String> classes = model.classes();
        List<String> others = other.classes();
        if (classes.size() != others.size()) {
            return "tells %s classes apart, and %s %s".formatted(classes.size(), nameOfOther, others.size());
        }
        for (int label = 0; label < classes.size(); label++) {
            if (!classes.get(label).equals(others.get(label))) {
                return "knows class %s as %s, and %s as %s".formatted(label, classes.get(label), nameOfOther,
                        others.get(label));
            }
        }
        return null;
    }

    /** Shape of the images that the members take. */
    public Shape input() {
        return members.getFirst().network().input();
    }

    /** The names of the classes, by output. */
    public List<String> classes() {
        return members.getFirst().classes();
    }

    /**
     * What an ensemble made of a set of images.
     *
     * @param predictions by the mean probabilities; the loss is the mean of -ln of the right class's, of which one below the
     *     smallest float counts as that. Of one member alone they are that member's.
     * @param alone of each member, in order, by its own loss
     */
    public record Result(Predictions predictions, List<Evaluation> alone) {
        /** By the mean probabilities. */
        public Evaluation together() {
            return predictions.evaluation();
        }
    }

    /**
     * Measures the ensemble and each member on labelled images.
     *
     * @param images as the members take them, of {@link #input}'s size, labelled with as many classes or fewer
     */
    public Result evaluate(Dataset images, Workers workers) {
        if (images.shape().size() != input().size() || images.classes().size() > classes().size()) {
            throw new IllegalArgumentException("images: %s and %d classes do not fit networks for %s and %d"
                    .formatted(images.shape(), images.classes().size(), input(), classes().size()));
        }
        if (members.size() == 1) {
            Predictions predictions = predictions(members.getFirst(), images, workers);
            return new Result(predictions, List.of(predictions.evaluation()));
        }
        double[] sums = new double[Math.multiplyExact(images.size(), classes().size())];
        List<Evaluation> alone = new ArrayList<>();
        for (Model member : members) {
            Predictions predictions = predictions(member, images, workers);
            alone.add(predictions.evaluation());
            for (int i = 0; i < sums.length; i++) {
                sums[i] += predictions.probabilities()[i];
            }
        }
        return new Result(predictions(sums, images), alone);
    }

    private static Predictions predictions(Model member, Dataset images, Workers workers) {
        // A share for each worker; of images for convolutions, which take more memory and time, fewer are one too.
        int most = Evaluator.ROWS * (member.network().isForImages() ? 1 : workers.count());
        int rows = Math.clamp(images.size(), 1, most);
        Pipeline pipeline = new Pipeline(member.network().forEvaluation(),
                Input.of(images.samples().reshaped(member.network().input()), rows),
                Mode.evaluation(Tuning.forSamples(images.size())));
        return new Evaluator(pipeline, new Batches(images, rows), workers).predict();
    }

    private Predictions predictions(double[] sums, Dataset images) {
        int classes = classes().size();
        float[] p = new float[sums.length];
        mean(sums, p, p.length);
        int[] predicted = new int[images.size()];
        int[] labels = new int[images.size()];
        int[][] confusion = new int[classes][classes];
        double loss = 0;
        for (int i = 0; i < labels.length; i++) {
            labels[i] = images.label(i);
            predicted[i] = Reductions.argmax(p, i * classes, classes);
            confusion[labels[i]][predicted[i]]++;
            loss -= Math.log(Math.max(p[i * classes + labels[i]], Float.MIN_VALUE));
        }
        return new Predictions(new Evaluation(confusion, loss / labels.length), p, predicted, labels);
    }

    /** The first n of the members' sums, divided by their number. */
    void mean(double[] sums, float[] means, int n) {
        for (int i = 0; i < n; i++) {
            means[i] = (float) (sums[i] / members.size());
        }
    }
}
