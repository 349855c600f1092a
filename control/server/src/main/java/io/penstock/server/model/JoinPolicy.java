package io.penstock.server.model;

import io.penstock.wireguard.route.Prefix;
import org.jspecify.annotations.Nullable;

/** What a domain's policy in force says about those who join. Pure, asked within a transaction. */
public interface JoinPolicy {
    /** Approves no route by itself and lets nobody choose tags. */
    JoinPolicy CLOSED = new JoinPolicy() {
        @Override
        public boolean approvesRoute(Owner owner, @Nullable User user, Prefix prefix) {
            return false;
        }

        @Override
        public boolean mayTag(User user, Tags tags) {
            return false;
        }
    };

    /**
     * Whether a route that a node of this owner advertises needs no administrator.
     *
     * @param user the owner, if it is a user
     */
    boolean approvesRoute(Owner owner, @Nullable User user, Prefix prefix);

    /** Whether the user may give all of these tags to a node. */
    boolean mayTag(User user, Tags tags);
}
