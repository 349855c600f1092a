package io.penstock.wireguard;

import static io.penstock.wireguard.Protocol.MAX_STAGED_PACKETS;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.wire.Data;
import java.security.GeneralSecurityException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A device with a plain lane, on a {@link Wire}. The control side looks at marks only when the lane was told to wake it, so
 * that a lost wake-up shows as a timer that does not fire.
 */
final class Site {
    final Wire wire;
    final DirectMemory memory = new DirectMemory();
    final byte[] privateKey;
    final PublicKey publicKey;
    final List<byte[]> delivered = new ArrayList<>();
    final List<Action> actions = new ArrayList<>();
    Device device;
    Endpoint address;
    Action.@Nullable PersistTimestamp persisted;

    /** Handshake messages that claim to wait, of a queue of 8. */
    int queued;

    /** Whether Retire and RemovePeer are answered at once. */
    boolean acknowledges = true;

    int wakeUps;
    private final Map<Peer, ArrayDeque<byte[]>> staged = new HashMap<>();
    private boolean awake;

    Site(Wire wire, Endpoint address) {
        this.wire = wire;
        this.address = address;
        privateKey = wire.seeded.bytes(32);
        device = newDevice();
        device.setPrivateKey(privateKey, wire.nowNs);
        PublicKey own = device.publicKey();
        if (own == null) {
            throw new AssertionError("no key");
        }
        publicKey = own;
        setWallClock(1_700_000_000L);
        device.up(wire.nowNs);
    }

    private Device newDevice() {
        return new Device(wire.seeded, new BouncyCastleX25519(), memory);
    }

    /** A new process with the same key; the clock says something else, and the stored timestamp may be handed over. */
    void restart(long unixSeconds, boolean restoring) {
        device = newDevice();
        staged.clear();
        awake = false;
        device.setPrivateKey(privateKey, wire.nowNs);
        setWallClock(unixSeconds);
        Action.PersistTimestamp stored = persisted;
        if (restoring && stored != null) {
            device.restoreTimestamp(stored.seconds(), stored.nanos());
        }
        device.up(wire.nowNs);
    }

    void setWallClock(long unixSeconds) {
        device.setWallClock(wire.nowNs, unixSeconds, 0);
    }

    /** Down and up again: a fresh start with all peers. */
    void bounce() {
        device.down(wire.nowNs);
        settle();
        device.up(wire.nowNs);
        settle();
    }

    Peer addPeer(Site other) {
        Peer peer = device.addPeer(other.publicKey, wire.nowNs);
        peer.endpoint(other.address);
        return peer;
    }

    Peer peer(Site other) {
        Peer peer = device.peer(other.publicKey);
        if (peer == null) {
            throw new AssertionError("no such peer");
        }
        return peer;
    }

    /** The TUN side: one packet for the peer. */
    void send(Site other, byte[] packet) {
        send(peer(other), packet);
        settle();
    }

    void ping(Site other) {
        send(other, new byte[100]);
    }

    int staged(Site other) {
        ArrayDeque<byte[]> queue = staged.get(peer(other));
        return queue == null ? 0 : queue.size();
    }

    <T extends Action> List<T> actions(Class<T> type) {
        return actions.stream().filter(type::isInstance).map(type::cast).toList();
    }

    // The lane.

    void send(Peer peer, byte[] packet) {
        Keypair current = peer.current();
        Endpoint endpoint = peer.endpoint();
        long counter = current == null || current.isExpired(wire.nowNs) ? -1 : current.reserveCounters(1);
        if (current == null || counter == -1 || endpoint == null) {
            if (packet.length > 0) {
                ArrayDeque<byte[]> queue = staged.computeIfAbsent(peer, key -> new ArrayDeque<>());
                if (queue.size() == MAX_STAGED_PACKETS) {
                    queue.remove();
                }
                queue.add(packet);
            }
            peer.activity().requestHandshake();
            touch(peer);
            return;
        }
        byte[] datagram = new byte[Data.HEADER_LENGTH + packet.length + 16];
        UnsafeBuffer view = new UnsafeBuffer(datagram);
        view.putInt(0, Data.TYPE, LITTLE_ENDIAN);
        view.putInt(4, current.remoteIndex(), LITTLE_ENDIAN);
        view.putLong(8, counter, LITTLE_ENDIAN);
        byte[] sealed = cipher(Cipher.ENCRYPT_MODE, current.sendKeyAddress(), counter, packet);
        view.putBytes(Data.HEADER_LENGTH, sealed);
        peer.addSentBytes(datagram.length);
        wire.send(address, endpoint, datagram, 0);
        if (packet.length > 0) {
            peer.activity().onDataSent(wire.nowNs);
        } else {
            peer.activity().onKeepaliveSent(wire.nowNs);
        }
        if (current.wantsRekeyAfterSend(wire.nowNs)) {
            peer.activity().requestHandshake();
        }
        touch(peer);
    }

