package io.penstock.engine;

import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.Protocol;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

/**
 * Randomness that remembers the ephemeral keys made of it, so that a capture can be opened afterwards. This is a test's
 * privilege: the program has no way to learn or to write down its keys. Thread-safe.
 */
final class KeyLog implements Entropy {
    private final Entropy system = new SystemEntropy();
    private final List<byte[]> ephemerals = Collections.synchronizedList(new ArrayList<>());

    /** Whoever asks for as many bytes as a key has makes a key of them, or a cookie secret, which opens nothing. */
    @Override
    public void fill(byte[] bytes) {
        system.fill(bytes);
        if (bytes.length == Protocol.KEY_LENGTH) {
            byte[] key = bytes.clone();
            key[0] &= (byte) 0xf8; // as X25519 clamps
            key[31] = (byte) ((key[31] & 0x7f) | 0x40);
            ephemerals.add(key);
        }
    }

    @Override
    public int nextInt() {
        return system.nextInt();
    }

    /** What has been made so far, as the {@code extract-handshakes} script of WireGuard writes it and Wireshark reads it. */
    String text(byte[] localPrivate, byte[] remotePublic, byte[] preshared) {
        StringBuilder text = new StringBuilder();
        for (byte[] ephemeral : List.copyOf(ephemerals)) {
            line(text, "LOCAL_STATIC_PRIVATE_KEY", localPrivate);
            line(text, "REMOTE_STATIC_PUBLIC_KEY", remotePublic);
            line(text, "LOCAL_EPHEMERAL_PRIVATE_KEY", ephemeral);
            line(text, "PRESHARED_KEY", preshared);
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String name, byte[] key) {
        text.append(name)
                .append('=')
                .append(Base64.getEncoder().encodeToString(key))
                .append('\n');
    }
}
