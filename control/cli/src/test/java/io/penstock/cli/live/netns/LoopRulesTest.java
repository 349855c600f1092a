package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Dump;
import io.penstock.cli.live.Iperf3;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.Underlay;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A tunnel whose packets go through another tunnel, or in the end through itself.
 *
 * <pre>
 *   left:  10.67.0.1 inner interface                              right: 10.67.0.2 inner interface
 *          port 51671 on fd66::1                                         port 51672 on fd66::2
 *          fd66::1 outer interface ========= world: lo =========         fd66::2 outer interface
 *
 *   left:  10.66.0.1 and 10.68.0.1 on one interface               right: 10.66.0.2 an interface
 *          192.0.2.1 ------------- outside --------------                 192.0.2.2
 *                                                                        10.68.0.3 a third one, on port 51683 of 10.66.0.2
 * </pre>
 */
@Tag("live")
class LoopRulesTest {
    private static final int INNER_MTU = 1340;
    private static final int STREAM_BYTES = 16 << 20;
    private static final int LOOP_BYTES = 70_000;
    private static final int LOOP_MILLIS = 1000;

    @Test
    void carriesATunnelInATunnel() {
        try (MovedPair outer = MovedPair.start();
                Pair inner = startInner(outer)) {
            inner.right.mustFlood(inner.left.inner4, 100);
            inner.left.mustFlood(inner.right.inner6, 100);
            Iperf3.run(inner.right.room, inner.left.room, inner.right.inner4, "-n", "" + STREAM_BYTES);
            Iperf3.run(inner.left.room, inner.right.room, inner.left.inner6, "-n", "" + STREAM_BYTES);
            Iperf3.run(inner.left.room, inner.right.room, inner.left.inner4, "-u", "-b", "0", "-n", "" + STREAM_BYTES);
            assertTrue(outer.right().onlyPeer().receivedBytes()
                    > inner.right.onlyPeer().receivedBytes());
        }
    }

    private static Pair startInner(MovedPair outer) {
        outer.meetAndReach(false);
        Pair inner = Pair.start(outer.left, outer.left, outer.right, outer.right, 67);
        inner.left.setMtu(INNER_MTU);
        inner.right.setMtu(INNER_MTU);
        inner.left.learn(inner.right, "[" + outer.right().inner6 + "]:" + inner.right.port);
        inner.left.awaitReach(inner.right);
        return inner;
    }

    /**
     * The inner interface of left moves into the world, and the outer one is told that right is where only the inner one leads: what goes
     * in goes round, and gets longer each time. Right is no more, so nobody else stops it.
     */
    @Test
    void letsALoopOfTwoTunnelsDieOut() {
        try (MovedPair outer = MovedPair.start();
                Pair inner = startInner(outer)) {
            Side lost = inner.left;
            outer.left.ip("link set " + lost.wg.name() + " netns " + outer.world.name());
            outer.world.ip("addr add " + lost.inner4 + "/24 dev " + lost.wg.name());
            outer.world.ip("link set " + lost.wg.name() + " up");
            outer.world.awaitReach(inner.right.inner4, Side.HANDSHAKE);
            outer.left().learn(outer.right(), inner.right.inner4 + ":7");
            outer.right().close();
            inner.right.close();

            long before = lost.onlyPeer().sentBytes();
            outer.world.run("ping", "-n", "-q", "-f", "-c", "10", "-W", "1", inner.right.inner4);
            Await.millis(LOOP_MILLIS);
            long sent = lost.onlyPeer().sentBytes() - before;

            assertTrue(sent < LOOP_BYTES, sent + " bytes went round");
            assertTrue(sent > 0);
        }
    }

    @Test
    void carriesAPeerThroughAnotherPeer() {
        try (Underlay<Site> underlay = Underlay.make();
                Pair pair = startOnUnderlay(underlay);
                Side third = startThird(pair)) {
            pair.left.mustFlood(third.inner4, 10);
            third.mustReach("10.68.0.1");
        }
    }

    /** Endpoint of the third is an address of the third's, so that what is for it goes round through the one interface. */
    @Test
    void letsALoopOfOneTunnelDieOut() {
        try (Underlay<Site> underlay = Underlay.make();
                Pair pair = startOnUnderlay(underlay);
                Side third = startThird(pair)) {
            Side left = pair.left;
            left.learn(third, third.inner4 + ":" + third.port);
            third.wg.close();

            long before = sent(left, third);
            assertFalse(left.room.reaches(third.inner4));
            Await.millis(LOOP_MILLIS);
            long bytes = sent(left, third) - before;

            assertTrue(bytes < LOOP_BYTES, bytes + " bytes went round");
            assertTrue(bytes > 0);
            pair.left.mustFlood(pair.right.inner4, 10);
        }
    }

    private static Pair startOnUnderlay(Underlay<Site> underlay) {
        Pair pair = Pair.start(underlay.left, underlay.right);
        pair.left.learn(pair.right, Underlay.endpoint(false, 2, pair.right.port));
        pair.left.awaitReach(pair.right);
        return pair;
    }

    /** A second interface at the right, that left reaches only inside the tunnel to the first one. */
    private static Side startThird(Pair pair) {
        Side left = pair.left;
        Side third = Side.start(pair.right.room, pair.right.room, 68, 3);
        third.configure();
        third.peer(left.keys.publicKey(), "allowed-ips 10.68.0.1/32");
        left.room.ip("addr add 10.68.0.1/24 dev " + left.wg.name());
        left.peer(
                third.keys.publicKey(),
                "allowed-ips " + third.inner4 + "/32 endpoint " + pair.right.inner4 + ":" + third.port);
        left.awaitReach(third);
        return third;
    }

    private static long sent(Side side, Side to) {
        Dump.Peer peer = side.wg.dump().peers().get(to.keys.publicKey());
        return Objects.requireNonNull(peer).sentBytes();
    }
}
