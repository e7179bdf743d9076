package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.attribute.ModuleAttribute;
import java.lang.classfile.attribute.RecordAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.reflect.AccessFlag;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Which classes and packages refer to which, as the compiled classes say. Nested classes count as the class around them;
 * a constant of another class that the compiler has put in place is no reference.
 */
class StructureTest {
    private static final String PROJECT = "dev.lanewise";

    /** Between the classes of each of these packages there is no circle. */
    private static final Set<String> PACKAGES_WITHOUT_CIRCLES = Set.of("kernel", "kernel.core",
            "kernel.gemm", "kernel.conv", "kernel.sparse");

    /** In a constant pool, descriptors and signatures, not only classes, name what is referred to. */
    private static final Pattern NAME = Pattern.compile("Ldev/lanewise/([\\w/$]+)");

    /** Of every class the classes of the project that it refers to; names without {@link #PROJECT}. */
    private static final Map<String, Set<String>> CLASSES = references();

    private static Map<String, Set<String>> references() {
        Path root = Path.of("target", "classes");
        Map<String, Set<String>> references = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
                ClassModel model = ClassFile.of().parse(file);
                String name = model.thisClass().asInternalName();
                if (!model.isModuleInfo()) {
                    references.computeIfAbsent(topLevel(name), _ -> new TreeSet<>()).addAll(references(model));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        references.forEach((name, others) -> others.remove(name));
        return references;
    }

    private static Set<String> references(ClassModel model) {
        Set<String> others = new TreeSet<>();
        for (PoolEntry entry : model.constantPool()) {
            switch (entry) {
                case ClassEntry type when type.asInternalName().startsWith("dev/lanewise/") ->
                    others.add(topLevel(type.asInternalName()));
                case Utf8Entry text -> {
                    Matcher names = NAME.matcher(text.stringValue());
                    while (names.find()) {
                        others.add(topLevel("dev/lanewise/" + names.group(1)));
                    }
                }
                default -> {
                }
            }
        }
        return others;
    }

    /** {@code dev/lanewise/model/Loss$Gradient} is {@code model.Loss}. */
    private static String topLevel(String internalName) {
        String name = internalName.replace('/', '.').substring(PROJECT.length() + 1);
        return name.contains("$") ? name.substring(0, name.indexOf('$')) : name;
    }

    private static String packageOf(String name) {
        return name.substring(0, name.lastIndexOf('.'));
    }

    private static Map<String, Set<String>> packages() {
        Map<String, Set<String>> packages = new TreeMap<>();
        CLASSES.forEach((name, others) -> {
            Set<String> all = packages.computeIfAbsent(packageOf(name), _ -> new TreeSet<>());
            others.forEach(other -> all.add(packageOf(other)));
            all.remove(packageOf(name));
        });
        return packages;
    }

    /** The references of some classes, among them alone. */
    private static Map<String, Set<String>> among(Collection<String> names) {
        Map<String, Set<String>> references = new TreeMap<>();
        for (String name : names) {
            Set<String> others = new TreeSet<>(CLASSES.get(name));
            others.retainAll(names);
            references.put(name, others);
        }
        return references;
    }

    /** Everything that is on a circle through the given start, found by what it reaches; empty if nothing leads back. */
    private static Set<String> circle(Map<String, Set<String>> graph, String start) {
        Set<String> circle = new TreeSet<>();
        for (String next : reached(graph, start)) {
            if (reached(graph, next).contains(start)) {
                circle.add(next);
            }
        }
        return circle;
    }

    private static Set<String> reached(Map<String, Set<String>> graph, String start) {
        Set<String> reached = new TreeSet<>();
        List<String> open = new ArrayList<>(graph.getOrDefault(start, Set.of()));
        while (!open.isEmpty()) {
            String next = open.removeLast();
            if (reached.add(next)) {
                open.addAll(graph.getOrDefault(next, Set.of()));
            }
        }
        return reached;
    }

    /** References that there should not be, as "a -> b". */
    private static List<String> wrong(BiPredicate<String, String> isWrong) {
        List<String> wrong = new ArrayList<>();
        CLASSES.forEach((name, others) -> others.stream().filter(other -> isWrong.test(name, other))
                .forEach(other -> wrong.add(name + " -> " + other)));
        return wrong;
    }

    /** What all other tests here rest on: references are found, of fields, methods and signatures. */
    @Test
    void knownReferencesAreFound() {
        assertTrue(CLASSES.size() > 100, CLASSES.size() + " classes");
        assertTrue(CLASSES.get("kernel.CrossEntropy").contains("kernel.RowBlock"));
        assertTrue(CLASSES.get("kernel.Softmax").contains("kernel.core.Check"));
        assertFalse(CLASSES.get("kernel.Workers").contains("kernel.Workers"), "a nested class is its outer one");
        assertEquals(Set.of("a", "b"), circle(Map.of("a", Set.of("b", "c"), "b", Set.of("a"), "c", Set.of()), "a"));
    }

    @Test
    void packagesFormNoCircle() {
        Map<String, Set<String>> packages = packages();
        for (String name : packages.keySet()) {
            assertEquals(Set.of(), circle(packages, name), "packages in a circle with " + name);
        }
    }

    @Test
    void classesOfAPackageFormNoCircle() {
        for (String name : PACKAGES_WITHOUT_CIRCLES) {
            Map<String, Set<String>> classes = among(CLASSES.keySet().stream()
                    .filter(type -> packageOf(type).equals(name)).toList());
            for (String type : classes.keySet()) {
                assertEquals(Set.of(), circle(classes, type), "classes in a circle with " + type);
            }
        }
    }

    @Test
    void kernelsKnowNothingElseOfTheProject() {
        assertEquals(List.of(), wrong((name, other) -> name.startsWith("kernel.") && !other.startsWith("kernel.")));
        assertEquals(List.of(),
                wrong((name, other) -> name.startsWith("kernel.core.") && !other.startsWith("kernel.core.")));
    }

    @Test
    void onlyModelsKnowOfNonZeros() {
        assertEquals(List.of(), wrong((name, other) -> other.startsWith("kernel.sparse.")
                && !name.startsWith("kernel.sparse.") && !packageOf(name).equals("model")));
    }

    /** One way down: commands, then pages and topics, then sessions, training, models and data, kernels. */
    @Test
    void roomsKnowOnlyWhatIsBelowThem() {
        List<Set<String>> floors = List.of(Set.of("kernel.core"), Set.of("kernel.gemm", "kernel.conv"),
                Set.of("kernel"),
                Set.of("kernel.sparse"), Set.of("model"), Set.of("data"), Set.of("train", "system"),
                Set.of("run.files"),
                Set.of("run"), Set.of("bench", "sweep"), Set.of("report"), Set.of("export"), Set.of("explain"),
                Set.of("cli"));
        for (String name : packages().keySet()) {
            assertTrue(floor(floors, name) >= 0, name + " is a new room; say where it stands");
        }
        assertEquals(List.of(), wrong((name, other) -> !packageOf(name).equals(packageOf(other))
                && floor(floors, packageOf(name)) <= floor(floors, packageOf(other))));
    }

    private static int floor(List<Set<String>> floors, String room) {
        return IntStream.range(0, floors.size()).filter(i -> floors.get(i).contains(room)).findFirst().orElse(-1);
    }

    /** What library users can rely on is public; kernels' insides, files, commands and pages are not. */
    @Test
    void onlyPromisedPackagesAreExported() throws IOException {
        ModuleAttribute module = ClassFile.of().parse(Path.of("target", "classes", "module-info.class"))
                .findAttribute(Attributes.module()).orElseThrow();
        assertEquals(Set.of("data", "export", "kernel", "model", "run", "train"), module.exports().stream()
                .map(export -> export.exportedPackage().name().stringValue().substring(PROJECT.length() + 1))
                .collect(Collectors.toSet()));
    }

    /** A class that calculates with vectors cannot be linked without their module: users of others would meet it. */
    @Test
    void classesWithVectorsAreBehindOthers() throws IOException {
        List<String> open = new ArrayList<>();
        int found = 0;
        try (Stream<Path> files = Files.walk(Path.of("target", "classes"))) {
            for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
                ClassModel model = ClassFile.of().parse(file);
                boolean vectors = false;
                for (PoolEntry entry : model.constantPool()) {
                    vectors |= entry instanceof ClassEntry type
                            && type.asInternalName().matches("jdk/incubator/vector/\\w+Vector");
                }
                String name = model.thisClass().asInternalName();
                found += vectors ? 1 : 0;
                if (vectors && model.flags().has(AccessFlag.PUBLIC) && !name.endsWith("/Species")) {
                    open.add(name);
                }
            }
        }
        assertTrue(found > 10, "classes with vectors: " + found);
        assertEquals(List.of(), open);
    }

