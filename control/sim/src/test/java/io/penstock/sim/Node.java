package io.penstock.sim;

import io.penstock.wireguard.Action;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.Prefix;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.MessageType;
import io.penstock.wireguard.wire.Response;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A host with a tunnel: a {@link Device} with a lane, the shell around both, a wall clock that may lie, and a store that
 * survives restarts. The control side looks at marks only when the lane was told to wake it.
 */
final class Node {
    /** What is configured for one peer; outlives the device. */
    static final class PeerConfig {
        /** Null for a peer that is configured but does not exist. */
        final @Nullable Node node;

        final List<Prefix> prefixes;
        PublicKey key;
        byte[] presharedKey = new byte[32];
        int keepaliveSeconds;

        @Nullable Endpoint endpoint;

        PeerConfig(@Nullable Node node, PublicKey key, @Nullable Endpoint endpoint, List<Prefix> prefixes) {
            this.node = node;
            this.key = key;
            this.endpoint = endpoint;
            this.prefixes = prefixes;
        }
    }

    /** What one event made the device do; for the checkers. */
    static final class Step {
        @Nullable Datagram datagram;

        @Nullable Message response;

        boolean completed;
        boolean refusedByCookie;
        boolean refusedAsOld;
        boolean refusedByMac1;
        boolean underLoad;
    }

    static final int QUEUE_CAPACITY = 4096;
    private static final int MAX_ACTIONS = 10_000;
    private static final long NEVER = Long.MAX_VALUE;

    final World world;
    final int id;
    final List<Prefix> prefixes;
    final List<PeerConfig> peers = new ArrayList<>();
    final long[] laneDrops = new long[DropReason.values().length];

    /** Counts the processes that this node has been. */
    int life;

    /** Counts its private keys. */
    int identity;

    boolean hasLostStamps;
    boolean hasEverLostStamps;

    /** When it sent its last initiation. */
    long initiationSentNs = -1;

    /** When the latest of its packets that have arrived was sent. */
    long deliveredSentNs = -1;

    private final Dice dice;
    private final SecretPool memory = new SecretPool();
    private byte[] privateKey;
    private PublicKey publicKey;
    private Endpoint address;
    private Device device;
    private Lane lane;
    private Step step = new Step();
    private final Map<PublicKey, Long> stamps = new HashMap<>(); // the store: unix seconds by own key
    private long wallOffsetSeconds = 1_700_000_000L;
    private long highestWallSeconds;
    private long loadedUntilNs;
    private long stalledUntilNs;
    private long timerNs = NEVER;
    private int timerVersion;

    Node(World world, Endpoint address, List<Prefix> prefixes) {
        this.world = world;
        this.address = address;
        this.prefixes = prefixes;
        id = world.nodes.size();
        dice = world.dice.split();
        privateKey = dice.bytes(32);
        device = newDevice();
        lane = new Lane(this);
        device.setPrivateKey(privateKey, world.nodeNs());
        publicKey = devicesKey();
        life = 1;
        world.nodes.add(this);
    }

    Endpoint address() {
        return address;
    }

    PublicKey publicKey() {
        return publicKey;
    }

    Device device() {
        return device;
    }

    Lane lane() {
        return lane;
    }

    SecretPool memory() {
        return memory;
    }

    PeerConfig config(Node other) {
        for (PeerConfig config : peers) {
            if (config.node == other) {
                return config;
            }
        }
        throw new IllegalStateException("node " + id + " has no peer " + other.id);
    }

    Peer peer(Node other) {
        Peer peer = device.peer(config(other).key);
        if (peer == null) {
            throw new IllegalStateException("node " + id + " lacks its peer " + other.id);
        }
        return peer;
    }

    /** Which node the device takes for this peer; null for one that does not exist. */
    @Nullable Node nodeOf(Peer peer) {
        for (PeerConfig config : peers) {
            if (config.key.equals(peer.publicKey())) {
                return config.node;
            }
        }
        return null;
    }

    // What an operator does.

    void addPeer(PeerConfig config) {
        peers.add(config);
        configure(config);
        settle();
    }

    /** Takes the tunnel down for good. */
    void down() {
        tellTime();
        device.down(world.nodeNs());
        settle();
    }

    void up() {
        tellTime();
        device.up(world.nodeNs());
        settle();
    }

    void setEndpoint(Node other, Endpoint endpoint) {
        world.note("set endpoint", this, 0, endpoint);
        config(other).endpoint = endpoint;
        peer(other).endpoint(endpoint);
        world.checks.onEndpointSet(this, config(other));
        device.kick(peer(other), world.nodeNs());
        settle();
    }

    void setPresharedKey(Node other, byte[] key) {
        world.note("set preshared key", this, key[0], null);
        config(other).presharedKey = key;
        device.setPresharedKey(peer(other), key);
        settle();
    }

    void setKeepalive(Node other, int seconds) {
        world.note("set keepalive", this, seconds, null);
        config(other).keepaliveSeconds = seconds;
        tellTime();
        device.setPersistentKeepalive(peer(other), seconds, world.nodeNs());
        settle();
    }

