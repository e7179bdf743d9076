package dev.lanewise.data;

import static dev.lanewise.data.PngReaderTest.png;
import static dev.lanewise.data.PngReaderTest.samples;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.data.Preparer.Prepared;
import dev.lanewise.kernel.Shape;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleBinaryOperator;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PreparerTest {
    private static final Preparer MNIST = new Preparer(Mnist.SHAPE, Preparation.CENTRE, Polarity.LIGHT);
    private static final Color NONE = new Color(0, true);

    @TempDir
    Path directory;

    private byte[] four; // as light ink on black, drawn large

    @BeforeEach
    void drawFour() throws IOException {
        four = read(draw(200, 200, BufferedImage.TYPE_BYTE_GRAY, Color.BLACK, Color.WHITE)).pixels();
    }

    @Test
    void inkIsTwentyPixelsHighAndCentredByMass() {
        assertArrayEquals(new int[]{20, 255}, new int[]{inkSide(four), max(four)});
        for (double c : centreOfMass(four)) {
            assertTrue(c >= 14 && c < 15, () -> "centre of mass at " + c);
        }
    }

    @ParameterizedTest
    @CsvSource({"40, 40", "57, 91", "300, 200", "200, 801", "2000, 1500", "4100, 4000"})
    void sizeOfTheImageDoesNotMatter(int width, int height) throws IOException {
        Prepared light = read(draw(width, height, BufferedImage.TYPE_BYTE_GRAY, Color.BLACK, Color.WHITE));
        assertFalse(light.inverted());
        assertAlike(light.pixels(), 14);
        Prepared dark = read(draw(width, height, BufferedImage.TYPE_INT_RGB, Color.WHITE, Color.BLACK));
        assertTrue(dark.inverted());
        assertAlike(dark.pixels(), 14);
    }

    @ParameterizedTest
    @ValueSource(ints = {BufferedImage.TYPE_INT_RGB, BufferedImage.TYPE_INT_ARGB, BufferedImage.TYPE_3BYTE_BGR,
            BufferedImage.TYPE_4BYTE_ABGR, BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY,
            BufferedImage.TYPE_BYTE_BINARY, BufferedImage.TYPE_BYTE_INDEXED, BufferedImage.TYPE_USHORT_565_RGB})
    void everyKindOfBufferedImageIsRead(int type) throws IOException {
        Prepared image = read(draw(200, 200, type, Color.WHITE, Color.BLACK));
        assertTrue(image.inverted());
        assertAlike(image.pixels(), 8);
    }

    @ParameterizedTest
    @CsvSource({"0xffffff, 0x0000ff, true", "0xffffff, 0xd02020, true", "0xf0e0c0, 0x502010, true",
            "0xc0c0c0, 0x909090, true", "0xffffff, 0xe0e0e0, true", "0x203060, 0xffff80, false",
            "0x000000, 0x404040, false", "0x808080, 0xffffff, false"})
    void inkAndPaperMayHaveAnyColours(Integer paper, Integer ink, boolean inverted) throws IOException {
        Prepared image = read(draw(200, 200, BufferedImage.TYPE_INT_RGB, new Color(paper), new Color(ink)));
        assertEquals(inverted, image.inverted());
        assertAlike(image.pixels(), 4);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x000000, 0xffffff, 0x2040a0, 0xffe060})
    void inkOnTransparencyIsSeenWhateverItsColour(int ink) throws IOException {
        Prepared image = read(draw(200, 200, BufferedImage.TYPE_INT_ARGB, NONE, new Color(ink)));
        assertEquals(ink == 0x000000 || ink == 0x2040a0, image.inverted());
        assertAlike(image.pixels(), 4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cardWithTransparentCornersIsReadAsPaper(boolean dark) throws IOException {
        Color paper = dark ? Color.BLACK : Color.WHITE;
        BufferedImage image = new BufferedImage(200, 200, BufferedImage.TYPE_INT_ARGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(paper);
        graphics.fillRoundRect(0, 0, 200, 200, 90, 90);
        graphics.drawImage(draw(200, 200, BufferedImage.TYPE_INT_ARGB, NONE, dark ? Color.WHITE : Color.BLACK),
                0, 0, null);
        graphics.dispose();
        Prepared read = read(image);
        assertEquals(!dark, read.inverted());
        assertAlike(read.pixels(), 4);
    }

    @Test
    void greyLevelsOfAnImageLikeMnistAreKept() throws IOException {
        byte[] soft = four.clone();
        for (int i = 0; i < soft.length; i++) {
            soft[i] = (byte) ((soft[i] & 0xff) * 253 / 255);
        }
        assertArrayEquals(soft, read(png(8, 0, samples(soft, p -> p))).pixels());
        assertArrayEquals(soft, read(png(8, 0, samples(soft, p -> 255 - p))).pixels());
    }

    @Test
    void preparedImagesComeBackIdentical() throws IOException {
        long seed = 20250107;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 40; i++) {
            byte[] pixels = read(scrawl(random)).pixels();
            String message = "drawing " + i + " of seed " + seed;
            assertArrayEquals(pixels, read(png(8, 0, samples(pixels, p -> p))).pixels(), message);
            Prepared turned = read(png(8, 0, samples(pixels, p -> 255 - p)));
            assertTrue(turned.inverted(), message);
            assertArrayEquals(pixels, turned.pixels(), message);
        }
    }

    @ParameterizedTest
    @CsvSource({"slope, true", "slope, false", "vignette, true", "vignette, false", "shadow, true", "shadow, false",
            "grain, true", "grain, false"})
    void unevenPaperIsNotInk(String light, boolean darkInk) throws IOException {
        long seed = 7;
        SplittableRandom random = new SplittableRandom(seed);
        DoubleBinaryOperator paper = switch (light) { // x and y from -1 to 1
            case "slope" -> (x, y) -> 170 + 40 * x + 25 * y;
            case "vignette" -> (x, y) -> 210 - 35 * (x * x + y * y);
            case "shadow" -> (x, y) -> x + y > 0.3 ? 215 : 150;
            default -> (x, y) -> 190;
        };
        double grain = light.equals("grain") ? 60 : 12;
        BufferedImage drawn = draw(700, 600, BufferedImage.TYPE_BYTE_GRAY, Color.BLACK, Color.WHITE);
        BufferedImage photo = new BufferedImage(700, 600, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 0; y < 600; y++) {
            for (int x = 0; x < 700; x++) {
                double reflected = 1 - 0.7 * drawn.getRaster().getSample(x, y, 0) / 255;
                double level = paper.applyAsDouble(x / 350.0 - 1, y / 300.0 - 1) * reflected
                        + grain * (random.nextDouble() + random.nextDouble() - 1);
                int grey = (int) Math.clamp(level, 0.0, 255.0);
                photo.getRaster().setSample(x, y, 0, darkInk ? grey : 255 - grey);
            }
        }
        Prepared image = read(photo);
        assertEquals(darkInk, image.inverted(), "seed " + seed);
        assertAlike(image.pixels(), 12);
    }

    @Test
    void frameAroundTheDrawingAndSpecksAreLeftOut() throws IOException {
        BufferedImage image = draw(240, 240, BufferedImage.TYPE_INT_RGB, Color.WHITE, Color.BLACK);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.DARK_GRAY);
        graphics.fillRect(0, 0, 240, 3);
        graphics.fillRect(0, 0, 3, 240);
        graphics.fillRect(237, 0, 3, 240);
        graphics.fillRect(0, 237, 240, 3);
        graphics.fillRect(20, 220, 3, 3);
        graphics.dispose();
        Prepared read = read(image);
        assertTrue(read.inverted());
        assertAlike(read.pixels(), 4);
    }

    @Test
    void inkTouchingTheEdgesIsRead() throws IOException {
        BufferedImage whole = draw(400, 400, BufferedImage.TYPE_INT_RGB, Color.WHITE, Color.BLACK);
        int left = 400;
        int right = 0;
        int top = 400;
        int bottom = 0;
        for (int i = 0; i < 160_000; i++) {
            if (whole.getRGB(i % 400, i / 400) != 0xffffffff) {
                left = Math.min(left, i % 400);
                right = Math.max(right, i % 400);
                top = Math.min(top, i / 400);
                bottom = Math.max(bottom, i / 400);
            }
        }
        Prepared image = read(whole.getSubimage(left, top, right - left + 1, bottom - top + 1));
        assertTrue(image.inverted());
        assertAlike(image.pixels(), 4);
    }

    @Test
    void hairlineOnALargeCanvasBecomesAStroke() throws IOException {
        BufferedImage image = new BufferedImage(1000, 1000, BufferedImage.TYPE_BYTE_GRAY);
        for (int y = 100; y < 900; y++) {
            image.getRaster().setSample(500, y, 0, 255);
        }
        byte[] pixels = read(image).pixels();
        assertEquals(20, inkSide(pixels));
        assertTrue(countFull(pixels) >= 16, () -> text(pixels));
    }

    @Test
    void heavyCornerIsNotPushedOutOfTheFrame() throws IOException {
        // A block with two thin arms: centring its mass would move the arms' ends beyond the frame.
        BufferedImage image = new BufferedImage(100, 100, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = image.createGraphics();
        graphics.fillRect(10, 10, 20, 20);
        graphics.fillRect(30, 10, 60, 4);
        graphics.fillRect(10, 30, 4, 60);
        graphics.dispose();
        byte[] pixels = read(image).pixels();
        assertEquals(20, inkSide(pixels));
        assertTrue((pixels[27 * 28 + 8] & 0xff) > 100, "the lower arm's end");
        assertTrue((pixels[8 * 28 + 27] & 0xff) > 100, "the right arm's end");
    }

    @Test
    void anImageIsToldByContentNotByName() throws IOException {
        assertTrue(ImageReader.isImage(file("digit.txt", png(8, 0, samples(four, p -> p)))));
        assertFalse(ImageReader.isImage(file("empty.png", new byte[0])));
        assertFalse(ImageReader.isImage(file("text.png", "not an image".getBytes())));
    }

    @ParameterizedTest
    @ValueSource(strings = {"black", "white", "transparent", "slope", "grain", "one pixel"})
    void blankPaperIsRefused(String kind) throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        int side = kind.equals("one pixel") ? 1 : 120;
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < side * side; i++) {
            int level = switch (kind) {
                case "white" -> 255;
                case "slope" -> 100 + i / side + i % side / 4;
                case "grain" -> 150 + random.nextInt(30);
                default -> 0;
            };
            image.setRGB(i % side, i / side, kind.equals("transparent") ? 0 : 0xff000000 | level * 0x10101);
        }
        Path file = save(image);
        assertRefused(file, "%s shows nothing but blank paper; draw a digit on it.".formatted(file));
    }

    @Test
    void builtInDigitsComeBackByteForByte() throws IOException {
        Dataset digits = BuiltInDigits.draw(5, 500);
        for (int i = 0; i < digits.size(); i++) {
            byte[] digit = digits.pixels(i);
            assertArrayEquals(digit, inMemory(MNIST, png(8, 0, samples(digit, p -> p))).pixels(), "image " + i);
        }
    }

    /** Sets of every size, ground and number of channels; images of noise have no ground. */
    @ParameterizedTest
    @CsvSource({"28, 28, 1, LIGHT", "28, 28, 1, DARK", "28, 28, 1, NONE", "8, 12, 1, LIGHT", "64, 40, 1, DARK",
            "32, 32, 3, NONE", "300, 310, 1, NONE"})
    void anImageOfTheNetworksSizeAndGroundIsTakenAsItIs(int height, int width, int channels, Polarity ink)
            throws IOException {
        Shape shape = new Shape(height, width, channels);
        SplittableRandom random = new SplittableRandom(9);
        for (int n = 0; n < 20; n++) {
            byte[] pixels = new byte[shape.size()];
            random.nextBytes(pixels);
            BufferedImage image = new BufferedImage(width, height,
                    channels == 1 ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB);
            for (int i = 0; i < height * width; i++) {
                boolean border = i / width % (height - 1) == 0 || i % width % (width - 1) == 0;
                if (channels == 1) {
                    if (border && ink != Polarity.NONE) {
                        pixels[i] = (byte) (ink == Polarity.LIGHT ? 0 : 255);
                    }
                    image.getRaster().setSample(i % width, i / width, 0, pixels[i] & 0xff);
                } else {
                    image.setRGB(i % width, i / width,
                            (pixels[3 * i] & 0xff) << 16 | (pixels[3 * i + 1] & 0xff) << 8 | pixels[3 * i + 2] & 0xff);
                }
            }
            for (Preparation preparation : Preparation.values()) {
                if (preparation != Preparation.CENTRE || channels == 1) {
                    Prepared prepared = new Preparer(shape, preparation, ink).prepare(save(image));
                    assertArrayEquals(pixels, prepared.pixels(), preparation + " of image " + n);
                    assertFalse(prepared.inverted());
                }
            }
        }
    }

    @Test
    void aWholeImageIsScaledAndTurnedRoundIfItsGroundIsNotTheNetworks() throws IOException {
        BufferedImage image = new BufferedImage(60, 30, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 1800; i++) {
            image.getRaster().setSample(i % 60, i / 60, 0, i % 60 >= 20 && i % 60 < 40 ? 40 : 240);
        }
        byte[] dark = new Preparer(new Shape(1, 3, 1), Preparation.SCALE, Polarity.DARK).prepare(save(image)).pixels();
        assertArrayEquals(new byte[]{(byte) 240, 40, (byte) 240}, dark);
        Prepared light = new Preparer(new Shape(1, 3, 1), Preparation.SCALE, Polarity.LIGHT).prepare(save(image));
        assertTrue(light.inverted());
        assertArrayEquals(new byte[]{15, (byte) 215, 15}, light.pixels());
        byte[] any = new Preparer(new Shape(1, 3, 1), Preparation.SCALE, Polarity.NONE).prepare(save(image)).pixels();
        assertArrayEquals(dark, any);
    }

    @Test
    void coloursAreKeptForANetworkThatTakesThemAndBecomeLuminanceForAnother() throws IOException {
        BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 16; i++) {
            image.setRGB(i % 4, i / 4, 0xff8000);
        }
        Preparer colours = new Preparer(new Shape(1, 1, 3), Preparation.SCALE, Polarity.NONE);
        assertArrayEquals(new byte[]{(byte) 255, (byte) 128, 0}, colours.prepare(save(image)).pixels());
        Preparer grey = new Preparer(new Shape(1, 1, 1), Preparation.SCALE, Polarity.NONE);
        assertArrayEquals(new byte[]{(byte) 145}, grey.prepare(save(image)).pixels());
        byte[] twice = colours.prepare(file("grey.png", png(8, 0, samples(new byte[784], _ -> 77)))).pixels();
        assertArrayEquals(new byte[]{77, 77, 77}, twice);
    }

    @Test
    void anImageOfAnotherSizeIsRefusedWhereImagesAreTakenAsTheyAre() throws IOException {
        Path file = save(new BufferedImage(27, 28, BufferedImage.TYPE_BYTE_GRAY));
        InputException refusal = assertThrows(InputException.class,
                () -> new Preparer(Mnist.SHAPE, Preparation.NONE, Polarity.LIGHT).prepare(file));
        assertTrue(refusal.getMessage().contains("28 x 27") && refusal.settings().contains("prepare scale"),
                refusal::getMessage);
    }

    @ParameterizedTest
    @CsvSource({"true, false", "true, true", "false, false"})
    void ruledLinesAreNotInk(boolean even, boolean squared) throws IOException {
        BufferedImage image = draw(420, 400, BufferedImage.TYPE_INT_RGB, Color.WHITE, Color.BLACK);
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 420 * 400; i++) {
            int x = i % 420;
            int y = i / 420;
            boolean line = (y + x / 40) % 70 < 3 || squared && (x + 35) % 70 < 3;
            int level = image.getRGB(x, y) & 0xff;
            level = line ? Math.min(level, 140) : level;
            level = even ? level : Math.max(0, level * (300 - x / 3) / 300 - random.nextInt(10));
            image.setRGB(x, y, level * 0x10101);
        }
        Prepared read = read(image);
        assertTrue(read.inverted());
        assertAlike(read.pixels(), 14);
    }

    @Test
    void strokesOfAThinPenBecomeAsWideAsMnists() throws IOException {
        BufferedImage image = new BufferedImage(300, 300, BufferedImage.TYPE_BYTE_GRAY);
        Graphics2D graphics = image.createGraphics();
        graphics.setStroke(new BasicStroke(3));
        graphics.drawOval(60, 40, 160, 220);
        graphics.dispose();
        byte[] pixels = read(image).pixels();
        double row = 0; // across both sides of the oval
        for (int x = 0; x < 28; x++) {
            row += (pixels[14 * 28 + x] & 0xff) / 255.0;
        }
        assertEquals(2 * 2.1, row, 0.7, () -> text(pixels));
    }

    @Test
    void digitsOfANumberAreFoundFromLeftToRightInLines() throws IOException {
        Dataset digits = BuiltInDigits.draw(11, 60);
        BufferedImage page = new BufferedImage(700, 300, BufferedImage.TYPE_BYTE_GRAY);
        List<List<byte[]>> written = List.of(List.of(digits.pixels(0), digits.pixels(1), digits.pixels(2)),
                List.of(digits.pixels(3), digits.pixels(4)));
        for (int line = 0; line < 2; line++) {
            for (int i = 0; i < written.get(line).size(); i++) {
                BufferedImage digit = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
                digit.getRaster().setDataElements(0, 0, 28, 28, written.get(line).get(i));
                page.createGraphics().drawImage(digit, 20 + 150 * i + 10 * line, 10 + 140 * line, 112, 112, null);
            }
        }
        List<List<Prepared>> found = MNIST.split(Preparer.read(save(page)), "page");
        assertEquals(List.of(3, 2), found.stream().map(List::size).toList());
        for (int line = 0; line < 2; line++) {
            for (int i = 0; i < written.get(line).size(); i++) {
                Box box = found.get(line).get(i).box();
                int left = 20 + 150 * i + 10 * line;
                int top = 10 + 140 * line;
                assertTrue(box.left() >= left && box.right() <= left + 112 && box.top() >= top
                        && box.bottom() <= top + 112 && box.longerSide() > 60, box::toString);
                int difference = 0;
                byte[] own = Centring.centred(grey(written.get(line).get(i)), Mnist.SHAPE);
                for (int p = 0; p < 784; p++) {
                    difference += Math.abs((own[p] & 0xff) - (found.get(line).get(i).pixels()[p] & 0xff));
                }
                assertTrue(difference / 784.0 < 16, "line " + line + ", digit " + i + ": " + difference / 784.0);
            }
        }
    }

    @Test
    void aPhotographOfADigitIsNotTakenForOneOfSeveral() throws IOException {
        for (Photographs.Photograph photograph : Photographs.of(BuiltInDigits.draw(2, 100), 100, 20261128)) {
            assertFalse(inMemory(MNIST, photograph.jpeg()).several(), () -> photograph.kinds().toString());
        }
    }

    @Test
    void realMnistComesBackByteForByte() throws IOException {
        String data = System.getenv("LANEWISE_DATA");
        assumeTrue(data != null, "LANEWISE_DATA names no directory with the real MNIST");
        Path images = Path.of(data, "mnist", "t10k-images-idx3-ubyte.gz");
        assumeTrue(Files.exists(images), () -> images + " does not exist");
        byte[] idx;
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(images))) {
            idx = in.readAllBytes();
        }
        int same = 0;
        int sameInverted = 0;
        for (int i = 0; i < 10_000; i++) {
            byte[] digit = Arrays.copyOfRange(idx, 16 + i * 784, 16 + (i + 1) * 784);
            Prepared light = inMemory(MNIST, png(8, 0, samples(digit, p -> p)));
            same += !light.inverted() && Arrays.equals(digit, light.pixels()) ? 1 : 0;
            if (i % 10 == 0) {
                Prepared dark = inMemory(MNIST, png(8, 0, samples(digit, p -> 255 - p)));
                sameInverted += dark.inverted() && Arrays.equals(digit, dark.pixels()) ? 1 : 0;
            }
        }
        assertEquals(10_000, same);
        assertEquals(1_000, sameInverted);
    }

    private Prepared read(BufferedImage image) throws IOException {
        return MNIST.prepare(save(image));
    }

    private Prepared read(byte[] png) throws IOException {
        return MNIST.prepare(file("digit.png", png));
    }

    private static Prepared inMemory(Preparer preparer, byte[] png) throws IOException {
        return preparer.prepare(ImageReader.read(png, "image"), "image");
    }

    private static Grey grey(byte[] pixels) {
        return new Grey(28, 28, samples(pixels, p -> p));
    }

    private Path save(BufferedImage image) throws IOException {
        Path file = directory.resolve("drawn.png");
        assertTrue(ImageIO.write(image, "png", file.toFile()));
        return file;
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(directory.resolve(name), content);
    }

    private static void assertRefused(Path file, String message) {
        assertEquals(message, assertThrows(InputException.class, () -> MNIST.prepare(file)).getMessage());
    }

    /** The mean difference over the pixels is small. Another digit, or this one a pixel off, is beyond 20. */
    private void assertAlike(byte[] pixels, double most) {
        double sum = 0;
        for (int i = 0; i < pixels.length; i++) {
            sum += Math.abs((pixels[i] & 0xff) - (four[i] & 0xff));
        }
        double mean = sum / pixels.length;
        assertTrue(mean <= most, () -> "mean difference of " + mean + " levels:\n" + text(pixels));
    }

    /** A four: lopsided, with an open bay and a crossing, about three fifths of the image's shorter side high. */
    private static BufferedImage draw(int width, int height, int type, Color paper, Color ink) {
        Path2D path = new Path2D.Double();
        path.moveTo(0.1, -0.5);
        path.lineTo(-0.35, 0.15);
        path.lineTo(0.35, 0.15);
        path.moveTo(0.12, -0.15);
        path.lineTo(0.12, 0.5);
        AffineTransform place = AffineTransform.getTranslateInstance(width * 0.45, height * 0.55);
        place.scale(0.6 * Math.min(width, height), 0.6 * Math.min(width, height));
        return stroke(path, place, 0.1, new BufferedImage(width, height, type), paper, ink);
    }

    private static BufferedImage scrawl(SplittableRandom random) {
        Path2D path = new Path2D.Double();
        path.moveTo(random.nextDouble(), random.nextDouble());
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            path.quadTo(random.nextDouble(), random.nextDouble(), random.nextDouble(), random.nextDouble());
        }
        int side = random.nextInt(40, 400);
        AffineTransform place = AffineTransform.getTranslateInstance(side * 0.15, side * 0.15);
        place.scale(side * 0.7, side * 0.7);
        BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
        return stroke(path, place, 0.05 + 0.1 * random.nextDouble(), image, Color.BLACK, Color.WHITE);
    }

    private static BufferedImage stroke(Path2D path, AffineTransform place, double width, BufferedImage image,
            Color paper, Color ink) {
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
        graphics.setColor(paper);
        graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
        graphics.setColor(ink);
        BasicStroke pen = new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
        graphics.fill(place.createTransformedShape(pen.createStrokedShape(path)));
        graphics.dispose();
        return image;
    }

    /** The longer side of the box around all ink. */
    private static int inkSide(byte[] pixels) {
        int left = 28;
        int right = -1;
        int top = 28;
        int bottom = -1;
        for (int i = 0; i < pixels.length; i++) {
            if (pixels[i] != 0) {
                left = Math.min(left, i % 28);
                right = Math.max(right, i % 28);
                top = Math.min(top, i / 28);
                bottom = Math.max(bottom, i / 28);
            }
        }
        return Math.max(right - left, bottom - top) + 1;
    }

    private static double[] centreOfMass(byte[] pixels) {
        double mass = 0;
        double x = 0;
        double y = 0;
        for (int i = 0; i < pixels.length; i++) {
            mass += pixels[i] & 0xff;
            x += (pixels[i] & 0xff) * (i % 28 + 0.5);
            y += (pixels[i] & 0xff) * (i / 28 + 0.5);
        }
        return new double[]{x / mass, y / mass};
    }

    private static int max(byte[] pixels) {
        int max = 0;
        for (byte pixel : pixels) {
            max = Math.max(max, pixel & 0xff);
        }
        return max;
    }

    private static int countFull(byte[] pixels) {
        int count = 0;
        for (byte pixel : pixels) {
            count += pixel == (byte) 255 ? 1 : 0;
        }
        return count;
    }

    private static String text(byte[] pixels) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < pixels.length; i++) {
            text.append(" .:-=+*#%@".charAt((pixels[i] & 0xff) * 9 / 255)).append(i % 28 == 27 ? "\n" : "");
        }
        return text.toString();
    }
}
