package io.penstock.relay.acme;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** No certificate this time; the message says why, and what to do where that is known. */
final class AcmeFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final transient @Nullable Instant notBefore;

    /** @param notBefore when the authority may be asked again, null if it did not say */
    AcmeFailure(String message, @Nullable Throwable cause, @Nullable Instant notBefore) {
        super(message, cause);
        this.notBefore = notBefore;
    }

    @Nullable Instant notBefore() {
        return notBefore;
    }
}
