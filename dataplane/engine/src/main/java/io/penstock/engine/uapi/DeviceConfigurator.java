package io.penstock.engine.uapi;

import io.penstock.ffm.Errno;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.SecretMemoryExhaustedException;
import io.penstock.wireguard.peer.Peer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Applies what the control socket asks to the device, with the meaning that wireguard-go gives each key, and copies the
 * device's state for replies. Owned by the control agent; the implementation of {@link Configuration} calls it there.
 */
public final class DeviceConfigurator {
    /** How many lines one visit of the control agent copies, give or take one peer. */
    private static final int LINES_PER_READ = 8_192;

    private static final int LINES_PER_PEER = 9;

    /** Heap that a prefix takes at most: its node and one to branch, 64 bytes each as measured. */
    static final int PREFIX_BYTES = 128;

    /** Heap that a peer takes at most: 1 KiB as measured, and three keypairs of 1.2 KiB with their replay windows. */
    static final int PEER_BYTES = 5 * 1024;

    private final Device device;
    private final SocketSettings sockets;
    private final Consumer<@Nullable PublicKey> onIdentity;
    private final long budgetBytes;

    public DeviceConfigurator(Device device, SocketSettings sockets) {
        this(device, sockets, key -> {}, Long.MAX_VALUE);
    }

    /** Heap that peers and prefixes may take in this process: half of what it may have. */
    public static long heapBudgetBytes() {
        return Runtime.getRuntime().maxMemory() / 2;
    }

    /**
     * Makes the configurator of a device.
     *
     * @param onIdentity told every new public key, or null for none, while the device still has the old one and before
     *     anything is sent under the new
     * @param budgetBytes heap that peers and prefixes may take, by their estimates; what goes beyond is answered ENOMEM
     */
    public DeviceConfigurator(
            Device device, SocketSettings sockets, Consumer<@Nullable PublicKey> onIdentity, long budgetBytes) {
        this.device = device;
        this.sockets = sockets;
        this.onIdentity = onIdentity;
        this.budgetBytes = budgetBytes;
    }

    /** Does the work of {@link Configuration#apply}. */
    public int apply(PeerBlock block, List<Change> changes, long nowNs) {
        for (Change change : changes) {
            int status;
            try {
                status = applyOne(block, change, nowNs);
            } catch (SecretMemoryExhaustedException e) {
                status = -Errno.ENOMEM;
            }
            if (status != 0) {
                return status;
            }
        }
        return 0;
    }

    /** Does the work of {@link Configuration#read}. */
    public int read(Snapshot snapshot) {
        if (!snapshot.isStarted()) {
            snapshot.start(
                    new Snapshot.Item.Interface(privateKey(), sockets.listenPort(), sockets.fwmark()), device.peers());
        }
        int lines = snapshot.continuePrefixes(device.allowedIps(), LINES_PER_READ);
        while (lines < LINES_PER_READ) {
            Peer peer = snapshot.nextPeer();
            if (peer == null) {
                break;
            }
            if (!peer.isRemoved()) {
                snapshot.add(state(peer));
                lines += LINES_PER_PEER + snapshot.startPrefixes(peer, device.allowedIps(), LINES_PER_READ - lines);
            }
        }
        return 0;
    }

    private int applyOne(PeerBlock block, Change change, long nowNs) {
        switch (change) {
            case Change.PrivateKey own -> setPrivateKey(own, nowNs);
            case Change.RenewedPrivateKey own ->
                device.renewPrivateKey(own.key().bytes(), nowNs, onIdentity);
            case Change.ListenPort port -> {
                return sockets.setListenPort(port.port());
            }
            case Change.Fwmark mark -> {
                return sockets.setFwmark(mark.mark());
            }
            case Change.ReplacePeers all -> device.removeAllPeers(nowNs);
            case Change.SelectPeer selected -> {
                return select(block, selected.key(), nowNs);
            }
            case Change.OfPeer ofPeer -> {
                Peer peer = block.peer();
                if (peer != null) {
                    return applyToPeer(block, peer, ofPeer, nowNs);
                }
            }
        }
        return 0;
    }

    private void setPrivateKey(Change.PrivateKey own, long nowNs) {
        device.setPrivateKey(own.key().isZero() ? null : own.key().bytes(), nowNs, onIdentity);
    }

    private int select(PeerBlock block, PublicKey key, long nowNs) {
        PublicKey own = device.publicKey();
        if (own == null ? key.isZero() : key.equals(own)) {
            block.ignore();
            return 0;
        }
        Peer known = device.peer(key);
        if (known != null) {
            block.select(known, false);
            return 0;
        }
        if (device.peerCount() >= Protocol.MAX_PEERS) {
            block.ignore();
            return -Errno.EINVAL;
        }
        if (!hasRoomFor(PEER_BYTES)) {
            block.ignore();
            return -Errno.ENOMEM;
        }
        block.select(device.addPeer(key, nowNs), true);
        return 0;
    }

    private boolean hasRoomFor(int bytes) {
        long taken = (long) device.peerCount() * PEER_BYTES
                + (long) device.allowedIps().size() * PREFIX_BYTES;
        return taken + bytes <= budgetBytes;
    }

    private int applyToPeer(PeerBlock block, Peer peer, Change.OfPeer change, long nowNs) {
        switch (change) {
            case Change.Remove remove -> {
                device.removePeer(peer, nowNs);
                block.ignore();
            }
            case Change.UpdateOnly updateOnly -> {
                if (block.isCreated()) {
                    device.removePeer(peer, nowNs);
                    block.ignore();
                }
            }
            case Change.RenewKey renew -> {
                if (renew.successor().equals(device.publicKey()) || device.peer(renew.successor()) != null) {
                    return -Errno.EEXIST;
                }
                device.renewPeerKey(peer, renew.successor(), nowNs);
            }
            case Change.PresharedKey preshared ->
                device.setPresharedKey(peer, preshared.key().bytes());
            case Change.SetEndpoint to -> peer.endpoint(to.endpoint());
            case Change.ManageEndpoint managed -> peer.manageEndpoint();
            case Change.PersistentKeepalive keepalive ->
                device.setPersistentKeepalive(peer, keepalive.seconds(), nowNs);
            case Change.ReplaceAllowedIps all -> device.allowedIps().removeAll(peer);
            case Change.AddAllowedIp add -> {
                if (!hasRoomFor(PREFIX_BYTES) && !device.allowedIps().contains(add.prefix())) {
                    return -Errno.ENOMEM;
                }
                device.allowedIps().insert(add.prefix(), peer);
            }
            case Change.RemoveAllowedIp remove -> device.allowedIps().remove(remove.prefix(), peer);
            case Change.EndOfPeer end -> {
                block.ignore();
                if (device.isUp()) {
                    device.kick(peer, nowNs);
                }
            }
        }
        return 0;
    }

    private @Nullable Secret privateKey() {
        Secret key = new Secret(new byte[Secret.LENGTH_BYTES]);
        return device.copyPrivateKey(key.bytes()) ? key : null;
    }

    private Snapshot.Item.PeerState state(Peer peer) {
        Secret presharedKey = new Secret(new byte[Secret.LENGTH_BYTES]);
        device.copyPresharedKey(peer, presharedKey.bytes());
        return new Snapshot.Item.PeerState(
                peer.publicKey(),
                presharedKey,
                peer.endpoint(),
                peer.lastHandshakeSeconds(),
                peer.lastHandshakeNanos(),
                peer.sentBytes(),
                peer.receivedBytes(),
                device.persistentKeepalive(peer));
    }
}
