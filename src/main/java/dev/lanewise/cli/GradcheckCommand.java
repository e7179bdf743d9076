package dev.lanewise.cli;

import dev.lanewise.data.Mnist;
import dev.lanewise.explain.Mistake;
import dev.lanewise.explain.NetworkCheck;
import dev.lanewise.explain.Page;
import dev.lanewise.model.Activation;
import dev.lanewise.model.Architecture;
import dev.lanewise.model.GradientCheck.Finding;
import dev.lanewise.model.Loss;
import dev.lanewise.train.Optimizer;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lanewise gradcheck}. */
@Command(name = "gradcheck", mixinStandardHelpOptions = true, sortOptions = false,
        header = "Checks that gradients are the derivatives of the loss.", description = {
                "For each parameter: backpropagation in double against central differences, and the float",
                "kernels against it; then the loss at small and large logits, and the optimizer's steps.",
                "Exit status 3 if a comparison fails. The samples are random.", ""},
        footer = {"", "Examples:", "  lanewise gradcheck --hidden 20,10 --activation sigmoid --loss mse",
                "  lanewise gradcheck --mistake no-bias-update"})
final class GradcheckCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--hidden", defaultValue = "128", paramLabel = "N[,N...]",
            converter = TrainOptions.HiddenConverter.class,
            description = "Widths of the hidden layers, or none (default: ${DEFAULT-VALUE})")
    private TrainOptions.Hidden hidden;

    @Option(names = "--activation", defaultValue = "relu", paramLabel = "NAME",
            converter = TrainOptions.ActivationConverter.class,
            description = "relu, sigmoid or tanh (default: ${DEFAULT-VALUE})")
    private Activation activation;

    @Option(names = "--loss", defaultValue = "cross-entropy", paramLabel = "NAME",
            converter = TrainOptions.LossConverter.class,
            description = "cross-entropy, mse or softmax-mse (default: ${DEFAULT-VALUE})")
    private Loss loss;

    @Option(names = "--optimizer", defaultValue = "momentum", paramLabel = "NAME",
            converter = TrainOptions.RuleConverter.class,
            description = "sgd, momentum, nesterov, adam or adamw (default: ${DEFAULT-VALUE})")
    private Optimizer.Rule optimizer;

    @Option(names = "--momentum", defaultValue = "0.9", paramLabel = "M",
            description = "Of the optimizers momentum and nesterov (default: ${DEFAULT-VALUE})")
    private double momentum;

    @Option(names = "--lr", paramLabel = "RATE", description = "Learning rate (default: as train's)")
    private Double rate;

    @Option(names = "--weight-decay", defaultValue = "0.0001", paramLabel = "D",
            description = "Of weights, not biases (default: ${DEFAULT-VALUE})")
    private double weightDecay;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Of weights and samples (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--mistake", paramLabel = "NAME", converter = ExplainCommand.MistakeConverter.class,
            description = {
                    "Make a mistake and see it found: no-max-shift, no-bias-update,",
                    "mse-delta-for-cross-entropy, no-learning-rate or diagonal-jacobian"})
    private Mistake mistake;

    @Option(names = "-o", defaultValue = "plain", paramLabel = "FORMAT",
            converter = ExplainCommand.FormatConverter.class,
            description = "plain or md (default: ${DEFAULT-VALUE})")
    private Page.Format format;

    @Override
    public Integer call() {
        if (rate == null) {
            rate = TrainOptions.defaultRate(optimizer);
        }
        TrainOptions.checkSteps(rate, momentum, weightDecay, spec.commandLine());
        if (mistake != null && !mistake.losses().contains(loss)) {
            throw new ParameterException(spec.commandLine(), "--mistake %s cannot be made with --loss %s, only with %s"
                    .formatted(mistake, loss, String.join(" or ", mistake.losses().stream().map(Loss::toString)
                            .toList())));
        }
        NetworkCheck check = new NetworkCheck(
                new Architecture(Mnist.SHAPE.size(), hidden.widths(), Mnist.CLASSES.size(), activation, loss),
                optimizer, rate, momentum, weightDecay, seed, mistake);
        List<Finding> findings = check.findings();
        System.out.print(check.page(findings).in(format));
        return findings.stream().allMatch(Finding::passed) ? 0 : Main.TARGET_MISSED;
    }
}
