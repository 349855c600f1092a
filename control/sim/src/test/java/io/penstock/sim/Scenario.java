package io.penstock.sim;

import static io.penstock.wireguard.Protocol.NEW_HANDSHAKE_AFTER_NS;
import static io.penstock.wireguard.Protocol.REKEY_TIMEOUT_JITTER_MAX_NS;
import static io.penstock.wireguard.Protocol.REKEY_TIMEOUT_NS;
import static io.penstock.wireguard.Protocol.ZERO_KEYS_AFTER_NS;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.List;

/**
 * Ten minutes of two nodes: first everything goes wrong, then nothing does. From there on it is known when traffic has to
 * flow again, that not one packet may be lost after that, when keys have to be renewed, and who has to be silent.
 */
final class Scenario {
    static final long DURATION_NS = 600 * World.SECOND;

    /** The longest wait of a handshake message that is due: for the last one of our own, or for the retry of a lost one. */
    private static final long RETRY_NS = REKEY_TIMEOUT_NS + REKEY_TIMEOUT_JITTER_MAX_NS;

    /** Until a side that sends on dead keys asks for new ones. */
    private static final long NOTICE_NS = NEW_HANDSHAKE_AFTER_NS + REKEY_TIMEOUT_JITTER_MAX_NS;

    /**
     * Both sides may start at the same time, and again after that if their jitter is equal to a few milliseconds. So many
     * times in a row it does not happen in a million years.
     */
    private static final int MAX_CROSSINGS = 8;

    private static final long INTERVAL_NS = 200 * World.MS;
    private static final long STEADY_INTERVAL_NS = 100 * World.MS;
    private static final long SETTLING_NS = 20 * World.SECOND;
    private static final long STEADY_NS = 130 * World.SECOND;
    private static final long SILENT_AFTER_NS = 45 * World.SECOND;

    /** After the last packet one more handshake may be wanted, and put off. */
    private static final long ZEROED_NS = NOTICE_NS + 2 * RETRY_NS + ZERO_KEYS_AFTER_NS;

    private final World world;
    private final Dice dice;
    private final Node a;
    private final Node b;
    private final List<Traffic> traffic = new ArrayList<>();

    Scenario(World world) {
        this.world = world;
        dice = world.dice.split();
        a = node();
        b = node();
        join(a, b);
        join(b, a);
        traffic.add(new Traffic(world, dice.split(), a, b));
        traffic.add(new Traffic(world, dice.split(), b, a));
    }

    private Node node() {
        int id = world.nodes.size();
        Node node = new Node(
                world,
                outerAddress(id, dice, 51_820),
                List.of(
                        Prefix.v4(0x0a01_0000 + (id << 16), 16),
                        Prefix.v6(0xfd00_0001_0000_0000L + ((long) id << 32), 0, 32)));
        boolean asOther = id > 0 && dice.chance(0.5);
        world.network.addNode(
                asOther ? world.network.delayNs(world.nodes.get(0)) : dice.between(100_000, 30 * World.MS));
        return node;
    }

    /** Makes the other a peer, and beside it one that does not exist but owns a part of what the other has. */
    private void join(Node node, Node other) {
        int v4 = 0x0a01_0000 + (other.id << 16) + 7 * 256;
        long v6 = 0xfd00_0001_0000_0000L + ((long) other.id << 32 | 7 << 16);
        List<Prefix> prefixes = new ArrayList<>(other.prefixes);
        prefixes.add(Prefix.v4(v4 + 9, 32));
        prefixes.add(Prefix.v6(v6, 9, 128));
        List<Prefix> ghosts = List.of(Prefix.v4(v4, 24), Prefix.v6(v6, 0, 48));
        Node.PeerConfig real = new Node.PeerConfig(other, other.publicKey(), other.address(), prefixes);
        Node.PeerConfig ghost = new Node.PeerConfig(null, PublicKey.of(dice.bytes(32)), null, ghosts);
        boolean realFirst = dice.chance(0.5);
        node.addPeer(realFirst ? real : ghost);
        node.addPeer(realFirst ? ghost : real);
    }

    static Endpoint outerAddress(int id, Dice dice, int port) {
        return dice.chance(0.5)
                ? Endpoint.v4(0xc000_0200 + 100 * id + dice.below(100), port)
                : Endpoint.v6(0x2001_0db8_0000_0000L, 1000L * id + dice.below(1000), port, 0);
    }

