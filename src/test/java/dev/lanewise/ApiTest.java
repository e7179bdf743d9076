package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the last release promised to those who call the library is still there: every public type and member of the exported
 * packages, a line each in {@link #PROMISED}. More may come, but no method that implementers of an interface then lack.
 *
 * <p>A release writes the lines anew, and so does who breaks a promise on purpose:
 * {@code ./mvnw surefire:test@default-test -Dtest=ApiTest -Dlanewise.api=write}.
 */
class ApiTest {
    private static final Path PROMISED = Path.of("src", "test", "resources", "dev", "lanewise", "api.txt");
    private static final List<String> EXPORTED = List.of("data", "export", "kernel", "model", "run", "train");

    @Test
    void whatWasPromisedIsThere() throws IOException {
        Set<String> now = new TreeSet<>();
        for (Class<?> type : exported()) {
            now.addAll(lines(type));
        }
        assertTrue(now.size() > 500, now.size() + " lines");
        if ("write".equals(System.getProperty("lanewise.api"))) {
            Files.write(PROMISED, now);
        }
        assertEquals(List.of(), broken(new TreeSet<>(Files.readAllLines(PROMISED)), now));
    }

    @Test
    void whatVanishesOrMustBeImplementedIsFound() {
        Set<String> promised = lines(Sample.class);
        String method = "public abstract int " + Sample.class.getName() + ".size()";
        assertTrue(promised.contains(method), promised::toString);
        assertEquals(List.of(), broken(promised, promised));
        Set<String> less = new TreeSet<>(promised);
        less.remove(method);
        assertEquals(List.of("gone: " + method), broken(promised, less));
        assertEquals(List.of("to be implemented now: " + method), broken(less, promised));
        assertEquals(List.of(), broken(List.of(), promised), "a new type");
    }

    /** A user can name every type that he meets: as an argument, a result, in brackets, above another one, or thrown. */
    @Test
    void exportedTypesAreOfExportedOnes() throws IOException {
        Set<String> hidden = new TreeSet<>();
        for (Class<?> type : exported()) {
            lines(type).forEach(line -> hidden(line).forEach(name -> hidden.add(name + " in " + line)));
        }
        assertEquals(Set.of(), hidden);
    }

    @Test
    void hiddenTypesAreFound() {
        assertEquals(List.of("dev.lanewise.run.files.Json"), hidden(
                "public dev.lanewise.run.Model a.B.of(java.util.List<dev.lanewise.run.files.Json>,dev.lanewise.run.Model)"));
        assertEquals(List.of("dev.lanewise.run.Settings"),
                hidden("public dev.lanewise.run.Settings dev.lanewise.run.Recipe.settings()"), "not public");
        assertEquals(List.of("dev.lanewise.run.files.RunLock$Held"),
                hidden("public void dev.lanewise.run.Training.run() throws dev.lanewise.run.files.RunLock$Held"));
    }

    /** Types of the project that a line names and that are not exported, or not public. */
    private static List<String> hidden(String line) {
        return Pattern.compile("dev\\.lanewise\\.((?:[a-z]\\w*\\.)*)[A-Z][\\w$]*").matcher(line).results()
                .filter(name -> !EXPORTED.contains(name.group(1).replaceAll("\\.$", "")) || !isOpen(load(name.group())))
                .map(MatchResult::group).toList();
    }

    @SuppressWarnings("unused")
    public interface Sample {
        int size();

        default int twice() {
            return 2 * size();
        }
    }

    /** Promises that are not kept. */
    private static List<String> broken(Collection<String> promised, Set<String> now) {
        List<String> broken = new ArrayList<>();
        for (String line : promised) {
            if (!now.contains(line)) {
                broken.add("gone: " + line);
            }
        }
        Set<String> known = promised.stream().filter(line -> line.contains("(")).map(ApiTest::owner)
                .collect(Collectors.toSet());
        for (String line : now) {
            if (line.matches("(public|protected) abstract .*\\(.*") && known.contains(owner(line))
                    && !promised.contains(line)) {
                broken.add("to be implemented now: " + line);
            }
        }
        return broken;
    }

    /** The type that a method or constructor is of. */
    private static String owner(String line) {
        String name = line.substring(0, line.indexOf('(')).replaceAll(".* ", "");
        return name.substring(0, name.lastIndexOf('.'));
    }

    private static List<Class<?>> exported() throws IOException {
        List<Class<?>> types = new ArrayList<>();
        for (String name : EXPORTED) {
            try (Stream<Path> files = Files.list(Path.of("target", "classes", "dev", "lanewise", name))) {
                for (Path file : files.toList()) {
                    String simple = file.getFileName().toString();
                    if (simple.endsWith(".class") && !simple.equals("package-info.class")) {
                        Class<?> type = load("dev.lanewise." + name + "." + simple.replace(".class", ""));
                        if (isOpen(type)) {
                            types.add(type);
                        }
                    }
                }
            }
        }
        return types;
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, /* initialize= */ false, ApiTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isOpen(Class<?> type) {
        return isOpen(type.getModifiers()) && (type.getEnclosingClass() == null || isOpen(type.getEnclosingClass()))
                && !type.isAnonymousClass() && !type.isLocalClass();
    }

    private static boolean isOpen(int modifiers) {
        return (modifiers & (Modifier.PUBLIC | Modifier.PROTECTED)) != 0;
    }

    /** A type, what it is one of, and its members. */
    private static Set<String> lines(Class<?> type) {
        Set<String> lines = new TreeSet<>();
        String above = Stream.concat(Stream.ofNullable(type.getGenericSuperclass()), Arrays.stream(type
                .getGenericInterfaces())).map(t -> t.getTypeName()).sorted().collect(Collectors.joining(", "));
        lines.add(type.toGenericString() + (above.isEmpty() ? "" : " is " + above));
        List<AnnotatedElement> members = new ArrayList<>(List.of(type.getDeclaredFields()));
        members.addAll(List.of(type.getDeclaredConstructors()));
        members.addAll(List.of(type.getDeclaredMethods()));
        for (AnnotatedElement member : members) {
            Member m = (Member) member;
            boolean inheritable = !Modifier.isProtected(m.getModifiers()) || !Modifier.isFinal(type.getModifiers());
            if (isOpen(m.getModifiers()) && !m.isSynthetic() && inheritable) {
                lines.add(switch (member) {
                    case Field field -> field.toGenericString();
                    case Constructor<?> constructor -> withoutThrows(constructor, constructor.toGenericString());
                    case Method method -> withoutThrows(method, method.toGenericString());
                    default -> throw new AssertionError(member);
                });
            }
        }
        return lines;
    }

    /** Checked exceptions are promised, others only told of. */
    private static String withoutThrows(Executable member, String line) {
        boolean checked = Arrays.stream(member.getExceptionTypes())
                .anyMatch(type -> !RuntimeException.class.isAssignableFrom(type));
        return checked ? line : line.replaceAll(" throws .*", "");
    }
}
