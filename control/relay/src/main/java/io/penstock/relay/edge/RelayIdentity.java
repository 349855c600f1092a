package io.penstock.relay.edge;

import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import org.jspecify.annotations.Nullable;

/** The relay's key pair, by which it is known to clients, and to other relays as a client. Shows no key. Thread-safe. */
public final class RelayIdentity {
    private static final X25519 DH = new BouncyCastleX25519();

    private final PrivateKey privateKey;
    private final PublicKey publicKey;

    public RelayIdentity(PrivateKey privateKey) {
        this.privateKey = privateKey;
        publicKey = privateKey.publicKey(DH);
    }

    public PublicKey publicKey() {
        return publicKey;
    }

    /** What is sealed for, and opened from, the other; null if its key is good for nothing. */
    @Nullable Box boxWith(NodeKey other) {
        return Box.between(DH, privateKey, other.value());
    }

    @Override
    public String toString() {
        return "RelayIdentity[" + publicKey.toHex() + "]";
    }
}
