package io.penstock.node.daemon.state;

import io.penstock.engine.uapi.Secret;
import io.penstock.protocol.key.NodeKey;
import org.jspecify.annotations.Nullable;

/** Pre-shared keys of peers, which the core passes on and does not keep. */
public interface PeerSecrets {
    /** For nodes without any. */
    PeerSecrets NONE = new PeerSecrets() {
        @Override
        public @Nullable Secret of(NodeKey peer) {
            return null;
        }

        @Override
        public int version(NodeKey peer) {
            return 0;
        }
    };

    /** A copy of a peer's key, for the one who applies it to wipe; null if it has none. */
    @Nullable Secret of(NodeKey peer);

    /** Another number after each change of a peer's key; 0 for none. */
    int version(NodeKey peer);
}
