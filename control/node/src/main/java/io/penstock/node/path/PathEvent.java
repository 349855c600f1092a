package io.penstock.node.path;

import io.penstock.node.path.core.PathStatus;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import java.util.List;

/** What whoever runs a node is told of its paths. */
public sealed interface PathEvent {
    /** From here on the tunnel has to send to this peer there: an address, or {@link Endpoint#relay}. */
    record UseEndpoint(NodeKey peer, Endpoint endpoint) implements PathEvent {}

    /** What the coordinator has to be told. */
    record StatusChanged(PathStatus status) implements PathEvent {}

    /**
     * Connections to the relay of a region are about to lead to one of these addresses, with port 0: they must not be routed through
     * the tunnel. Told again at each attempt.
     */
    record RelayAddresses(int region, List<Endpoint> addresses) implements PathEvent {
        public RelayAddresses {
            addresses = List.copyOf(addresses);
        }
    }

    /** What the relay of a region says is wrong, to be shown; empty if nothing is any more. */
    record RelayHealth(int region, String problem) implements PathEvent {}

    /** A fault of ours, which the log has; it is gone on. */
    record Faulted(String what) implements PathEvent {}
}
