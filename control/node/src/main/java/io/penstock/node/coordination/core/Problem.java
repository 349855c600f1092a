package io.penstock.node.coordination.core;

import java.time.Duration;

/**
 * Why something did not work.
 *
 * @param text for people, without secrets and printable, with what can be done about it where we know that
 * @param retryAfter what the coordinator asked to wait at least; zero if it asked for nothing
 */
public record Problem(Kind kind, String text, Duration retryAfter) {
    /** The longest wait that a coordinator is believed. */
    public static final Duration MAX_RETRY_AFTER = Duration.ofHours(1);

    private static final int MAX_TEXT_LENGTH = 300;

    /** What kind of trouble it is. */
    public enum Kind {
        /** No name, no route, nobody listens. */
        UNREACHABLE,
        /** Somebody listens whose certificate is not to be trusted, or not the pinned one. */
        UNTRUSTED,
        /** Somebody listens who is no coordinator of this protocol. */
        NOT_A_COORDINATOR,
        /** The coordinator has another key than it said, or than was known. */
        WRONG_KEY,
        /** The coordinator does not take clients of our version. */
        VERSION_REFUSED,
        /** The coordinator has answered, and says no: to a key, to a login. */
        REFUSED,
        /** The coordinator does not know this node, or not with this machine. */
        UNKNOWN_NODE,
        /** The coordinator has too much to do at the moment. */
        BUSY,
        /** The connection ended. */
        ENDED,
        /** The coordinator took too long. */
        TIMEOUT,
        /** What the coordinator said breaks the protocol, or it has a fault. */
        BROKEN
    }

    public Problem {
        text = printable(text);
        if (retryAfter.isNegative()) {
            retryAfter = Duration.ZERO;
        } else if (retryAfter.compareTo(MAX_RETRY_AFTER) > 0) {
            retryAfter = MAX_RETRY_AFTER;
        }
    }

    /** A problem after which it is ours to say when to try again. */
    public static Problem of(Kind kind, String text) {
        return new Problem(kind, text, Duration.ZERO);
    }

    /**
     * What a status other than 200 of a request inside the connection means.
     *
     * @param text the beginning of the body
     */
    public static Problem ofStatus(int status, String text, Duration retryAfter) {
        Kind kind =
                switch (status) {
                    case 400 -> text.contains("version") ? Kind.VERSION_REFUSED : Kind.BROKEN;
                    case 401, 403, 404, 410 -> Kind.UNKNOWN_NODE;
                    case 429, 502, 503, 504 -> Kind.BUSY;
                    default -> Kind.BROKEN;
                };
        return new Problem(kind, "the coordinator answers " + status + (text.isBlank() ? "" : ": " + text), retryAfter);
    }

    private static String printable(String text) {
        StringBuilder out = new StringBuilder();
        text.strip()
                .codePoints()
                .limit(MAX_TEXT_LENGTH)
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? '?' : c)
                .forEach(out::appendCodePoint);
        return out.toString();
    }
}
