package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Shell;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * How large a packet may be, inside and outside.
 *
 * <pre>
 *   left -- interface ==== world: lo, with a filter for what is too large ==== interface -- right
 * </pre>
 */
@Tag("live")
class MtuRulesTest {
    private static final Duration MOMENT = Duration.ofSeconds(8);
    private static final int ICMP_HEADERS = 28;
    private static final int OVERHEAD = 20 + 8 + 32;

    private final MovedPair moved = MovedPair.start();
    private final Side left = moved.left();
    private final Side right = moved.right();

    @BeforeEach
    void meet() {
        moved.meetAndReach(false);
    }

    @AfterEach
    void end() {
        moved.close();
    }

    @Test
    void carriesWholePacketsOfAnyMtuSetAtRunTime() {
        int usual = left.mtu();
        for (int mtu : new int[] {34_816 - 1500 + usual, 1280, usual}) {
            left.setMtu(mtu);
            right.setMtu(mtu);
            assertEquals(mtu, left.mtu());
            for (boolean fromLeft : new boolean[] {true, false}) {
                ping(fromLeft, mtu).mustSucceed();
                assertNotEquals(0, ping(fromLeft, mtu + 1).status());
            }
        }
    }

    /**
     * 1297 bytes are padded to whole blocks of 16, but not beyond the MTU: with one of 1299 a path for 1359 bytes is wide enough. The
     * kernel's own suite has that MTU on the route, which a program behind a TUN device does not see.
     */
    @Test
    void padsNoFurtherThanTheMtu() {
        int size = 1297;
        int mtu = 1299;
        dropLongerThan(mtu + OVERHEAD);

        // The program learns of a new MTU a moment later.
        setMtus(mtu);
        Await.until("the packet gets through", MOMENT, () -> passes(size));

        setMtus(mtu + 1);
        Await.until("it is a byte longer outside", MOMENT, () -> !passes(size));
        setMtus(1400);
        Await.until("it is as long as whole blocks", MOMENT, () -> !passes(size));
        setMtus(mtu);
        Await.until("it gets through again", MOMENT, () -> passes(size));
    }

    private boolean passes(int size) {
        return ping(false, size).status() == 0 && ping(true, size).status() == 0;
    }

    private void setMtus(int mtu) {
        left.setMtu(mtu);
        right.setMtu(mtu);
    }

    private void dropLongerThan(int bytes) {
        moved.world.need("nft", "-f", moved.world.file("""
                        table inet narrow {
                          chain input {
                            type filter hook input priority filter;
                            meta length > %d drop
                          }
                        }
                        """.formatted(bytes)));
    }

    /** A ping that is a packet of so many bytes, and may not be cut inside. */
    private Shell.Outcome ping(boolean fromLeft, int bytes) {
        Side from = fromLeft ? left : right;
        Side to = fromLeft ? right : left;
        return from.room.run(
                "ping", "-n", "-M", "do", "-c", "1", "-W", "1", "-s", "" + (bytes - ICMP_HEADERS), to.inner4);
    }
}
