package io.penstock.node.path.core;

import io.penstock.protocol.disco.DiscoMessage;
import io.penstock.protocol.disco.DiscoPacket;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The disco keys of peers, and what we share with each; computed once for a key, when it is first needed. */
final class DiscoBook {
    private static final class Entry {
        final List<PeerPath> peers = new ArrayList<>(1);

        @Nullable Box box;

        boolean isTried;
    }

    private final X25519 x25519;
    private final Entropy entropy;
    private final PrivateKey own;
    private final DiscoKey ownPublic;
    private final Map<DiscoKey, Entry> entries = new HashMap<>();

    DiscoBook(X25519 x25519, Entropy entropy, PrivateKey own) {
        this.x25519 = x25519;
        this.entropy = entropy;
        this.own = own;
        ownPublic = new DiscoKey(own.publicKey(x25519));
    }

    DiscoKey own() {
        return ownPublic;
    }

    void add(DiscoKey key, PeerPath peer) {
        if (!key.isZero()) {
            entries.computeIfAbsent(key, none -> new Entry()).peers.add(peer);
        }
    }

    void remove(DiscoKey key, PeerPath peer) {
        Entry entry = entries.get(key);
        if (entry != null && entry.peers.remove(peer) && entry.peers.isEmpty()) {
            entries.remove(key);
        }
    }

    /** Whose key it is, mostly one; none for a key that we do not know. */
    Collection<PeerPath> peers(DiscoKey key) {
        Entry entry = entries.get(key);
        return entry == null ? List.of() : entry.peers;
    }

    /** A message in a packet of somebody whose key we know; null if it is not authentic or unknown. */
    @Nullable DiscoMessage open(DiscoKey sender, byte[] packet) {
        Box box = box(sender);
        return box == null ? null : DiscoPacket.open(packet, box);
    }

    /** A packet for the owner of a key that we know; null for a key with which nothing can be shared. */
    byte @Nullable [] seal(DiscoMessage message, DiscoKey receiver) {
        Box box = box(receiver);
        return box == null ? null : DiscoPacket.seal(message, ownPublic, box, entropy);
    }

    private @Nullable Box box(DiscoKey key) {
        Entry entry = entries.get(key);
        if (entry == null) {
            return null;
        }
        if (!entry.isTried) {
            entry.isTried = true;
            entry.box = Box.between(x25519, own, key.value());
        }
        return entry.box;
    }
}
