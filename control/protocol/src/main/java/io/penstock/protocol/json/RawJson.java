package io.penstock.protocol.json;

/**
 * A value whose meaning is not ours, in compact form: it is carried on with the same meaning,
 * if not the same spaces and escapes.
 *
 * @param text one complete JSON value
 */
public record RawJson(String text) {
    @Override
    public String toString() {
        return text;
    }
}
