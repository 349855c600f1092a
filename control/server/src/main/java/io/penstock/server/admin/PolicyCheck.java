package io.penstock.server.admin;

import io.penstock.server.model.Node;
import io.penstock.server.model.User;
import java.util.List;
import java.util.Optional;

/** Reads a policy and runs its tests. Pure; takes up to a second, so never call it within a transaction. */
@FunctionalInterface
public interface PolicyCheck {
    /**
     * Judges a text for a domain with these users and nodes.
     *
     * @return what is wrong, with line and column; empty if it may come into force
     */
    Optional<String> faultOf(String text, List<User> users, List<Node> nodes);
}
