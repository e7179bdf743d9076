package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.lanewise.data.Mnist;
import dev.lanewise.data.NpzFile;
import dev.lanewise.data.Polarity;
import dev.lanewise.data.Preparation;
import dev.lanewise.model.Loss;
import dev.lanewise.model.Network;
import dev.lanewise.model.Spec;
import dev.lanewise.run.Model;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.Map;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictCommandTest {
    /** Enough epochs for the network to be sure of images that it has seen. */
    private static final int EPOCHS = 12;

    @TempDir
    static Path temp;
    private static Path run;

    @BeforeAll
    static void trainOnce() throws IOException {
        Path data = SmallData.write(temp.resolve("small"));
        run = temp.resolve("run");
        Outcome.of("train", "--data", data, "--epochs", EPOCHS, "--hidden", 64, "--out", run).expect(0);
    }

    private static byte[] pixels(int image) {
        return SmallData.TRAIN.pixels(image);
    }

    private static BufferedImage image(byte[] pixels) {
        BufferedImage image = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setDataElements(0, 0, 28, 28, pixels);
        return image;
    }

    /** The same digit, dark on light and ten times as large. */
    private static BufferedImage scanned(byte[] pixels) {
        byte[] inverted = pixels.clone();
        for (int i = 0; i < inverted.length; i++) {
            inverted[i] = (byte) (255 - (inverted[i] & 0xff));
        }
        BufferedImage large = new BufferedImage(320, 320, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = large.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, 320, 320);
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        graphics.drawImage(image(inverted), 20, 20, 280, 280, null);
        graphics.dispose();
        return large;
    }

    private static Path png(String name, BufferedImage image) throws IOException {
        Path file = temp.resolve(name);
        ImageIO.write(image, "png", file.toFile());
        return file;
    }

    private static Path idx(String name, byte[] pixels) throws IOException {
        return Files.write(temp.resolve(name), SmallData.idx(0x803, pixels, pixels.length / 784, 28, 28));
    }

    /** What stands behind the file's name: digits and probabilities. */
    private static String answer(String line, Object name) {
        assertTrue(line.startsWith(name + "  "), () -> name + " in " + line);
        return line.substring(name.toString().length()).strip();
    }

    @Test
    void aPngAndAnIdxFileOfTheSameImageGiveTheSameAnswer() throws IOException {
        for (int i = 0; i < 10; i++) {
            Path png = png("a" + i + ".png", image(pixels(i)));
            Path idx = idx("a" + i + ".idx", pixels(i));
            Outcome outcome = Outcome.of("predict", run, png, idx).expect(0);
            List<String> lines = outcome.out().lines().toList();
            assertEquals(2, lines.size(), outcome::toString);
            assertEquals(answer(lines.get(1), idx + "[0]"), answer(lines.get(0), png));
            assertEquals("", outcome.err());
        }
    }

    @Test
    void theLikeliestDigitComesFirstWithItsProbability() throws IOException {
        Outcome outcome = Outcome.of("predict", run, idx("all.idx", SmallData.pixels(SmallData.TRAIN))).expect(0);
        List<String> lines = outcome.out().lines().toList();
        assertEquals(600, lines.size());
        int right = 0;
        for (int i = 0; i < 600; i++) {
            String answer = answer(lines.get(i), temp.resolve("all.idx") + "[" + i + "]");
            assertTrue(answer.matches("\\d +\\d+\\.\\d\\d %  \\d +\\d+\\.\\d\\d %  \\d +\\d+\\.\\d\\d %"), answer);
            String[] parts = answer.replace("%", "").strip().split(" +");
            double first = Double.parseDouble(parts[1]);
            double second = Double.parseDouble(parts[3]);
            double third = Double.parseDouble(parts[5]);
            assertTrue(first >= second && second >= third && first + second + third <= 100.02, answer);
            right += Integer.parseInt(parts[0]) == SmallData.TRAIN.label(i) ? 1 : 0;
        }
        assertTrue(right > 540, right + " of 600 images that were trained on");
    }

    @Test
    void everyImageOfAnIdxFileIsReadAsIfItWereAlone() throws IOException {
        int count = 300; // more than are computed at a time
        Path many = idx("many.idx", Arrays.copyOf(SmallData.pixels(SmallData.TRAIN), count * 784));
        List<String> lines = Outcome.of("predict", run, many).expect(0).out().lines().toList();
        assertEquals(count, lines.size());
        for (int i : new int[]{0, 1, 255, 256, 299}) {
            Path single = idx("single.idx", pixels(i));
            String alone = Outcome.of("predict", run, single).expect(0).out().strip();
            assertEquals(answer(alone, single + "[0]"), answer(lines.get(i), many + "[" + i + "]"));
        }
    }

    @Test
    void gzippedIdxIsToldByContent() throws IOException {
        Path plain = idx("plain.idx", pixels(5));
        Path packed = Files.write(temp.resolve("packed.data"), SmallData.gzip(Files.readAllBytes(plain)));
        List<String> lines = Outcome.of("predict", run, plain, packed).expect(0).out().lines().toList();
        assertEquals(answer(lines.get(0), plain + "[0]"), answer(lines.get(1), packed + "[0]"));
    }

    @Test
    void aLargeScanOfDarkInkIsInvertedAndSaysSo() throws IOException {
        int right = 0;
        for (int i = 0; i < 20; i++) {
            Path scan = png("scan" + i + ".png", scanned(pixels(i)));
            Outcome outcome = Outcome.of("predict", run, scan).expect(0);
            assertEquals(List.of("1 of 1 images inverted: dark ink on light paper"), outcome.messages());
            right += answer(outcome.out(), scan).charAt(0) - '0' == SmallData.TRAIN.label(i) ? 1 : 0;
        }
        assertTrue(right >= 15, right + " of 20 scans read right");
    }

    /** A photo of a phone that was held upright lies on its side in the file and says so. */
    @Test
    void aPhotoThatLiesOnItsSideIsReadUpright() throws IOException {
        for (int i = 0; i < 5; i++) {
            BufferedImage upright = scanned(pixels(i));
            BufferedImage lying = new BufferedImage(320, 320, BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < 320; y++) {
                for (int x = 0; x < 320; x++) {
                    lying.setRGB(y, 319 - x, upright.getRGB(x, y)); // orientation 6 turns it clockwise
                }
            }
            Path stored = png("lying.png", lying);
            byte[] bytes = Files.readAllBytes(stored);
            byte[] exif = {0, 0, 0, 26, 'e', 'X', 'I', 'f', 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0,
                    1, 0, 6,
                    0, 0, 0, 0, 0, 0};
            CRC32 crc = new CRC32();
            crc.update(exif, 4, exif.length - 4);
            ByteBuffer told = ByteBuffer.allocate(bytes.length + exif.length + 4).put(bytes, 0, 33).put(exif)
                    .putInt((int) crc.getValue()).put(bytes, 33, bytes.length - 33);
            Path file = Files.write(temp.resolve("told.png"), told.array());
            Path straight = png("upright.png", upright);
            List<String> lines = Outcome.of("predict", run, straight, file).expect(0).out().lines().toList();
            assertEquals(answer(lines.get(0), straight), answer(lines.get(1), file));
        }
    }

    @Test
    void severalFilesAreAnsweredInOrder() throws IOException {
        Path a = png("first.png", image(pixels(1)));
        Path b = idx("second.idx", Arrays.copyOf(SmallData.pixels(SmallData.TRAIN), 2 * 784));
        Path c = png("third.png", scanned(pixels(3)));
        List<String> lines = Outcome.of("predict", run, a, b, c).expect(0).out().lines().toList();
        assertEquals(4, lines.size());
        answer(lines.get(0), a);
        answer(lines.get(1), b + "[0]");
        answer(lines.get(2), b + "[1]");
        answer(lines.get(3), c);
    }

    @Test
    void aMissingFileIsToldBeforeAnythingIsPrinted() throws IOException {
        Path good = png("good.png", image(pixels(1)));
        Outcome outcome = Outcome.of("predict", run, good, temp.resolve("no.png"));
        outcome.expectRefusal(temp.resolve("no.png"));
        assertEquals("", outcome.out());
    }

    @Test
    void aBadImageDoesNotStopTheOthers() throws IOException {
        Path first = png("one.png", image(pixels(1)));
        Path text = Files.writeString(temp.resolve("text.png"), "not an image");
        Path cut = Files.write(temp.resolve("cut.png"), Arrays.copyOf(Files.readAllBytes(first), 60));
        Path last = idx("last.idx", pixels(2));
        Outcome outcome = Outcome.of("predict", run, text, first, cut, last).expect(Main.WRONG_INPUT);
        List<String> lines = outcome.out().lines().toList();
        assertEquals(2, lines.size(), outcome::toString);
        answer(lines.get(0), first);
        answer(lines.get(1), last + "[0]");
        List<String> bad = outcome.messages();
        assertEquals(2, bad.size(), outcome::toString);
        assertTrue(bad.get(0).startsWith("lanewise: " + text), outcome::toString);
        assertTrue(bad.get(1).startsWith("lanewise: " + cut), outcome::toString);
    }

    @Test
    void directoriesAndPatternsGiveTheirImagesSorted() throws IOException {
        Path directory = Files.createDirectories(temp.resolve("album").resolve("below")).getParent();
        for (String name : List.of("b.png", "a.png", "c.jpg", "below/d.png")) {
            ImageIO.write(image(pixels(1)), name.endsWith("jpg") ? "jpg" : "png", directory.resolve(name).toFile());
        }
        Files.writeString(directory.resolve("notes.txt"), "no image");
        assertEquals(List.of("a.png", "b.png", "c.jpg"), names(directory, Outcome.of("predict", run, directory)));
        assertEquals(List.of("a.png", "b.png", "below/d.png", "c.jpg"),
                names(directory, Outcome.of("predict", run, "--recursive", directory)));
        assertEquals(List.of("a.png", "b.png"),
                names(directory, Outcome.of("predict", run, directory.resolve("?.png"))));
    }

    private static List<String> names(Path directory, Outcome outcome) {
        outcome.expect(0);
        return outcome.out().lines().map(line -> directory.relativize(Path.of(line.split("  ")[0])).toString())
                .toList();
    }

    @Test
    void standardInputIsAnImageToo() throws IOException {
        Path png = png("piped.png", image(pixels(4)));
        InputStream before = System.in;
        try (InputStream in = Files.newInputStream(png)) {
            System.setIn(in);
            assertEquals(answer(Outcome.of("predict", run, png).expect(0).out(), png),
                    answer(Outcome.of("predict", run, "-").expect(0).out(), "-"));
            System.setIn(new ByteArrayInputStream(new byte[9]));
            Outcome.of("predict", run, "-").expectRefusal("standard input", "PNG");
        } finally {
            System.setIn(before);
        }
    }

    /** IDX of three and four dimensions, raw and packed, tables and archives, as files and from a pipe. */
    @Test
    void manyImagesOfAFileAreReadFromAPipeToo() throws IOException {
        byte[] two = Arrays.copyOf(SmallData.pixels(SmallData.TRAIN), 2 * 784);
        StringBuilder csv = new StringBuilder();
        for (int i = 0; i < two.length; i++) {
            csv.append(two[i] & 0xff).append(i % 784 == 783 ? "\n" : ",");
        }
        byte[] table = csv.toString().getBytes(StandardCharsets.UTF_8);
        Path idx = Files.write(temp.resolve("two.idx"), SmallData.idx(0x803, two, 2, 28, 28));
        String expected = Outcome.of("predict", run, idx).expect(0).out();
        InputStream before = System.in;
        try {
            for (Path file : List.of(idx,
                    Files.write(temp.resolve("four.idx"), SmallData.idx(0x804, two, 2, 28, 28, 1)),
                    Files.write(temp.resolve("packed.idx"), SmallData.gzip(Files.readAllBytes(idx))),
                    Files.write(temp.resolve("t.csv"), table),
                    Files.write(temp.resolve("t.csv.gz"), SmallData.gzip(table)),
                    new NpzFile().with("x_test", two, 2, 28, 28).write(temp.resolve("t.npz")),
                    new NpzFile().with("images", two, 2, 784).write(temp.resolve("u.npz")))) {
                Outcome named = Outcome.of("predict", run, file).expect(0);
                assertEquals(expected.replace(idx.toString(), file.toString()), named.out());
                assertEquals(List.of(), named.messages());
                System.setIn(new ByteArrayInputStream(Files.readAllBytes(file)));
                assertEquals(expected.replace(idx.toString(), "-"), Outcome.of("predict", run, "-").expect(0).out());
            }
            Path first = new NpzFile().with("x_test", two, 2, 1, 28, 28).write(temp.resolve("first.npz"));
            Outcome outcome = Outcome.of("predict", run, first).expect(0);
            assertEquals(expected.replace(idx.toString(), first.toString()), outcome.out());
            assertEquals(List.of(first + ": taken as [N, C, H, W]"), outcome.messages());
            System.setIn(new ByteArrayInputStream("1,2\n".getBytes(StandardCharsets.UTF_8)));
            Outcome.of("predict", run, "-").expectRefusal("standard input has 2 columns");
            System.setIn(new ByteArrayInputStream(new byte[]{'P', 'K', 3, 4, 0}));
            Outcome.of("predict", run, "-").expectRefusal("standard input");
        } finally {
            System.setIn(before);
        }
    }

    /** Two digits on white paper, 140 pixels apart. */
    private static Path number() throws IOException {
        BufferedImage page = new BufferedImage(460, 320, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = page.createGraphics();
        graphics.drawImage(scanned(pixels(14)), 0, 0, null);
        graphics.drawImage(scanned(pixels(16)).getSubimage(60, 0, 200, 320), 260, 0, null);
        graphics.dispose();
        return png("number.png", page);
    }

    @Test
    void digitsOfANumberAreReadWithTheirPlaces() throws IOException {
        Path file = number();
        Outcome outcome = Outcome.of("predict", run, "--split", file).expect(0);
        List<String> lines = outcome.out().lines().toList();
        assertEquals(3, lines.size(), outcome::toString);
        for (int i = 0; i < 2; i++) {
            assertTrue(lines.get(i).matches("\\Q%s[%d]\\E  \\d+x\\d+ at \\d+,\\d+  \\d .*".formatted(file, i)),
                    lines.get(i));
        }
        assertEquals(List.of("1 of 1 images inverted: dark ink on light paper"), outcome.messages());
        String read = lines.get(0).split("  ")[2].substring(0, 1) + lines.get(1).split("  ")[2].substring(0, 1);
        assertEquals(file + "  " + read, lines.get(2));
        assertEquals("" + SmallData.TRAIN.label(14) + SmallData.TRAIN.label(16), read);
    }

    @Test
    void invertedImagesAreCountedAndSeveralDigitsAreHintedAtOnceACall() throws IOException {
        Path file = number();
        Path again = Files.copy(file, temp.resolve("again.png"));
        Outcome outcome = Outcome.of("predict", run, png("clean.png", image(pixels(3))), file, again,
                png("scan.png", scanned(pixels(5)))).expect(0);
        assertEquals(List.of("3 of 4 images inverted: dark ink on light paper",
                "several digits seem to be in %s: --split reads them".formatted(file)),
                outcome.messages().stream().filter(message -> !message.contains(" are below 50 %")).toList());
    }

    @Test
    void answersAreThereAsJsonAndCsv() throws IOException {
        Path png = png("a,b.png", image(pixels(14)));
        String plain = answer(Outcome.of("predict", run, png).expect(0).out(), png);
        String[] words = plain.replace("%", "").strip().split(" +");
        List<String> csv = Outcome.of("predict", run, "-o", "csv", png).expect(0).out().lines().toList();
        assertEquals("file,class,probability,class2,probability2,class3,probability3", csv.get(0));
        assertTrue(csv.get(1).startsWith("\"" + png + "\"," + words[0] + ",0."), csv.get(1));
        JsonArray json = JsonParser.parseString(Outcome.of("predict", run, "-o", "json", png).expect(0).out())
                .getAsJsonArray();
        assertEquals(1, json.size());
        JsonObject object = json.get(0).getAsJsonObject();
        assertEquals(png.toString(), object.get("file").getAsString());
        assertEquals(words[0], object.get("class").getAsString());
        assertEquals(Double.parseDouble(words[1]), 100 * object.get("probability").getAsDouble(), 0.006);
        assertEquals(words[2], object.get("class2").getAsString());
        JsonArray split = JsonParser.parseString(Outcome.of("predict", run, "--split", "-o", "json", number()).expect(0)
                .out()).getAsJsonArray();
        assertEquals(2, split.size());
        assertEquals(4, split.get(1).getAsJsonObject().getAsJsonArray("box").size());
        assertEquals("[]", Outcome.of("predict", run, "-o", "json", Files.writeString(temp.resolve("no.txt"), "no"))
                .expect(Main.WRONG_INPUT).out().strip());
        Outcome.of("predict", run, "-o", "xml", png).expectRefusal("xml", "json");
        Outcome.of("predict", png, run).expectRefusal(png, run, "runs first");
        Outcome.of("predict", png, png, run).expectRefusal(png, run, "runs first");
        Outcome.of("predict", run, "-o", "csv", "--show", png).expectRefusal("--show");
    }

    @Test
    void asManyClassesAreToldAsAreAskedFor() throws IOException {
        Path png = png("top.png", image(pixels(0)));
        List<String> csv = Outcome.of("predict", run, "--top", "1", "-o", "csv", png).expect(0).out().lines().toList();
        assertEquals("file,class,probability", csv.get(0));
        assertEquals(3, csv.get(1).split(",").length, csv.get(1));
        JsonObject all = JsonParser.parseString(
                Outcome.of("predict", run, "--top", "99", "-o", "json", png).expect(0).out())
                .getAsJsonArray().get(0).getAsJsonObject();
        double sum = 0;
        for (int i = 1; i <= 10; i++) {
            sum += all.get("probability" + (i == 1 ? "" : i)).getAsDouble();
        }
        assertEquals(1, sum, 1e-5, "all ten classes");
        Outcome.of("predict", run, "--top", "0", png).expectRefusal("--top", "0");
    }

    /** Of some pixels, in which nothing can be found. */
    @Test
    void imagesOfAFewPixelsAreAnsweredOrRefused() throws IOException {
        for (int side : new int[]{1, 2, 6, 9}) {
            BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
            for (int i = 0; i < side * side; i++) {
                image.getRaster().setSample(i % side, i / side, 0, i * 37 % 256);
            }
            Path png = png("few" + side + ".png", image);
            for (String[] more : new String[][]{{}, {"--split"}}) {
                List<Object> words = new ArrayList<>(List.of("predict", run, png));
                words.addAll(List.of(more));
                Outcome outcome = Outcome.of(words.toArray());
                assertTrue(outcome.status() == 0 || outcome.status() == 2, outcome::toString);
            }
        }
    }

    /** Below one half, all others together are likelier. */
    @Test
    void whatIsUncertainIsCounted() throws IOException {
        Path idx = Files.write(temp.resolve("many.idx"), SmallData.idx(0x803, many(), 100, 28, 28));
        Outcome outcome = Outcome.of("predict", run, "-o", "csv", idx).expect(0);
        List<String> uncertain = outcome.out().lines().skip(1)
                .filter(line -> Double.parseDouble(line.split(",")[2]) < 0.5).toList();
        assertTrue(!uncertain.isEmpty(), outcome::toString);
        assertTrue(outcome.err().contains("%d of 100 answers are below 50 %%, the first for %s\n".formatted(
                uncertain.size(), uncertain.getFirst().split(",")[0].replace("\"", ""))), outcome::toString);
    }

    private static byte[] many() {
        byte[] noise = new byte[100 * 784];
        new SplittableRandom(1).nextBytes(noise);
        return noise;
    }

    @Test
    void whatTheNetworkSawIsShown() throws IOException {
        byte[] pixels = pixels(3);
        Outcome outcome = Outcome.of("predict", run, "--show", png("shown.png", image(pixels))).expect(0);
        List<String> lines = outcome.out().lines().toList();
        assertEquals(29, lines.size(), outcome::toString);
        for (int i = 0; i < 784; i++) {
            int level = pixels[i] & 0xff;
            char shade = lines.get(1 + i / 28).charAt(2 * (i % 28));
            assertEquals(" \u2591\u2592\u2593\u2588".charAt((level * 4 + 127) / 255), shade, "pixel " + i);
        }
        String ascii = Shades.of(pixels, Mnist.SHAPE, Shades.canEncode(StandardCharsets.US_ASCII));
        assertTrue(ascii.chars().allMatch(c -> c < 128) && ascii.contains("@"), ascii);
        assertTrue(Shades.canEncode(StandardCharsets.UTF_8));
    }

    @Test
    void howImagesArePreparedIsStoredAndCanBeOverruled() throws IOException {
        Path other = temp.resolve("scaling");
        Outcome.of("train", "--data", temp.resolve("small"), "--epochs", 1, "--hidden", 8, "--prepare", "scale",
                "--out",
                other).expect(0);
        Model model = Model.read(other.resolve("model.safetensors"));
        assertEquals(Preparation.SCALE, model.preparation());
        assertEquals(Polarity.LIGHT, model.ink());
        Path scan = png("overruled.png", scanned(pixels(14)));
        String scaled = Outcome.of("predict", other, scan).expect(0).out();
        assertEquals(scaled, Outcome.of("predict", "--prepare", "scale", other, scan).expect(0).out());
        assertNotEquals(scaled, Outcome.of("predict", "--prepare", "centre", other, scan).expect(0).out());
        Outcome.of("predict", "--prepare", "none", other, scan).expectRefusal(scan, "320 x 320", "28 x 28");
        Outcome.of("train", "--prepare", "crop", "--out", temp.resolve("never")).expectRefusal("crop", "centre");
        Outcome.of("predict", "--prepare", "crop", other, scan).expectRefusal("crop", "centre");
    }

    @Test
    void aFileThatIsNoImageIsRefusedByName() throws IOException {
        Path text = Files.writeString(temp.resolve("text.png"), "not an image");
        Outcome.of("predict", run, text).expectRefusal(text, "PNG");
        Path empty = Files.writeString(temp.resolve("empty.png"), "");
        Outcome.of("predict", run, empty).expectRefusal(empty);
        Path none = Files.createDirectories(temp.resolve("none"));
        Outcome.of("predict", run, none).expectRefusal(none, "no images");
        Outcome.of("predict", run, none + "/*.png").expectRefusal(none + "/*.png", "no file");
    }

    @Test
    void aPngCutShortIsRefusedAtEveryLength() throws IOException {
        byte[] whole = Files.readAllBytes(png("whole.png", scanned(pixels(2))));
        Path cut = temp.resolve("cut.png");
        for (int length : new int[]{1, 7, 8, 9, 20, 33, 40, whole.length / 2, whole.length - 12, whole.length - 1}) {
            Files.write(cut, Arrays.copyOf(whole, length));
            Outcome outcome = Outcome.of("predict", run, cut);
            outcome.expectRefusal(cut);
            assertEquals("", outcome.out(), () -> "cut to " + length + " bytes");
        }
    }

    @Test
    void anIdxFileCutShortOrOfAnotherSizeIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(idx("whole.idx", pixels(2)));
        Path cut = Files.write(temp.resolve("cut.idx"), Arrays.copyOf(whole, whole.length - 1));
        Outcome.of("predict", run, cut).expectRefusal(cut, "cut short");
        Path other = Files.write(temp.resolve("other.idx"), SmallData.idx(0x803, new byte[2 * 27 * 28], 2, 27, 28));
        Outcome.of("predict", run, other).expectRefusal(other, "27 x 28");
        Path labels = Files.write(temp.resolve("labels.idx"), SmallData.labels(SmallData.TEST));
        Outcome.of("predict", run, labels).expectRefusal(labels);
    }

    @Test
    void aLinearNetworkTrainedWithMsePredictsToo() throws IOException {
        Path other = temp.resolve("mse");
        Outcome.of("train", "--data", temp.resolve("small"), "--epochs", 2, "--hidden", "none", "--loss", "mse",
                "--out", other).expect(0);
        Outcome outcome = Outcome.of("predict", other, png("mse.png", image(pixels(0)))).expect(0);
        assertFalse(outcome.out().contains("NaN"), outcome::toString);
        assertEquals(1, outcome.out().lines().count());
    }

    private static double probability(Outcome outcome, String label) {
        JsonObject answer = JsonParser.parseString(outcome.expect(0).out()).getAsJsonArray().get(0).getAsJsonObject();
        for (String number : List.of("", "2", "3")) {
            if (answer.get("class" + number).getAsString().equals(label)) {
                return answer.get("probability" + number).getAsDouble();
            }
        }
        throw new AssertionError(label + " in " + answer);
    }

    @Test
    void severalRunsAnswerWithTheMeanOfTheirProbabilitiesEachInItsOwnWay() throws IOException {
        Path other = temp.resolve("scales");
        Outcome.of("train", "--data", temp.resolve("small"), "--epochs", 2, "--hidden", 8, "--prepare", "scale",
                "--out", other).expect(0);
        Path scan = png("of-two.png", scanned(pixels(3)));
        String label = String.valueOf(SmallData.TRAIN.label(3));
        double first = probability(Outcome.of("predict", run, scan, "-o", "json"), label);
        double second = probability(Outcome.of("predict", other, scan, "-o", "json"), label);
        Outcome both = Outcome.of("predict", run, other, scan, "-o", "json");
        assertEquals((first + second) / 2, probability(both, label), 1e-6);
        assertNotEquals(first, second, 1e-6);
        // Both pictures, as they were not prepared alike; one of a run beside its copy.
        Path copy = Files.copy(run.resolve("model.safetensors"), temp.resolve("copy of one.safetensors"));
        assertEquals(57, Outcome.of("predict", run, other, scan, "--show").expect(0).out().lines().count());
        assertEquals(29, Outcome.of("predict", run, copy, scan, "--show").expect(0).out().lines().count());
    }

    @Test
    void aRunBesideCopiesOfItAnswersAsAlone() throws IOException {
        Path all = idx("beside.idx", SmallData.pixels(SmallData.TEST));
        Path copy = temp.resolve("copied run");
        SmallRun.copy(run, copy);
        Path model = Files.copy(run.resolve("model.safetensors"), temp.resolve("copied model.safetensors"));
        for (List<Object> rest : List.<List<Object>>of(List.of(all), List.of("--split", number()),
                List.of("--csv", all))) {
            List<Object> once = new ArrayList<>(List.of("predict", run));
            List<Object> thrice = new ArrayList<>(List.of("predict", run, model, copy));
            once.addAll(rest);
            thrice.addAll(rest);
            assertEquals(Outcome.of(once.toArray()).expect(0).out(), Outcome.of(thrice.toArray()).expect(0).out());
        }
    }

    @Test
    void runsThatDoNotFitAndRunsWithoutImagesAreRefused() throws IOException {
        Outcome.of("predict", run, run).expectRefusal("FILE", "images");
        Path image = png("refused.png", image(pixels(0)));
        Path missing = temp.resolve("no.safetensors");
        Outcome.of("predict", run, missing, image).expectRefusal(missing);
        Path two = temp.resolve("two.safetensors");
        new Model(Network.of(Mnist.SHAPE, Spec.parseList("dense 2"), Loss.of(Spec.of("mse"))).initialize(1),
                List.of("0", "1"), Map.of()).write(two, Map.of());
        Outcome.of("predict", run, two, image).expectRefusal(two, "tells 2 classes apart", run, "10");
    }
}
