package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** An end behind a gateway that translates addresses: the topology is that of {@link NattedPair}. */
@Tag("live")
class NatRulesTest {
    private static final int LONGER_THAN_MEMORY_MILLIS = 1000 * NattedPair.MEMORY + 1200;

    private final NattedPair natted = NattedPair.start();
    private final Side left = natted.left();
    private final Side right = natted.right();

    @AfterEach
    void end() {
        natted.close();
    }

    /** Through the gateway nobody gets in whom it has forgotten; a packet each second reminds it. */
    @Test
    void keepsAGatewayThatForgetsAfterTwoSecondsOpenByKeepalivesEachSecond() {
        natted.meet();
        left.peer(right.keys.publicKey(), "persistent-keepalive 1");
        assertEquals(NattedPair.OUTSIDE + ":" + left.port, right.onlyPeer().endpoint());

        Await.millis(LONGER_THAN_MEMORY_MILLIS);
        right.mustReach(left.inner4);

        left.peer(right.keys.publicKey(), "persistent-keepalive off");
        assertTrue(isForgotten(), "the gateway does not forget: this test shows nothing");
        left.mustReach(right.inner4);
        right.mustReach(left.inner4);
    }

    /** In one of three silences: a handshake message that either side happens to repeat reminds the gateway too. */
    private boolean isForgotten() {
        for (int i = 0; i < 3; i++) {
            Await.millis(LONGER_THAN_MEMORY_MILLIS);
            if (!right.room.reaches(left.inner4)) {
                return true;
            }
        }
        return false;
    }

    /** Right lets the gateway into the tunnel with its own address there: the answer has to find back, and to pass a strict gateway. */
    @Test
    void tellsWhoeverWasTranslatedThatNobodyOwnsAnAddress() {
        natted.meet();
        NattedPair.nft(natted.outside, """
                table ip nat {
                  chain postrouting {
                    type nat hook postrouting priority srcnat;
                    ip saddr 203.0.113.0/24 ip daddr 10.66.0.0/24 snat to %s
                  }
                }
                """.formatted(right.inner4));
        natted.outside.sysctl("net.ipv4.ip_forward", "1");
        natted.gateway.sysctl("net.ipv4.conf.all.rp_filter", "1");
        natted.gateway.ip("route add 10.66.0.0/24 via 203.0.113.100");
        assertTrue(natted.gateway.reaches(left.inner4), "the gateway uses the tunnel");

        right.peer(left.keys.publicKey(), "remove");

        String out = natted.gateway
                .run("ping", "-n", "-c", "1", "-W", "1", left.inner4)
                .out();
        assertTrue(out.contains("From " + left.inner4 + " icmp_seq=1 Destination Host Unreachable"), out);
    }

    /** The mark of each packet changes on its way out, inside and outside, and has the kernel look for its route once more. */
    @Test
    void carriesPacketsThatARuleHasMarkedAndRoutedAgain() {
        natted.meet();
        for (String family : new String[] {"ip", "ip6"}) {
            NattedPair.nft(natted.inside, """
                    table %s marks {
                      chain output {
                        type route hook output priority mangle;
                        meta mark set 1
                      }
                    }
                    """.formatted(family));
        }

        left.mustReach(right.inner4);
        left.mustReach(right.inner6);
        left.room.need("ping", "-n", "-c", "1", "-W", "1", "-I", left.wg.name(), right.inner4);
        left.room.need("ping", "-n", "-c", "1", "-W", "1", "-I", left.wg.name(), right.inner6);
    }
}