    /** Our private key changes; the peers learn of it whenever {@link #replaceKey} is called on them. */
    void setPrivateKey() {
        world.note("set private key", this, 0, null);
        privateKey = dice.bytes(32);
        identity++;
        tellTime();
        device.setPrivateKey(privateKey, world.nodeNs());
        publicKey = devicesKey();
        restoreStamps();
        settle();
    }

    /** The operator enters the other's key of now. */
    void replaceKey(Node other) {
        PeerConfig config = config(other);
        if (config.key.equals(other.publicKey)) {
            return;
        }
        reload(other, other.publicKey);
    }

    /** The operator takes a peer out and puts it back. */
    void reload(Node other) {
        reload(other, config(other).key);
    }

    private void reload(Node other, PublicKey key) {
        world.note("reload peer", this, other.id, null);
        PeerConfig config = config(other);
        tellTime();
        Endpoint known = peer(other).endpoint();
        device.removePeer(peer(other), world.nodeNs());
        world.checks.onPeerRemoved(this, config);
        settle();
        config.key = key;
        config.endpoint = known == null ? config.endpoint : known.withoutLocal();
        configure(config);
        settle();
    }

    /** Down and up again, keys forgotten. */
    void bounce() {
        world.note("down and up", this, 0, null);
        tellTime();
        device.down(world.nodeNs());
        settle();
        device.up(world.nodeNs());
        settle();
    }

    /** The process ends and another begins. */
    void restart(boolean withStamps) {
        world.note("restart", this, withStamps ? 1 : 0, null);
        life++;
        memory.reset();
        device = newDevice();
        lane = new Lane(this);
        tellTime();
        device.setPrivateKey(privateKey, world.nodeNs());
        if (!withStamps) {
            stamps.clear();
            hasLostStamps = true;
            hasEverLostStamps = true;
        }
        restoreStamps();
        world.checks.onRestart(this);
        peers.forEach(this::configure);
        device.up(world.nodeNs());
        settle();
    }

    void roam(Endpoint to) {
        world.note("roam", this, 0, to);
        address = to;
    }

    void jumpClock(long seconds) {
        world.note("clock jumps", this, seconds, null);
        wallOffsetSeconds += seconds;
    }

    /** The clock is right again: past all stamps that were ever made by it, which may run ahead by their reservations. */
    void repairClock() {
        wallOffsetSeconds += Math.max(0, highestWallSeconds + 3600 - wallSeconds());
        hasLostStamps = false;
    }

    void overload(long untilNs) {
        world.note("under load", this, untilNs, null);
        loadedUntilNs = untilNs;
    }

    private void restoreStamps() {
        device.restoreTimestamp(stamps.getOrDefault(publicKey, 0L), 0);
    }

    /** The host stands still: nothing is received, sent or timed until then, while time goes on. */
    void stall(long untilNs) {
        world.note("stall", this, untilNs, null);
        stalledUntilNs = untilNs;
        setTimer();
    }

    boolean isStalled() {
        return world.nowNs() < stalledUntilNs;
    }

    long stalledUntilNs() {
        return stalledUntilNs;
    }

    private void configure(PeerConfig config) {
        tellTime();
        Peer peer = device.addPeer(config.key, world.nodeNs());
        device.setPresharedKey(peer, config.presharedKey);
        peer.endpoint(config.endpoint);
        config.prefixes.forEach(prefix -> device.allowedIps().insert(prefix, peer));
        device.setPersistentKeepalive(peer, config.keepaliveSeconds, world.nodeNs());
        device.kick(peer, world.nodeNs());
        world.checks.onConfigured(this, config, peer);
    }

    // What comes in.

    /** A packet from the tunnel's own side. */
    void send(Packet packet) {
        if (isStalled()) {
            long untilNs = stalledUntilNs;
            world.at(untilNs, () -> {
                if (stalledUntilNs == untilNs) { // else it is lost, as from a queue that overflows
                    send(packet);
                }
            });
            return;
        }
        world.note("packet", this, packet.id, packet);
        lane.onPacket(packet.bytes);
        settle();
    }

    /** A datagram from the network. */
    void receive(Datagram datagram) {
        world.note("receive", this, datagram.digest(), datagram);
        step.datagram = datagram;
        byte[] bytes = datagram.bytes();
        UnsafeBuffer view = new UnsafeBuffer(bytes);
        switch (MessageType.of(view, 0, bytes.length)) {
            case Data.TYPE -> lane.onDatagram(datagram);
            case MessageType.UNKNOWN -> drop(DropReason.UNKNOWN_TYPE);
            case MessageType.WRONG_LENGTH -> drop(DropReason.WRONG_LENGTH);
            default -> onHandshake(view, bytes.length, datagram);
        }
        settle();
    }

