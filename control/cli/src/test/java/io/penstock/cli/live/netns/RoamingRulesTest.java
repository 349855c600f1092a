package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One side is somewhere else, and one packet is enough for the other to follow.
 *
 * <pre>
 *   left -- interface ==== world: lo (127.0.0.1, then 127.212.121.99, and ::1) ==== interface -- right
 * </pre>
 */
@Tag("live")
class RoamingRulesTest {
    private final MovedPair moved = MovedPair.start();
    private final Side left = moved.left();
    private final Side right = moved.right();

    @BeforeEach
    void meetInIpv4() {
        moved.meetAndReach(false);
    }

    @AfterEach
    void end() {
        moved.close();
    }

    @Test
    void followsToAnotherAddressAndPort() {
        moved.world.ip("-4 addr del 127.0.0.1/8 dev lo");
        moved.world.ip("-4 addr add 127.212.121.99/8 dev lo");
        left.wg.wg("set", "listen-port 9999");

        left.mustReach(right.inner6);

        assertEquals("127.212.121.99:9999", right.onlyPeer().endpoint());
        right.mustReach(left.inner4);
    }

    @Test
    void followsFromIpv4ToIpv6AndBack() {
        left.wg.wg("set", "listen-port 9998");
        left.learn(right, MovedPair.at(true, right));

        left.mustReach(right.inner4);

        assertEquals("[::1]:9998", right.onlyPeer().endpoint());
        right.mustReach(left.inner4);

        left.learn(right, MovedPair.at(false, right));
        left.mustReach(right.inner6);
        assertEquals("127.0.0.1:9998", right.onlyPeer().endpoint());
        right.mustReach(left.inner6);
    }

    @Test
    void followsToAnotherPort() {
        right.wg.wg("set", "listen-port 9997");

        right.mustReach(left.inner4);

        assertEquals("127.0.0.1:9997", left.onlyPeer().endpoint());
        left.mustReach(right.inner4);
    }
}
