package io.penstock.server.model;

import io.penstock.wireguard.route.Prefix;

/** What the policy of a domain says about those who join: asked within a transaction, so it answers from what it has compiled. */
public interface JoinPolicy {
    /** Approves no route by itself and lets nobody choose tags. */
    JoinPolicy CLOSED = new JoinPolicy() {
        @Override
        public boolean approvesRoute(Domain domain, Owner owner, Prefix prefix) {
            return false;
        }

        @Override
        public boolean mayTag(Domain domain, User user, Tags tags) {
            return false;
        }
    };

    /** Whether a route that a node of this owner advertises needs no administrator. */
    boolean approvesRoute(Domain domain, Owner owner, Prefix prefix);

    /** Whether the user may give these tags to a node. */
    boolean mayTag(Domain domain, User user, Tags tags);
}