    private void onHandshake(UnsafeBuffer view, int length, Datagram datagram) {
        tellTime();
        long cookies = device.drops(DropReason.COOKIE_REQUIRED);
        long old = device.drops(DropReason.INITIATION_TIMESTAMP_OLD);
        long mac1 = device.drops(DropReason.MAC1_INVALID);
        step.underLoad = world.nowNs() < loadedUntilNs;
        int queued = step.underLoad ? QUEUE_CAPACITY / 4 : 0;
        device.onHandshake(view, 0, length, withLocal(datagram), queued, QUEUE_CAPACITY, world.nodeNs());
        step.refusedByCookie = device.drops(DropReason.COOKIE_REQUIRED) > cookies;
        step.refusedAsOld = device.drops(DropReason.INITIATION_TIMESTAMP_OLD) > old;
        step.refusedByMac1 = device.drops(DropReason.MAC1_INVALID) > mac1;
        if (step.underLoad) {
            world.count(Fault.UNDER_LOAD);
        }
    }

    private void onTimer() {
        timerNs = NEVER;
        if (isStalled()) {
            setTimer();
            return;
        }
        world.note("timer", this, 0, null);
        tellTime();
        device.onTime(world.nodeNs());
        settle();
    }

    Endpoint withLocal(Datagram datagram) {
        return datagram.from().withLocal(datagram.to().high(), datagram.to().low(), 1);
    }

    void drop(DropReason reason) {
        laneDrops[reason.ordinal()]++;
    }

    // What goes out.

    void send(byte[] datagram, Endpoint to, @Nullable Node receiver) {
        transmit(new Message(this, receiver, datagram, world.nowNs(), world.nextMessageNumber()), to);
    }

    private void transmit(Message message, Endpoint to) {
        world.note("send", this, Arrays.hashCode(message.bytes), message);
        world.checks.onSent(this, message, to);
        world.network.send(this, to, message);
    }

    /** Does all there is to do at this time, and looks at the clock for the next. */
    void settle() {
        tellTime();
        int actions = 0;
        while (true) {
            if (lane.takeMarks()) {
                device.drainActivity(world.nodeNs());
            }
            Action action = device.poll();
            if (action == null) {
                if (!lane.takeMarks()) {
                    break;
                }
                device.drainActivity(world.nodeNs());
                continue;
            }
            if (++actions > MAX_ACTIONS) {
                throw new Violation("bounds", "node " + id + " never comes to an end");
            }
            perform(action);
        }
        Step done = step;
        step = new Step();
        world.checks.onStep(this, done);
        setTimer();
    }

    private void perform(Action action) {
        switch (action) {
            case Action.SendHandshake send -> sendHandshake(send);
            case Action.Confirm confirm -> lane.onConfirm(confirm.peer());
            case Action.SendKeepalive keepalive -> lane.onConfirm(keepalive.peer());
            case Action.SendStaged staged -> lane.onSendStaged(staged.peer());
            case Action.DropStaged drop -> lane.onDropStaged(drop.peer());
            case Action.Retire retire -> retire(retire.keypair());
            case Action.RemovePeer remove -> {
                lane.onDropStaged(remove.peer());
                device.releaseSlot(remove.peer());
            }
            case Action.PersistTimestamp stamp -> stamps.put(publicKey, stamp.seconds() + 1); // as the engine does
            case Action.HandshakeCompleted completed -> {
                world.note("handshake complete", this, completed.roundTripNs(), null);
                step.completed = true;
            }
        }
    }

    private void sendHandshake(Action.SendHandshake send) {
        Peer peer = send.peer();
        Node receiver = peer == null ? null : nodeOf(peer);
        byte[] bytes = send.datagram();
        Message message = new Message(this, receiver, bytes, world.nowNs(), world.nextMessageNumber());
        message.isAfterLostStamps = hasLostStamps;
        Datagram cause = step.datagram;
        switch (message.type) {
            case Initiation.TYPE -> {}
            case Response.TYPE -> {
                message.answers = cause == null ? null : cause.origin();
                message.presharedKey = receiver == null ? new byte[0] : config(receiver).presharedKey;
                step.response = message;
            }
            case CookieReply.TYPE -> world.count(Fault.COOKIE_DEMANDED);
            default -> throw new Violation("handshake", "sends a message of type " + message.type);
        }
        transmit(message, send.to());
    }

    private void retire(Keypair keypair) {
        keypair.wipe();
    }

    private void setTimer() {
        long deadline = device.deadlineNs();
        if (deadline == Device.NO_DEADLINE) {
            timerNs = NEVER;
            timerVersion++;
            return;
        }
        long atNs = Math.max(Math.max(world.nowNs(), stalledUntilNs), deadline - world.originNs);
        if (atNs == timerNs) {
            return;
        }
        timerNs = atNs;
        int version = ++timerVersion;
        world.at(atNs, () -> {
            if (version == timerVersion) {
                onTimer();
            }
        });
    }

    private void tellTime() {
        long seconds = wallSeconds();
        highestWallSeconds = Math.max(highestWallSeconds, seconds);
        device.setWallClock(world.nodeNs(), seconds, (int) (world.nowNs() % World.SECOND));
    }

    private long wallSeconds() {
        return wallOffsetSeconds + world.nowNs() / World.SECOND;
    }

    private Device newDevice() {
        return new Device(dice, new BouncyCastleX25519(), memory);
    }

    private PublicKey devicesKey() {
        PublicKey own = device.publicKey();
        if (own == null) {
            throw new Violation("handshake", "a device without a key");
        }
        return own;
    }
}
