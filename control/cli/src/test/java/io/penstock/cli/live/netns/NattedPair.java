package io.penstock.cli.live.netns;

import io.penstock.cli.live.Site;
import java.util.List;

/**
 * One end behind a gateway that translates addresses and forgets a flow after two seconds.
 *
 * <pre>
 *   left                            gateway                              right
 *   192.168.1.100 --- lan --- 192.168.1.1 | 203.0.113.1 --- wan --- 203.0.113.100
 *   interface 10.66.0.1            SNAT to 203.0.113.1            interface 10.66.0.2
 * </pre>
 */
final class NattedPair implements AutoCloseable {
    static final String LAN = "lan";
    static final String WAN = "wan";
    static final String OUTSIDE = "203.0.113.1";

    /** Seconds after which the gateway forgets. */
    static final int MEMORY = 2;

    final Site gateway;
    final Site inside;
    final Site outside;
    private final Pair pair;

    private NattedPair(Site inside, Site gateway, Site outside, Pair pair) {
        this.inside = inside;
        this.gateway = gateway;
        this.outside = outside;
        this.pair = pair;
    }

    static NattedPair start() {
        Site inside = Site.make("inside");
        Site gateway = Site.make("gateway");
        Site outside = Site.make("outside");
        try {
            join(inside, gateway, outside);
            return new NattedPair(inside, gateway, outside, Pair.start(inside, outside));
        } catch (Throwable t) {
            try (inside;
                    gateway;
                    outside) {
                throw t;
            }
        }
    }

    private static void join(Site inside, Site gateway, Site outside) {
        inside.ip("link add " + LAN + " type veth peer name " + LAN + " netns " + gateway.name());
        outside.ip("link add " + WAN + " type veth peer name " + WAN + " netns " + gateway.name());
        inside.ip("addr add 192.168.1.100/24 dev " + LAN);
        gateway.ip("addr add 192.168.1.1/24 dev " + LAN);
        gateway.ip("addr add " + OUTSIDE + "/24 dev " + WAN);
        outside.ip("addr add 203.0.113.100/24 dev " + WAN);
        for (Site site : List.of(inside, gateway)) {
            site.ip("link set " + LAN + " up");
        }
        for (Site site : List.of(outside, gateway)) {
            site.ip("link set " + WAN + " up");
        }
        inside.ip("route add default via 192.168.1.1");
        gateway.sysctl("net.ipv4.ip_forward", "1");
        gateway.sysctl("net.netfilter.nf_conntrack_udp_timeout", "" + MEMORY);
        gateway.sysctl("net.netfilter.nf_conntrack_udp_timeout_stream", "" + MEMORY);
        nft(gateway, """
                table ip nat {
                  chain postrouting {
                    type nat hook postrouting priority srcnat;
                    ip saddr 192.168.1.0/24 ip daddr 203.0.113.0/24 snat to %s
                  }
                }
                """.formatted(OUTSIDE));
    }

    /** Adds rules of nftables to those of a site. */
    static void nft(Site site, String rules) {
        site.need("nft", "-f", site.file(rules));
    }

    Side left() {
        return pair.left;
    }

    Side right() {
        return pair.right;
    }

    /** The one behind the gateway begins. */
    void meet() {
        left().learn(right(), "203.0.113.100:" + right().port);
        left().awaitReach(right());
    }

    @Override
    public void close() {
        try (inside;
                gateway;
                outside;
                pair) {
            // in reverse: the programs first
        }
    }
}
