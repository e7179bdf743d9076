package dev.lanewise.run;

import dev.lanewise.data.InputException;
import dev.lanewise.run.files.Json;
import dev.lanewise.run.files.Safetensors;
import dev.lanewise.train.Metrics;
import dev.lanewise.train.Update;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Where a run stands after an epoch. A checkpoint file is a model file with the optimizer's state beside the weights;
 * going on from it gives the same bits as a run that never stopped.
 *
 * @param epoch epochs finished
 * @param bestValidationLoss the smallest so far; infinity before the first
 * @param epochsWithoutGain since that one
 */
public record Checkpoint(int epoch, double bestValidationLoss, int epochsWithoutGain) {
    /** Before the first epoch. */
    public static final Checkpoint START = new Checkpoint(0, Double.POSITIVE_INFINITY, 0);

    /** The position after one more epoch. */
    public Checkpoint next(Metrics metrics) {
        double loss = metrics.validation() == null ? Double.POSITIVE_INFINITY : metrics.validation().loss();
        return loss < bestValidationLoss
                ? new Checkpoint(epoch + 1, loss, 0)
                : new Checkpoint(epoch + 1, bestValidationLoss, epochsWithoutGain + 1);
    }

    /**
     * Writes position, weights, averages and the optimizer's state.
     *
     * @param trained what is trained on
     * @param averaged its averages; the same where there are none
     */
    public void write(Path file, Model trained, Model averaged, Update update) throws IOException {
        new Safetensors(trained.metadata(Map.of(
                "optimizer", update.optimizer().spec().kind(),
                "epoch", String.valueOf(epoch),
                "best_validation_loss", String.valueOf(bestValidationLoss),
                "epochs_without_gain", String.valueOf(epochsWithoutGain))), tensors(trained, averaged, update))
                .write(file);
    }

    /**
     * Reads weights, averages and the optimizer's state into the given ones and returns the position.
     *
     * @throws InputException if the file is damaged or of another network or optimizer
     */
    public static Checkpoint read(Path file, Model trained, Model averaged, Update update) throws IOException {
        Safetensors.Header content = Safetensors.header(file);
        String kind = content.metadata().get("optimizer");
        if (kind != null && !kind.equals(update.optimizer().spec().kind())) {
            throw new InputException("%s: this is a checkpoint of the optimizer %s, not %s; use another file"
                    .formatted(file, kind, update.optimizer().spec().kind()));
        }
        content.readInto(tensors(trained, averaged, update));
        try {
            return new Checkpoint(count("epoch", content), loss(content.metadata().get("best_validation_loss")),
                    count("epochs_without_gain", content));
        } catch (IllegalArgumentException e) {
            throw new InputException("%s: this is not a checkpoint (%s); use another file".formatted(file,
                    e.getMessage()), e);
        }
    }

    private static int count(String name, Safetensors.Header content) {
        return (int) Json.whole(name, content.metadata().get(name), 0, Integer.MAX_VALUE);
    }

    private static double loss(String text) {
        try {
            double loss = Double.parseDouble(Objects.requireNonNullElse(text, ""));
            if (!Double.isNaN(loss)) {
                return loss;
            }
        } catch (NumberFormatException _) {
            // the same message
        }
        throw new IllegalArgumentException("best_validation_loss: %s is not a number".formatted(text));
    }

    private static List<Safetensors.Tensor> tensors(Model trained, Model averaged, Update update) {
        List<Safetensors.Tensor> tensors = new ArrayList<>(trained.tensors());
        tensors.addAll(Model.tensors(update.state(), ""));
        if (update.averages()) {
            tensors.addAll(Model.tensors(averaged.network().parameters(), "average."));
        }
        return tensors;
    }
}