    /** A record is equal by its components, and an array is equal to itself alone; it could be changed, too. */
    @Test
    void recordsHaveNoArrays() throws IOException {
        List<String> wrong = new ArrayList<>();
        int found = 0;
        try (Stream<Path> files = Files.walk(Path.of("target", "classes"))) {
            for (Path file : files.filter(file -> file.toString().endsWith(".class")).toList()) {
                ClassModel model = ClassFile.of().parse(file);
                List<String> types = componentTypes(model);
                found += types.size();
                types.stream().filter(type -> type.contains("["))
                        .forEach(type -> wrong.add(model.thisClass().asInternalName() + ": " + type));
            }
        }
        assertTrue(found > 100, found + " components");
        assertEquals(List.of(), wrong);
    }

    @Test
    void arraysInRecordsAreFound() throws IOException {
        record WithArrays(int[] array, List<double[]> list, String text) {
        }
        assertEquals(List.of("[I", "Ljava/util/List<[D>;", "Ljava/lang/String;"),
                componentTypes(ClassFile.of().parse(Path.of("target", "test-classes", WithArrays.class.getName()
                        .replace('.', '/') + ".class"))));
    }

    /** What a record's components are, as class files write it; none of another class. */
    private static List<String> componentTypes(ClassModel model) {
        return model.findAttribute(Attributes.record()).map(RecordAttribute::components).orElse(List.of()).stream()
                .map(component -> component.findAttribute(Attributes.signature())
                        .map(signature -> signature.signature().stringValue())
                        .orElse(component.descriptor().stringValue()))
                .toList();
    }

