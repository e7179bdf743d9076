package dev.lanewise.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Pages from resources of this package. {@code @name@} stands for text that is put in, {@code @name.css@}, with a dot,
 * for another resource. All places are filled in one pass: what is put in is never searched for places itself.
 */
final class Template {
    private static final Pattern PLACE = Pattern.compile("@([a-z0-9-]+(\\.[a-z]+)?)@");

    private Template() {
    }

    /**
     * The page.
     *
     * @param resource its file
     * @param parts what is put in, by name: {@link #escaped} text, {@link #json} or HTML
     * @throws IllegalArgumentException if the page has a place that no part is for
     */
    static String page(String resource, Map<String, String> parts) {
        StringBuilder page = new StringBuilder();
        String template = resource(resource);
        Matcher place = PLACE.matcher(template);
        int end = 0; // of the place before
        while (place.find()) {
            String part = place.group(2) == null ? parts.get(place.group(1)) : resource(place.group(1));
            if (part == null) {
                throw new IllegalArgumentException("nothing to put in for " + place.group());
            }
            page.append(template, end, place.start()).append(part); // appendReplacement would look at every character
            end = place.end();
        }
        return page.append(template, end, template.length()).toString();
    }

    /** Text as HTML shows it, in elements and in attributes. */
    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    /** JSON for a script element of type application/json, which no text in it can end. */
    static String json(String json) {
        return json.replace("<", "\\u003c"); // JSON's own escape; outside of its strings there is no '<'
    }

    /** The text of a file of this package. */
    static String resource(String name) {
        try (InputStream in = Template.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalArgumentException("no resource " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
