package dev.lanewise.spark;

import com.google.gson.Gson;
import dev.lanewise.data.InputException;
import dev.lanewise.kernel.Tuning;
import dev.lanewise.run.Option;
import dev.lanewise.run.Recipe;
import dev.lanewise.run.Training;
import dev.lanewise.sweep.Engine;
import dev.lanewise.sweep.Outcome;
import dev.lanewise.sweep.TrainingData;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Trains on the executors of Apache Spark: the data are broadcast once, a training is a job of one task. What an executor was
 * at when it was lost is trained on another one.
 */
public final class SparkEngine implements Engine {
    private static final String OPTIONS = "spark.executor.extraJavaOptions";
    private static final String VECTORS = "--add-modules=jdk.incubator.vector";
    private static final int POLL = 200; // milliseconds

    private final SparkSession session;
    private final JavaSparkContext context;
    private final Broadcast<Images> images;

    private SparkEngine(SparkSession session, TrainingData data) {
        this.session = session;
        context = JavaSparkContext.fromSparkContext(session.sparkContext());
        images = context.broadcast(Images.of(data));
        context.parallelize(List.of(0), 1).count(); // returns when there are executors
    }

    /** Makes them. */
    public static final class Kind implements Engine.Kind {
        @Override
        public boolean takes(String on) {
            return on.matches("submit|yarn|(spark|k8s)://.+|local(-cluster)?(\\[.+])?");
        }

        @Override
        public Engine open(String on, TrainingData data) throws InputException {
            SparkConf conf = new SparkConf().setAppName("lanewise sweep").setIfMissing("spark.ui.enabled", "false")
                    .setIfMissing("spark.scheduler.minRegisteredResourcesRatio", "1");
            String options = conf.get(OPTIONS, "");
            conf.set(OPTIONS, options.contains("jdk.incubator.vector") ? options : (options + " " + VECTORS).strip());
            if (!on.equals("submit")) {
                conf.setMaster(on);
            }
            conf.set("spark.jars", Stream.concat(Stream.of(conf.get("spark.jars", "")).filter(jars -> !jars.isEmpty()),
                    Stream.of(Recipe.class, Gson.class, SparkEngine.class).map(Kind::jar)).distinct()
                    .collect(Collectors.joining(",")));
            try {
                return new SparkEngine(SparkSession.builder().config(conf).getOrCreate(), data);
            } catch (RuntimeException e) { // of whatever Spark finds wrong
                throw new InputException(
                        "--on %s: Spark does not begin (%s); see that its master is there, and that its "
                                .formatted(on, e.getMessage()) + "Java is 25 or later",
                        e);
            }
        }

        private static String jar(Class<?> type) {
            try {
                return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
            } catch (URISyntaxException e) { // of a place that classes came from
                throw new IllegalStateException(e);
            }
        }
    }

    @Override
    public int slots() {
        return Math.max(1, context.defaultParallelism());
    }

    @Override
    public Outcome train(Recipe recipe, int left, BooleanSupplier isCancelled) throws IOException {
        Broadcast<Images> all = images; // not this engine
        JavaFutureAction<List<String>> training = context.parallelize(List.of(recipe.toJson()), 1)
                .map(json -> train(json, all.value())).collectAsync();
        try {
            while (true) {
                try {
                    return Outcome.fromJson(training.get(POLL, TimeUnit.MILLISECONDS).getFirst(), "an executor");
                } catch (TimeoutException _) {
                    if (isCancelled.getAsBoolean()) {
                        training.cancel(true);
                        return null;
                    }
                }
            }
        } catch (ExecutionException e) {
            throw new IOException("Spark: " + String.valueOf(e.getCause().getMessage()).lines().findFirst().orElse(""),
                    e);
        } catch (InterruptedException _) {
            training.cancel(true);
            Thread.currentThread().interrupt();
            return null;
        }
    }

    /** On an executor, a core a training. */
    private static String train(String json, Images images) throws IOException {
        Recipe recipe = Recipe.fromJson(json, "the driver").resolve(Option::flag);
        return Outcome.of(recipe, images.data(), Training.Execution.beside(1, Tuning.LONG), () -> false).toJson();
    }

    /**
     * The outcomes that a directory holds, of any sweeps and engines: a row each.
     *
     * @param directory as named with {@code --out}, where the executors see it too
     */
    public static Dataset<Row> outcomes(SparkSession session, Path directory) {
        URI place = directory.resolve("outcomes").toUri();
        return session.read().json(place.toString());
    }

    @Override
    public void close() {
        session.stop();
    }
}
