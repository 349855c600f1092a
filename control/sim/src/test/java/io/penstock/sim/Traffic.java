package io.penstock.sim;

import static io.penstock.wireguard.Protocol.REJECT_AFTER_TIME_NS;
import static io.penstock.wireguard.Protocol.REKEY_AFTER_TIME_NS;

/** The packets that one node's hosts send to another's. */
final class Traffic {
    private static final int NEST = 7; // the third byte of addresses that another peer owns

    private final World world;
    private final Dice dice;
    private final Node from;
    private final Node to;
    private long intervalNs;
    private int version;
    private long lastNs;

    Traffic(World world, Dice dice, Node from, Node to) {
        this.world = world;
        this.dice = dice;
        this.from = from;
        this.to = to;
    }

    /** From now on one packet in so much time, the first one then; 0 for none. */
    void every(long newIntervalNs, long firstAfterNs) {
        intervalNs = newIntervalNs;
        int started = ++version;
        if (intervalNs > 0) {
            world.after(firstAfterNs, () -> next(started));
        }
    }

    private void next(int started) {
        if (started == version) {
            send();
            world.after(intervalNs, () -> next(started));
        }
    }

    Packet send() {
        long idleNs = world.nowNs() - lastNs;
        if (idleNs > REKEY_AFTER_TIME_NS) {
            world.count(idleNs > REJECT_AFTER_TIME_NS ? Fault.IDLE_PAST_REJECT : Fault.IDLE_PAST_REKEY);
        }
        lastNs = world.nowNs();
        boolean v6 = dice.chance(0.5);
        Packet packet = world.packet(from, to, host(from, v6), host(to, v6), dice.below(100));
        from.send(packet);
        if (world.checks.isSteady() && !world.checks.mayForgetCurrent(to, from)) {
            world.after(world.network.delayNs(from) + World.MS, () -> {
                if (!packet.delivered) {
                    throw new Violation("liveness", "lost although nothing was wrong: " + packet);
                }
            });
        }
        return packet;
    }

    /** A packet whose source is not the sender's: another peer's, nobody's, or the receiver's own. */
    void sendSpoofed() {
        world.count(Fault.SPOOFED_INNER_SOURCE);
        boolean v6 = dice.chance(0.5);
        Inner.Address source =
                switch (dice.below(3)) {
                    case 0 -> new Inner.Address(v6, v6 ? 0x2001_0db8L << 32 : 0, 0x0808_0808);
                    case 1 -> host(to, v6);
                    default -> nested(from, v6, 1 + dice.below(8));
                };
        from.send(world.packet(from, to, source, host(to, v6), dice.below(100)));
    }

    /** Most are of the node's wide prefix, some of a host route within the ghost's prefix within that. */
    private Inner.Address host(Node node, boolean v6) {
        return dice.chance(0.1) ? nested(node, v6, 9) : address(node, v6, dice.below(NEST), 1 + dice.below(250));
    }

    private static Inner.Address nested(Node node, boolean v6, int host) {
        return address(node, v6, NEST, host);
    }

    private static Inner.Address address(Node node, boolean v6, int net, int host) {
        return v6
                ? new Inner.Address(true, 0xfd00_0001_0000_0000L + ((long) node.id << 32 | net << 16), host)
                : new Inner.Address(false, 0, 0x0a01_0000L + ((long) node.id << 16) + net * 256L + host);
    }
}
