package dev.lanewise.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The kinds of a thing by their names: those of the library, and those that other modules and jars provide as services
 * ({@link ServiceLoader}), which are looked for when a name is not known.
 *
 * @param <K> what makes a thing of a kind from its description
 */
public final class Registry<K> {
    private final String what;
    private final Map<String, K> builtIn = new LinkedHashMap<>();
    private final Function<K, String> name;
    private final ServiceLoader<K> provided;

    /**
     * A registry.
     *
     * @param what the thing, for messages
     * @param provided kinds of others; loaded by the caller, whose module must say that it uses them
     */
    public Registry(String what, Function<K, String> name, List<K> builtIn, ServiceLoader<K> provided) {
        this.what = what;
        this.name = name;
        this.provided = provided;
        builtIn.forEach(kind -> this.builtIn.put(name.apply(kind), kind));
    }

    /** Says that a kind is not known. */
    public static final class UnknownKindException extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        UnknownKindException(String message) {
            super(message);
        }
    }

    /**
     * The kind of that name.
     *
     * @throws UnknownKindException if there is none
     */
    public K kind(String kind) {
        K known = builtIn.get(kind);
        if (known != null) {
            return known;
        }
        return provided().filter(offered -> name.apply(offered).equals(kind)).findFirst()
                .orElseThrow(() -> new UnknownKindException("%s '%s' is not one of %s".formatted(what, kind,
                        String.join(", ", names()))));
    }

    /** All names, the library's own first. */
    public List<String> names() {
        return Stream.concat(builtIn.keySet().stream(), provided().map(name)).distinct().toList();
    }

    private synchronized Stream<K> provided() { // a ServiceLoader is for one thread at a time
        try {
            return provided.stream().map(ServiceLoader.Provider::get).toList().stream();
        } catch (ServiceConfigurationError e) {
            throw new IllegalArgumentException("the service of a %s is wrong: %s".formatted(what, e.getMessage()), e);
        }
    }
}
