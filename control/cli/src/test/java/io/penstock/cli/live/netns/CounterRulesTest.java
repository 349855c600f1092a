package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Dump;
import io.penstock.cli.live.Site;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What is counted, to the byte. Without IPv6 inside there is nothing in the tunnel but what the test sends.
 *
 * <pre>
 *   left -- interface ==== world: lo ==== interface -- right
 * </pre>
 */
@Tag("live")
class CounterRulesTest {
    private static final int PINGS = 10;
    private static final int PING = 20 + 8 + 56;
    private static final int PING_MESSAGE = 16 + 96 + 16; // header, the ping padded to whole blocks of 16, tag
    private static final int INITIATION = 148;
    private static final int RESPONSE = 92;
    private static final int KEEPALIVE = 32;

    private final MovedPair moved = MovedPair.start();
    private final Side left = moved.left();
    private final Side right = moved.right();

    @BeforeEach
    void removeIpv6Inside() {
        moved.left.sysctl("net.ipv6.conf.all.disable_ipv6", "1");
        moved.right.sysctl("net.ipv6.conf.all.disable_ipv6", "1");
    }

    @AfterEach
    void end() {
        moved.close();
    }

    @Test
    void countsEveryByteOfTheTunnel() {
        moved.meet(false);
        right.mustFlood(left.inner4, PINGS);

        int pings = PINGS * PING_MESSAGE;
        Dump.Peer initiator = right.onlyPeer();
        Dump.Peer responder = left.onlyPeer();
        assertEquals(RESPONSE + pings, initiator.receivedBytes());
        assertEquals(RESPONSE + pings, responder.sentBytes());
        // The first packet confirms the session: a keepalive, if the ping comes after it.
        Set<Integer> sent = Set.of(INITIATION + pings, INITIATION + KEEPALIVE + pings);
        assertTrue(sent.contains((int) initiator.sentBytes()), initiator.toString());
        assertEquals(initiator.sentBytes(), responder.receivedBytes());
    }

    @Test
    void countsEveryByteOfTheInterface() {
        moved.meet(false);
        long leftReceived = count(left, "rx");
        long leftSent = count(left, "tx");
        long rightReceived = count(right, "rx");
        long rightSent = count(right, "tx");

        right.mustFlood(left.inner4, PINGS);

        assertEquals(PINGS * PING, count(left, "rx") - leftReceived);
        assertEquals(PINGS * PING, count(left, "tx") - leftSent);
        assertEquals(PINGS * PING, count(right, "rx") - rightReceived);
        assertEquals(PINGS * PING, count(right, "tx") - rightSent);
    }

    /** The sysfs that {@code ip netns exec} mounts is that of the namespace. */
    private static long count(Side side, String direction) {
        Site room = side.room;
        return Long.parseLong(
                room.need("cat", "/sys/class/net/" + side.wg.name() + "/statistics/" + direction + "_bytes")
                        .strip());
    }

    @Test
    void showsWhenTheLastHandshakeWas() {
        moved.meet(false);
        assertEquals(0, left.onlyPeer().latestHandshake());
        assertEquals(0, right.onlyPeer().latestHandshake());
        long from = System.currentTimeMillis() / 1000;

        right.awaitReach(left);

        long to = System.currentTimeMillis() / 1000;
        for (Side side : new Side[] {left, right}) {
            long shown = side.onlyPeer().latestHandshake();
            assertTrue(shown >= from && shown <= to, shown + " is between " + from + " and " + to);
        }
    }
}
