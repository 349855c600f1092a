package io.penstock.node.api;

import org.jspecify.annotations.Nullable;

/** A request to the daemon that was not done; the message is for people, with the cure where there is one. */
public final class LocalApiException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;
    private final ApiError.@Nullable Code code;

    /** Who found out. */
    public enum Kind {
        /** Nobody listens. */
        NOT_RUNNING,
        /** The socket's mode says no. */
        NOT_PERMITTED,
        /** No answer in the caller's own time. */
        TIMED_OUT,
        /** The daemon hung up. */
        ENDED,
        /** An answer that makes no sense here. */
        BROKEN,
        /** The daemon answered with an error: {@link LocalApiException#code}. */
        REFUSED
    }

    LocalApiException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        code = null;
    }

    LocalApiException(ApiError error) {
        super(error.text());
        kind = Kind.REFUSED;
        code = error.code();
    }

    public Kind kind() {
        return kind;
    }

    /** What the daemon said; null unless {@link Kind#REFUSED}. */
    public ApiError.@Nullable Code code() {
        return code;
    }
}
