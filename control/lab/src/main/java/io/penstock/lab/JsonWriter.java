package io.penstock.lab;

import java.util.Locale;

/**
 * Writes one JSON document (RFC 8259) into a string, two spaces per level. Owned by one thread. A misuse (a value without its
 * name, an open bracket at the end) is a programmer's error and throws {@link IllegalStateException}.
 */
public final class JsonWriter {
    private static final int MAX_DEPTH = 32;

    private final StringBuilder text = new StringBuilder();
    private final boolean[] isArray = new boolean[MAX_DEPTH];
    private final boolean[] hasMembers = new boolean[MAX_DEPTH];
    private int depth;
    private boolean named;

    public JsonWriter beginObject() {
        begin(false, '{');
        return this;
    }

    public JsonWriter endObject() {
        end(false, '}');
        return this;
    }

    public JsonWriter beginArray() {
        begin(true, '[');
        return this;
    }

    public JsonWriter endArray() {
        end(true, ']');
        return this;
    }

    /** Names the next value; only inside an object. */
    public JsonWriter name(String name) {
        if (depth == 0 || isArray[depth - 1] || named) {
            throw new IllegalStateException("a name has no place here: " + name);
        }
        separate();
        quote(name);
        text.append(": ");
        named = true;
        return this;
    }

    public JsonWriter value(String value) {
        beforeValue();
        quote(value);
        return this;
    }

    public JsonWriter value(long value) {
        beforeValue();
        text.append(value);
        return this;
    }

    public JsonWriter value(boolean value) {
        beforeValue();
        text.append(value);
        return this;
    }

    /** Writes at most {@code decimals} digits after the point; JSON has no infinity and no NaN, those become {@code null}. */
    public JsonWriter value(double value, int decimals) {
        beforeValue();
        text.append(Double.isFinite(value) ? String.format(Locale.ROOT, "%." + decimals + "f", value) : "null");
        return this;
    }

    public JsonWriter nullValue() {
        beforeValue();
        text.append("null");
        return this;
    }

    /** The finished document, ending in a line feed. */
    public String document() {
        if (depth != 0 || text.isEmpty()) {
            throw new IllegalStateException("the document is not complete");
        }
        return text + "\n";
    }

    private void begin(boolean array, char bracket) {
        beforeValue();
        if (depth == MAX_DEPTH) {
            throw new IllegalStateException("more than " + MAX_DEPTH + " levels");
        }
        text.append(bracket);
        isArray[depth] = array;
        hasMembers[depth] = false;
        depth++;
    }

    private void end(boolean array, char bracket) {
        if (depth == 0 || isArray[depth - 1] != array || named) {
            throw new IllegalStateException("'" + bracket + "' has no place here");
        }
        depth--;
        if (hasMembers[depth]) {
            newLine();
        }
        text.append(bracket);
    }

    private void beforeValue() {
        if (named) {
            named = false;
            return;
        }
        if (depth == 0) {
            if (!text.isEmpty()) {
                throw new IllegalStateException("a document has one value");
            }
            return;
        }
        if (!isArray[depth - 1]) {
            throw new IllegalStateException("a value in an object needs a name");
        }
        separate();
    }

    private void separate() {
        if (hasMembers[depth - 1]) {
            text.append(',');
        }
        hasMembers[depth - 1] = true;
        newLine();
    }

    private void newLine() {
        text.append('\n').repeat("  ", depth);
    }

    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (c < 0x20 || c == 0x7f || isLoneSurrogate(value, i)) {
                        text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }

    private static boolean isLoneSurrogate(String value, int i) {
        char c = value.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == value.length() || !Character.isLowSurrogate(value.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(value.charAt(i - 1)));
    }
}
