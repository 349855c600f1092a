package io.penstock.server.admin;

import java.util.Optional;

/** Reads a policy and runs its tests. Pure, called within a transaction. */
@FunctionalInterface
public interface PolicyCheck {
    /** What is wrong with the text, with line and column; empty if it may come into force. */
    Optional<String> faultOf(String text);
}
