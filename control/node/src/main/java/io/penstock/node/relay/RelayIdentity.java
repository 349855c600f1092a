package io.penstock.node.relay;

import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import org.jspecify.annotations.Nullable;

/** Who a node is to relays: its node key. For one thread. Shows no secret. */
record RelayIdentity(X25519 x25519, Entropy entropy, PrivateKey privateKey, NodeKey key) {
    static RelayIdentity of(X25519 x25519, Entropy entropy, PrivateKey privateKey) {
        return new RelayIdentity(x25519, entropy, privateKey, new NodeKey(privateKey.publicKey(x25519)));
    }

    /** What only the relay of this key can open; null if it is a point of low order. */
    @Nullable Box boxWith(PublicKey relay) {
        return Box.between(x25519, privateKey, relay);
    }

    @Override
    public String toString() {
        return "RelayIdentity[" + key + "]";
    }
}
