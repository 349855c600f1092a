package io.penstock.protocol.json;

/** Text of strangers on its way into a message of ours: short, and of printable ASCII. */
final class Printable {
    private static final int MAX_LENGTH = 64;

    private Printable() {}

    static String of(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length() && i < MAX_LENGTH; i++) {
            char c = text.charAt(i);
            out.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return text.length() > MAX_LENGTH ? out.append("...").toString() : out.toString();
    }
}
