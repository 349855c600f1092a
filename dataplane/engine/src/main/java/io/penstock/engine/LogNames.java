package io.penstock.engine;

import io.penstock.wireguard.peer.Peer;

/** How log lines name things: enough to tell them apart, never a whole key. */
final class LogNames {
    /** As wireguard-go: the first and last characters of the public key in base64. */
    static String of(Peer peer) {
        String key = peer.publicKey().toBase64();
        return "peer(" + key.substring(0, 4) + "…" + key.substring(39, 43) + ")";
    }

    private LogNames() {}
}
