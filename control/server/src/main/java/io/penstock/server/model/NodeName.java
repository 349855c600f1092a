package io.penstock.server.model;

import java.util.Locale;
import java.util.function.Predicate;

/**
 * Names of nodes: one DNS label of letters, digits and hyphens (RFC 1123 section 2.1), lower case, unique in the domain. What
 * a host calls itself passes through here before it reaches a map, a log or a terminal.
 */
public final class NodeName {
    public static final int MAX_LENGTH = 63;

    private static final String NAMELESS = "node";

    private NodeName() {}

    /** Whether the text is a name as it is. */
    public static boolean isValid(String text) {
        if (text.isEmpty() || text.length() > MAX_LENGTH || text.startsWith("-") || text.endsWith("-")) {
            return false;
        }
        return text.chars().allMatch(c -> c == '-' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
    }

    /** A valid name as near as possible to what a host calls itself; a domain behind the first label falls away. */
    public static String of(String hostName) {
        String label = hostName.split("\\.", 2)[0].toLowerCase(Locale.ROOT);
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < label.length() && name.length() < MAX_LENGTH; i++) {
            char c = label.charAt(i);
            boolean isLetterOrDigit = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (isLetterOrDigit) {
                name.append(c);
            } else if (!name.isEmpty() && name.charAt(name.length() - 1) != '-') {
                name.append('-');
            }
        }
        stripHyphens(name);
        return name.isEmpty() ? NAMELESS : name.toString();
    }

    /** The name itself, or else with the first of -1, -2, … that is free; shortened to make room for it. */
    public static String unique(String name, Predicate<String> taken) {
        String candidate = name;
        for (int i = 1; taken.test(candidate); i++) {
            String suffix = "-" + i;
            StringBuilder stem = new StringBuilder(name);
            stem.setLength(Math.min(name.length(), MAX_LENGTH - suffix.length()));
            stripHyphens(stem);
            candidate = stem + suffix;
        }
        return candidate;
    }

    private static void stripHyphens(StringBuilder name) {
        while (!name.isEmpty() && name.charAt(name.length() - 1) == '-') {
            name.setLength(name.length() - 1);
        }
    }
}
