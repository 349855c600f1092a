package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tunnel between us and the distribution's wireguard-go, where the interop matrix does not go. */
@Tag("live")
class InteropTest {
    /** The other side may need KEEPALIVE_TIMEOUT + REKEY_TIMEOUT and some jitter to notice that a session is dead. */
    private static final Duration DEAD_SESSION = Duration.ofSeconds(22);

    @ParameterizedTest(name = "IPv6 outside: {0}")
    @CsvSource({"false", "true"})
    void carriesTcpBothWays(boolean v6Outside) {
        try (TunnelPair pair = new TunnelPair()) {
            pair.leftKnowsRight(v6Outside);
            pair.awaitLeftReachesRight();
            Site left = pair.underlay.left;
            Site right = pair.underlay.right;

            for (String to : List.of(TunnelPair.RIGHT, TunnelPair.RIGHT6)) {
                Iperf3.run(right, left, to, "-n", "40M", "-P", "2");
                Iperf3.run(right, left, to, "-n", "40M", "-R");
            }
            Iperf3.run(right, left, TunnelPair.RIGHT, "-u", "-b", "100M", "-l", "1300", "-t", "1");
        }
    }

    @Test
    void answersFromTheAddressThatWasAsked() {
        try (TunnelPair pair = new TunnelPair()) {
            Underlay.addAddress(pair.underlay.left, 11);
            String asked = Underlay.endpoint(false, 11, TunnelPair.LEFT_PORT);
            String key = pair.right().dump().peers().keySet().iterator().next();
            pair.right().wg("set", "peer " + key + " endpoint " + asked);

            pair.awaitRightReachesLeft();
            pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT);

            assertEquals(asked, pair.rightsPeer().endpoint());
        }
    }

    @Test
    void survivesItsOwnRestart() {
        try (TunnelPair pair = new TunnelPair()) {
            pair.leftKnowsRight(false);
            pair.awaitLeftReachesRight();

            pair.restartLeft();
            pair.leftKnowsRight(false);
            pair.awaitLeftReachesRight();

            pair.restartLeft(); // knows no endpoint: the other side has to notice
            pair.underlay.right.awaitReach(TunnelPair.LEFT, DEAD_SESSION);
            pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT);
        }
    }

    @Test
    void keepsAlive() {
        try (TunnelPair pair = new TunnelPair()) {
            pair.leftKnowsRight(false);
            String key = pair.left().dump().peers().keySet().iterator().next();

            pair.left().wg("set", "peer " + key + " persistent-keepalive 1");

            Await.until(
                    "a handshake by a keepalive alone",
                    Duration.ofSeconds(8),
                    () -> pair.rightsPeer().latestHandshake() > 0);
            long before = pair.rightsPeer().receivedBytes();
            Await.until(
                    "keepalives arrive",
                    Duration.ofSeconds(6),
                    () -> pair.rightsPeer().receivedBytes() >= before + 3 * 32);
        }
    }
}