    /** Runs, models and results are read by programs, and by libraries' users in every locale; sentences are not. */
    @Test
    void figuresInWhatAMachineReadsDoNotDependOnTheLocale() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (String room : List.of("bench", "data", "export", "kernel", "model", "report", "run", "sweep", "system",
                "train")) {
            try (Stream<Path> files = Files.walk(Path.of("src", "main", "java", "dev", "lanewise", room))) {
                for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    localized(Files.readString(file)).forEach(statement -> wrong.add(file + ": " + statement));
                }
            }
        }
        assertEquals(List.of(), wrong, "use Locale.ROOT");
    }

    /** Who calls the library has typed no options: a sentence names what is wrong, {@code InputException.about} the setting. */
    @Test
    void sentencesOfTheLibraryNameNoOptions() throws IOException {
        Pattern option = Pattern.compile("(?s)new \\w*(Exception|Error)\\(.*\"[^\"]*--(?!add-modules)[a-z].*");
        List<String> wrong = new ArrayList<>();
        for (String room : List.of("data", "export", "kernel", "model", "run", "train")) {
            try (Stream<Path> files = Files.walk(Path.of("src", "main", "java", "dev", "lanewise", room))) {
                for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    Stream.of(Files.readString(file).split(";\\s*\n")).filter(code -> option.matcher(code).find())
                            .forEach(code -> wrong.add(file + ": " + code.strip()));
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    /** The JDK's parsers take digits of all scripts. */
    @Test
    void wholeNumbersAreReadInOnePlace() throws IOException {
        Pattern parser = Pattern.compile("\\b(Integer|Long)(\\.parse|::parse|::valueOf|\\.decode)");
        assertTrue(parser.matcher("f(Integer.parseInt(text))").find() && parser.matcher("map(Long::valueOf)").find());
        List<Path> wrong = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (Path file : files.filter(file -> file.toString().endsWith(".java")).toList()) {
                boolean exempt = Set.of("Digits.java", "BuiltInDigits.java") // whose text is its own
                        .contains(file.getFileName().toString());
                if (!exempt && parser.matcher(Files.readString(file)).find()) {
                    wrong.add(file);
                }
            }
        }
        assertEquals(List.of(), wrong, "use kernel.core.Digits");
    }

    @Test
    void whatDependsOnTheLocaleIsFound() {
        assertEquals(1, localized("String a = \"%d; %s\".formatted(1, b);").size());
        assertEquals(1, localized("f(\"{\", name.toLowerCase());").size());
        assertEquals(1, localized("a = String.format(\n\"%.3f\", x); // of Locale.ROOT").size());
        assertEquals(List.of(), localized("throw new InputException(\"%d; %d\".formatted(1, 2));"));
        assertEquals(List.of(), localized("String a = \"%s\".formatted(b) + \" 5 %\" + c.toLowerCase(Locale.ROOT);"));
        assertEquals(List.of(), localized("a = String.format(Locale.ROOT, \"%.3f\", x);"));
    }

    /** Statements that write figures or letters as the locale wants them, but for messages of exceptions. */
    private static List<String> localized(String source) {
        String code = Pattern.compile("\"(\\\\.|[^\"\\\\\n])*\"|'(\\\\.|[^'\\\\\n])*'|//[^\n]*|/\\*(?s:.*?)\\*/")
                .matcher(source)
                .replaceAll(found -> Matcher.quoteReplacement(found.group().startsWith("/")
                        ? ""
                        : found.group().replaceAll("[;{}]", " ")));
        Pattern depends = Pattern.compile("to(Lower|Upper)Case\\(\\)"
                + "|(?s:%[-+, #0(]*[\\d.]*[dxXofeEgGaA].*\\.formatted\\()|String\\.format\\(\\s*\"|\\.printf\\(\\s*\"");
        return Stream.of(code.split("[;{}]")).map(String::strip)
                .filter(statement -> depends.matcher(statement).find() && !statement.contains("Locale.ROOT")
                        && !statement.matches("(?s).*\\b(throw|new \\w*Exception)\\b.*"))
                .toList();
    }
}
