package io.penstock.node.coordination.core;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.protocol.netmap.NetMap;
import java.util.Set;

/** What whoever runs a node is told of its coordination. */
public sealed interface CoordinationEvent {
    /** There is a connection to a coordinator that has proved this key. To be kept, if it was not known before. */
    record Connected(MachineKey coordinator) implements CoordinationEvent {}

    /**
     * The user has to open this URL, of http or https; after that the node goes on by itself.
     *
     * @param codeUrl where they may type in {@code code} in its place, from a machine that the URL cannot be carried to; empty if nowhere
     * @param code letters, digits and hyphens; empty if there is none
     */
    record LoginNeeded(String url, String codeUrl, String code) implements CoordinationEvent {
        public LoginNeeded(String url) {
            this(url, "", "");
        }
    }

    /** The node is registered by this key; the answer says whose it is. */
    record Registered(NodeKey key, RegisterResponse response) implements CoordinationEvent {}

    /**
     * A map to live by.
     *
     * @param touchedPeers ids of the peers that are new, gone or not the same as in the last map of this connection; all of a
     *     first map
     */
    record MapChanged(NetMap map, Set<Long> touchedPeers) implements CoordinationEvent {}

    /** This key is good no more, and nothing more happens until there is another: {@link Coordination#rotateTo}. */
    record KeyExpired(NodeKey key) implements CoordinationEvent {}

    /** The node has left; nothing more happens. */
    record LoggedOut() implements CoordinationEvent {}

    /**
     * Something did not work. The last map stays good.
     *
     * @param retryInNs when it is tried again
     */
    record Failed(Problem problem, long retryInNs) implements CoordinationEvent {}

    /** A fault of ours, which the log has; what it broke is begun anew. */
    record Faulted(String what) implements CoordinationEvent {}
}
