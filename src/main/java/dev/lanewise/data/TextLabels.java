package dev.lanewise.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Labels as they are written, words or numbers. */
final class TextLabels {
    private final Path place; // they come from, for messages
    private final int[] indices; // [N], into words
    private final List<String> words; // different ones, in the order in which they came

    TextLabels(Path place, int[] indices, List<String> words) {
        this.place = place;
        this.indices = indices;
        this.words = words;
    }

    /**
     * The classes' names, sorted; null where all labels are numbers.
     *
     * @param test null where there is none
     */
    static @Nullable List<String> classes(TextLabels train, @Nullable TextLabels test) throws InputException {
        SortedSet<String> words = new TreeSet<>();
        Stream.of(train, test).filter(Objects::nonNull).forEach(part -> words.addAll(part.words));
        if (words.stream().allMatch(CsvReader::isNumber)) {
            return null;
        }
        if (words.size() > Dataset.MAX_CLASSES) {
            throw new InputException(
                    "%s has, to train and to test on, more than %d different labels; use parts that belong "
                            .formatted(train.place, Dataset.MAX_CLASSES) + "together");
        }
        return List.copyOf(words);
    }

    /** [N], unsigned: the places of the words among these classes; where they are null, the numbers that the words are. */
    byte[] among(@Nullable List<String> classes) throws InputException {
        byte[] byWord = new byte[words.size()];
        for (int i = 0; i < byWord.length; i++) {
            byWord[i] = (byte) (classes == null ? number(words.get(i)) : classes.indexOf(words.get(i)));
        }
        byte[] labels = new byte[indices.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = byWord[indices[i]];
        }
        return labels;
    }

    private int number(String word) throws InputException {
        double number = Double.parseDouble(word);
        if (number != Math.rint(number) || number < 0 || number >= Dataset.MAX_CLASSES) {
            throw new InputException(
                    "%s has the label %s; write whole numbers from 0 to %d, or words".formatted(place, word,
                            Dataset.MAX_CLASSES - 1));
        }
        return (int) number;
    }
}
