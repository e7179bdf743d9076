package dev.lanewise.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateTest {
    private static final Map<String, String> PARTS = Map.of("cpu", "@table@ $1 \\", "summary", "", "environment", "",
            "table", "T",
            "results", "{}");

    @Test
    void whatIsPutInIsNotSearchedForPlaces() {
        assertTrue(Template.page("bench.html", PARTS).contains("<h1>Kernels on <bdi>@table@ $1 \\</bdi></h1>"));
    }

    @Test
    void otherResourcesAreHeld() {
        assertTrue(Template.page("bench.html", PARTS).contains("color-scheme: light dark"));
    }

    @Test
    void aPlaceWithoutAPartIsAFault() {
        assertThrows(IllegalArgumentException.class, () -> Template.page("bench.html", Map.of("cpu", "")));
    }

    @Test
    void noTextEndsTheScriptThatHoldsIt() {
        String json = "{\"name\":\"</script><!--<script>\"}";
        assertFalse(Template.json(json).contains("<"));
        assertEquals(JsonParser.parseString(json), JsonParser.parseString(Template.json(json)));
    }

    @Test
    void textIsShownAsItIs() {
        assertEquals("&lt;b title=&quot;&amp;&quot;&gt;", Template.escaped("<b title=\"&\">"));
    }
}
