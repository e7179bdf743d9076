package dev.lanewise.train;

import dev.lanewise.data.InputException;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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

    /** Writes position, weights and optimizer. */
    public void write(Path file, Architecture architecture, Network network, Optimizer optimizer) throws IOException {
        Map<String, String> position = Map.of(
                "optimizer", optimizer.rule().toString(),
                "epoch", String.valueOf(epoch),
                "best_validation_loss", String.valueOf(bestValidationLoss),
                "epochs_without_gain", String.valueOf(epochsWithoutGain));
        new Safetensors(ModelFile.metadata(architecture, position), tensors(network, optimizer)).write(file);
    }

    /**
     * Reads weights and optimizer into the given ones and returns the position.
     *
     * @throws InputException if the file is damaged or of another network or optimizer
     */
    public static Checkpoint read(Path file, Network network, Optimizer optimizer) throws IOException {
        Safetensors content = Safetensors.read(file);
        String rule = content.metadata().get("optimizer");
        if (rule != null && !rule.equals(optimizer.rule().toString())) {
            throw new InputException("%s: this is a checkpoint of the optimizer %s, not %s"
                    .formatted(file, rule, optimizer.rule()));
        }
        ModelFile.load(file, content, tensors(network, optimizer));
        try {
            return new Checkpoint(Integer.parseInt(content.metadata().get("epoch")),
                    Double.parseDouble(content.metadata().get("best_validation_loss")),
                    Integer.parseInt(content.metadata().get("epochs_without_gain")));
        } catch (NumberFormatException | NullPointerException e) {
            throw new InputException("%s: this is not a checkpoint; use another file".formatted(file), e);
        }
    }

    private static List<Safetensors.Tensor> tensors(Network network, Optimizer optimizer) {
        List<Safetensors.Tensor> tensors = new ArrayList<>(ModelFile.tensors(network));
        tensors.addAll(optimizer.state());
        return tensors;
    }
}
