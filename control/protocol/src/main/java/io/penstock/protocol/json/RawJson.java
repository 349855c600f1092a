package io.penstock.protocol.json;

/**
 * A value whose meaning is not ours, in compact form: it is carried as it came.
 *
 * @param text one complete JSON value
 */
public record RawJson(String text) {
    @Override
    public String toString() {
        return text;
    }
}