    void run() {
        a.up();
        b.up();
        switch (dice.below(10)) {
            case 0 -> {
                chaos(10);
                recover();
                sleep();
            }
            case 1, 2, 3 -> {
                chaos(340);
                recover();
                resume(idle());
            }
            case 4, 5 -> {
                chaos(400);
                recover();
                steady();
            }
            default -> {
                chaos(190);
                recover();
                steady();
                resume(idle());
            }
        }
        world.runUntil(DURATION_NS);
    }

    private void chaos(long seconds) {
        Node stranger = dice.chance(0.2) ? stranger() : null;
        Chaos chaos = new Chaos(world, dice.split(), a, b, traffic);
        chaos.start();
        world.run(seconds * World.SECOND);
        chaos.stop();
        if (stranger != null) {
            stranger.down();
        }
        calmDown();
    }

    /** Somebody who knows a node's key and address, and whom it does not know. */
    private Node stranger() {
        Node stranger = node();
        Node victim = dice.chance(0.5) ? a : b;
        join(stranger, victim);
        stranger.up();
        Traffic its = new Traffic(world, dice.split(), stranger, victim);
        world.after(dice.between(0, 5 * World.SECOND), () -> {
            world.count(Fault.STRANGER_HANDSHAKE);
            its.send();
        });
        return stranger;
    }

    /** All faults end, and operators put right what no protocol can. */
    private void calmDown() {
        world.note("calm", null, 0, null);
        traffic.forEach(one -> one.every(0, 0));
        world.network.calmDown();
        world.attacker.calmDown();
        for (Node node : List.of(a, b)) {
            Node other = node == a ? b : a;
            node.overload(0);
            node.stall(0);
            if (node.hasLostStamps) {
                node.repairClock();
            }
            node.replaceKey(other);
            node.setPresharedKey(other, a.config(b).presharedKey);
            if (node.config(other).keepaliveSeconds > 0) {
                node.setKeepalive(other, 0);
            }
        }
    }

    /** Traffic has to flow in time, in whichever directions there is any. */
    private void recover() {
        boolean fromA = dice.chance(0.7);
        boolean fromB = !fromA || dice.chance(0.7);
        findEachOther(fromA, fromB);
        long startNs = world.nowNs();
        int crossings = world.checks.crossings();
        boolean together = dice.chance(0.3);
        if (fromA) {
            traffic.get(0).every(INTERVAL_NS, 0);
        }
        if (fromB) {
            traffic.get(1).every(INTERVAL_NS, together ? 0 : dice.between(0, INTERVAL_NS));
        }
        // Notice that the keys are dead; wait for a handshake message of one's own, or of the other's load to end; get
        // lost
        // once more to a message that comes too soon after another. Each crossing costs a retry.
        while ((fromA && a.deliveredSentNs < startNs) || (fromB && b.deliveredSentNs < startNs)) {
            long extra = Math.min(MAX_CROSSINGS, world.checks.crossings() - crossings);
            long boundNs = NOTICE_NS + (2 + extra) * RETRY_NS + 4 * world.network.roundTripNs();
            if (world.nowNs() - startNs > boundNs) {
                throw new Violation(
                        "liveness",
                        "no traffic " + (world.nowNs() - startNs) / World.SECOND + " s after the last fault, from "
                                + (fromA ? "a" : "") + (fromB ? "b" : ""));
            }
            world.run(INTERVAL_NS / 4);
        }
    }

    /** If nobody who sends knows where the other is, an operator says it: no protocol could find out. */
    private void findEachOther(boolean fromA, boolean fromB) {
        boolean aKnows = Datagram.sameRemote(a.peer(b).endpoint(), b.address());
        boolean bKnows = Datagram.sameRemote(b.peer(a).endpoint(), a.address());
        if (!(fromA && aKnows) && !(fromB && bKnows)) {
            if (fromA) {
                a.setEndpoint(b, b.address());
            } else {
                b.setEndpoint(a, a.address());
            }
        }
    }

    /** With sessions settled nothing is lost, and keys are renewed in time by the right side only. */
    private void steady() {
        world.run(SETTLING_NS);
        Network.Weather weather = new Network.Weather();
        weather.jitterNs = dice.chance(0.5) ? dice.between(1, 250) * World.MS : 0;
        world.network.weather(weather);
        world.checks.steady(true);
        long untilNs = world.nowNs() + STEADY_NS;
        while (world.nowNs() < untilNs) {
            int silent = dice.below(4); // 0 and 1 name a side; never both, or keys would not be renewed
            traffic.get(0).every(silent == 0 ? 0 : STEADY_INTERVAL_NS, dice.between(0, STEADY_INTERVAL_NS));
            traffic.get(1).every(silent == 1 ? 0 : STEADY_INTERVAL_NS, dice.between(0, STEADY_INTERVAL_NS));
            world.run(Math.min(untilNs - world.nowNs(), dice.between(5, 40) * World.SECOND));
        }
        world.checks.steady(false);
        world.network.weather(Network.Weather.CALM);
    }

