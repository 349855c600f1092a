package io.penstock.server.web;

/** Text of strangers as it is shown: what would not be seen, or would turn the order of what is seen, is written out. Stateless. */
final class ForeignText {
    private static final int MAX_LENGTH = 255;

    private ForeignText() {}

    static String visible(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(MAX_LENGTH).forEach(c -> {
            if (isPlain(c)) {
                out.appendCodePoint(c);
            } else {
                out.append("\\u{").append(Integer.toHexString(c)).append('}');
            }
        });
        if (text.codePointCount(0, text.length()) > MAX_LENGTH) {
            out.append('…');
        }
        return out.toString();
    }

    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> c == ' ';
            default -> true;
        };
    }
}
