package io.penstock.sim;

import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.noise.ChaCha20Poly1305;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.wire.Data;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The packet path of a node: what the engine's lane does to many packets at a time, done to one. Tables, keypairs, replay
 * windows and marks are the core's.
 */
final class Lane {
    private static final byte[] NOTHING = {};

    private final Node node;
    private final World world;
    private final ChaCha20Poly1305 aead = new ChaCha20Poly1305();
    private final byte[] key = new byte[Protocol.KEY_LENGTH];
    private final Data header = new Data();
    private final Map<Peer, ArrayDeque<byte[]>> staged = new HashMap<>();
    private boolean hasMarks;

    Lane(Node node) {
        this.node = node;
        world = node.world;
    }

    /** Whether the control side has to look at marks; asking answers. */
    boolean takeMarks() {
        boolean had = hasMarks;
        hasMarks = false;
        return had;
    }

    int staged(Peer peer) {
        ArrayDeque<byte[]> queue = staged.get(peer);
        return queue == null ? 0 : queue.size();
    }

    // Out.

    void onPacket(byte[] packet) {
        Peer peer = route(Inner.destination(packet));
        if (peer == null) {
            node.drop(DropReason.NO_PEER_FOR_DESTINATION);
            return;
        }
        Keypair keypair = usable(peer.current());
        Endpoint endpoint = peer.endpoint();
        if (keypair != null && endpoint != null) {
            sendStaged(peer, keypair, endpoint);
            long counter = keypair.reserveCounters(1);
            if (counter != -1) {
                seal(peer, keypair, endpoint, counter, packet);
                onDataSent(peer, keypair);
                return;
            }
        }
        stage(peer, packet);
        requestHandshake(peer);
    }

    /** Counters are taken for packets that then get lost all together. */
    void loseBurst(Peer peer, int packets) {
        Keypair keypair = usable(peer.current());
        if (keypair != null) {
            keypair.reserveCounters(packets);
        }
    }

    /** Sends what waits for a keypair, or else a keepalive. */
    void onConfirm(Peer peer) {
        Keypair keypair = usable(peer.current());
        Endpoint endpoint = peer.endpoint();
        if (keypair == null || endpoint == null) {
            requestHandshake(peer);
        } else if (staged(peer) > 0) {
            sendStaged(peer, keypair, endpoint);
        } else {
            sendKeepalive(peer, keypair, endpoint);
        }
    }

    void onSendStaged(Peer peer) {
        if (staged(peer) > 0) {
            onConfirm(peer);
        }
    }

    void onDropStaged(Peer peer) {
        staged.remove(peer);
    }

    private void sendStaged(Peer peer, Keypair keypair, Endpoint endpoint) {
        ArrayDeque<byte[]> queue = staged.get(peer);
        if (queue == null || queue.isEmpty()) {
            return;
        }
        while (!queue.isEmpty()) {
            long counter = keypair.reserveCounters(1);
            if (counter == -1) {
                break;
            }
            seal(peer, keypair, endpoint, counter, queue.remove());
        }
        onDataSent(peer, keypair);
    }

    private void sendKeepalive(Peer peer, Keypair keypair, Endpoint endpoint) {
        long counter = keypair.reserveCounters(1);
        if (counter == -1) {
            requestHandshake(peer);
            return;
        }
        seal(peer, keypair, endpoint, counter, NOTHING);
        peer.activity().onKeepaliveSent(world.nodeNs());
        renewOrTouch(peer, keypair);
    }

    private void onDataSent(Peer peer, Keypair keypair) {
        peer.activity().onDataSent(world.nodeNs());
        renewOrTouch(peer, keypair);
    }

    private void renewOrTouch(Peer peer, Keypair keypair) {
        if (keypair.wantsRekeyAfterSend(world.nodeNs())) {
            requestHandshake(peer);
        } else {
            touch(peer);
        }
    }

