package io.penstock.relay.acme;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How it is with a certificate of an authority. Immutable.
 *
 * @param directory whose
 * @param name for what
 * @param expires null if there is none yet
 * @param nextAttempt when the next is asked for
 * @param failures attempts in a row that brought none
 * @param problem why the last of them did not; null if there were none
 */
public record CertificateState(
        String directory,
        String name,
        @Nullable Instant expires,
        Instant nextAttempt,
        int failures,
        @Nullable String problem) {}
