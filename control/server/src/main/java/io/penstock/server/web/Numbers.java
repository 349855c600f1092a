package io.penstock.server.web;

import java.util.Optional;
import java.util.regex.Pattern;

/** Numbers in paths and forms. Stateless. */
final class Numbers {
    private static final Pattern ID = Pattern.compile("[0-9]{1,18}");

    private Numbers() {}

    /** The id of something, if it could be one. */
    static Optional<Long> id(String text) {
        return ID.matcher(text).matches() ? Optional.of(Long.parseLong(text)) : Optional.empty();
    }
}
