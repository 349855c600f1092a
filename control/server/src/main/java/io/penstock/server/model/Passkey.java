package io.penstock.server.model;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A passkey of somebody: a key pair of an authenticator, of which only the public half is here. Immutable.
 *
 * @param credentialId by which the authenticator finds it, in Base64 for URLs
 * @param attested model, id and public key as the authenticator wrote them, in Base64
 * @param name by which its owner tells it from others
 * @param signCount how often it says that it has signed; 0 if it does not count
 * @param transports by which it is reached, in the words of WebAuthn
 * @param userVerified whether it has asked for a finger or a PIN at least once
 * @param backupEligible whether it may be on several devices
 * @param backedUp whether it is
 * @param lastUsed null before the first time
 */
public record Passkey(
        long id,
        long userId,
        String credentialId,
        String attested,
        String name,
        long signCount,
        Set<String> transports,
        boolean userVerified,
        boolean backupEligible,
        boolean backedUp,
        Instant created,
        @Nullable Instant lastUsed) {
    /** More than this nobody has. */
    public static final int MAX_COUNT = 20;

    public static final int MAX_NAME_LENGTH = 60;

    public Passkey {
        transports = Set.copyOf(transports);
    }

    /** What an authenticator has made, before it is anybody's. */
    public record Made(
            String credentialId,
            String attested,
            long signCount,
            Set<String> transports,
            boolean userVerified,
            boolean backupEligible,
            boolean backedUp) {
        public Made {
            transports = Set.copyOf(transports);
        }
    }

    /** What an authenticator says of itself each time. */
    public record Used(long signCount, boolean userVerified, boolean backedUp) {}
}
