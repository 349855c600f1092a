package io.penstock.server.admin;

import io.penstock.server.model.IdentityProvider;
import java.util.Optional;

/** Asks a provider for its description and keys. Waits for the network, for a bounded time, so never call it within a transaction. */
@FunctionalInterface
public interface ProviderCheck {
    /** What is wrong, in words for an operator; empty if it could be used. */
    Optional<String> faultOf(IdentityProvider provider);
}
