package dev.lanewise.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
            assertEquals(List.of(scan + ": dark ink on light paper, inverted"), outcome.messages());
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
    void aFileThatIsNoImageIsRefusedByName() throws IOException {
        Path text = Files.writeString(temp.resolve("text.png"), "not an image");
        Outcome.of("predict", run, text).expectRefusal(text, "PNG");
        Path empty = Files.writeString(temp.resolve("empty.png"), "");
        Outcome.of("predict", run, empty).expectRefusal(empty);
        Outcome.of("predict", run, temp).expectRefusal(temp, "directory");
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
}
