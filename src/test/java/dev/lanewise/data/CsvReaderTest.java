package dev.lanewise.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.kernel.Shape;
import dev.lanewise.kernel.SplitMix64;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvReaderTest {
    @TempDir
    Path temp;

    private Path file(String text) throws IOException {
        return Files.writeString(temp.resolve("table.csv"), text);
    }

    private static DatasetPair read(Path place) throws IOException {
        return Sources.read(place, null);
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(compressed)) {
            out.write(content);
        }
        return compressed.toByteArray();
    }

    /** Two images of 2 x 2 as people write them; a bar stands for the end of a line. */
    @ParameterizedTest
    @ValueSource(strings = {"label,pixel0,pixel1,pixel2,pixel3|7,0,1,254,255|3,4,5,6,200|", //
            "7,0,1,254,255|3,4,5,6,200", "7,0,1,254,255|3,4,5,6,200||||", "7,0,1,254,255|||3,4,5,6,200|",
            "7,0,1,254,255\r|3,4,5,6,200\r|\r|", "\ufefflabel,1x1,1x2,2x1,2x2|7,0,1,254,255|3,4,5,6,200|",
            "\ufeff7,0,1,254,255|3,4,5,6,200|", "\"7\",\"0\",\"1\",\"254\",\"255\"|\"3\",4,5,\"6\",200|",
            "7.0,0.0,1.,254.0,255.00|3,4,5e0, 6 ,+200|", "7, 0, 1, 254, 255| 3, 4, 5, 6, 200|",
            "sep=,|7,0,1,254,255|3,4,5,6,200|", "\ufeffsep=;\r|7;0;1;254;255\r|3;4;5;6;200\r|",
            "label;a;b;c;d|7;0;1;254;255|3;4;5;6;200|", "7\t0\t1\t254\t255|3\t4\t5\t6\t200|",
            "\"a, b, c, d, e\";b;c;d;class|0;1;254;255;7|4;5;6;200;3|",
            "digit,a,b,c,d|7,0,1,254,255|3,4,5,6,200|",
            "pixel1,pixel2,pixel3,pixel4,class|0,1,254,255,7|4,5,6,200,3|", "a,b,Label,c,d|0,1,7,254,255|4,5,3,6,200|"})
    void everyFormGivesTheSameImages(String text) throws IOException {
        byte[] bytes = text.replace("\\r", "\r").replace('|', '\n').getBytes(StandardCharsets.UTF_8);
        for (Path file : List.of(Files.write(temp.resolve("t.csv"), bytes),
                Files.write(temp.resolve("t.CSV.gz"), gzip(bytes)))) {
            DatasetPair pair = read(file);
            assertEquals(new Shape(2, 2, 1), pair.train().shape());
            assertArrayEquals(new byte[]{0, 1, (byte) 254, (byte) 255, 4, 5, 6, (byte) 200},
                    pair.train().pixels());
            assertArrayEquals(new byte[]{7, 3}, pair.train().labels());
            assertEquals(List.of("0", "1", "2", "3", "4", "5", "6", "7"), pair.train().classes());
            assertNull(pair.test());
            assertEquals(file.toString(), pair.origin());
            assertEquals(bytes.length, pair.files().getFirst().bytes());
        }
    }

    @Test
    void valuesFromZeroToOneAreScaledOverTheWholeFile() throws IOException {
        DatasetPair pair = read(file("7,0,1,0.5,0.003921569\n3,.2,1e-1,0.9999999,0.00392156862745098\n"));
        assertArrayEquals(new byte[]{0, (byte) 255, (byte) 128, 1, 51, 26, (byte) 255, 1},
                pair.train().pixels());
        assertTrue(pair.origin().endsWith("table.csv, values 0 to 1 scaled to 0 to 255"), pair.origin());
        assertArrayEquals(new byte[]{0, 1, 1, 0},
                read(file("7,0,1,0.5,0.1\n3,0,0,2,200\n")).train().subset(new int[]{0})
                        .pixels(),
                "one value above 1 makes all of them 0 to 255, rounded");
    }

    @Test
    void valuesFromZeroToSixteenAreScaled() throws IOException {
        DatasetPair pair = read(file("7,0,1,8,16\n3,0,0,15,2\n"));
        assertArrayEquals(new byte[]{0, 16, (byte) 128, (byte) 255, 0, 0, (byte) 239, 32},
                pair.train().pixels());
        assertTrue(pair.origin().endsWith("table.csv, values 0 to 16 scaled to 0 to 255"), pair.origin());
    }

    /** Every byte, divided by 255 as floats are, comes back. */
    @Test
    void decimalsAreReadAsTheJdkReadsThem() throws IOException {
        SplitMix64 random = new SplitMix64(20261128);
        StringBuilder text = new StringBuilder("1,0,0,0,0\n");
        byte[] expected = new byte[4 * 500 + 4];
        for (int i = 1; i <= 500; i++) {
            text.append(i % 2);
            for (int j = 0; j < 4; j++) {
                double value = random.nextInt(3) == 0 ? random.nextInt(256) / 255f : random.nextDouble();
                String written = random.nextInt(2) == 0 ? String.valueOf(value) : String.valueOf((float) value);
                expected[4 * i + j] = (byte) Math.round(255 * Double.parseDouble(written));
                text.append(',').append(written);
            }
            text.append('\n');
        }
        assertArrayEquals(expected, read(file(text.toString())).train().pixels());
    }

    @Test
    void labelsThatAreWordsAreTheSortedNamesOfTheClasses() throws IOException {
        DatasetPair pair = read(file("label,a,b\nzebra,0,200\nant,1,2\n\"bee, wild\",3,4\nant,5,6\n"));
        assertEquals(List.of("ant", "bee, wild", "zebra"), pair.train().classes());
        assertArrayEquals(new byte[]{2, 0, 1, 0}, pair.train().labels());
        assertEquals(List.of("7", "A"), read(file("7,0,200\nA,1,2\n")).train().classes());
        assertEquals(201, read(file("200,0,200\n1,1,2\n")).train().classes().size(), "numbers stay numbers");
    }

    @Test
    void aDirectoryHasATableToTrainOnAndOneToTestOn() throws IOException {
        Files.writeString(temp.resolve("mnist_train.csv"), "cat,0,200\ndog,1,2\n");
        Files.write(temp.resolve("mnist_test.csv.gz"), gzip("label,a,b\ndog,5,6\nemu,1,0\n".getBytes(
                StandardCharsets.UTF_8)));
        Files.writeString(temp.resolve("sample_submission.csv"), "ImageId,Label\n1,0\n");
        DatasetPair pair = read(temp);
        assertEquals(List.of("cat", "dog", "emu"), pair.train().classes());
        assertArrayEquals(new byte[]{1, 2}, pair.test().labels());
        assertArrayEquals(new byte[]{5, 6, 1, 0}, pair.test().pixels(), "one scale for both");
        assertEquals(List.of("mnist_train.csv", "mnist_test.csv"),
                pair.files().stream().map(DatasetPair.SourceFile::name).toList());

        Files.delete(temp.resolve("mnist_test.csv.gz"));
        assertNull(read(temp).test());
        Files.writeString(temp.resolve("test.csv"), "pixel0,pixel1\n1,2\n");
        assertRefused(temp, "test.csv has no labels, only 2 columns");
        Files.writeString(temp.resolve("test.csv"), "1|2\n");
        assertRefused(temp, "test.csv has other signs than commas, semicolons or tabs");
        Files.writeString(temp.resolve("test.csv"), "label,pixel0\n1,2\n");
        assertRefused(temp, "images of 2 and", "of 1;");
        Files.writeString(temp.resolve("train2.csv"), "1,2,3\n");
        assertRefused(temp, "mnist_train.csv", "train2.csv");
    }

    private static void assertRefused(Path place, String... words) {
        InputException refusal = assertThrows(InputException.class, () -> read(place));
        for (String word : words) {
            assertTrue(refusal.getMessage().contains(word), () -> word + " in " + refusal.getMessage());
        }
        assertTrue(refusal.getMessage().contains(place.toString()), refusal.getMessage());
    }

    /** A bar stands for the end of a line, what is behind the arrow for what the sentence must say. */
    @ParameterizedTest
    @ValueSource(strings = {" => is empty", "||| => is empty", "label,a,b| => holds no images",
            "7,1,2|7,1| => 2 columns in line 2, and 3 in line 1", "7,1,2|7,1,2,3| => 4 columns in line 2",
            "7,1,2|7,,2| => nothing in line 2, column 2", "7,1,2|,1,2| => no label in line 2",
            "7,1,2|7,x,2| => 'x' in line 2, column 2", "7,1,2|7,1,256| => 256 in line 2, column 3",
            "7,1,2|7,1,-1| => -1 in line 2, column 3", "7,1,2|7,1,1e400| => 1e400 in line 2",
            "7,1,2|7,1,NaN| => 'NaN' in line 2", "7,1,2|7,1,1f| => '1f' in line 2", "7,1,2|256,1,2| => label 256",
            "7,1,2|-1,1,2| => label -1", "7,1,2|0.5,1,2| => label 0.5", "5.1,3.5,setosa|4.9,3,setosa| => in line 1",
            "pixel0,pixel1|1,2| => no labels", "1|2| => no labels, only 1 column of", "1,2,3,4|5,6,7,8| => no labels",
            "label;a;b|7;0,1;0,2| => '0,1' in line 2", "sep=;|7;1;2|7;x;2| => 'x' in line 3, column 2",
            "sep=,|7,1,2|7,1| => 2 columns in line 3, and 3 in line 2",
            "cat\u001b[2J,1,2|dog,1,2| => class named 'cat?[2J'", "cat,1,2|cat,3,4| => one class, cat",
            "7,1,2|7,\"1,2| => no CSV table"})
    void badTablesAreRefusedInOneSentence(String textAndWords) throws IOException {
        String[] parts = textAndWords.split(" => ", 2);
        assertRefused(file(parts[0].replace('|', '\n')), parts[1]);
    }

    /** As UCI's tables of digits have it: the first pixel is always 0, and in another one anything. */
    @ParameterizedTest
    @ValueSource(ints = {0, 90})
    void labelsInTheLastColumnAreTold(int range) throws IOException {
        StringBuilder last = new StringBuilder();
        StringBuilder first = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            String pixels = "%d,%d,%d,0".formatted(range == 0 ? 0 : i * 7 % range * 2, i * 31 % 255, i % 17);
            last.append("%s,%d%n".formatted(pixels, i % 10));
            first.append("%d,%s%n".formatted(i % 10, pixels));
        }
        assertRefused(file(last.toString()), "no header", "its last column looks like labels", "put the label first");
        assertEquals(10, read(file(first.toString())).train().classes().size());
        assertEquals(10, read(file("a,b,c,d,label\n" + last)).train().classes().size());
        StringBuilder bits = new StringBuilder(); // an image's last pixel, of classes that are no row of numbers
        for (int i = 0; i < 200; i++) {
            bits.append("%d,%d,%d,1,%d%n".formatted(3 + 4 * (i % 2), i % 2, i / 2 % 2, i / 4 % 2));
        }
        assertEquals(8, read(file(bits.toString())).train().classes().size());
    }

    @Test
    void moreLabelsThanClassesCanBeAreRefused() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i <= 256; i++) {
            text.append('a').append(i).append(",1,2\n");
        }
        assertRefused(file(text.toString()), "more than 256 different labels", "line 257");
    }

    /** Else labels that differ in other letters than ASCII's would become one class. */
    @ParameterizedTest
    @ValueSource(strings = {"ISO-8859-1", "UTF-16", "UTF-16LE", "UTF-16BE"})
    void otherEncodingsThanUtf8AreRefused(String charset) throws IOException {
        byte[] bytes = "label,a,b\n\u00c4,1,2\n\u00d6,3,4\n".getBytes(Charset.forName(charset));
        assertRefused(Files.write(temp.resolve("table.csv"), bytes), "not written in UTF-8; save it as \"CSV UTF-8\"");
        if (charset.startsWith("UTF-16")) {
            assertRefused(Files.write(temp.resolve("table.csv"), "7,1,2\n3,4,5\n".getBytes(Charset.forName(charset))),
                    "table.csv is not written in UTF-8; save it as \"CSV UTF-8\"");
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aNameMayHaveALineEnd() {
        assertTrue(CsvReader.isCsv(Path.of("a\nb.csv")));
    }

    @Test
    void aCutGzipIsRefused() throws IOException {
        byte[] packed = gzip("7,1,2\n".repeat(1000).getBytes(StandardCharsets.UTF_8));
        assertRefused(Files.write(temp.resolve("cut.csv.gz"), java.util.Arrays.copyOf(packed, packed.length - 9)),
                "cut short");
    }

    @Test
    void imagesToBeRecognisedMayHaveLabelsOrNot() throws IOException {
        byte[] expected = {1, 2, 3, 40};
        for (String text : List.of("1,2,3,40\n", "pixel0,pixel1,pixel2,pixel3\n1,2,3,40\n", "9,1,2,3,40\n",
                "label,a,b,c,d\ncat,1,2,3,40\n", "a,b,c,d,label\n1,2,3,40,9\n", "p0,p1,p2,p3,p4\n9,1,2,3,40\n")) {
            Images images = CsvReader.images(file(text), 4);
            assertEquals(1, images.count(), text);
            assertEquals(new Shape(2, 2, 1), images.shape());
            assertArrayEquals(expected, images.pixels(), text);
            assertNull(images.note());
        }
        assertArrayEquals(new byte[]{0, (byte) 255, 51, 26},
                CsvReader.images(file("p0,p1,p2,p3,p4\n9,0,1,0.2,0.1\n"), 4).pixels(), "and any scale");
        assertThrows(InputException.class, () -> CsvReader.images(file("1,2,3\n"), 4));
    }
}
