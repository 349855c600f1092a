package io.penstock.server.admin;

import io.penstock.server.model.Node;
import io.penstock.server.model.User;
import io.penstock.server.store.Transaction;

/**
 * Ends what somebody has going on: their sessions, and the keys of their nodes. API keys and pre-auth keys of somebody disabled are no
 * good anyway. Stateless.
 */
final class PutOut {
    private PutOut() {}

    /** Within the transaction that disables them. */
    static void run(Transaction tx, User user) {
        tx.sessions().revokeAll(user.id());
        for (Node node : tx.nodes().list(user.domainId())) {
            if (node.isOwnedBy(user.id()) && !node.isExpired(tx.now())) {
                tx.nodes().setExpiry(node, tx.now());
            }
        }
    }
}
