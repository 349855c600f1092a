package io.penstock.cli.server;

import java.util.List;

/** To whom a node or key belongs: its tags, or a user. */
final class Owners {
    private Owners() {}

    static String of(Reply row) {
        List<String> tags = row.texts("tags");
        return tags.isEmpty() ? "user " + row.text("userId") : String.join(",", tags);
    }
}
