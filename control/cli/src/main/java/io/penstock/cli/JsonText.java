package io.penstock.cli;

import java.util.List;

/** One flat JSON object, written key by key in their order. */
final class JsonText {
    private final StringBuilder out = new StringBuilder("{");

    JsonText put(String key, long value) {
        key(key).append(value);
        return this;
    }

    JsonText put(String key, String value) {
        quote(key(key), value);
        return this;
    }

    JsonText put(String key, List<String> values) {
        key(key).append('[');
        for (int i = 0; i < values.size(); i++) {
            quote(i > 0 ? out.append(',') : out, values.get(i));
        }
        out.append(']');
        return this;
    }

    private StringBuilder key(String key) {
        quote(out.length() > 1 ? out.append(',') : out, key);
        return out.append(':');
    }

    private static void quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    @Override
    public String toString() {
        return out + "}";
    }
}
