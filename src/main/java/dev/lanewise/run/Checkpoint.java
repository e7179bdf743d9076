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
import org.jspecify.annotations.Nullable;

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

    /** Refuses numbers out of their ranges with an IllegalArgumentException. */
    public Checkpoint {
        if (epoch < 0 || epochsWithoutGain < 0 || epochsWithoutGain > epoch || Double.isNaN(bestValidationLoss)) {
            throw new IllegalArgumentException("epoch %d, %d without gain, best validation loss %s"
                    .formatted(epoch, epochsWithoutGain, bestValidationLoss));
        }
    }

    /** The position after one more epoch. */
    public Checkpoint next(Metrics metrics) {
        double loss = metrics.validation() == null ? Double.POSITIVE_INFINITY : metrics.validation().loss();
        return loss < bestValidationLoss
                ? new Checkpoint(epoch + 1, loss, 0)
                : new Checkpoint(epoch + 1, bestValidationLoss, epochsWithoutGain + 1);
    }

    /**
     * All parameters that a checkpoint holds, by what their names begin with.
     *
     * @param trained what is trained on
     * @param averages null: none
     * @param best the weights of the smallest validation loss; null: not kept
     */
    record Content(Model trained, Update update, @Nullable Model averages, @Nullable Model best) {
        List<Safetensors.Tensor> tensors() {
            List<Safetensors.Tensor> tensors = new ArrayList<>(trained.tensors());
            tensors.addAll(Model.tensors(update.state(), ""));
            if (averages != null) {
                tensors.addAll(Model.tensors(averages.network().parameters(), "average."));
            }
            if (best != null) {
                tensors.addAll(Model.tensors(best.network().parameters(), "best."));
            }
            return tensors;
        }

        private String optimizer() {
            return update.optimizer().spec().kind();
        }
    }

    /** Writes position, weights, averages, best weights and the optimizer's state. */
    void write(Path file, Content content) throws IOException {
        new Safetensors(content.trained.metadata(Map.of(
                "optimizer", content.optimizer(),
                "epoch", String.valueOf(epoch),
                "best_validation_loss", String.valueOf(bestValidationLoss),
                "epochs_without_gain", String.valueOf(epochsWithoutGain))), content.tensors()).write(file);
    }

    /**
     * Reads weights, averages, best weights and the optimizer's state into the given ones and returns the position.
     *
     * @throws InputException if the file is damaged or of another network or optimizer
     */
    static Checkpoint read(Path file, Content into) throws IOException {
        Safetensors.Header content = Safetensors.header(file);
        Map<String, String> metadata = content.metadata();
        Checkpoint position;
        try {
            position = new Checkpoint(count("epoch", metadata), loss(metadata.get("best_validation_loss")),
                    count("epochs_without_gain", metadata));
        } catch (IllegalArgumentException e) {
            throw new InputException("%s: this is not a checkpoint (%s); use another file".formatted(file,
                    e.getMessage()), e);
        }
        String optimizer = metadata.get("optimizer");
        if (optimizer != null && !optimizer.equals(into.optimizer())) {
            throw new InputException("%s: this is a checkpoint of the optimizer %s, not %s; use another file"
                    .formatted(file, optimizer, into.optimizer()));
        }
        String difference = into.trained.difference(metadata);
        if (difference != null) {
            throw new InputException("%s: this is a checkpoint of another network (%s: %s); use another file"
                    .formatted(file, difference, metadata.get(difference)));
        }
        content.readInto(into.tensors());
        return position;
    }

    private static int count(String name, Map<String, String> metadata) {
        return (int) Json.whole(name, metadata.get(name), 0, Integer.MAX_VALUE);
    }

    private static double loss(@Nullable String text) {
        try {
            double loss = Double.parseDouble(Objects.requireNonNullElse(text, ""));
            if (!Double.isNaN(loss)) {
                return loss;
            }
        } catch (NumberFormatException _) {
            // the same message
        }
        throw new IllegalArgumentException("best_validation_loss: %s is not a number"
                .formatted(Objects.requireNonNullElse(text, "nothing")));
    }
}
