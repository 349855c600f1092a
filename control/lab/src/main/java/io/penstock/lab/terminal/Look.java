package io.penstock.lab.terminal;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What may be shown: colours, and characters beyond ASCII. */
public record Look(boolean color, boolean unicode) {
    /**
     * Reads what the user says in the environment; null if the terminal is none that pictures can be drawn on.
     *
     * @param environment {@code TERM}, {@code NO_COLOR} (no-color.org) and the locale
     */
    public static @Nullable Look of(Map<String, String> environment) {
        String term = environment.getOrDefault("TERM", "");
        if (term.isEmpty() || term.equals("dumb") || term.equals("unknown")) {
            return null;
        }
        boolean color = environment.getOrDefault("NO_COLOR", "").isEmpty() && !term.equals("vt100");
        return new Look(color, isUtf8(environment));
    }

    /** The first of them that is set decides, as in locale(7). */
    private static boolean isUtf8(Map<String, String> environment) {
        for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
            String locale = environment.getOrDefault(name, "");
            if (!locale.isEmpty()) {
                String lower = locale.toLowerCase(java.util.Locale.ROOT);
                return lower.contains("utf-8") || lower.contains("utf8");
            }
        }
        return false;
    }
}
