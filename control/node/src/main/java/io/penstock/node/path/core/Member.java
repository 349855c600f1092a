package io.penstock.node.path.core;

import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.Node;

/** A peer, what the map says of it, and when it is next looked at. Owned by {@link Members}. */
final class Member {
    final PeerPath path;
    Node node;
    boolean isScheduled;
    long scheduledNs;

    Member(PeerPath path, Node node) {
        this.path = path;
        this.node = node;
    }

    NodeKey key() {
        return path.key();
    }

    /** The region that the map has it at home in, 0 for none. */
    int homeRegion() {
        if (node.homeDerp() != 0) {
            return node.homeDerp();
        }
        int colon = node.legacyDerp().lastIndexOf(':');
        try {
            return colon < 0
                    ? 0
                    : Math.max(0, Integer.parseInt(node.legacyDerp().substring(colon + 1)));
        } catch (NumberFormatException e) {
            return 0; // none that we could reach
        }
    }
}
