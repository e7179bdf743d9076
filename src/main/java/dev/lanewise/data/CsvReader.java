package dev.lanewise.data;

import de.siegmar.fastcsv.reader.AbstractBaseCsvCallbackHandler;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.RecordType;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads images from CSV tables, gzipped or not: a row an image, its label and its pixels, with or without a header.
 *
 * <p>FastCSV splits rows and fields and hands them over as characters; the digits of the 47 million fields of MNIST become
 * numbers here, without a string for each.
 */
public final class CsvReader {
    private static final Set<String> LABEL_NAMES = Set.of("label", "labels", "class", "target", "y");
    private static final int LINE = 1 << 16; // bytes of the first line that are looked at
    private static final Pattern NUMBER = Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");
    private static final double[] POWERS = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
            1e14,
            1e15, 1e16, 1e17, 1e18, 1e19};

    private CsvReader() {
    }

    /** What a file holds. */
    static final class Rows {
        private final Path file;
        private final int wanted; // pixels of an image, as they were asked for
        private final int count;
        private final int features;
        private final byte[] pixels;
        private final TextLabels labels;
        private final PixelTable values;
        private final DatasetPair.SourceFile source;

        Rows(Path file, int wanted, int count, int features, byte[] pixels, TextLabels labels, PixelTable values,
                DatasetPair.SourceFile source) {
            this.file = file;
            this.wanted = wanted;
            this.count = count;
            this.features = features;
            this.pixels = pixels;
            this.labels = labels;
            this.values = values;
            this.source = source;
        }

        /** That was read. */
        Path file() {
            return file;
        }

        /** Pixels of an image. */
        int features() {
            return features;
        }

        /** [count, features], unsigned. */
        byte[] pixels() {
            return pixels;
        }

        /** Of the rows; they have no words where the table has none. */
        TextLabels labels() {
            return labels;
        }

        /** What numbers the pixels are. */
        PixelTable values() {
            return values;
        }

        /** The file with its digest. */
        DatasetPair.SourceFile source() {
            return source;
        }

        /** With pixels from 0 to 255, where full ink is another number. */
        Rows scaled(int fullInk) throws InputException {
            if (fullInk == PixelTable.INK) {
                return this;
            }
            if (values.isFractional()) { // what was read is rounded
                return read(file, wanted, fullInk);
            }
            PixelTable.scale(pixels, fullInk);
            return this;
        }
    }

    /** Whether a file is a table, by its name. */
    public static boolean isCsv(Path file) {
        return file.toString().toLowerCase(Locale.ROOT).matches("(?s).*\\.csv(\\.gz)?");
    }

    /**
     * Reads images to be recognised, with or without labels before them, as the number of columns tells.
     *
     * @param features pixels that an image must have
     * @throws InputException if the file cannot be read or has other images
     */
    public static Images images(Path file, int features) throws InputException {
        Rows rows = read(file, features, PixelTable.INK);
        int fullInk = rows.values.fullInk();
        return new Images(rows.count, PixelTable.shape(features), rows.scaled(fullInk).pixels, rows.values.note());
    }

    /**
     * Reads a table.
     *
     * @param features pixels of an image, of a table with or without labels; 0: it must have labels
     * @param fullInk the value that becomes 255
     */
    static Rows read(Path file, int features, int fullInk) throws InputException {
        return IdxReader.parse(file, raw -> {
            try {
                return Handler.read(file, features, fullInk, raw);
            } catch (NoClassDefFoundError e) {
                throw new InputException("%s: reading CSV takes FastCSV; put de.siegmar:fastcsv on the class path"
                        .formatted(file), e);
            }
        });
    }

    private static InputException notUtf8(Path file, @Nullable Exception cause) {
        return new InputException("%s is not written in UTF-8; save it as \"CSV UTF-8\"".formatted(file), cause);
    }

    /**
     * Looks at the first line, and passes over a byte order mark and Excel's {@code sep=;} in it.
     *
     * @return the separator that is named, or is the most frequent in what is seen of the line
     */
    private static char begin(Path file, PushbackInputStream in) throws IOException {
        byte[] start = in.readNBytes(LINE);
        String text = new String(start, StandardCharsets.UTF_8);
        boolean marked = text.startsWith("\ufeff");
        String line = text.substring(marked ? 1 : 0).split("[\r\n]", 2)[0];
        boolean named = line.matches("sep=[,;|\t]");
        int passed = (marked ? 3 : 0) + (named ? line.length() : 0); // what is left of the line is blank
        in.unread(start, passed, start.length - passed);
        if (line.indexOf(0) >= 0) { // as every second byte of UTF-16 is, with English letters alone UTF-8 too
            throw notUtf8(file, null);
        }
        String unquoted = line.replaceAll("\"[^\"]*\"", "");
        return named
                ? line.charAt(line.length() - 1)
                : Stream.of(',', ';', '\t').max(Comparator.comparingLong(sign -> unquoted.chars()
                        .filter(c -> c == sign).count())).orElseThrow();
    }

    /**
     * Takes the fields one by one. The first row says how many columns there are and which of them is the label. Only this
     * class refers to FastCSV, so that the other can say that it is missing.
     */
    private static final class Handler extends AbstractBaseCsvCallbackHandler<Boolean> {
        private static final int NONE = Integer.MAX_VALUE;
        private static final int RARE = 4; // as rare as a class may be: so many times rarer than the mean

        private final Path file;
        private final int wanted; // pixels; 0: as many as there are, and a label
        private final int fullInk;
        private final List<String> first = new ArrayList<>(); // the fields of the first row
        private final Map<String, Integer> words = new LinkedHashMap<>();
        private final PixelTable values = new PixelTable();
        private int largest; // of the values that are short and whole, which are nearly all
        private long firstLine; // of the first row: blank ones may come before
        private int columns; // 0: not known before the end of the first row
        private int labelColumn = NONE;
        private boolean guessed; // nothing says that the first column is the label
        private int features;
        private int count;
        private byte[] pixels;
        private int[] labels = new int[1 << 10];
        private int start; // of the row at hand, in pixels

        Handler(Path file, int wanted, int fullInk) throws IOException {
            // Every pixel has a comma, so half of MNIST's file is room for all of it; what is larger or packed grows.
            pixels = new byte[Math.clamp(Files.size(file) / 2, 1 << 16, 1 << 26)];
            this.file = file;
            this.wanted = wanted;
            this.fullInk = fullInk;
        }

        static Rows read(Path file, int features, int fullInk, InputStream raw) throws IOException {
            HashedStream in = new HashedStream(raw);
            Handler handler = new Handler(file, features, fullInk);
            PushbackInputStream table = new PushbackInputStream(in, LINE);
            try (var rows = de.siegmar.fastcsv.reader.CsvReader.builder().allowUnclosedQuote(false)
                    .fieldSeparator(CsvReader.begin(file, table)).build(handler,
                            new InputStreamReader(table, StandardCharsets.UTF_8.newDecoder()))) {
                rows.forEach(_ -> {
                });
            } catch (CsvParseException | UncheckedIOException e) {
                for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                    if (cause instanceof CharacterCodingException) {
                        throw notUtf8(file, e);
                    }
                    if (cause instanceof IOException failure) {
                        throw failure;
                    }
                }
                throw new InputException("%s is no CSV table (%s); use another file".formatted(file, e.getMessage()),
                        e);
            }
            return handler.rows(in.source(file.getFileName().toString().replaceFirst("\\.gz$", "")));
        }

        @Override
        protected void handleBegin(long line) {
            start = count * features;
            if (start > pixels.length - features) {
                long needed = (long) start + features;
                if (needed > IdxReader.MAX_ARRAY) {
                    throw refusal("has more than %,d pixels in all; use a smaller file".formatted(IdxReader.MAX_ARRAY));
                }
                pixels = Arrays.copyOf(pixels,
                        (int) Math.min(IdxReader.MAX_ARRAY, Math.max(needed, 2L * pixels.length)));
            }
            if (count == labels.length) {
                labels = Arrays.copyOf(labels, 2 * count);
            }
        }

        @Override
        protected void handleField(int column, char[] buffer, int offset, int length, boolean quoted) {
            if (columns == 0) {
                first.add(new String(buffer, offset, length).strip());
            } else if (column == labelColumn) {
                label(new String(buffer, offset, length).strip());
            } else if (column < columns) {
                pixel(column, buffer, offset, length);
            }
        }

        private void label(String word) {
            if (word.isEmpty()) {
                throw refusal("has no label in line %d; write one".formatted(getStartingLineNumber()));
            }
            labels[count] = words.computeIfAbsent(word, _ -> words.size());
            if (words.size() > Dataset.MAX_CLASSES) {
                throw refusal(
                        "has more than %d different labels, in line %d %s; the label must be the first column, or one"
                                .formatted(Dataset.MAX_CLASSES, getStartingLineNumber(), word)
                                + " that a header names label");
            }
        }

        private void pixel(int column, char[] buffer, int offset, int length) {
            int at = start + (column > labelColumn ? column - 1 : column);
            int value = fewDigits(buffer, offset, length);
            if (value >= 0 && value <= fullInk) {
                if (value > largest) {
                    largest = value;
                }
                pixels[at] = fullInk == PixelTable.INK ? (byte) value : PixelTable.pixel(value, fullInk);
            } else {
                double number = number(column, buffer, offset, length);
                values.add(number);
                pixels[at] = PixelTable.pixel(number, fullInk);
            }
        }

        /** The number of one to three digits; negative if it is none. */
        private static int fewDigits(char[] buffer, int offset, int length) {
            if (length == 0 || length > 3) {
                return -1;
            }
            int value = buffer[offset] - '0';
            boolean digits = value >= 0 && value <= 9;
            for (int i = 1; i < length; i++) {
                int digit = buffer[offset + i] - '0';
                digits &= digit >= 0 && digit <= 9;
                value = 10 * value + digit;
            }
            return digits ? value : -1;
        }

        /** Of what is not just a few digits. */
        private double number(int column, char[] buffer, int offset, int length) {
            double number = decimal(buffer, offset, length);
            if (number < 0) {
                String text = new String(buffer, offset, length).strip();
                if (!isNumber(text)) {
                    throw refusal(text.isEmpty()
                            ? "has nothing in line %d, column %d; write a number from 0 to 255"
                                    .formatted(getStartingLineNumber(), column + 1)
                            : "has %s in line %d, column %d, where a pixel should be; write numbers from 0 to 255, or from "
                                    .formatted(shown(text), getStartingLineNumber(), column + 1) + "0 to 1");
                }
                number = Double.parseDouble(text);
            }
            if (!(number >= 0 && number <= PixelTable.INK)) {
                throw refusal("has a pixel of %s in line %d, column %d; write numbers from 0 to 255, or from 0 to 1"
                        .formatted(new String(buffer, offset, length).strip(), getStartingLineNumber(), column + 1));
            }
            return number;
        }

        /** The value of digits with a point among them; -1 if it is written otherwise. */
        private static double decimal(char[] buffer, int offset, int length) {
            if (length == 0 || length >= POWERS.length) {
                return -1;
            }
            long digits = 0;
            int point = -1;
            for (int i = 0; i < length; i++) {
                char c = buffer[offset + i];
                if (c == '.' && point < 0) {
                    point = i;
                } else if (c >= '0' && c <= '9') {
                    digits = 10 * digits + c - '0';
                } else {
                    return -1;
                }
            }
            return point < 0 ? digits : length == 1 ? -1 : digits / POWERS[length - 1 - point];
        }

        @Override
        protected Boolean buildRecord() {
            if (getRecordType() == RecordType.EMPTY) { // a blank line
                return Boolean.TRUE;
            }
            if (columns == 0) {
                begin();
            } else if (getFieldCount() != columns) {
                throw refusal("has %d columns in line %d, and %d in line %d; copy or download it again"
                        .formatted(getFieldCount(), getStartingLineNumber(), columns, firstLine));
            } else {
                count++;
            }
            return Boolean.TRUE;
        }

        /** The first row: a header, or an image already. */
        private void begin() {
            int fields = first.size();
            firstLine = getStartingLineNumber();
            if (fields == 1 && first.getFirst().contains("|")) {
                throw refusal("has other signs than commas, semicolons or tabs between the columns in line %d; "
                        .formatted(firstLine) + "save it with commas");
            }
            boolean named = first.stream().anyMatch(CsvReader::isLabelName);
            boolean header = named || first.stream().skip(1).anyMatch(field -> !isNumber(field));
            if (header && !named && first.stream().anyMatch(CsvReader::isNumber)) {
                throw refusal(
                        ("has numbers and words in line %d, which is no header and no image; put the label first, or "
                                + "under a header that names it label").formatted(firstLine));
            }
            if (wanted > 0 && fields != wanted && fields != wanted + 1) {
                throw refusal(
                        "has %d columns, and the network takes %d pixels, with or without a label; use another file"
                                .formatted(fields, wanted));
            }
            boolean labelled = wanted > 0 ? fields > wanted : named || hasLabels(header);
            if (!labelled && wanted == 0 || fields < 2 && labelled) {
                throw refusal(
                        "has no labels, only %d %s of pixels; name the file to train on, whose first column is a label"
                                .formatted(fields, fields == 1 ? "column" : "columns"));
            }
            labelColumn = !labelled ? NONE : named ? labelName() : 0;
            guessed = wanted == 0 && labelled && !header;
            columns = fields;
            features = labelled ? fields - 1 : fields;
            if (!header) {
                handleBegin(getStartingLineNumber());
                for (int column = 0; column < fields; column++) {
                    char[] field = first.get(column).toCharArray();
                    handleField(column, field, 0, field.length, false);
                }
                count++;
            }
        }

        private int labelName() {
            for (int column = 0; column < first.size(); column++) {
                if (isLabelName(first.get(column))) {
                    return column;
                }
            }
            return NONE;
        }

        /**
         * Whether the first column is a label although nothing says so. In a header, it has not a name like the others';
         * without one, it is not just what makes the number of columns a square.
         */
        private boolean hasLabels(boolean header) {
            int fields = first.size();
            return header
                    ? fields > 1 && !stem(first.get(0)).equals(stem(first.get(1)))
                    : PixelTable.shape(fields).height() == 1 || PixelTable.shape(fields - 1).height() > 1;
        }

        private static String stem(String name) {
            return name.replaceAll("[0-9]+", "");
        }

        private Rows rows(DatasetPair.SourceFile source) throws InputException {
            if (columns == 0) {
                throw new InputException("%s is empty; copy or download it again".formatted(file));
            }
            values.add(largest);
            if (guessed && labelsAreLast()) {
                throw new InputException(
                        ("%s has no header, and its last column looks like labels, and its first one, which is "
                                + "taken for them, does not; put the label first, or write a header that names its column label")
                                .formatted(file));
            }
            return new Rows(file, wanted, count, features, Arrays.copyOf(pixels, count * features),
                    new TextLabels(file, Arrays.copyOf(labels, count), List.copyOf(words.keySet())), values, source);
        }

        /** Whether the numbers of the last column are classes by their looks, and those of the first one are not. */
        private boolean labelsAreLast() {
            if (fullInk != PixelTable.INK || values.isFractional() || values.fullInk() == 1) {
                return false; // not as they are written, or black and white alone, as a last pixel is too
            }
            int[] inFirst = new int[PixelTable.INK + 1];
            int[] inLast = new int[PixelTable.INK + 1];
            int[] numbers = words.keySet().stream().mapToInt(word -> fewDigits(word.toCharArray(), 0, word.length()))
                    .toArray();
            for (int i = 0; i < count; i++) {
                if (numbers[labels[i]] < 0 || numbers[labels[i]] > PixelTable.INK) {
                    return false; // words, or numbers that no pixel is
                }
                inFirst[numbers[labels[i]]]++;
                inLast[pixels[(i + 1) * features - 1] & 0xff]++;
            }
            return areClasses(inLast) && !areClasses(inFirst);
        }

        /** Whether numbers go from 0 or 1 up without a gap, and none is much rarer than the others. */
        private boolean areClasses(int[] counts) {
            int[] there = IntStream.range(0, counts.length).filter(value -> counts[value] > 0).toArray();
            int classes = there.length;
            return classes > 1 && count >= RARE * classes && there[0] <= 1
                    && there[classes - 1] - there[0] == classes - 1
                    && IntStream.of(there).allMatch(value -> RARE * counts[value] * classes >= count);
        }

        private UncheckedIOException refusal(String what) {
            return new UncheckedIOException(new InputException("%s %s".formatted(file, what)));
        }
    }

    private static boolean isLabelName(String field) {
        return LABEL_NAMES.contains(field.toLowerCase(Locale.ROOT));
    }

    /** Whether a field is a number, as a pixel or a label is. */
    static boolean isNumber(String field) {
        return NUMBER.matcher(field).matches();
    }

    private static String shown(String text) {
        return text.length() <= 40 ? "'%s'".formatted(text) : "'%s...'".formatted(text.substring(0, 40));
    }
}