    void receive(byte[] datagram, Endpoint from) {
        UnsafeBuffer view = new UnsafeBuffer(datagram);
        boolean data = datagram.length >= Data.MIN_LENGTH && view.getInt(0, LITTLE_ENDIAN) == Data.TYPE;
        if (!data) {
            device.onHandshake(view, 0, datagram.length, from, queued, 8, wire.nowNs);
            return;
        }
        Keypair keypair = device.indexTable().find(view.getInt(4, LITTLE_ENDIAN));
        if (keypair == null || keypair.isExpired(wire.nowNs)) {
            return;
        }
        long counter = view.getLong(8, LITTLE_ENDIAN);
        byte[] sealed = Arrays.copyOfRange(datagram, Data.HEADER_LENGTH, datagram.length);
        byte[] packet = cipher(Cipher.DECRYPT_MODE, keypair.receiveKeyAddress(), counter, sealed);
        if (packet == null || !keypair.replayWindow().accept(counter)) {
            return;
        }
        Peer peer = keypair.peer();
        if (peer.next() == keypair) {
            peer.activity().confirm(keypair);
        }
        peer.follow(from);
        peer.addReceivedBytes(datagram.length);
        if (packet.length > 0) {
            delivered.add(packet);
            peer.activity().onDataReceived(wire.nowNs);
        } else {
            peer.activity().onKeepaliveReceived(wire.nowNs);
        }
        Keypair current = peer.current();
        if (current != null && current.wantsRekeyAfterReceive(wire.nowNs)) {
            peer.activity().requestHandshake();
        }
        touch(peer);
    }

    private void touch(Peer peer) {
        if (device.touched().add(peer)) {
            awake = true;
            wakeUps++;
        }
    }

    private void flush(Peer peer, boolean orKeepalive) {
        ArrayDeque<byte[]> queue = staged.remove(peer);
        if (queue == null || queue.isEmpty()) {
            if (orKeepalive) {
                send(peer, new byte[0]);
            }
            return;
        }
        queue.forEach(packet -> send(peer, packet));
    }

    // The control agent.

    /** Does all there is to do at this time. */
    void settle() {
        while (true) {
            if (awake) {
                awake = false;
                device.drainActivity(wire.nowNs);
            }
            Action action = device.poll();
            if (action == null && !awake) {
                return;
            }
            if (action != null) {
                actions.add(action);
                perform(action);
            }
        }
    }

    private void perform(Action action) {
        switch (action) {
            case Action.SendHandshake send -> wire.send(address, send.to(), send.datagram(), send.trafficClass());
            case Action.Confirm confirm -> flush(confirm.peer(), true);
            case Action.SendKeepalive keepalive -> flush(keepalive.peer(), true);
            case Action.SendStaged flush -> flush(flush.peer(), false);
            case Action.DropStaged drop -> staged.remove(drop.peer());
            case Action.Retire retire -> {
                if (acknowledges) {
                    retire.keypair().wipe();
                }
            }
            case Action.RemovePeer remove -> {
                staged.remove(remove.peer());
                if (acknowledges) {
                    device.releaseSlot(remove.peer());
                }
            }
            case Action.PersistTimestamp timestamp -> persisted = timestamp;
            case Action.HandshakeCompleted completed -> {}
        }
    }

    private static byte @Nullable [] cipher(int mode, long keyAddress, long counter, byte[] input) {
        byte[] key = new byte[32];
        new UnsafeBuffer(keyAddress, 32).getBytes(0, key);
        byte[] nonce = new byte[12];
        new UnsafeBuffer(nonce).putLong(4, counter, LITTLE_ENDIAN);
        try {
            Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
            cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
            return cipher.doFinal(input);
        } catch (AEADBadTagException e) {
            return null;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
