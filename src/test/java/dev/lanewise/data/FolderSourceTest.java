package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class FolderSourceTest {
    private static final Shape SMALL = new Shape(2, 3, 1);

    @TempDir
    Path temp;
    private Path folder;
    private FolderSource source;

    @BeforeEach
    void makeSource() {
        folder = temp.resolve("set");
        source = new FolderSource(new PreparedCache(temp.resolve("cache")));
    }

    private Path image(String name, Shape shape, int level) throws IOException {
        byte[] pixels = new byte[shape.size()];
        Arrays.fill(pixels, (byte) level);
        return ImageFolders.write(folder.resolve(name), "png", shape, pixels);
    }

    private Source.Stored read(Shape size) throws IOException {
        assertTrue(source.recognises(folder));
        return source.read(folder, size, Source.Progress.UNHEARD);
    }

    private void assertRefused(Object... mentioned) {
        String message = assertThrows(InputException.class, () -> source.read(folder, null, Source.Progress.UNHEARD))
                .getMessage();
        for (Object what : mentioned) {
            assertTrue(message.contains(what.toString()), message);
        }
    }

    private static String levels(Source.Part part) {
        int size = part.shape().size();
        return String.join(" ", IntStream.range(0, part.labels().length)
                .mapToObj(i -> part.labels()[i] + ":" + (part.pixels()[i * size] & 0xff)).toList());
    }

    @Test
    void digitsInFoldersAreThoseOfIdxFiles() throws IOException {
        Dataset train = BuiltInDigits.draw(1, 300);
        Dataset test = BuiltInDigits.draw(2, 40);
        ImageFolders.write(folder, train, test);
        Source.Stored stored = read(null);
        assertEquals(Mnist.SHAPE, stored.train().shape());
        assertArrayEquals(train.pixels(), stored.train().pixels());
        assertArrayEquals(train.labels(), stored.train().labels());
        assertArrayEquals(test.pixels(), stored.test().pixels());
        assertArrayEquals(test.labels(), stored.test().labels());
        assertEquals(Mnist.CLASSES, stored.classes());
        assertEquals(Preparation.CENTRE, stored.prepared());
        assertEquals(List.of("train", "test"), stored.files().stream().map(DatasetPair.SourceFile::name).toList());
        DatasetPair pair = Sources.pair("set", "there", stored);
        assertEquals(340, pair.train().size() + pair.test().size());
    }

    @Test
    void colourImagesHaveThreeChannels() throws IOException {
        Shape shape = new Shape(64, 64, 3);
        byte[][] pixels = new byte[6][shape.size()];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 6; i++) {
            random.nextBytes(pixels[i]);
            ImageFolders.write(folder.resolve(i % 2 == 0 ? "cat" : "dog").resolve(i + ".png"), "png", shape,
                    pixels[i]);
        }
        Source.Stored stored = read(null);
        assertEquals(shape, stored.train().shape());
        for (int i = 0; i < 6; i++) {
            assertArrayEquals(pixels[i], Arrays.copyOfRange(stored.train().pixels(), i * shape.size(),
                    (i + 1) * shape.size()));
        }
        assertArrayEquals(new byte[]{0, 1, 0, 1, 0, 1}, stored.train().labels());
        assertEquals(List.of("cat", "dog"), stored.classes());
        assertEquals(Preparation.SCALE, stored.prepared());
        assertNull(stored.test());
        assertEquals(List.of("images"), stored.files().stream().map(DatasetPair.SourceFile::name).toList());
    }

    @Test
    void imagesComeByNameOverAllClassesThenByClass() throws IOException {
        image("b/2.png", SMALL, 4);
        image("b/1.png", SMALL, 2);
        image("a/1.png", SMALL, 1);
        image("a/10.png", SMALL, 3);
        image("a/\uff5e.png", SMALL, 5);
        image("a/\ud83d\ude00.png", SMALL, 6); // beyond in code points, before in chars
        assertEquals("0:1 1:2 0:3 1:4 0:5 0:6", levels(read(null).train()));
    }

    @Test
    void namesAreComparedByCodePoints() {
        List<String> sorted = List.of("", "1", "10", "2", "a", "ab", "\u00e9", "\uffee", "\ud83d\ude00",
                "\ud83d\ude00a");
        for (int i = 0; i < sorted.size(); i++) {
            for (int j = 0; j < sorted.size(); j++) {
                assertEquals(Integer.signum(i - j),
                        Integer.signum(FolderListing.compare(sorted.get(i), sorted.get(j))));
            }
        }
    }

    @Test
    void classesThatAreNumbersAreSortedAsNumbers() throws IOException {
        for (String name : List.of("10", "9", "007", "1")) {
            image(name + "/x.png", SMALL, 0);
        }
        assertEquals(List.of("1", "007", "9", "10"), read(null).classes());
        image("x/x.png", SMALL, 0);
        assertEquals(List.of("007", "1", "10", "9", "x"), read(null).classes());
    }

    @Test
    void greyAmongColourGetsThreeChannelsWhereverTheColourIs() throws IOException {
        for (int i = 0; i < 40; i++) {
            image("%s/%02d.png".formatted(i % 2 == 0 ? "a" : "b", i), SMALL, i);
        }
        Shape colour = new Shape(2, 3, 3);
        byte[] pixels = new byte[18];
        pixels[17] = 1; // one sample of one pixel of the last image
        ImageFolders.write(folder.resolve("b/99.png"), "png", colour, pixels);
        Source.Stored stored = read(null);
        assertEquals(colour, stored.train().shape());
        assertEquals(IntStream.range(0, 40).mapToObj(i -> i % 2 + ":" + i).reduce("", (a, b) -> a + b + " ") + "1:0",
                levels(stored.train()));
        assertEquals(1, stored.train().pixels()[41 * 18 - 1]);
        Files.delete(folder.resolve("b/99.png"));
        ImageFolders.write(folder.resolve("a/00.png"), "png", colour, new byte[18]); // stored as colour, and has none
        assertEquals(SMALL, read(null).train().shape());
    }

    @Test
    void formatsMayBeMixedAndAreToldByContent() throws IOException {
        byte[] pixels = new byte[6];
        Arrays.fill(pixels, (byte) 90);
        for (String format : List.of("png", "bmp", "gif", "jpg")) {
            ImageFolders.write(folder.resolve("a").resolve(format + ".png"), format, SMALL, pixels);
        }
        image("b/x", SMALL, 7);
        assertEquals("0:90 0:90 0:90 0:90 1:7", levels(read(null).train()));
    }

    @Test
    void litterIsPassedOver() throws IOException {
        image("train/a/1.png", SMALL, 1);
        image("train/b/2.png", SMALL, 2);
        image("valid/a/3.png", SMALL, 3);
        image("val/b/4.png", SMALL, 4);
        for (String litter : List.of("README", ".git/x", "train/.DS_Store", "train/a/.DS_Store", "train/a/Thumbs.db",
                "train/b/desktop.ini", "train/__MACOSX/x", "train/b/__MACOSX/._2.png", "train/labels.txt")) {
            Path file = folder.resolve(litter);
            Files.createDirectories(file.getParent());
            Files.writeString(file, "no image");
        }
        Source.Stored stored = read(null);
        assertEquals("0:1 1:2", levels(stored.train()));
        assertNull(stored.test());
    }

    @Test
    void aPartMayLackClassesToTestOnAndAClassMayBeCalledTrain() throws IOException {
        image("train/a/1.png", SMALL, 1);
        image("train/b/2.png", SMALL, 2);
        image("testing/b/3.png", SMALL, 3);
        assertEquals("1:3", levels(read(null).test()));
        folder = temp.resolve("vehicles");
        image("train/1.png", SMALL, 1);
        image("car/1.png", SMALL, 2);
        assertEquals(List.of("car", "train"), read(null).classes());
    }

    @Test
    void sizeScalesEveryImage() throws IOException {
        image("a/1.png", new Shape(10, 10, 1), 10);
        image("b/2.png", new Shape(3, 1, 1), 20);
        image("b/3.png", new Shape(28, 28, 1), 30);
        for (Shape size : List.of(new Shape(1, 1, 1), new Shape(5, 7, 1), new Shape(28, 28, 1))) {
            Source.Stored stored = read(size);
            assertEquals(size, stored.train().shape());
            assertEquals("0:10 1:20 1:30", levels(stored.train()));
            assertEquals(Preparation.SCALE, stored.prepared());
        }
        assertRefused(folder.resolve("b/2.png"), "3 x 1", folder.resolve("a/1.png"), "10 x 10", "28 x 28");
    }

    @Test
    void digestIsThatOfPixelsLabelsAndClasses() throws IOException {
        image("a/1.png", SMALL, 1);
        image("b/2.png", SMALL, 2);
        List<DatasetPair.SourceFile> files = read(null).files();
        Files.move(folder.resolve("b/2.png"), folder.resolve("b/3.png"));
        ImageFolders.write(folder.resolve("a/1.png"), "bmp", SMALL, new byte[]{1, 1, 1, 1, 1, 1});
        assertEquals(files, read(null).files(), "the same weights come of them");
        Files.move(folder.resolve("b"), folder.resolve("c"));
        assertNotEquals(files, read(null).files());
        Files.move(folder.resolve("c"), folder.resolve("b"));
        Files.move(folder.resolve("b/3.png"), folder.resolve("b/0.png"));
        assertNotEquals(files, read(null).files(), "another order");
        assertNotEquals(read(null).files(), read(new Shape(3, 2, 1)).files());
    }

    @Test
    void whatIsNoImageIsNamed() throws IOException {
        image("a/1.png", SMALL, 1);
        image("b/1.png", SMALL, 2);
        Path text = Files.writeString(folder.resolve("a/notes.txt"), "hello, hello");
        assertRefused(text, "is no PNG, JPEG, GIF or BMP image");
        for (int i = 0; i < 20; i++) { // the same one of several, however many threads there are
            Files.writeString(folder.resolve("b/p%02d".formatted(i)), "hello");
        }
        for (int i = 0; i < 5; i++) {
            assertRefused(text);
        }
        Files.delete(text);
        assertRefused(folder.resolve("b/p00"));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aLinkThatLeadsNowhereIsNamed() throws IOException {
        image("a/1.png", SMALL, 1);
        image("b/1.png", SMALL, 1);
        Path link = Files.createSymbolicLink(folder.resolve("b/2.png"), temp.resolve("gone"));
        assertRefused(link + " cannot be read (no such file or directory)");
    }

    @Test
    void foldersThatAreNoSetAreRefused() throws IOException {
        image("a/1.png", SMALL, 1);
        assertRefused(folder, "1 class,");
        Files.createDirectories(folder.resolve("b"));
        assertRefused(folder.resolve("b"), "holds no images");
        Path inside = image("b/more/1.png", SMALL, 1).getParent();
        assertRefused(inside, "is no file");
        folder = temp.resolve("parts");
        image("train/a/1.png", SMALL, 1);
        image("train/b/1.png", SMALL, 1);
        Path unknown = image("test/c/1.png", SMALL, 1).getParent();
        assertRefused(unknown, "is a class that", folder.resolve("train"));
        folder = temp.resolve("many");
        for (int i = 0; i < 257; i++) {
            Files.createDirectories(folder.resolve("c" + i));
        }
        image("c0/1.png", SMALL, 1);
        assertRefused(folder, "257 classes, not 2 to 256");
    }

    @Test
    void progressIsToldOfEveryImageThatIsDecodedAndOfNoneThatWasKept() throws IOException {
        for (int i = 0; i < 30; i++) {
            image("train/%s/%d.png".formatted(i % 2 == 0 ? "a" : "b", i), SMALL, i);
        }
        image("test/a/x.png", SMALL, 1);
        PreparedCacheTest.settle();
        Set<String> told = ConcurrentHashMap.newKeySet();
        Source.Progress progress = (files, total) -> told.add(files + " of " + total);
        source.read(folder, null, progress);
        assertEquals(IntStream.rangeClosed(1, 31).mapToObj(i -> i + " of 31").collect(Collectors.toSet()), told);
        told.clear();
        source.read(folder, null, progress);
        assertEquals(Set.of(), told);
    }

    @Test
    void imagesWithoutFoldersForTheirClassesAreToldWhereTheyBelong() throws IOException {
        image("IMG_1.png", SMALL, 1);
        assertTrue(source.recognises(folder));
        assertRefused(folder + " has folders for 0 classes, not 2 to 256; put images into a folder for each class, "
                + folder.resolve("CLASS/IMG_1.png") + " say");
        Path train = image("train/IMG_2.png", SMALL, 1).getParent();
        image("train/a/IMG_3.png", SMALL, 1);
        assertRefused(train + " has folders for 1 class,", train.resolve("CLASS/IMG_2.png"));
    }

    @Test
    void onlyFoldersWithImagesInThemAreRecognised() throws IOException {
        Files.createDirectories(folder.resolve("a"));
        Files.writeString(folder.resolve("a/text"), "no image");
        assertFalse(source.recognises(folder));
        ImageFolders.write(temp.resolve("flat/7.png"), "png", SMALL, new byte[6]);
        assertFalse(source.recognises(temp.resolve("flat/7.png")));
        String message = assertThrows(InputException.class, () -> Sources.read(folder, null)).getMessage();
        assertTrue(message.contains("a folder for each class"), message);
    }
}
