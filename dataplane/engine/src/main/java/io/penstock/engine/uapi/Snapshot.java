package io.penstock.engine.uapi;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Copies of configuration and state for one get request, taken part by part. Made by the session and handed to and fro:
 * the control agent fills it during {@link Configuration#read}, the session reads and wipes it between two calls. Each
 * peer is consistent in itself; changes between two parts show in the later one.
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
         * One peer with all its prefixes.
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
                int keepaliveSeconds,
                List<Prefix> allowedIps)
                implements Item {}
    }

    private final List<Item> items = new ArrayList<>();
    private final Queue<Peer> peersLeft = new ArrayDeque<>();
    private boolean started;

    /** The part that the last read copied. */
    public List<Item> items() {
        return items;
    }

    /** True when every peer has been read. */
    public boolean isComplete() {
        return started && peersLeft.isEmpty();
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
}
