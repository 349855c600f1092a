package io.penstock.server.http.ts2021;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.ts2021.ServerHandshake;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;

/** The coordinator's key of the handshake, the same over every restart. Thread-safe until it is closed. */
public final class NoiseIdentity implements AutoCloseable {
    private static final X25519 DH = new BouncyCastleX25519();

    private final PrivateKey key;
    private final MachineKey publicKey;

    /** Takes {@code key}, and wipes it when it is closed. */
    public NoiseIdentity(PrivateKey key) {
        this.key = key;
        publicKey = new MachineKey(key.publicKey(DH));
    }

    /** What nodes ask for before they come. */
    public MachineKey publicKey() {
        return publicKey;
    }

    ServerHandshake handshake() {
        return new ServerHandshake(DH, key, publicKey);
    }

    /** Wipes the key. No handshake may be under way. */
    @Override
    public void close() {
        key.wipe();
    }
}
