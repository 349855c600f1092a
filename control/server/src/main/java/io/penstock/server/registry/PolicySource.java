package io.penstock.server.registry;

import io.penstock.server.model.JoinPolicy;
import io.penstock.server.model.PolicyVersion;
import java.util.Optional;

/** Reads a domain's policy for those who join. Called within a transaction, so it keeps what it has read. */
@FunctionalInterface
public interface PolicySource {
    /** Without any policy. */
    PolicySource NONE = inForce -> JoinPolicy.CLOSED;

    /** What the version says; empty if the domain has none. */
    JoinPolicy read(Optional<PolicyVersion> inForce);
}
