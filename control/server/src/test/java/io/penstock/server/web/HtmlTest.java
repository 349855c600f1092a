package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.List;
import java.util.Random;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class HtmlTest {
    @Test
    void writesTextAsText() throws Exception {
        Html page = Html.of(Tag.P, List.of(Attribute.value("\"'><script>&amp;")), "<b>&'\"</b>");

        assertEquals(
                "<!DOCTYPE html>\n<p value=\"&quot;&#39;&gt;&lt;script&gt;&amp;amp;\">&lt;b&gt;&amp;&#39;&quot;&lt;/b&gt;</p>\n",
                Html.document(page));
    }

    @Test
    void anyTextComesBackFromAParser() throws Exception {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            StringBuilder text = new StringBuilder("x");
            for (int i = random.nextInt(12); i > 0; i--) {
                text.append(
                        switch (random.nextInt(4)) {
                            case 0 -> "<>&\"'-]![/= ".charAt(random.nextInt(12));
                            case 1 -> (char) random.nextInt(0x100);
                            case 2 -> (char) random.nextInt(0x10000); // half of a pair, too
                            default -> (char) ('a' + random.nextInt(26));
                        });
            }
            String written = Html.document(Html.of(Tag.P, List.of(Attribute.value(text.toString())), text.toString()));
            Element read = parse(written).getDocumentElement();

            String expected = text.codePoints()
                    .map(HtmlTest::orReplacement)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            assertEquals(expected, read.getTextContent(), () -> "seed " + seed);
            assertEquals(
                    expected.replace('\t', ' ').replace('\n', ' '), read.getAttribute("value"), () -> "seed " + seed);
            assertEquals(1, read.getChildNodes().getLength(), () -> "seed " + seed);
        }
    }

    /** By XML's rule, without the controls behind ASCII, which no parser of HTML takes as they are. */
    private static int orReplacement(int c) {
        boolean isControl = Character.isISOControl(c) && c != '\t' && c != '\n';
        boolean isHalf = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
        return isControl || isHalf || c == 0xfffe || c == 0xffff ? 0xfffd : c;
    }

    private static Document parse(String html) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(html.substring(html.indexOf('\n') + 1))));
    }

    @Test
    void nothingLeadsElsewhere() {
        for (String path : List.of(
                "https://evil.example",
                "//evil.example",
                "/\\evil.example",
                "javascript:alert(1)",
                "/a//b",
                "/..",
                "/a?b",
                "/a\r\nSet-Cookie:x",
                "")) {
            assertThrows(IllegalArgumentException.class, () -> new OwnPath(path), path);
        }
        assertThrows(IllegalArgumentException.class, () -> Attribute.hrefOfSeed("https://evil.example"));
        assertEquals("/register/pnk-link-1", new OwnPath("/register/pnk-link-1").text());
    }

    @Test
    void elementWithoutContentHasNone() {
        assertThrows(IllegalArgumentException.class, () -> Html.of(Tag.INPUT, "text"));
        assertTrue(Html.document(Html.of(Tag.INPUT)).contains("<input />"));
    }

    @Test
    void showsWhatWouldNotBeSeen() {
        assertEquals("web\\u{202e}gnp.exe", ForeignText.visible("web\u202egnp.exe"));
        assertEquals("a\\u{a}b\\u{0}\\u{200b}\\u{a0}c", ForeignText.visible("a\nb\0\u200b\u00a0c"));
        assertEquals("\\u{d800}", ForeignText.visible("\ud800"));
        assertEquals("büro-1 \ud83d\ude80", ForeignText.visible("büro-1 \ud83d\ude80"));
        assertEquals(256, ForeignText.visible("x".repeat(300)).length());
    }
}
