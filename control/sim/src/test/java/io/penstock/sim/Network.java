package io.penstock.sim;

import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.wire.Initiation;
import java.util.Arrays;
import java.util.PriorityQueue;

/** The links between all nodes, and what they do to a datagram on its way. */
final class Network {
    /** What a link does to datagrams, as probabilities for each of them. */
    static final class Weather {
        static final Weather CALM = new Weather();

        double loss;
        double duplication;
        double corruption;
        double reordering;
        double longDelay;
        double redirection;
        long jitterNs;

        /** How many later datagrams may overtake one. */
        int displacement = 1;
    }

    private record Held(Datagram datagram, long heldAt, long releaseAt) {}

    private static final int MAX_HELD = 8192;
    private static final long MAX_HOLD_NS = 20 * World.SECOND;
    private static final long MAX_LONG_DELAY_NS = 300 * World.SECOND;
    private static final int THOUSANDS = 1000;

    private final World world;
    private final Dice dice;
    private final PriorityQueue<Held> held = new PriorityQueue<>((a, b) -> Long.compare(a.releaseAt, b.releaseAt));
    private Weather weather = Weather.CALM;
    private long[] delayNs = {};
    private long[] blockedUntilNs = {};
    private long[] bunchedUntilNs = {};
    private long sent;
    private int epoch;

    Network(World world, Dice dice) {
        this.world = world;
        this.dice = dice;
    }

    void addNode(long delayOfItsDatagramsNs) {
        delayNs = Arrays.copyOf(delayNs, delayNs.length + 1);
        delayNs[delayNs.length - 1] = delayOfItsDatagramsNs;
        blockedUntilNs = Arrays.copyOf(blockedUntilNs, delayNs.length);
        bunchedUntilNs = Arrays.copyOf(bunchedUntilNs, delayNs.length);
    }

    /** The longest that a datagram of this node travels when nothing is lost or held. */
    long delayNs(Node from) {
        return delayNs[from.id] + weather.jitterNs;
    }

    /** The longest way there and back. */
    long roundTripNs() {
        return 2 * (Arrays.stream(delayNs).max().orElse(0) + weather.jitterNs);
    }

    void weather(Weather next) {
        weather = next;
    }

    /** Nothing of this node gets through until then. */
    void block(Node from, long untilNs) {
        blockedUntilNs[from.id] = untilNs;
    }

    /** All initiations of this node arrive together then. */
    void bunch(Node from, long untilNs) {
        bunchedUntilNs[from.id] = untilNs;
    }

    /** Faults end: the sky clears, and what is under way is lost. */
    void calmDown() {
        weather = Weather.CALM;
        Arrays.fill(blockedUntilNs, 0);
        Arrays.fill(bunchedUntilNs, 0);
        held.clear();
        epoch++;
    }

    /** A node sends. */
    void send(Node from, Endpoint to, Message message) {
        sent++;
        releaseHeld();
        world.attacker.onSent(message, from.address(), to);
        if (world.nowNs() < blockedUntilNs[from.id]) {
            world.count(Fault.PARTITION);
            return;
        }
        if (dice.chance(weather.loss)) {
            world.count(Fault.LOSS);
            return;
        }
        boolean twice = dice.chance(weather.duplication);
        if (twice) {
            world.count(Fault.DUPLICATION);
            travel(from, to, message);
        }
        travel(from, to, message);
    }

    private void travel(Node from, Endpoint to, Message message) {
        byte[] bytes = world.attacker.onTheWay(message);
        if (dice.chance(weather.corruption)) {
            bytes = corrupt(bytes);
        }
        Endpoint source = from.address();
        if (dice.chance(weather.redirection)) {
            world.count(Fault.REDIRECTED_SOURCE);
            source = world.attacker.address();
        }
        Datagram datagram = Datagram.of(bytes, source, to, message);
        if (dice.chance(weather.reordering) && held.size() < MAX_HELD) {
            hold(datagram);
            return;
        }
        long delay = delayNs[from.id];
        if (message.type == Initiation.TYPE && world.nowNs() < bunchedUntilNs[from.id]) {
            world.count(Fault.BUNCHED_INITIATION);
            arrive(datagram, bunchedUntilNs[from.id] - world.nowNs());
            return;
        }
        if (weather.jitterNs > 0) {
            world.count(Fault.JITTER);
            delay += dice.between(0, weather.jitterNs);
        }
        if (dice.chance(weather.longDelay)) {
            world.count(Fault.LONG_DELAY);
            delay += dice.between(World.SECOND, MAX_LONG_DELAY_NS);
        }
        arrive(datagram, delay);
    }

    /** Brings a datagram of whomever to whoever has that address when it comes. */
    void arrive(Datagram datagram, long afterNs) {
        int started = epoch;
        world.after(afterNs, () -> {
            if (epoch == started) {
                deliver(datagram);
            }
        });
    }

    private void deliver(Datagram datagram) {
        for (Node node : world.nodes) {
            if (Datagram.sameRemote(node.address(), datagram.to())) {
                if (node.isStalled()) {
                    arrive(datagram, node.stalledUntilNs() - world.nowNs()); // it waits in the socket
                } else {
                    node.receive(datagram);
                }
                return;
            }
        }
    }

    /** Keeps a datagram until others have overtaken it, or for some time if none come. */
    private void hold(Datagram datagram) {
        world.count(Fault.REORDERING);
        Held entry = new Held(datagram, sent, sent + dice.between(1, weather.displacement));
        held.add(entry);
        int started = epoch;
        world.after(dice.between(World.MS, MAX_HOLD_NS), () -> {
            if (epoch == started && held.remove(entry)) {
                release(entry);
            }
        });
    }

    private void releaseHeld() {
        for (Held next = held.peek(); next != null && next.releaseAt <= sent; next = held.peek()) {
            held.remove();
            release(next);
        }
    }

    private void release(Held entry) {
        if (sent - entry.heldAt >= THOUSANDS) {
            world.count(Fault.REORDERING_BY_THOUSANDS);
        }
        arrive(entry.datagram, 0);
    }

    /** The bytes as a bad link or a crude attacker would change them. */
    byte[] corrupt(byte[] bytes) {
        byte[] changed = bytes.clone();
        switch (dice.below(4)) {
            case 0 -> {
                world.count(Fault.BIT_FLIP);
                for (int flips = dice.below(3); flips >= 0; flips--) {
                    changed[dice.below(changed.length)] ^= (byte) (1 << dice.below(8));
                }
            }
            case 1 -> {
                world.count(Fault.TRUNCATION);
                changed = Arrays.copyOf(changed, dice.below(changed.length));
            }
            case 2 -> {
                world.count(Fault.EXTENSION);
                changed = Arrays.copyOf(changed, changed.length + 1 + dice.below(64));
                if (dice.chance(0.5)) {
                    System.arraycopy(dice.bytes(1), 0, changed, changed.length - 1, 1);
                }
            }
            default -> {
                world.count(Fault.SPLICE);
                byte[] other = world.attacker.anySeen(changed);
                int from = 16
                        + dice.below(Math.min(changed.length, other.length) - 16); // so that it is not all of the other
                System.arraycopy(other, from, changed, from, Math.min(changed.length, other.length) - from);
            }
        }
        return changed;
    }
}
