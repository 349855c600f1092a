package io.penstock.sim.net;

import io.penstock.sim.Dice;
import io.penstock.sim.Timeline;
import io.penstock.wireguard.Endpoint;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What connects all routers and public hosts. How long a datagram takes, and whether it arrives, is a matter of the two links it passes. */
public final class Internet implements Segment {
    /** What may go wrong with a datagram, to be counted. */
    public enum Mishap {
        LOST,
        DOUBLED,
        OVERTAKEN,
        CUT,
        TOO_LONG,
        NOBODY_THERE
    }

    private record Pair(Object from, Object to) {}

    private static final long HELD_UP_NS = 60 * Timeline.MS;

    private final Timeline timeline;
    private final Dice dice;
    private final Map<Endpoint, Attachment> byAddress = new HashMap<>();
    private final Set<Pair> cuts = new HashSet<>();
    private final long[] mishaps = new long[Mishap.values().length];

    public Internet(Timeline timeline, Dice dice) {
        this.timeline = timeline;
        this.dice = dice;
    }

    /** How often it happened. */
    public long happened(Mishap mishap) {
        return mishaps[mishap.ordinal()];
    }

    /** From here on nothing gets through from one attachment to the other. */
    public void cut(Object from, Object to) {
        cuts.add(new Pair(from, to));
    }

    public void heal(Object from, Object to) {
        cuts.remove(new Pair(from, to));
    }

    public boolean isCut(Object from, Object to) {
        return cuts.contains(new Pair(from, to));
    }

    @Override
    public void attach(Endpoint address, Attachment to) {
        if (byAddress.put(address, to) != null) {
            throw new IllegalStateException("taken: " + address);
        }
    }

    @Override
    public void detach(Endpoint address) {
        byAddress.remove(address);
    }

    /** Whether the address leads somewhere, so that it is not to be given out again. */
    public boolean isTaken(Endpoint address) {
        return byAddress.containsKey(address);
    }

    @Override
    public void send(Attachment from, Datagram datagram) {
        Attachment to = byAddress.get(Addresses.of(datagram.to()));
        Mishap mishap = mishap(from, to, datagram);
        if (mishap != null || to == null) {
            count(mishap == null ? Mishap.NOBODY_THERE : mishap);
            return;
        }
        deliver(from, to, datagram);
        if (dice.chance(from.link().out.duplication + to.link().in.duplication)) {
            count(Mishap.DOUBLED);
            deliver(from, to, datagram);
        }
    }

    private @Nullable Mishap mishap(Attachment from, @Nullable Attachment to, Datagram datagram) {
        if (to == null) {
            return Mishap.NOBODY_THERE;
        }
        Link.Way out = from.link().out;
        Link.Way in = to.link().in;
        if (out.isCut || in.isCut || cuts.contains(new Pair(from, to))) {
            return Mishap.CUT;
        }
        if (isTooLong(datagram, out) || isTooLong(datagram, in)) {
            return Mishap.TOO_LONG;
        }
        return dice.chance(out.loss) || dice.chance(in.loss) ? Mishap.LOST : null;
    }

    private static boolean isTooLong(Datagram datagram, Link.Way way) {
        return datagram.wireLength() > way.mtu && (way.isHole || datagram.isWhole());
    }

    private void deliver(Attachment from, Attachment to, Datagram datagram) {
        long delayNs = delayNs(from.link(), to.link());
        if (dice.chance(from.link().out.reordering + to.link().in.reordering)) {
            count(Mishap.OVERTAKEN);
            delayNs += dice.between(0, HELD_UP_NS);
        }
        timeline.after(delayNs, () -> to.receive(datagram));
    }

    /** Of one way, from the dice. */
    public long delayNs(Link a, Link b) {
        long spreadNs = a.jitterNs + b.jitterNs;
        return a.delayNs + b.delayNs + (spreadNs == 0 ? 0 : dice.between(0, spreadNs));
    }

    private void count(Mishap mishap) {
        mishaps[mishap.ordinal()]++;
    }
}
