package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What was kept is told from what was read anew by pixels that were planted in the cache. */
class PreparedCacheTest {
    private static final Shape SHAPE = new Shape(2, 2, 1);

    @TempDir
    Path temp;
    private Path folder;
    private Path directory;
    private FolderSource source;

    @BeforeEach
    void write() throws IOException {
        folder = temp.resolve("set");
        directory = temp.resolve("cache/folders");
        source = new FolderSource(new PreparedCache(directory));
        for (int i = 0; i < 4; i++) {
            image(i % 2 == 0 ? "a" : "b", i, i);
        }
        settle();
    }

    /** BMP files of one size have one length. */
    private Path image(String name, int number, int level) throws IOException {
        byte[] pixels = new byte[4];
        Arrays.fill(pixels, (byte) level);
        return ImageFolders.write(folder.resolve(name).resolve(number + ".bmp"), "bmp", SHAPE, pixels);
    }

    /** Waits until the clock of the file system has gone on. */
    static void settle() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Path> kept() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }

    private String levels() throws IOException {
        return levels(source.read(folder, null, Source.Progress.UNHEARD));
    }

    private static String levels(Source.Stored stored) {
        StringBuilder levels = new StringBuilder();
        for (int i = 0; i < stored.train().pixels().length; i += 4) {
            levels.append(stored.train().pixels()[i]).append(' ');
        }
        return levels.toString().strip();
    }

    /** Keeps other pixels for what lies in the folder now. */
    private void plant() throws IOException {
        new PreparedCache(directory).write(key(), stored(2));
    }

    private PreparedCache.Key key() throws IOException {
        FolderListing listing = FolderListing.of(folder);
        return new PreparedCache.Key(folder + "\nnull", listing.bytes(), listing.newest());
    }

    /** So many images of one level, 77. */
    private Source.Stored stored(int images) {
        byte[] pixels = new byte[4 * images];
        Arrays.fill(pixels, (byte) 77);
        return new Source.Stored(new Source.Part(folder, SHAPE, pixels, new byte[images]), null, List.of("a", "b"),
                Preparation.SCALE, List.of(new DatasetPair.SourceFile("images", 10, "00")));
    }

    @Test
    void whatIsKeptIsNotReadAgain() throws IOException {
        plant();
        assertEquals("77 77", levels());
    }

    @Test
    void whatWasReadIsKept() throws IOException {
        Source.Stored first = source.read(folder, null, Source.Progress.UNHEARD);
        assertEquals(1, kept().size());
        FileTime used = FileTime.from(Instant.EPOCH);
        Files.setLastModifiedTime(kept().getFirst(), used);
        Source.Stored second = source.read(folder, null, Source.Progress.UNHEARD);
        assertEquals(levels(first), levels(second));
        assertEquals(first.files(), second.files());
        assertEquals(first.prepared(), second.prepared());
        assertTrue(Files.getLastModifiedTime(kept().getFirst()).compareTo(used) > 0, "it was used");
        source.read(folder, new Shape(1, 1, 1), Source.Progress.UNHEARD);
        assertEquals(2, kept().size(), "a file for each size");
        assertEquals("0 1 2 3", levels());
    }

    @Test
    void partToTestOnIsKeptToo() throws IOException {
        folder = temp.resolve("parts");
        image("train/a", 1, 1);
        image("train/b", 2, 2);
        image("test/b", 3, 3);
        settle();
        for (int i = 0; i < 2; i++) {
            Source.Stored stored = source.read(folder, null, Source.Progress.UNHEARD);
            assertEquals("1 2", levels(stored));
            assertEquals(3, stored.test().pixels()[0]);
            assertEquals(1, stored.test().labels()[0]);
        }
        assertEquals(1, kept().size());
    }

    private interface Change {
        void make() throws IOException;
    }

    private void assertNoticed(String levels, Change change) throws IOException {
        plant();
        assertEquals("77 77", levels());
        change.make();
        assertEquals(levels, levels());
        settle();
    }

    @Test
    void everyChangeIsNoticed() throws IOException {
        Path file = folder.resolve("a/0.bmp");
        assertNoticed("9 1 2 3", () -> image("a", 0, 9)); // of the same length
        assertNoticed("9 1 2 3", () -> Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusNanos(1000))));
        assertNoticed("9 1 2 3 4", () -> image("a", 4, 4));
        assertNoticed("9 1 2 3", () -> Files.delete(folder.resolve("a/4.bmp")));
        assertNoticed("1 2 3 9", () -> Files.move(file, folder.resolve("a/9.bmp")));
        assertNoticed("1 2 3 9", () -> Files.move(folder.resolve("a/9.bmp"), folder.resolve("b/9.bmp")));
        assertNoticed("1 2 3 9", () -> Files.move(folder.resolve("a"), folder.resolve("c")));
    }

    @Test
    void fileReplacedByOneOfTheSameLengthAndTimeIsNoticed() throws IOException {
        Path file = folder.resolve("a/0.bmp");
        assertNoticed("8 1 2 3", () -> {
            FileTime time = Files.getLastModifiedTime(file);
            long length = Files.size(file);
            Path other = image("a", 0, 8).resolveSibling("new");
            Files.copy(file, other);
            Files.delete(file);
            Files.move(other, file);
            Files.setLastModifiedTime(file, time);
            assertEquals(length, Files.size(file));
        });
    }

    @Test
    void filesThatHaveJustChangedAreNotKept() throws IOException {
        long now = System.currentTimeMillis();
        assertFalse(PreparedCache.isSettled(now * 1_000_000 + 1, now), "the clock may not have gone on");
        assertTrue(PreparedCache.isSettled((now - 50) * 1_000_000 + 1, now));
        long second = now / 1000;
        assertFalse(PreparedCache.isSettled((second - 1) * 1_000_000_000, second * 1000), "a clock of whole seconds");
        assertTrue(PreparedCache.isSettled((second - 3) * 1_000_000_000, second * 1000));
        Files.setLastModifiedTime(folder.resolve("a/0.bmp"), FileTime.from(Instant.now().plusSeconds(100)));
        levels();
        assertFalse(Files.exists(directory) && !kept().isEmpty());
    }

    @Test
    void damagedOrForeignFilesAreReadAnewAndReplaced() throws IOException {
        levels();
        Path file = kept().getFirst();
        byte[] whole = Files.readAllBytes(file);
        SplittableRandom random = new SplittableRandom(1);
        List<byte[]> damaged = new ArrayList<>(List.of(new byte[0], "foreign".getBytes(),
                Arrays.copyOf(whole, whole.length + 1)));
        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= (byte) (1 + random.nextInt(255));
            damaged.add(changed);
            damaged.add(Arrays.copyOf(whole, i));
        }
        PreparedCache.Key key = key();
        PreparedCache cache = new PreparedCache(directory);
        assertTrue(cache.read(key).isPresent());
        for (byte[] content : damaged) {
            Files.write(file, content);
            assertTrue(cache.read(key).isEmpty());
        }
        assertEquals("0 1 2 3", levels());
        assertEquals(List.of(file), kept());
        assertTrue(cache.read(key).isPresent(), "it was written anew");
    }

    @Test
    void cacheThatCannotBeWrittenIsNoError() throws IOException {
        Files.writeString(temp.resolve("cache"), "a file where the directory should be");
        assertEquals("0 1 2 3", levels());
    }

    @Test
    void whatWasNotUsedForLongestGoes() throws IOException {
        Source.Stored images = stored(1000);
        PreparedCache cache = new PreparedCache(directory, 20_000);
        List<PreparedCache.Key> keys = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            keys.add(new PreparedCache.Key("/set" + i, new byte[9], 0));
            cache.write(keys.get(i), images);
            settle();
            assertTrue(cache.read(keys.get(0)).isPresent());
            settle();
        }
        assertEquals(List.of(true, false, false, true, true),
                keys.stream().map(key -> cache.read(key).isPresent()).toList());
        assertEquals(3, kept().size());
        new PreparedCache(directory, 100).write(keys.get(1), images);
        assertEquals(3, kept().size(), "more than may be kept at all: it takes nobody's place");
    }

    /** IDX files, a table and an archive: whatever is read of files comes back as it was, and is read again if one changes. */
    @Test
    void filesAreReadOnce() throws IOException {
        Path first = Files.write(temp.resolve("first"), new byte[1 << 20]);
        Path second = Files.writeString(temp.resolve("second"), "labels");
        settle();
        PreparedCache cache = new PreparedCache(directory);
        int[] readings = {0};
        Source.Part train = new Source.Part(first, SHAPE, new byte[]{1, 2, 3, 4, 5, 6, 7, (byte) 200},
                new byte[]{0, (byte) 255});
        Source.Part test = new Source.Part(second, SHAPE, new byte[]{4, 3, 2, 1}, new byte[]{1});
        List<DatasetPair.SourceFile> files = List.of(new DatasetPair.SourceFile("first", 1 << 20, "0f"),
                new DatasetPair.SourceFile("second", 6, "f0"));
        PreparedCache.Reading reading = () -> {
            readings[0]++;
            return new Source.Stored(train, test, null, Preparation.CENTRE, files, "upside down");
        };
        cache.read(List.of(first, second), reading);
        Source.Stored kept = cache.read(List.of(first, second), reading);
        assertEquals(1, readings[0]);
        assertArrayEquals(train.pixels(), kept.train().pixels());
        assertArrayEquals(train.labels(), kept.train().labels());
        assertArrayEquals(test.pixels(), kept.test().pixels());
        assertArrayEquals(test.labels(), kept.test().labels());
        assertEquals(List.of(first, second, SHAPE, SHAPE), List.of(kept.train().place(), kept.test().place(),
                kept.train().shape(), kept.test().shape()));
        assertEquals(null, kept.classes());
        assertEquals(Preparation.CENTRE, kept.prepared());
        assertEquals(files, kept.files());
        assertEquals("upside down", kept.note());

        Files.writeString(second, "LABELS");
        settle();
        cache.read(List.of(first, second), reading);
        assertEquals(2, readings[0], "one of them changed");
        cache.read(List.of(first), reading);
        assertEquals(3, readings[0], "other files");
        Files.write(first, new byte[100]);
        settle();
        cache.read(List.of(first), reading);
        cache.read(List.of(first), reading);
        assertEquals(5, readings[0], "too small to be kept");
        cache.read(List.of(temp.resolve("none")), reading);
        assertEquals(6, readings[0], "the reading says that a file is missing");
    }

    @Test
    void fileOverwrittenByOneOfTheSameLengthAndTimeIsNoticed() throws IOException {
        Path file = folder.resolve("a/0.bmp");
        FileTime time = Files.getLastModifiedTime(file);
        plant();
        assertEquals("77 77", levels());
        settle();
        image("a", 0, 8);
        Files.setLastModifiedTime(file, time); // as cp -p does
        assertEquals("8 1 2 3", levels(), "its time of change tells");
    }

    /** A pipe would be waited for, and a folder cannot be read. */
    @Test
    @Timeout(20)
    void whatIsNoFileIsPassedOver() throws Exception {
        levels();
        Path file = kept().getFirst();
        Files.delete(file);
        assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());
        assertEquals("0 1 2 3", levels());
        Files.deleteIfExists(file);
        Files.createDirectory(file);
        assertEquals("0 1 2 3", levels());
    }

    @Test
    void whatKilledWritersLeftGoesAndAnotherLinkDoesNoHarm() throws IOException {
        Files.createDirectories(directory);
        Path left = Files.write(directory.resolve("1.tmp"), new byte[100]);
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minusSeconds(4000)));
        Path young = Files.write(directory.resolve("2.tmp"), new byte[100]);
        Path link = Files.createSymbolicLink(directory.resolve("link"), temp.resolve("nowhere"));
        levels();
        assertFalse(Files.exists(left));
        assertTrue(Files.exists(young), "another process may be writing it");
        assertTrue(Files.isSymbolicLink(link));
        assertEquals(3, kept().size());
    }

    @Test
    void whatIsKeptMayNoLongerBeTrue() throws IOException {
        Path file = Files.write(temp.resolve("first"), new byte[1 << 20]);
        settle();
        PreparedCache cache = new PreparedCache(directory);
        int[] readings = {0};
        PreparedCache.Reading reading = () -> {
            readings[0]++;
            return stored(2);
        };
        cache.read(List.of(file), reading);
        cache.read(List.of(file), _ -> false, reading);
        assertEquals(2, readings[0]);
        cache.read(List.of(file), kept -> kept.classes().size() == 2, reading);
        assertEquals(2, readings[0], "it was kept anew");
    }

    @Test
    void anyNumberOfReadersAndWritersAtATimeSeeTheSame() throws IOException {
        Parallel.run(40, i -> {
            if (i % 5 == 0) {
                try (Stream<Path> files = Files.exists(directory) ? Files.list(directory) : Stream.empty()) {
                    for (Path file : files.filter(file -> !file.toString().endsWith(".tmp")).toList()) {
                        Files.deleteIfExists(file);
                    }
                }
            }
            assertEquals("0 1 2 3", levels());
        });
        assertTrue(kept().stream().noneMatch(file -> file.toString().endsWith(".tmp")), "nothing is left aside");
    }
}
