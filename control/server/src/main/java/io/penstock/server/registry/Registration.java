package io.penstock.server.registry;

import io.penstock.server.model.JoinRequest;
import io.penstock.server.model.Node;
import io.penstock.server.model.Refusal;
import io.penstock.server.model.Token;
import io.penstock.server.model.UserCode;

/** The answer to a node that registers. It is committed. */
public sealed interface Registration {
    /** The node is in. */
    record Joined(Node node) implements Registration {}

    /**
     * Somebody has to open the link with this secret, which is good for one of them and fifteen minutes.
     *
     * @param code may be typed in at the coordinator in its place
     */
    record LoginNeeded(Token link, UserCode code, JoinRequest request) implements Registration {}

    /** Nobody has decided yet: ask again when {@code request} changes, or at its end. */
    record Waiting(JoinRequest request) implements Registration {}

    /** The node makes a new key and registers once more. */
    record KeyExpired(Node node) implements Registration {}

    record LoggedOut() implements Registration {}

    /**
     * The node stays out.
     *
     * @param detail for whoever sits at the node
     */
    record Refused(Refusal refusal, String detail) implements Registration {}

    static Registration refused(Refusal refusal) {
        return new Refused(refusal, refusal.text());
    }
}
