package io.penstock.engine.uapi;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.AllowedIps;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Copies of configuration and state for one get request, taken part by part. Made by the session and handed to and fro:
 * the control agent fills it during {@link Configuration#read}, the session reads and wipes it between two calls. Each
 * part is consistent in itself; changes between two parts show in the later one. A peer with very many prefixes spreads
 * over several parts, so that a snapshot never holds more than a part.
 */
public final class Snapshot {
    /** What one part holds, in the order of the reply. */
    public sealed interface Item {
        /**
         * The interface itself.
         *
         * @param privateKey null when there is none
         */
        record Interface(@Nullable Secret privateKey, int listenPort, int fwmark) implements Item {}

        /**
         * One peer; its prefixes follow.
         *
         * @param presharedKey all zero when there is none
         * @param handshakeSeconds Unix time, 0 for never
         */
        record PeerState(
                PublicKey publicKey,
                Secret presharedKey,
                @Nullable Endpoint endpoint,
                long handshakeSeconds,
                int handshakeNanos,
                long sentBytes,
                long receivedBytes,
                int keepaliveSeconds)
                implements Item {}

        /** Prefixes of the peer before, all of them or some. */
        record AllowedIps(List<Prefix> prefixes) implements Item {}
    }

    private final List<Item> items = new ArrayList<>();
    private final Queue<Peer> peersLeft = new ArrayDeque<>();
    private boolean started;

    // A peer whose prefixes are not all copied yet.
    private @Nullable Peer unfinished;
    private Iterator<Prefix> prefixesLeft = Collections.emptyIterator();
    private int prefixesCopied;
    private long changesSeen;

    /** The part that the last read copied. */
    public List<Item> items() {
        return items;
    }

    /** True when every peer has been read. */
    public boolean isComplete() {
        return started && unfinished == null && peersLeft.isEmpty();
    }

    /** Drops the present part and overwrites its keys. */
    public void wipe() {
        for (Item item : items) {
            switch (item) {
                case Item.Interface own -> {
                    if (own.privateKey() != null) {
                        own.privateKey().wipe();
                    }
                }
                case Item.PeerState peer -> peer.presharedKey().wipe();
                case Item.AllowedIps prefixes -> {}
            }
        }
        items.clear();
    }

    boolean isStarted() {
        return started;
    }

    void start(Item.Interface own, Iterable<Peer> peers) {
        started = true;
        items.add(own);
        peers.forEach(peersLeft::add);
    }

    @Nullable Peer nextPeer() {
        return peersLeft.poll();
    }

    void add(Item.PeerState peer) {
        items.add(peer);
    }

    /**
     * Copies the prefixes of the peer just added.
     *
     * @return how many, at most {@code most} and at least one; the others wait for {@link #continuePrefixes}
     */
    int startPrefixes(Peer peer, AllowedIps allowedIps, int most) {
        unfinished = peer;
        prefixesLeft = allowedIps.of(peer).iterator();
        prefixesCopied = 0;
        changesSeen = allowedIps.changes();
        return continuePrefixes(allowedIps, most);
    }

    /**
     * Copies what an earlier part had no room for. When something has changed since, as many prefixes are passed over as
     * were copied.
     *
     * @return how many were copied
     */
    int continuePrefixes(AllowedIps allowedIps, int most) {
        Peer peer = unfinished;
        if (peer == null) {
            return 0;
        }
        if (changesSeen != allowedIps.changes()) {
            changesSeen = allowedIps.changes();
            prefixesLeft = allowedIps.of(peer).iterator();
            for (int i = 0; i < prefixesCopied && prefixesLeft.hasNext(); i++) {
                prefixesLeft.next();
            }
        }
        List<Prefix> part = new ArrayList<>();
        while (prefixesLeft.hasNext() && part.size() < Math.max(1, most)) {
            part.add(prefixesLeft.next());
        }
        prefixesCopied += part.size();
        if (!part.isEmpty()) {
            items.add(new Item.AllowedIps(part));
        }
        if (!prefixesLeft.hasNext()) {
            unfinished = null;
            prefixesLeft = Collections.emptyIterator();
        }
        return part.size();
    }
}