    private void seal(Peer peer, Keypair keypair, Endpoint endpoint, long counter, byte[] packet) {
        world.checks.onSeal(node, keypair, counter);
        byte[] plaintext = new byte[packet.length + 15 & ~15];
        System.arraycopy(packet, 0, plaintext, 0, packet.length);
        byte[] sealed = new byte[plaintext.length + Protocol.TAG_LENGTH];
        new UnsafeBuffer(keypair.sendKeyAddress(), Protocol.KEY_LENGTH).getBytes(0, key);
        aead.seal(key, counter, plaintext, NOTHING, sealed);
        byte[] datagram = new byte[Data.HEADER_LENGTH + sealed.length];
        header.wrap(new UnsafeBuffer(datagram), 0, datagram.length).putHeader(keypair.remoteIndex(), counter);
        System.arraycopy(sealed, 0, datagram, Data.HEADER_LENGTH, sealed.length);
        peer.addSentBytes(datagram.length);
        node.send(datagram, endpoint, node.nodeOf(peer));
    }

    private void stage(Peer peer, byte[] packet) {
        ArrayDeque<byte[]> queue = staged.computeIfAbsent(peer, unknown -> new ArrayDeque<>());
        if (queue.size() == Protocol.MAX_STAGED_PACKETS) {
            queue.remove();
            node.drop(DropReason.STAGED_QUEUE_FULL);
        }
        queue.add(packet);
    }

    // In.

    void onDatagram(Datagram datagram) {
        byte[] bytes = datagram.bytes();
        header.wrap(new UnsafeBuffer(bytes), 0, bytes.length);
        Keypair keypair = node.device().indexTable().find(header.receiverIndex());
        if (keypair == null) {
            node.drop(DropReason.UNKNOWN_INDEX);
            return;
        }
        long counter = header.counter();
        if (keypair.isExpired(world.nodeNs()) || Long.compareUnsigned(counter, Protocol.REJECT_AFTER_MESSAGES) >= 0) {
            node.drop(DropReason.KEYPAIR_EXPIRED);
            return;
        }
        byte[] sealed = new byte[bytes.length - Data.HEADER_LENGTH];
        System.arraycopy(bytes, Data.HEADER_LENGTH, sealed, 0, sealed.length);
        byte[] plaintext = new byte[sealed.length - Protocol.TAG_LENGTH];
        new UnsafeBuffer(keypair.receiveKeyAddress(), Protocol.KEY_LENGTH).getBytes(0, key);
        if (!aead.open(key, counter, sealed, NOTHING, plaintext)) {
            node.drop(DropReason.AUTHENTICATION_FAILED);
            return;
        }
        boolean isFresh = keypair.replayWindow().accept(counter);
        world.checks.onWindow(node, keypair, counter, isFresh, datagram);
        if (!isFresh) {
            node.drop(DropReason.REPLAYED);
            return;
        }
        onAuthentic(keypair, datagram, plaintext);
    }

    private void onAuthentic(Keypair keypair, Datagram datagram, byte[] plaintext) {
        Peer peer = keypair.peer();
        peer.endpoint(node.withLocal(datagram));
        peer.addReceivedBytes(datagram.bytes().length);
        if (plaintext.length > 0) {
            deliver(peer, plaintext);
            peer.activity().onDataReceived(world.nodeNs());
        } else {
            peer.activity().onKeepaliveReceived(world.nodeNs());
        }
        Keypair current = peer.current();
        if (keypair == peer.next()) {
            peer.activity().confirm(keypair);
            touch(peer);
        } else if (current != null && current.wantsRekeyAfterReceive(world.nodeNs())) {
            requestHandshake(peer);
        } else {
            touch(peer);
        }
    }

    private void deliver(Peer peer, byte[] plaintext) {
        byte[] packet = Inner.trim(plaintext);
        if (packet == null) {
            node.drop(DropReason.INNER_MALFORMED);
            return;
        }
        if (route(Inner.source(packet)) != peer) {
            node.drop(DropReason.SOURCE_NOT_ALLOWED);
            return;
        }
        world.checks.onDeliver(node, peer, packet);
    }

    private @Nullable Peer route(Inner.Address address) {
        return address.isV6()
                ? node.device().allowedIps().lookup6(address.high(), address.low())
                : node.device().allowedIps().lookup4((int) address.low());
    }

    private void requestHandshake(Peer peer) {
        peer.activity().requestHandshake();
        touch(peer);
    }

    private void touch(Peer peer) {
        hasMarks |= node.device().touched().add(peer);
    }

    private @Nullable Keypair usable(@Nullable Keypair keypair) {
        return keypair == null || !keypair.canSend(world.nodeNs()) ? null : keypair;
    }
}
