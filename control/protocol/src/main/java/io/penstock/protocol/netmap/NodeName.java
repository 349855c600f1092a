package io.penstock.protocol.netmap;

/**
 * Names of nodes: labels of letters, digits and hyphens with dots between them (RFC 1123 section 2.1). What else a map may
 * call a node never gets as far as a terminal, a file or a command.
 */
public final class NodeName {
    private static final int MAX_LENGTH = 254; // with the final dot
    private static final int MAX_LABEL_LENGTH = 63;

    private NodeName() {}

    /** Whether this is a name, with or without a dot at its end. */
    public static boolean isValid(String name) {
        int end = name.endsWith(".") ? name.length() - 1 : name.length();
        if (end == 0 || name.length() > MAX_LENGTH) {
            return false;
        }
        int start = 0;
        while (start <= end) {
            int dot = name.indexOf('.', start);
            int labelEnd = dot < 0 || dot > end ? end : dot;
            if (!isLabel(name, start, labelEnd)) {
                return false;
            }
            start = labelEnd + 1;
        }
        return true;
    }

    /** Whether this is one label. */
    public static boolean isLabel(String text) {
        return isLabel(text, 0, text.length());
    }

    private static boolean isLabel(String text, int start, int end) {
        if (start == end
                || end - start > MAX_LABEL_LENGTH
                || text.charAt(start) == '-'
                || text.charAt(end - 1) == '-') {
            return false;
        }
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && (c < '0' || c > '9') && c != '-') {
                return false;
            }
        }
        return true;
    }
}
