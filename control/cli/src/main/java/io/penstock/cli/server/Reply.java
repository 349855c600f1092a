package io.penstock.cli.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A JSON object that the API answered. Immutable. */
final class Reply {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final JsonNode object;

    private Reply(JsonNode object) {
        this.object = object;
    }

    /** @throws IOException if it is no JSON object */
    static Reply parse(String json) throws IOException {
        JsonNode object = JSON.readTree(json);
        if (object == null || !object.isObject()) {
            throw new IOException("not a JSON object");
        }
        return new Reply(object);
    }

    /** The objects of a listing. */
    List<Reply> items() {
        return objects("items");
    }

    List<Reply> objects(String name) {
        List<Reply> objects = new ArrayList<>();
        object.path(name).forEach(item -> objects.add(new Reply(item)));
        return objects;
    }

    Reply object(String name) {
        return new Reply(object.path(name));
    }

    /** The text of a text, number or truth; empty for what is missing or null. Without what a terminal would obey. */
    String text(String name) {
        return printable(raw(name));
    }

    /** As {@link #text}, lines and all: for documents that go to files. */
    String raw(String name) {
        JsonNode value = object.path(name);
        return value.isNull() ? "" : value.asText();
    }

    boolean flag(String name) {
        return object.path(name).asBoolean();
    }

    List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        object.path(name).forEach(text -> texts.add(printable(text.asText())));
        return texts;
    }

    static String printable(String text) {
        StringBuilder printable = new StringBuilder(text.length());
        text.codePoints().forEach(c -> printable.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return printable.toString();
    }

    /** The document, as people and programs read it. */
    String document() {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(object);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e); // it was read before
        }
    }
}
