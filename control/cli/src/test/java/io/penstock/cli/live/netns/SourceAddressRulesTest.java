package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.cli.live.Site;
import io.penstock.cli.live.Underlay;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From which of its addresses a host with several of them sends: the one that was asked, as long as it is there.
 *
 * <pre>
 *   left                                                            right
 *   192.0.2.1, 2001:db8::1 and more ----- outside ----- 192.0.2.2, 2001:db8::2
 *   198.51.100.1 on lo
 * </pre>
 */
@Tag("live")
class SourceAddressRulesTest {
    private final Underlay<Site> underlay = Underlay.make();
    private final Pair pair = startPair();
    private final Side left = pair.left;
    private final Side right = pair.right;

    private Pair startPair() {
        try {
            return Pair.start(underlay.left, underlay.right);
        } catch (Throwable t) {
            try (underlay) {
                throw t;
            }
        }
    }

    @BeforeEach
    void keepOtherAddressesWhenOneGoes() {
        underlay.left.sysctl("net.ipv4.conf." + Underlay.CABLE + ".promote_secondaries", "1");
    }

    @AfterEach
    void end() {
        try (underlay;
                pair) {
            // in reverse
        }
    }

    @ParameterizedTest(name = "IPv6 outside: {0}")
    @ValueSource(booleans = {false, true})
    void usesAnotherAddressWhenItsOwnIsGone(boolean v6) {
        left.learn(right, Underlay.endpoint(v6, 2, right.port));
        left.awaitReach(right);
        assertEquals(Underlay.endpoint(v6, 1, left.port), right.onlyPeer().endpoint());

        Underlay.addAddress(underlay.left, 10);
        String length = v6 ? "/64" : "/24";
        underlay.left.ip("addr del " + Underlay.address(v6, 1) + length + " dev " + Underlay.CABLE);
        left.mustReach(right.inner4);

        assertEquals(Underlay.endpoint(v6, 10, left.port), right.onlyPeer().endpoint());
        right.mustReach(left.inner6);
    }

    @Test
    void answersFromWhicheverAddressWasAsked() {
        Underlay.addAddress(underlay.left, 11);
        right.learn(left, Underlay.endpoint(false, 1, left.port));
        right.awaitReach(left);

        for (int address : new int[] {11, 1}) {
            for (boolean v6 : new boolean[] {true, false}) {
                String asked = Underlay.endpoint(v6, address, left.port);
                right.learn(left, asked);
                right.mustReach(left.inner4);
                assertEquals(asked, right.onlyPeer().endpoint());
                left.mustReach(right.inner4);
                assertEquals(asked, right.onlyPeer().endpoint());
            }
        }
    }

    @Test
    void answersFromAnAddressThatIsOnAnotherInterface() {
        underlay.left.ip("addr add 198.51.100.1/32 dev lo");
        underlay.right.ip("route add 198.51.100.0/24 dev " + Underlay.CABLE);
        String asked = "198.51.100.1:" + left.port;

        right.learn(left, asked);
        right.awaitReach(left);

        assertEquals(asked, right.onlyPeer().endpoint());
        left.mustReach(right.inner6);
        assertEquals(asked, right.onlyPeer().endpoint());
    }
}