    /** Nobody has anything to say; after the last passive keepalive all is still. Returns whether the session is alive. */
    private boolean idle() {
        traffic.forEach(one -> one.every(0, 0));
        long startNs = world.nowNs();
        boolean keepAlive = dice.chance(0.2);
        if (keepAlive) {
            a.setKeepalive(b, 20);
        }
        world.run(dice.between(185, 200) * World.SECOND);
        if (!keepAlive && world.checks.lastSentNs() > startNs + SILENT_AFTER_NS) {
            throw new Violation(
                    "silence",
                    "idle nodes still send after " + (world.checks.lastSentNs() - startNs) / World.SECOND + " s");
        }
        if (keepAlive && world.nowNs() - world.checks.lastSentNs() > 21 * World.SECOND + RETRY_NS) {
            throw new Violation(
                    "keepalive",
                    "no keepalive for " + (world.nowNs() - world.checks.lastSentNs()) / World.SECOND + " s");
        }
        return canSend(a, b) || canSend(b, a);
    }

    private boolean canSend(Node node, Node other) {
        Keypair current = node.peer(other).current();
        return current != null && current.canSend(world.nodeNs());
    }

    /** After a long silence the first packets wait for a handshake, and arrive. */
    private void resume(boolean hasSession) {
        long startNs = world.nowNs();
        int crossings = world.checks.crossings();
        switch (hasSession ? 3 : dice.below(4)) {
            case 0 -> {
                world.count(Fault.SIMULTANEOUS_START);
                traffic.get(0).every(INTERVAL_NS, 0);
                traffic.get(1).every(INTERVAL_NS, 0);
                expect(List.of(traffic.get(0).send(), traffic.get(1).send()), RETRY_NS, crossings);
            }
            case 1 -> {
                world.count(Fault.LONELY_PACKET);
                long cutNs = world.nowNs() + dice.between(World.SECOND, 40 * World.SECOND);
                world.network.block(a, cutNs);
                world.network.block(b, cutNs);
                expect(List.of(traffic.get(dice.below(2)).send()), cutNs - world.nowNs() + RETRY_NS, crossings);
            }
            case 2 -> {
                a.overload(Long.MAX_VALUE);
                b.overload(Long.MAX_VALUE);
                expect(List.of(traffic.get(dice.below(2)).send()), 3 * RETRY_NS, crossings);
            }
            default -> {
                Traffic one = traffic.get(dice.below(2));
                one.every(INTERVAL_NS, INTERVAL_NS);
                expect(List.of(one.send()), RETRY_NS, crossings);
            }
        }
        world.run(SETTLING_NS);
        traffic.forEach(one -> one.every(0, 0));
        world.run(World.SECOND);
        for (Packet packet : world.packets()) {
            if (packet.sentNs >= startNs && !packet.delivered) {
                throw new Violation("liveness", "lost although nothing was wrong: " + packet);
            }
        }
    }

    private void expect(List<Packet> packets, long withinNs, int crossings) {
        long startNs = world.nowNs();
        while (!packets.stream().allMatch(packet -> packet.delivered)) {
            long extra = Math.min(MAX_CROSSINGS, world.checks.crossings() - crossings);
            if (world.nowNs() - startNs > withinNs + extra * RETRY_NS + 4 * world.network.roundTripNs()) {
                throw new Violation(
                        "liveness",
                        "first packets have not arrived after " + (world.nowNs() - startNs) / World.SECOND + " s");
            }
            world.run(INTERVAL_NS / 4);
        }
    }

    /** So long a silence that all keys are zeroed. */
    private void sleep() {
        traffic.forEach(one -> one.every(0, 0));
        world.count(Fault.IDLE_PAST_ZEROING);
        world.run(ZEROED_NS);
        for (Node node : List.of(a, b)) {
            Peer peer = node.peer(node == a ? b : a);
            boolean isEmpty = peer.current() == null && peer.next() == null && peer.previous() == null;
            if (!isEmpty || node.device().indexTable().size() > 0) {
                throw new Violation("zeroing", "node " + node.id + " still has keys after a long silence");
            }
        }
    }
}
