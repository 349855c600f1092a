package io.penstock.wireguard;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/**
 * Sites joined by an in-memory wire, in virtual time. The wire delays, loses on demand and remembers every datagram; the
 * earliest of all deadlines and arrivals comes next.
 */
final class Wire {
    static final long MS = 1_000_000L;
    static final long SECOND = 1_000 * MS;

    /** What went over the wire. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Datagram(long sentNs, Endpoint from, Endpoint to, byte[] content, int trafficClass, boolean lost) {
        int type() {
            return content[0];
        }

        int length() {
            return content.length;
        }

        byte[] bytes() {
            return content.clone();
        }
    }

    private record Arrival(long atNs, long order, Datagram datagram) {}

    final Seeded seeded;
    final List<Site> sites = new ArrayList<>();
    final List<Datagram> log = new ArrayList<>();
    long nowNs;
    long latencyNs = 10 * MS;
    boolean remembers = true;

    /** Datagrams that match never arrive. */
    Predicate<Datagram> loss = datagram -> false;

    private final PriorityQueue<Arrival> arrivals = new PriorityQueue<>((a, b) -> {
        int byTime = Long.compare(a.atNs - b.atNs, 0);
        return byTime != 0 ? byTime : Long.compare(a.order, b.order);
    });
    private long order;

    Wire(Seeded seeded) {
        this.seeded = seeded;
        nowNs = seeded.random().nextLong(); // nanoTime may be anything, also about to wrap
    }

    Site site(int host) {
        Site site = new Site(this, Endpoint.v4(0xc0000200 + host, 51_820));
        sites.add(site);
        return site;
    }

    /** Two sites that are peers of each other and know where the other is; both up. */
    static void join(Site a, Site b) {
        a.addPeer(b);
        b.addPeer(a);
    }

    void send(Endpoint from, Endpoint to, byte[] bytes, int trafficClass) {
        Datagram tried = new Datagram(nowNs, from, to, bytes, trafficClass, false);
        boolean lost = loss.test(tried);
        Datagram datagram = new Datagram(nowNs, from, to, bytes, trafficClass, lost);
        if (remembers) {
            log.add(datagram);
        }
        if (!lost) {
            arrivals.add(new Arrival(nowNs + latencyNs, order++, datagram));
        }
    }

    /** Lets this much time pass. */
    void run(long durationNs) {
        long endNs = nowNs + durationNs;
        settle();
        while (true) {
            Site first = null;
            long nextNs = endNs;
            for (Site site : sites) {
                long deadlineNs = site.device.deadlineNs();
                if (deadlineNs != Device.NO_DEADLINE && deadlineNs - nextNs <= 0) {
                    nextNs = deadlineNs;
                    first = site;
                }
            }
            Arrival arrival = arrivals.peek();
            if (arrival != null && arrival.atNs - nextNs <= 0) {
                arrivals.remove();
                advance(arrival.atNs);
                deliver(arrival.datagram);
            } else if (first != null) {
                advance(nextNs);
                first.device.onTime(nowNs);
                first.settle();
            } else {
                nowNs = endNs;
                return;
            }
        }
    }

    void runSeconds(long seconds) {
        run(seconds * SECOND);
    }

    /** Lets all sites act on what they were told; no time passes. */
    void settle() {
        for (Site site : sites) {
            site.settle();
        }
    }

    /** Datagrams of this type from there, in order. */
    List<Datagram> sent(Site from, int type) {
        return log.stream()
                .filter(datagram -> datagram.from().equals(from.address) && datagram.type() == type)
                .toList();
    }

    private void advance(long atNs) {
        if (atNs - nowNs > 0) { // a deadline may lie in the past when it was set by a mark
            nowNs = atNs;
        }
    }

    private void deliver(Datagram datagram) {
        for (Site site : sites) {
            if (site.address.equals(datagram.to())) {
                site.receive(datagram.bytes(), datagram.from());
                site.settle();
            }
        }
    }
}
