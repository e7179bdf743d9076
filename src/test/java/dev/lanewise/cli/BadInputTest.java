package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.data.Mnist;
import dev.lanewise.kernel.Shape;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user can get wrong: each is one sentence that names the file or the flag, and status 2. */
class BadInputTest {
    @TempDir
    static Path shared;
    private static Path good;
    private static Path run;

    @TempDir
    Path temp;

    @BeforeAll
    static void trainOnce() throws IOException {
        good = SmallData.write(shared.resolve("small"));
        run = shared.resolve("run");
        Outcome.of("train", "--data", good, "--epochs", 1, "--hidden", 4, "--out", run).expect(0);
    }

    /** Trains on the good data with one file changed; expects a refusal that names it, before a run begins. */
    private void refuses(String file, UnaryOperator<byte[]> damage, Object... mentioned) throws IOException {
        Path data = SmallData.write(temp.resolve("data"));
        Path path = data.resolve(file);
        Files.write(path, damage.apply(Files.readAllBytes(path)));
        Path out = temp.resolve("out");
        Outcome outcome = Outcome.of("train", "--data", data, "--epochs", 1, "--hidden", 4, "--out", out);
        List<Object> words = new ArrayList<>(List.of(mentioned));
        words.add(path);
        outcome.expectRefusal(words.toArray());
        assertEquals("", outcome.out());
        assertFalse(Files.exists(out), "no run may begin");
        Outcome.of("eval", run, "--data", data).expectRefusal(words.toArray());
    }

