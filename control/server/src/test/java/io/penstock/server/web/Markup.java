package io.penstock.server.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Attr;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * A page, parsed as XML by the JDK, and held against what every page has to be: no script but that of passkeys, nothing from elsewhere, a language, a
 * title, one heading, a label for each field and a note for each reference.
 */
public final class Markup {
    private static final String DOCTYPE = "<!DOCTYPE html>\n";

    private final Document document;

    private Markup(Document document) {
        this.document = document;
    }

    /** A form's way, and what is in it unseen. */
    public record Form(String action, Map<String, String> hidden) {
        /** What a hidden field holds. */
        public String value(String name) {
            String value = hidden.get(name);
            if (value == null) {
                throw new AssertionError("no " + name);
            }
            return value;
        }
    }

    public static Markup parse(String html) {
        assertTrue(html.startsWith(DOCTYPE), html);
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            Document document = factory.newDocumentBuilder()
                    .parse(new InputSource(new StringReader(html.substring(DOCTYPE.length()))));
            Markup markup = new Markup(document);
            markup.check();
            return markup;
        } catch (SAXException | IOException | ParserConfigurationException e) {
            throw new AssertionError(html, e);
        }
    }

    private void check() {
        assertEquals("en", document.getDocumentElement().getAttribute("lang"));
        assertEquals(1, all("title").size());
        assertEquals(1, all("h1").size());
        assertEquals(1, all("main").size());
        for (Element script : all("script")) { // ours, on the page of a passkey alone
            assertTrue(script.getAttribute("src").matches("/passkey-[0-9a-f]{16}\\.js") && has("passkey"), "a script");
            assertEquals("", script.getTextContent());
        }
        assertTrue(
                all("style").isEmpty() && all("iframe").isEmpty() && all("img").isEmpty());
        Set<String> ids = new HashSet<>();
        for (Element element : all("*")) {
            assertTrue(
                    !element.hasAttribute("id") || ids.add(element.getAttribute("id")),
                    "one element only: " + element.getAttribute("id"));
            for (int i = 0; i < element.getAttributes().getLength(); i++) {
                checkAttribute((Attr) element.getAttributes().item(i));
            }
        }
        for (Element element : all("*")) {
            for (String id : element.getAttribute("aria-describedby").split(" ", -1)) {
                assertTrue(id.isEmpty() || ids.contains(id), "there is a " + id);
            }
        }
        Set<String> labelled = new HashSet<>();
        all("label").forEach(label -> labelled.add(label.getAttribute("for")));
        for (Element input : all("input")) {
            assertTrue(
                    input.getAttribute("type").equals("hidden") || labelled.contains(input.getAttribute("id")),
                    "a label for " + input.getAttribute("name"));
        }
        for (String tag : List.of("select", "textarea")) {
            all(tag).forEach(field -> assertTrue(labelled.contains(field.getAttribute("id")), "a label"));
        }
        for (Element form : all("form")) {
            assertEquals("post", form.getAttribute("method"));
            assertTrue(hidden(form).containsKey("form_token"), "a token in every form");
        }
    }

    private static void checkAttribute(Attr attribute) {
        String name = attribute.getName().toLowerCase(Locale.ROOT);
        assertFalse(name.startsWith("on") || name.equals("style"), name);
        if (name.equals("href") || name.equals("action") || name.equals("src")) {
            String value = attribute.getValue();
            boolean isOurs = value.startsWith("/") && !value.startsWith("//");
            assertTrue(isOurs || value.startsWith("otpauth://totp/Penstock:") || isWayToProvider(attribute), value);
        }
    }

    /** The one link that leads elsewhere, on the page by which a browser leaves. */
    private static boolean isWayToProvider(Attr attribute) {
        return attribute.getOwnerElement().getAttribute("id").equals("provider")
                && attribute.getName().equals("href")
                && attribute.getValue().startsWith("http");
    }

    /** The form that goes to this place. */
    public Form form(String action) {
        return all("form").stream()
                .filter(form -> form.getAttribute("action").equals(action))
                .map(form -> new Form(action, hidden(form)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no form to " + action + ": " + text()));
    }

    /** Where the page leads that is not ours. */
    public String wayToProvider() {
        return byId("provider").getAttribute("href");
    }

    List<Element> all(String tag) {
        NodeList found = document.getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            elements.add((Element) found.item(i));
        }
        return elements;
    }

    Element byId(String id) {
        return all("*").stream()
                .filter(element -> element.getAttribute("id").equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + id));
    }

    boolean has(String id) {
        return all("*").stream().anyMatch(element -> element.getAttribute("id").equals(id));
    }

    public String heading() {
        return all("h1").getFirst().getTextContent();
    }

    public String text() {
        return document.getDocumentElement().getTextContent();
    }

    /** The form in the middle of the page. */
    public Form form() {
        Element main = all("main").getFirst();
        Element form = (Element) main.getElementsByTagName("form").item(0);
        if (form == null) {
            throw new AssertionError("no form: " + text());
        }
        return new Form(form.getAttribute("action"), hidden(form));
    }

    /** The form in the head of the page, by which one signs out. */
    Form signOut() {
        Element form =
                (Element) all("header").getFirst().getElementsByTagName("form").item(0);
        return new Form(form.getAttribute("action"), hidden(form));
    }

    private static Map<String, String> hidden(Element form) {
        Map<String, String> fields = new LinkedHashMap<>();
        NodeList inputs = form.getElementsByTagName("input");
        for (int i = 0; i < inputs.getLength(); i++) {
            Element input = (Element) inputs.item(i);
            if (input.getAttribute("type").equals("hidden")) {
                fields.put(input.getAttribute("name"), input.getAttribute("value"));
            }
        }
        return fields;
    }
}
