package io.penstock.server.web;

import java.util.regex.Pattern;

/**
 * A path of ours, without scheme, host or query: wherever a page or an answer names a way to go on, it is one of these, so that
 * none leads elsewhere. Immutable.
 */
record OwnPath(String text) {
    private static final Pattern FORM = Pattern.compile("/|(/[A-Za-z0-9][A-Za-z0-9._-]*)+");

    OwnPath {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("not a path of ours");
        }
    }

    /** Shows nothing: there are secrets in paths. */
    @Override
    public String toString() {
        return "OwnPath";
    }
}