    private static UnaryOperator<byte[]> cutTo(double share) {
        return content -> Arrays.copyOf(content, (int) (share * content.length));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.0001, 0.01, 0.5, 0.99999})
    void truncatedGzip(double share) throws IOException {
        refuses(SmallData.TRAIN_IMAGES, cutTo(share), "cut short");
    }

    @Test
    void damagedGzip() throws IOException {
        refuses(SmallData.TRAIN_IMAGES, content -> {
            Arrays.fill(content, content.length / 2, content.length / 2 + 50, (byte) 0x55);
            return content;
        });
    }

    /** A pipe would be waited for, or be read once where two readings are needed. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void devicesAndPipesInPlaceOfFiles() throws IOException {
        String device = "/dev/zero";
        String words = device + " is a pipe or a device; copy what comes from it to a file";
        Outcome.of("train", "--train-images", device, "--train-labels", device, "--out", temp.resolve("r"))
                .expectRefusal(words);
        Path table = Files.createSymbolicLink(temp.resolve("t.csv"), Path.of(device));
        Outcome.of("train", "--data", table, "--out", temp.resolve("r")).expectRefusal(table, "pipe or a device");
        Outcome.of("predict", run, device).expectRefusal(words);
    }

    /** Not as root, who may read all. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void filesThatMayNotBeRead() throws IOException {
        for (String name : List.of("t.csv", "t.npz", "t.gz")) {
            Path file = Files.writeString(temp.resolve(name), "1,2,3");
            Files.setPosixFilePermissions(file, Set.of());
            assumeFalse(Files.isReadable(file));
            Outcome outcome = name.endsWith(".gz")
                    ? Outcome.of("train", "--train-images", file, "--train-labels", file, "--out", temp.resolve("r"))
                    : Outcome.of("train", "--data", file, "--out", temp.resolve("r"));
            outcome.expectRefusal(file, " cannot be read (permission denied); check its permissions");
        }
    }

    @Test
    void emptyFile() throws IOException {
        refuses(SmallData.TEST_IMAGES, cutTo(0), "empty");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.00003, 0.0001, 0.5, 0.99999})
    void truncatedIdx(double share) throws IOException {
        refuses(SmallData.TEST_IMAGES, cutTo(share), "cut short");
    }

    @Test
    void truncatedLabels() throws IOException {
        refuses(SmallData.TRAIN_LABELS, cutTo(0.9), "cut short");
    }

    @Test
    void trailingBytes() throws IOException {
        refuses(SmallData.TEST_IMAGES, content -> Arrays.copyOf(content, content.length + 1), "more data");
    }

    @Test
    void wrongMagic() throws IOException {
        refuses(SmallData.TEST_IMAGES, content -> {
            content[2] = 10;
            return content;
        }, "0x00000a03");
        refuses(SmallData.TRAIN_LABELS, _ -> SmallData.images(SmallData.TRAIN), "images");
    }

    @Test
    void numbersThatAreNoPixelsOrLabels() throws IOException {
        refuses(SmallData.TEST_IMAGES, content -> {
            content[2] = 9; // signed
            return content;
        }, "pixels from -128 to 127");
        refuses(SmallData.TEST_IMAGES, _ -> SmallData.idx(0x805, new byte[1], 1, 1, 1, 1, 1), "5 dimensions");
        refuses(SmallData.TRAIN_LABELS, _ -> SmallData.idx(0xb01, new byte[]{1, 0}, 1), "label 256");
    }

    @Test
    void twoFilesThatCouldBeTheSame() throws IOException {
        Path data = SmallData.write(temp.resolve("data"));
        Files.copy(data.resolve(SmallData.TRAIN_IMAGES), data.resolve("more-train-images.idx3"));
        Outcome.of("train", "--data", data, "--out", temp.resolve("out")).expectRefusal(data,
                "more than one file of training images", "more-train-images.idx3", SmallData.TRAIN_IMAGES);
    }

    @Test
    void aWebPage() throws IOException {
        refuses(SmallData.TEST_IMAGES, _ -> "<!DOCTYPE html><title>404</title>".getBytes(), "web page");
    }

    @Test
    void aHeaderThatPromisesTooMuch() throws IOException {
        refuses(SmallData.TEST_IMAGES, _ -> SmallData.idx(0x803, new byte[100], Integer.MAX_VALUE, 60_000, 60_000));
        refuses(SmallData.TEST_IMAGES, _ -> SmallData.idx(0x803, new byte[100], -1, 28, 28));
        refuses(SmallData.TEST_IMAGES, _ -> SmallData.idx(0x803, new byte[0], 200, 0, 28));
    }

    @Test
    void imageAndLabelCountsThatDiffer() throws IOException {
        refuses(SmallData.TRAIN_IMAGES,
                _ -> SmallData.idx(0x803, Arrays.copyOf(SmallData.pixels(SmallData.TRAIN), 599 * 784), 599, 28, 28),
                "599",
                "600", SmallData.TRAIN_LABELS);
    }

    @Test
    void aModelOfFewerClassesThanTheData() throws IOException {
        Path eleven = SmallData.write(temp.resolve("eleven"));
        byte[] labels = SmallData.labels(SmallData.TEST);
        labels[8 + 17] = 10;
        Files.write(eleven.resolve(SmallData.TEST_LABELS), labels);
        Outcome.of("eval", run, "--data", eleven).expectRefusal(run, "10 classes", "eleven has 11", "--data");
        Outcome.of("explain", "digit", 17, "--run", run, "--data", eleven)
                .expectRefusal(run, "10 classes", "eleven has 11", "--data");
    }

    @Test
    void noImagesAtAll() throws IOException {
        Path data = SmallData.write(temp.resolve("data"));
        Files.write(data.resolve(SmallData.TEST_IMAGES), SmallData.idx(0x803, new byte[0], 0, 28, 28));
        Files.write(data.resolve(SmallData.TEST_LABELS), SmallData.idx(0x801, new byte[0], 0));
        Outcome.of("train", "--data", data, "--out", temp.resolve("out"))
                .expectRefusal(data.resolve(SmallData.TEST_IMAGES));
    }

    @Test
    void aDirectoryWithoutData() {
        Outcome.of("train", "--data", temp, "--out", temp.resolve("out")).expectRefusal(temp, "train-images");
        Outcome.of("eval", run, "--data", temp).expectRefusal(temp);
        assertFalse(Files.exists(temp.resolve("out")));
    }

    @Test
    void aDirectoryWithoutOneOfTheFiles() throws IOException {
        Path data = SmallData.write(temp.resolve("data"));
        Files.delete(data.resolve(SmallData.TEST_LABELS));
        Outcome.of("train", "--data", data).expectRefusal(data, "no test labels (t10k-labels-idx1-ubyte, say)");
    }

    @Test
    void aDirectoryThatIsMissingOrAFile() throws IOException {
        Outcome.of("train", "--data", temp.resolve("none")).expectRefusal(temp.resolve("none"));
        Path file = Files.writeString(temp.resolve("file"), "x");
        Outcome.of("train", "--data", file).expectRefusal(file);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--lr NaN | --lr", "--lr -1 | --lr", "--lr=-1 | --lr", "--lr 0 | --lr",
            "--lr Infinity | --lr", "--lr abc | --lr", "--lr | --lr", "--hidden 0 | --hidden",
            "--hidden 12,,3 | --hidden", "--hidden -5 | --hidden", "--hidden 1e3 | --hidden", "--hidden , | --hidden",
            "--hidden 99999999999 | --hidden", "--epochs 0 | --epochs", "--epochs 1.5 | --epochs",
            "--epochs 9999999999 | --epochs", "--batch-size 0 | --batch-size", "--batch-size -64 | --batch-size",
            "--threads 0 | --threads", "--threads few | --threads", "--threads 1000000 | --threads",
            "--activation foo | relu, sigmoid, tanh",
            "--activation none | --activation", "--loss foo | softmax-mse", "--optimizer foo | nesterov",
            "--schedule foo | one-cycle", "--momentum 1 | --momentum", "--momentum NaN | --momentum",
            "--weight-decay -0.1 | --weight-decay", "--weight-decay NaN | --weight-decay",
            "--validation 1.5 | --validation", "--validation 1 | --validation", "--validation -0.1 | --validation",
            "--validation NaN | --validation", "--dropout 1 | --dropout", "--dropout -0.1 | --dropout",
            "--dropout NaN | --dropout",
            "--dropout 0.5 --hidden none | --hidden", "--label-smoothing 1 | --label-smoothing",
            "--label-smoothing -1 | --label-smoothing", "--label-smoothing NaN | --label-smoothing",
            "--label-smoothing 0.1 --loss mse | cross-entropy", "--clip-norm 0 | --clip-norm",
            "--clip-norm -1 | --clip-norm", "--clip-norm NaN | --clip-norm", "--clip-norm Infinity | --clip-norm",
            "--ema 0 | --ema", "--ema 1 | --ema", "--ema NaN | --ema", "--warmup 1 | --warmup",
            "--warmup -0.1 | --warmup", "--warmup NaN | --warmup", "--profile=maybe | --profile",
            "--early-stop 2 | --validation", "--keep best | --validation", "--keep first | --keep",
            "--lr 1e7 | from 1e-30 to 1000000", "--lr 1e-50 | from 1e-30 to 1000000",
            "--weight-decay 1e7 | from 0 to 1000000", "--clip-norm 1e7 | from 1e-30 to 1000000",
            "--schedule-epochs 0 | --schedule-epochs",
            "--early-stop 0 --validation 0.1 | --early-stop", "--target-accuracy 101 | --target-accuracy",
            "--target-accuracy NaN | --target-accuracy", "--seed x | --seed", "--seed 1.5 | --seed",
            "--seed 1 --seed 2 | --seed",
            "--layers foo | layer 'foo'", "--layers dense | --layers", "--layers relu,dense | --layers",
            "--layers dense,,relu | --layers", "--layers dropout | dropout PROBABILITY",
            "--layers relu --hidden 3 | --hidden", "--layers relu --dropout 0.1 | --dropout",
            "--layers relu --activation relu | --activation", "--size 16 | write height and width, 16x16 say",
            "--foo | --foo", "--learning-rate 0.1 | --learning-rate",
            "extra | extra"})
    void wrongOptions(String options, String mentioned) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of("train", "--data", good, "--out", temp.resolve("out")));
        arguments.addAll(Arrays.asList(options.split(" ")));
        Outcome outcome = Outcome.of(arguments.toArray());
        outcome.expectRefusal(mentioned);
        assertEquals("See 'lanewise train --help'.", outcome.err().lines().toList().getLast());
        assertEquals("", outcome.out());
        assertFalse(Files.exists(temp.resolve("out")));
    }

    /** Which Java's own parsers take, and nothing that reads run.json or a command in a report. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"train --epochs \u0663 | --epochs", "train --hidden \u0661\u0662 | --hidden",
            "train --seed \u0661 | --seed", "train --threads \u0661 | --threads", "train --lr \u0661 | --lr",
            "train --optimizer adam,beta1=\u0660 | --optimizer", "train --layers dense,\u0661\u0662 | --layers",
            "train --batch-size \uff11 | --batch-size", "speedrun --runs \u0661 | --runs",
            "speedrun --target \u0669\u0668 | --target", "bench gemm --jvms \u0661 | --jvms",
            "bench gemm --threads \u0661 | --threads", "bench gemm --bits \u0661 | --bits",
            "bench gemm --shapes \u0661x2x3 | --shapes", "explain digit \u0667 | \u0667",
            "gradcheck --layers dense,\u0661 | --layers"})
    void digitsOfOtherScripts(String arguments, String mentioned) {
        Outcome.of(Arrays.stream(arguments.split(" ")).map(word -> word.replace(',', ' ')).toArray())
                .expectRefusal(mentioned);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--layers | dense 0", "--layers | dense 4, dense -1", "--layers | dense x",
            "--layers | dense 4, relu 3", "--layers | dropout 1", "--layers | dense 99999999999",
            "--optimizer | sgd momentum=1", "--optimizer | adam beta1=1", "--optimizer | adam beta1",
            "--optimizer | adam beta3=0.1", "--optimizer | adam 0.9", "--optimizer | momentum momentum=x",
            "--schedule | step warmup=1", "--schedule | one-cycle start-divisor=0", "--schedule | cosine cosine",
            "--loss | mse smoothing=0.1", "--loss | cross-entropy smoothing=1", "--augment | none shift=1"})
    void wrongDescriptions(String option, String words) throws IOException {
        List<Outcome> outcomes = new ArrayList<>(List.of(
                Outcome.of("train", "--data", good, "--out", temp.resolve("out"), option, words)));
        if (!option.equals("--schedule") && !option.equals("--augment")) {
            outcomes.add(Outcome.of("gradcheck", option, words));
        }
        for (Outcome outcome : outcomes) {
            outcome.expectRefusal(option);
            assertTrue(outcome.err().lines().toList().getLast().matches("See 'lanewise (train|gradcheck) --help'\\."));
            assertEquals("", outcome.out());
        }
        assertFalse(Files.exists(temp.resolve("out")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"--optimizer | momentum momentum=0.5 | --momentum | 0.9",
            "--schedule | one-cycle warmup=0.2 | --warmup | 0.2",
            "--loss | cross-entropy smoothing=0.1 | --label-smoothing | 0.1"})
    void aNumberGivenTwice(String option, String words, String number, String value) {
        Outcome.of("train", "--data", good, "--out", temp.resolve("out"), option, words, number, value)
                .expectRefusal("%s '%s' and %s %s".formatted(option, words, number, value));
        assertFalse(Files.exists(temp.resolve("out")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0001", "0.9999"})
    void aSplitWithoutImagesOnOneSide(String share) {
        Outcome.of("train", "--data", good, "--out", temp.resolve("out"), "--validation", share)
                .expectRefusal("--validation", "600");
        assertFalse(Files.exists(temp.resolve("out")));
    }

    @Test
    void aNetworkLargerThanAnyArray() {
        Outcome.of("train", "--data", good, "--hidden", "46341,46341", "--out", temp.resolve("out"))
                .expectRefusal("--hidden", "784-46341-46341-10",
                        "dense2.weight of 46341 x 46341 would have more elements than an array can, 2^31 - 1");
        assertFalse(Files.exists(temp.resolve("out")));
    }

    @Test
    void unknownAndMissingCommands() {
        Outcome.of("fly").expectRefusal("fly");
        Outcome.of("data", "fly").expectRefusal("fly");
        Outcome.of("data").expectRefusal("fetch", "verify", "list");
        Outcome.of("--foo").expectRefusal("--foo");
        Outcome.of("eval").expectRefusal("RUN");
        Outcome.of("predict").expectRefusal("RUN");
        Outcome.of("predict", run).expectRefusal("FILE");
        Outcome.of("eval", run, "another").expectRefusal("another");
    }

    @Test
    void aMissingRun() {
        Path none = temp.resolve("none");
        Outcome.of("eval", none).expectRefusal(none);
        Outcome.of("predict", none, "x.png").expectRefusal(none);
        Outcome.of("train", "--resume", none).expectRefusal(none);
    }

    @Test
    void aDirectoryThatIsNoRun() {
        Outcome.of("eval", temp).expectRefusal(temp.resolve("model.safetensors"));
        Outcome.of("predict", temp, "x.png").expectRefusal(temp.resolve("model.safetensors"));
        Outcome.of("train", "--resume", temp).expectRefusal(temp, "run.json");
    }

    @Test
    void aModelCutShort() throws IOException {
        byte[] whole = Files.readAllBytes(run.resolve("model.safetensors"));
        Path model = temp.resolve("model.safetensors");
        for (int length : new int[]{0, 1, 7, 8, 9, 100, whole.length / 2, whole.length - 1}) {
            Files.write(model, Arrays.copyOf(whole, length));
            Outcome.of("eval", temp).expectRefusal(model);
            Outcome.of("eval", model).expectRefusal(model);
            Outcome.of("predict", temp, "x.png").expectRefusal(model);
        }
    }

    @Test
    void aFileThatIsNoModel() throws IOException {
        Path model = temp.resolve("model.safetensors");
        Files.writeString(model, "This is no model, though it is long enough to be one.");
        Outcome.of("eval", temp).expectRefusal(model);
        Outcome.of("eval", run.resolve("run.json")).expectRefusal(run.resolve("run.json"));
        byte[] header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}      ".getBytes();
        byte[] foreign = new byte[8 + header.length + 4];
        foreign[0] = (byte) header.length;
        System.arraycopy(header, 0, foreign, 8, header.length);
        Files.write(model, foreign);
        Outcome.of("eval", temp).expectRefusal(model, "Lanewise");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "null", "3", "{}", "{\"config\":3}", "{\"config\":{}}",
            "{\"config\":{\"data\":null}}", "\u0000\u0001"})
    void aDamagedRunJson(String content) throws IOException {
        SmallRun.copy(run, temp.resolve("r"));
        Files.writeString(temp.resolve("r").resolve("run.json"), content);
        Outcome.of("train", "--resume", temp.resolve("r")).expectRefusal(temp.resolve("r"), "run.json");
    }

    /** As Notepad may save it, and with a path that no system has. */
    @Test
    void aRunJsonThatIsNoUtf8OrNamesNoPath() throws IOException {
        Path copy = temp.resolve("r");
        SmallRun.copy(run, copy);
        Path json = copy.resolve("run.json");
        String text = Files.readString(json);
        Files.writeString(json, text, StandardCharsets.UTF_16);
        for (Outcome outcome : List.of(Outcome.of("train", "--resume", copy), Outcome.of("eval", copy))) {
            outcome.expectRefusal(json, "not text in UTF-8", "save it as UTF-8");
        }
        for (String data : List.of("\"a\\u0000b\"", "\"\\u0000\"", "\"\"", "3", "null", "[]")) {
            Files.writeString(json,
                    text.replaceFirst("\"data\": \".*\"", "\"data\": " + Matcher.quoteReplacement(data)));
            Outcome.of("eval", copy).expectRefusal(json, "data", "--data");
            Outcome.of("train", "--resume", copy).expectRefusal(copy, "run.json", "(data)");
        }
        Files.writeString(json, "\ufeff" + text); // as Notepad saves UTF-8
        Outcome.of("eval", copy).expect(0);
    }

    @ParameterizedTest
    @CsvSource({"not JSON at all, not JSON", "{}, seconds", "{\"seconds\":\"1\"}, seconds", "[], no object",
            "{\"seconds\":1} {}, not JSON"})
    void aDamagedLineOfMetrics(String line, String why) throws IOException {
        Path copy = temp.resolve("r");
        SmallRun.copy(run, copy);
        Path metrics = copy.resolve("metrics.jsonl");
        Files.writeString(metrics, line + "\n");
        Outcome.of("train", "--resume", copy, "--epochs", 2).expectRefusal(metrics, "line 1", why, "use another run");
    }

    @Test
    void aByteOfMetricsThatIsNoUtf8() throws IOException {
        Path copy = temp.resolve("r");
        SmallRun.copy(run, copy);
        Path metrics = copy.resolve("metrics.jsonl");
        byte[] bytes = Files.readAllBytes(metrics);
        bytes[3] = (byte) 0xff;
        Files.write(metrics, bytes);
        Outcome.of("train", "--resume", copy, "--epochs", 2).expectRefusal(metrics, "not text in UTF-8");
    }

    /** Gson alone would take some of them, cut to 32 bits or to what stands before the point. */
    @ParameterizedTest
    @CsvSource({"epochs, 4.9", "epochs, 4294967300", "epochs, \"4\"", "epochs, true", "batch_size, 64.5",
            "batch_size, 18446744073709551680", "seed, 1.5", "seed, 18446744073709551617", "hidden, [4.5]",
            "hidden, [4294967300]", "hidden, [\"4\"]", "lr, \"0.1\"", "epochs, 1e308", "lr, 1e99999999999",
            "activation, 3"})
    void aNumberInRunJsonThatIsNotExact(String name, String value) throws IOException {
        Path copy = temp.resolve("r");
        SmallRun.copy(run, copy);
        Path json = copy.resolve("run.json");
        JsonObject content = new SmallRun(run).json();
        content.getAsJsonObject("config").remove(name);
        Files.writeString(json,
                content.toString().replace("\"config\":{", "\"config\":{\"%s\":%s,".formatted(name, value)));
        Outcome outcome = Outcome.of("train", "--resume", copy);
        outcome.expectRefusal(copy, "run.json");
        assertTrue(value.length() > 12 || outcome.err().contains("(" + name + ")"), outcome::toString);
    }

    private Path model(Shape input, String layers, int classes) throws IOException {
        Network network = Network.of(input, Spec.parseList(layers), Loss.of(Spec.of("mse")));
        Path file = temp.resolve("foreign.safetensors");
        new Model(network, IntStream.range(0, classes).mapToObj(i -> "class " + i).toList(), Map.of()).write(file,
                Map.of("data", "digits"));
        return file;
    }

    @Test
    void modelsOfOtherImagesAndClasses() throws IOException {
        Path png = temp.resolve("blank.png");
        BufferedImage image = new BufferedImage(40, 40, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(20, 20, 0, 255);
        ImageIO.write(image, "png", png.toFile());
        Path wide = model(Shape.vector(10_000_000), "dense 2", 2);
        Outcome.of("eval", wide, "--data", good).expectRefusal(wide, "images of 10000000", "28 x 28", "--data");
        Outcome.of("predict", wide, png).expectRefusal(wide, "10000000 numbers", "IDX");
        Path other = model(Mnist.SHAPE, "dense 3", 3);
        Outcome.of("eval", other, "--data", good).expectRefusal(other, "3 classes", "small has 10", "--data");
        assertTrue(Outcome.of("predict", other, png).expect(0).out().contains("class 2"));
        Path one = model(Mnist.SHAPE, "dense 1", 1);
        Outcome.of("eval", one, "--data", good).expectRefusal(one, "1 classes");
        assertTrue(Outcome.of("predict", one, png).expect(0).out().contains("class 0"));
    }

    /** A layer's outputs of a few images take gigabytes. */
    @Test
    void aModelWhoseBuffersDoNotFit() throws IOException {
        Path file = model(Mnist.SHAPE, "dense 1, dense 8400000, dense 1, dense 10", 10);
        Outcome outcome = Outcome.of("eval", file, "--data", good);
        assertTrue(outcome.status() == 2 && outcome.err().contains(file.toString()) && (outcome.err().contains(
                "does not fit in the memory") || outcome.err().contains("more elements than an array can")),
                outcome::toString);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"lr | 0", "lr | -1", "lr | abc", "hidden | []x", "hidden | [0]",
            "hidden | [1,\"x\"]", "hidden | [1e99]", "activation | foo", "activation | null", "optimizer | 3",
            "batch_size | 0", "epochs | -1", "validation | 7", "early_stop | 0",
            "momentum | 1", "dropout | 1", "label_smoothing | 2", "clip_norm | 0", "ema | 1", "ema | {}",
            "warmup | 1", "seed | {}", "layers | 3", "layers | \"dense\"", "layers | \"foo 1\"",
            "optimizer | \"adam beta1=2\"", "schedule | \"step x=1\"", "loss | \"mse 1\""})
    void aRunJsonWithAValueThatCannotBe(String name, String value) throws IOException {
        SmallRun.copy(run, temp.resolve("r"));
        JsonObject json = new SmallRun(run).json();
        json.getAsJsonObject("config").remove(name);
        String text = json.toString().replace("\"config\":{", "\"config\":{\"%s\":%s,".formatted(name, value));
        Files.writeString(temp.resolve("r").resolve("run.json"), text);
        Outcome.of("train", "--resume", temp.resolve("r"), "--threads", "1").expectRefusal();
        assertEquals(text, Files.readString(temp.resolve("r").resolve("run.json")));
    }

    /** What nobody typed is not to blame. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"target_accuracy | -5", "target_accuracy | \"high\"", "validation | 0.00001",
            "early_stop | 3", "keep | \"best\"", "keep | \"first\"", "schedule_epochs | 0",
            "layers | \"dense 99999999999\"",
            "hidden | [46341,46341]", "data | \"nowhere\"", "data | \"a\\u0000b\"", "lr | 1e7"})
    void nonsenseInARunJsonIsBlamedOnIt(String name, String value) throws IOException {
        SmallRun.copy(run, temp.resolve("r"));
        JsonObject json = new SmallRun(run).json();
        json.getAsJsonObject("config").add(name, JsonParser.parseString(value));
        Files.writeString(temp.resolve("r").resolve("run.json"), json.toString());
        Map<String, String> before = SmallRun.content(temp.resolve("r"));
        Outcome outcome = Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", "3");
        outcome.expectRefusal(temp.resolve("r"));
        String sentence = outcome.messages().getFirst();
        assertEquals(name.equals("data"), sentence.contains("--data"), sentence); // where the images lie, one may say
        assertEquals(name.equals("data"), sentence.contains("--"), sentence);
        assertEquals(before, SmallRun.content(temp.resolve("r")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "{\"files\": 3}", "{\"files\": [1]}", "{\"files\": [{}]}"})
    void aRunJsonWithoutItsData(String dataset) throws IOException {
        SmallRun.copy(run, temp.resolve("r"));
        JsonObject json = new SmallRun(run).json();
        json.add("dataset", JsonParser.parseString(dataset));
        Files.writeString(temp.resolve("r").resolve("run.json"), json.toString());
        Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", "3")
                .expectRefusal(temp.resolve("r").resolve("run.json"), "dataset");
    }

    @Test
    void anEarlyStopForARunWithoutHeldOutImages() throws IOException {
        SmallRun.copy(run, temp.resolve("r"));
        Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", "3", "--early-stop", "2")
                .expectRefusal("--early-stop", "which this run does not have");
    }

    /** Under its own name a file is what it is; as the model of a run it must be that run's. */
    @Test
    void aModelOfAnotherRun() throws IOException {
        SmallRun.copy(run, temp.resolve("r"));
        Path other = temp.resolve("other");
        Outcome.of("train", "--data", good, "--epochs", 1, "--hidden", 4, "--seed", 2, "--out", other).expect(0);
        Path model = temp.resolve("r").resolve("model.safetensors");
        Files.copy(other.resolve("model.safetensors"), model, StandardCopyOption.REPLACE_EXISTING);
        Path image = Files.write(temp.resolve("images.idx"), SmallData.images(SmallData.TEST));
        Outcome.of("eval", temp.resolve("r")).expectRefusal(model, "weights_sha256");
        Outcome.of("predict", temp.resolve("r"), image).expectRefusal(model, "weights_sha256");
        Outcome.of("explain", "digit", 3, "--run", temp.resolve("r")).expectRefusal(model, "weights_sha256");
        Outcome.of("train", "--resume", temp.resolve("r"), "--epochs", 2).expectRefusal(model, "weights_sha256");
        Outcome.of("eval", model).expect(0);
    }

    @Test
    void aCheckpointThatIsMissingCutShortOrOfAnotherRun() throws IOException {
        SmallRun.copy(run, temp.resolve("r"));
        Path checkpoint = temp.resolve("r").resolve("checkpoint.safetensors");
        byte[] whole = Files.readAllBytes(checkpoint);
        Files.write(checkpoint, Arrays.copyOf(whole, whole.length - 4));
        Outcome.of("train", "--resume", temp.resolve("r")).expectRefusal(checkpoint);
        Files.copy(run.resolve("model.safetensors"), checkpoint,
                StandardCopyOption.REPLACE_EXISTING);
        Outcome.of("train", "--resume", temp.resolve("r")).expectRefusal(checkpoint);
        Files.delete(checkpoint);
        Outcome.of("train", "--resume", temp.resolve("r")).expectRefusal(checkpoint);
    }

    @Test
    void resumingOnOtherDataThanBefore() throws IOException {
        Path data = SmallData.write(temp.resolve("data"));
        Path other = temp.resolve("r");
        Outcome.of("train", "--data", data, "--epochs", 1, "--hidden", 4, "--out", other).expect(0);
        byte[] labels = SmallData.labels(SmallData.TRAIN);
        labels[8] = (byte) ((labels[8] + 1) % 10);
        Files.write(data.resolve(SmallData.TRAIN_LABELS), labels);
        Outcome.of("train", "--resume", other, "--epochs", 2).expectRefusal(data);
    }

    @Test
    void anOutThatIsAFileOrUnderOne() throws IOException {
        Path file = Files.writeString(temp.resolve("file"), "mine");
        Outcome.of("train", "--data", good, "--out", file).expectRefusal("--out", file);
        Outcome.of("train", "--data", good, "--out", file.resolve("run")).expectRefusal("--out", file.resolve("run"));
        assertEquals("mine", Files.readString(file));
    }
}
