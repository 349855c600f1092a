package io.penstock.server.admin;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a provider vouches for. Immutable; the texts are its own and may be anything.
 *
 * @param subject by which it knows somebody for good
 * @param displayName for people
 * @param verifiedMail an address of mail that it says is theirs, in lower case; null if it does not say so
 * @param groups those that it names; null if it says nothing of groups
 * @param sid what it calls the session in which they signed in, null if it does not say
 * @param secondFactor whether it says that more than a password was asked for, in the words that it is known to say that by
 * @param refreshToken by which it is asked again, null if it gave none
 * @param sessionEnds when their session there is over, null if it does not say
 */
public record Vouched(
        String subject,
        String displayName,
        @Nullable String verifiedMail,
        @Nullable Set<String> groups,
        @Nullable String sid,
        boolean secondFactor,
        @Nullable String refreshToken,
        @Nullable Instant sessionEnds) {
    /** Shows no secret. */
    @Override
    public String toString() {
        return "Vouched[" + subject + "]";
    }
}
