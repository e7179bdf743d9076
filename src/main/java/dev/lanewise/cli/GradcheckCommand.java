package dev.lanewise.cli;

import dev.lanewise.data.InputException;
import dev.lanewise.data.Mnist;
import dev.lanewise.explain.Mistake;
import dev.lanewise.explain.NetworkCheck;
import dev.lanewise.explain.Page;
import dev.lanewise.model.GradientCheck.Finding;
import dev.lanewise.model.Network;
import dev.lanewise.run.Recipe;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code lanewise gradcheck}. */
@Command(name = "gradcheck", mixinStandardHelpOptions = true, sortOptions = false, abbreviateSynopsis = true,
        header = "Checks that gradients are the derivatives of the loss.", description = {
                "For each parameter: backpropagation in double against central differences, and the float kernels "
                        + "against it; then the loss at small and large logits, and the optimizer's steps. Exit status "
                        + "3 if a comparison fails. The samples are random."},
        footer = {"", "Examples:", "  lanewise gradcheck --hidden 20,10 --activation sigmoid --loss mse",
                "  lanewise gradcheck --mistake no-bias-update"})
final class GradcheckCommand implements Callable<Integer> {
    private static final List<dev.lanewise.run.Option<?>> OPTIONS = List.of(Recipe.HIDDEN, Recipe.ACTIVATION,
            Recipe.LAYERS, Recipe.NET, Recipe.LOSS, Recipe.OPTIMIZER, Recipe.MOMENTUM, Recipe.RATE, Recipe.WEIGHT_DECAY,
            Recipe.SEED);

    private CommandSpec spec;

    @Spec
    void setSpec(CommandSpec spec) {
        this.spec = spec;
        RecipeOptions.addTo(spec, OPTIONS, Map.of(
                Recipe.LOSS, "Loss whose gradients are checked: cross-entropy, mse or softmax-mse (default: %s)."
                        .formatted(Recipe.LOSS.usualText()),
                Recipe.OPTIMIZER, ("Optimizer whose steps are checked: sgd, momentum, nesterov, adam or adamw, with "
                        + "options as in 'adam beta1=0.95' (default: %s).").formatted(Recipe.OPTIMIZER.usualText()),
                Recipe.RATE, "Learning rate of the steps that are checked (default: 0.1; 0.001 for adam and adamw).",
                Recipe.WEIGHT_DECAY, "Weight decay of the steps that are checked (default: %s)."
                        .formatted(Recipe.WEIGHT_DECAY.usualText()),
                Recipe.SEED, "Decides the parameters and the samples to check with (default: %s)."
                        .formatted(Recipe.SEED.usualText())));
    }

    @Option(names = "--mistake", paramLabel = "NAME",
            converter = ExplainCommand.MistakeConverter.class,
            description = "Makes a mistake, to see it found: no-max-shift, no-bias-update, "
                    + "mse-delta-for-cross-entropy, no-learning-rate or diagonal-jacobian.")
    private @Nullable Mistake mistake;

    @Option(names = "-o", defaultValue = "plain", paramLabel = "FORMAT",
            converter = ExplainCommand.FormatConverter.class,
            description = "How to print: plain or md (default: ${DEFAULT-VALUE}).")
    private Page.Format format;

    @Override
    public Integer call() throws InputException {
        Recipe recipe = RecipeOptions.resolve(RecipeOptions.typed(spec.commandLine().getParseResult(), Recipe.USUAL,
                OPTIONS, Recipe::with), spec.commandLine());
        String loss = recipe.loss().spec().kind();
        if (mistake != null && !mistake.losses().contains(loss)) {
            throw new ParameterException(spec.commandLine(), "--mistake %s cannot be made with --loss %s, only with %s"
                    .formatted(mistake, loss, String.join(" or ", mistake.losses())));
        }
        try {
            Network network = network(recipe);
            NetworkCheck check = new NetworkCheck(network, recipe.update().optimizer(),
                    recipe.plan().baseRate(), recipe.get(Recipe.WEIGHT_DECAY), recipe.get(Recipe.SEED), mistake);
            List<Finding> findings;
            try (Progress progress = new Progress("gradcheck")) {
                findings = check.findings(share -> progress.update(Math.round(1000 * share), 1000));
            } catch (IllegalArgumentException e) {
                throw RecipeOptions.wrongLayers(e, recipe, spec.commandLine());
            }
            System.out.print(check.page(findings, network).in(format));
            return findings.stream().allMatch(Finding::passed) ? 0 : Main.TARGET_MISSED;
        } catch (ArithmeticException e) { // an array cannot be as large
            throw new InputException("%s; use narrower layers with %s".formatted(e.getMessage(),
                    RecipeOptions.name(recipe.get(Recipe.LAYERS) == null ? Recipe.HIDDEN : Recipe.LAYERS)), e);
        }
    }

    private Network network(Recipe recipe) {
        try {
            return recipe.network(Mnist.SHAPE, Mnist.CLASSES.size());
        } catch (IllegalArgumentException e) {
            throw RecipeOptions.wrongLayers(e, recipe, spec.commandLine());
        }
    }
}
