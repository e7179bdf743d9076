package dev.lanewise.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.lanewise.data.Box;
import dev.lanewise.run.files.Json;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The answers of {@code predict}, an image or a digit each, as they are printed. */
final class PredictionList implements AutoCloseable {
    /** An answer below this is uncertain: all other classes together are likelier. */
    private static final float CERTAIN = 0.5f;

    /** How they are printed. */
    enum Format {
        PLAIN, JSON, CSV,
        /** Numbers of images, from 1, and their classes. */
        KAGGLE
    }

    /** A class and its probability, from 0 to 1. */
    record Likely(String name, float probability) {
    }

    private final Format format;
    private final boolean split;
    private final int most;
    private int added;
    private int uncertain; // of them
    private @Nullable String firstUncertain; // null: none

    /**
     * Begins a list.
     *
     * @param split whether there are boxes
     * @param most classes that are told of an image
     */
    PredictionList(Format format, boolean split, int most) {
        this.format = format;
        this.split = split;
        this.most = most;
        if (format == Format.JSON) {
            System.out.print("[");
        } else if (format == Format.KAGGLE) {
            System.out.println("ImageId,Label");
        } else if (format == Format.CSV) {
            StringBuilder header = new StringBuilder("file");
            for (int i = 0; i < most; i++) {
                header.append(",class").append(number(i)).append(",probability").append(number(i));
            }
            System.out.println(header.append(split ? ",left,top,width,height,read" : ""));
        }
    }

    /**
     * Adds a line.
     *
     * @param box of a digit in its image; null: none was looked for
     * @param all classes, the likeliest first
     * @param read what all digits of the image make together; null likewise
     */
    void add(String name, @Nullable Box box, List<Likely> all, @Nullable String read) {
        added++;
        if (all.getFirst().probability() < CERTAIN) {
            uncertain++;
            firstUncertain = Objects.requireNonNullElse(firstUncertain, name);
        }
        List<Likely> likeliest = all.subList(0, Math.min(most, all.size()));
        switch (format) {
            case KAGGLE -> System.out.println(added + "," + quoted(likeliest.getFirst().name()));
            case PLAIN -> System.out.println(plain(name, box, likeliest));
            case JSON -> System.out.print((added == 1 ? "\n  " : ",\n  ") + json(name, box, likeliest, read));
            case CSV -> System.out.println(csv(name, box, likeliest, read));
        }
    }

    /** Adds what all digits of an image make together. */
    void total(String name, String read) {
        if (format == Format.PLAIN) {
            System.out.println(name + "  " + read);
        }
    }

    private static String plain(String name, @Nullable Box box, List<Likely> likeliest) {
        StringBuilder line = new StringBuilder(name);
        if (box != null) {
            line.append("  %dx%d at %d,%d".formatted(box.width(), box.height(), box.left(), box.top()));
        }
        likeliest.forEach(likely -> line.append("  %s %6.2f %%".formatted(likely.name(), 100 * likely.probability())));
        return line.toString();
    }

    private static JsonObject json(String name, @Nullable Box box, List<Likely> likeliest, @Nullable String read) {
        JsonObject object = new JsonObject();
        object.addProperty("file", name);
        for (int i = 0; i < likeliest.size(); i++) {
            object.addProperty("class" + number(i), likeliest.get(i).name());
            object.add("probability" + number(i), Json.number(likeliest.get(i).probability()));
        }
        if (box != null) {
            JsonArray sides = new JsonArray();
            List.of(box.left(), box.top(), box.width(), box.height()).forEach(sides::add);
            object.add("box", sides);
            object.addProperty("read", read);
        }
        return object;
    }

    private String csv(String name, @Nullable Box box, List<Likely> likeliest, @Nullable String read) {
        StringBuilder line = new StringBuilder(quoted(name));
        for (int i = 0; i < most; i++) {
            line.append(i < likeliest.size()
                    ? String.format(Locale.ROOT, ",%s,%.6f", quoted(likeliest.get(i).name()),
                            likeliest.get(i).probability())
                    : ",,");
        }
        if (split) {
            line.append(box == null || read == null
                    ? ",,,,,"
                    : ",%d,%d,%d,%d,%s".formatted(box.left(), box.top(), box.width(), box.height(), quoted(read)));
        }
        return line.toString();
    }

    private static String number(int i) {
        return i == 0 ? "" : String.valueOf(i + 1);
    }

    private static String quoted(String field) {
        return field.matches("[^\",\r\n]*") ? field : '"' + field.replace("\"", "\"\"") + '"';
    }

    /** What to look at, for people; empty where every answer is likelier than all others together. */
    String doubts() {
        return uncertain == 0
                ? ""
                : "%,d of %,d answers are below 50 %%, the first for %s%n".formatted(uncertain, added, firstUncertain);
    }

    /** Ends the list. */
    @Override
    public void close() {
        if (format == Format.JSON) {
            System.out.println(added == 0 ? "]" : "\n]");
        }
    }
}
