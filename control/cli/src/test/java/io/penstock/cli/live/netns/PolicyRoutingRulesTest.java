package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.Underlay;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rules that look at the mark of packets outside.
 *
 * <pre>
 *   left -- lan -- gateway -- wan -- right        (NattedPair; everything else of left's goes into the tunnel)
 *
 *   left                          right
 *   192.0.2.1    --- outside ---  192.0.2.2       (one mark goes this way, another that)
 *   198.51.100.1 --- second  ---  198.51.100.2
 * </pre>
 */
@Tag("live")
class PolicyRoutingRulesTest {
    private static final String SECOND = "second";
    private static final int TABLE = 51_820;

    /** As wg-quick does it for a default route; an IPv6 default route outside is there to be mistaken for it. */
    @Test
    void carriesTheDefaultRouteWhileItsOwnPacketsGoAround() {
        try (NattedPair natted = NattedPair.start()) {
            natted.meet();
            Side left = natted.left();
            Side right = natted.right();
            Site host = natted.inside;
            host.ip("-6 addr add fc00::9/96 dev " + NattedPair.LAN + " nodad");
            host.ip("-6 route add default via fc00::1");
            right.room.ip("-4 addr add 192.168.99.7/32 dev " + right.wg.name());
            right.room.ip("-6 addr add abab::1111/128 dev " + right.wg.name() + " nodad");
            left.wg.wg(
                    "set",
                    "fwmark " + TABLE + " peer " + right.keys.publicKey() + " allowed-ips 192.168.99.7,abab::1111");
            for (String family : new String[] {"-6", "-4"}) {
                host.ip(family + " route add default dev " + left.wg.name() + " table " + TABLE);
                host.ip(family + " rule add not fwmark " + TABLE + " table " + TABLE);
                host.ip(family + " rule add table main suppress_prefixlength 0");
            }
            host.sysctl("net.ipv4.conf." + NattedPair.LAN + ".rp_filter", "0");

            left.mustFlood("192.168.99.7", 100);
            left.mustFlood("abab::1111", 100);
            assertEquals(NattedPair.OUTSIDE + ":" + left.port, right.onlyPeer().endpoint());
        }
    }

    /**
     * The address that was asked sticks only as long as the way to the peer leaves by the interface that its packets come in by.
     * Before the peer has answered from there, it may be sent to from either.
     */
    @ParameterizedTest(name = "IPv6 outside: {0}")
    @ValueSource(booleans = {false, true})
    void goesAnotherWayWhenABetterRouteAppears(boolean v6) {
        try (Underlay<Site> underlay = Underlay.make();
                Pair pair = Pair.start(underlay.left, underlay.right)) {
            Side left = pair.left;
            Side right = pair.right;
            Site host = underlay.left;
            host.ip("link add " + SECOND + " type veth peer name " + SECOND + " netns " + underlay.right.name());
            host.ip("addr add " + (v6 ? "2001:db8:2::1/64 nodad" : "198.51.100.1/24") + " dev " + SECOND);
            underlay.right.ip("addr add " + (v6 ? "2001:db8:2::2/64 nodad" : "198.51.100.2/24") + " dev " + SECOND);
            host.ip("link set " + SECOND + " up");
            underlay.right.ip("link set " + SECOND + " up");
            left.learn(right, Underlay.endpoint(v6, 2, right.port));
            left.awaitReach(right);
            assertEquals(Underlay.endpoint(v6, 1, left.port), right.onlyPeer().endpoint());

            host.ip("route add " + Underlay.address(v6, 2) + (v6 ? "/128 via 2001:db8:2::2" : "/32 via 198.51.100.2"));
            String there = (v6 ? "[2001:db8:2::1]:" : "198.51.100.1:") + left.port;
            Await.until("the new way", Duration.ofSeconds(10), () -> {
                left.mustReach(right.inner4);
                return right.onlyPeer().endpoint().equals(there);
            });
        }
    }

    /** Another mark is another way, at once: also the source of the old way does not stick. */
    @Test
    void goesAnotherWayWhenItsMarkChanges() {
        try (Underlay<Site> underlay = Underlay.make();
                Pair pair = Pair.start(underlay.left, underlay.right)) {
            Side left = pair.left;
            Side right = pair.right;
            Site host = underlay.left;
            host.ip("link add " + SECOND + " type veth peer name " + SECOND + " netns " + underlay.right.name());
            host.ip("addr add 198.51.100.1/24 dev " + SECOND);
            underlay.right.ip("addr add 198.51.100.2/24 dev " + SECOND);
            host.ip("link set " + SECOND + " up");
            underlay.right.ip("link set " + SECOND + " up");
            host.ip("rule add fwmark 7 table 7");
            host.ip("route add 192.0.2.0/24 via 198.51.100.2 table 7");
            left.learn(right, Underlay.endpoint(false, 2, right.port));
            left.awaitReach(right);
            assertEquals("192.0.2.1:" + left.port, right.onlyPeer().endpoint());

            left.wg.wg("set", "fwmark 7");
            left.mustReach(right.inner4);
            assertEquals("198.51.100.1:" + left.port, right.onlyPeer().endpoint());

            left.wg.wg("set", "fwmark off");
            left.mustReach(right.inner6);
            assertEquals("192.0.2.1:" + left.port, right.onlyPeer().endpoint());
        }
    }
}
