package io.penstock.server.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a registration asks for. The cases are tried in their order here, and the first that fits is it. */
public sealed interface RegistrationStep {
    record Refuse(Refusal refusal) implements RegistrationStep {}

    /** The node ends its key, or itself if it is ephemeral. */
    record LogOut(Node node) implements RegistrationStep {}

    /** Somebody who is not in logs out. */
    record StayOut() implements RegistrationStep {}

    /** The node waits for somebody to confirm it. */
    record AwaitLogin(Token link) implements RegistrationStep {}

    record UseAuthKey(Token key) implements RegistrationStep {}

    /** The node was restarted and is in. */
    record Confirm(Node node) implements RegistrationStep {}

    /** The node is known, but has to make a new key and log in. */
    record KeyExpired(Node node) implements RegistrationStep {}

    record AskLogin() implements RegistrationStep {}

    /**
     * Decides by what the request says and who is known.
     *
     * @param known the node that has the request's node key, null if there is none
     */
    static RegistrationStep of(RegistrationRequest request, @Nullable Node known, Instant now) {
        if (known != null && !known.machineKey().equals(request.machineKey())) {
            return new Refuse(Refusal.NODE_KEY_OF_ANOTHER_MACHINE);
        }
        Instant expiry = request.expiry();
        if (expiry != null && !expiry.isAfter(now)) {
            return known == null ? new StayOut() : new LogOut(known);
        }
        if (expiry != null && known != null) {
            return new Refuse(Refusal.EXPIRY_CANNOT_BE_CHOSEN);
        }
        if (request.followUp() != null) {
            return Token.parse(TokenKind.LINK, request.followUp())
                    .<RegistrationStep>map(AwaitLogin::new)
                    .orElseGet(AskLogin::new);
        }
        if (request.authKey() != null) {
            return Token.parse(TokenKind.PRE_AUTH, request.authKey())
                    .<RegistrationStep>map(UseAuthKey::new)
                    .orElseGet(() -> new Refuse(Refusal.AUTH_KEY_UNKNOWN));
        }
        if (known == null) {
            return new AskLogin();
        }
        return known.isExpired(now) ? new KeyExpired(known) : new Confirm(known);
    }
}
