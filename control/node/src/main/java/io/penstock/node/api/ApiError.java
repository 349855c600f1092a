package io.penstock.node.api;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * Why a request was not done.
 *
 * @param text for people, with the cure where there is one; no secrets
 */
@Message
public record ApiError(Code code, String text) {
    /** What kind of reason. */
    public enum Code {
        /** The request makes no sense. */
        BAD_REQUEST,
        /** It takes root, or the daemon's own user. */
        NOT_PERMITTED,
        /** It takes a node that is logged in. */
        NOT_LOGGED_IN,
        /** It takes a node that is up. */
        NOT_UP,
        /** No such peer. */
        NOT_FOUND,
        /** It took too long. */
        TIMED_OUT,
        /** The coordinator, or the policy, says no. */
        REFUSED,
        /** The daemon has too many callers. */
        BUSY,
        /** It went wrong. */
        FAILED;

        @JsonValue
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public ApiError {
        code = code == null ? Code.FAILED : code;
        text = Zero.text(text);
    }
}
