package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tunnel between us and the distribution's wireguard-go. */
@Tag("live")
class InteropTest {
    /** The other side may need KEEPALIVE_TIMEOUT + REKEY_TIMEOUT and some jitter to notice that a session is dead. */
    private static final Duration DEAD_SESSION = Duration.ofSeconds(22);

    @ParameterizedTest(name = "we start: {0}, IPv6 outside: {1}, preshared key: {2}")
    @CsvSource({
        "true,  false, false", "true,  false, true", "true,  true, false", "true,  true, true",
        "false, false, false", "false, false, true", "false, true, false", "false, true, true"
    })
    void carriesBothAddressFamilies(boolean weStart, boolean v6Outside, boolean withPresharedKey) {
        try (TunnelPair pair =
                new TunnelPair(Program.WIREGUARD_GO, withPresharedKey ? KeyPair.presharedKey() : "", Map.of())) {
            if (weStart) {
                pair.leftKnowsRight(v6Outside);
                pair.awaitLeftReachesRight();
            } else {
                pair.rightKnowsLeft(v6Outside);
                pair.awaitRightReachesLeft();
            }

            pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT);
            pair.underlay.right.mustReachWithoutLoss(TunnelPair.LEFT6);
            pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT, 10, 8000); // in fragments

            Dump.Peer ours = pair.leftsPeer();
            Dump.Peer theirs = pair.rightsPeer();
            assertEquals(Underlay.endpoint(v6Outside, 2, TunnelPair.RIGHT_PORT), ours.endpoint());
            assertEquals(Underlay.endpoint(v6Outside, 1, TunnelPair.LEFT_PORT), theirs.endpoint());
            assertTrue(Math.abs(ours.latestHandshake() - theirs.latestHandshake()) <= 2, ours + " and " + theirs);
            assertSameBytes(ours, theirs);
        }
    }

    /** Both count whole datagrams. Another packet, a keepalive say, may be under way while the two sides are read. */
    private static void assertSameBytes(Dump.Peer ours, Dump.Peer theirs) {
        assertTrue(Math.abs(ours.sentBytes() - theirs.receivedBytes()) < 500, "sent by us: " + ours + theirs);
        assertTrue(Math.abs(theirs.sentBytes() - ours.receivedBytes()) < 500, "received by us: " + ours + theirs);
    }

    @ParameterizedTest(name = "IPv6 outside: {0}")
    @CsvSource({"false", "true"})
    void carriesTcpBothWays(boolean v6Outside) {
        try (TunnelPair pair = new TunnelPair()) {
            pair.leftKnowsRight(v6Outside);
            pair.awaitLeftReachesRight();

            for (String to : List.of(TunnelPair.RIGHT, TunnelPair.RIGHT6)) {
                iperf3(pair.underlay, to, "-n", "40M", "-P", "2");
                iperf3(pair.underlay, to, "-n", "40M", "-R");
            }
            iperf3(pair.underlay, TunnelPair.RIGHT, "-u", "-b", "100M", "-l", "1300", "-t", "1");
        }
    }

    /** One run from left to right, with a server of its own: between two runs, a server resets whoever comes too early. */
    private static void iperf3(Underlay underlay, String to, String... arguments) {
        underlay.right.need("iperf3", "-s", "-1", "-D");
        Await.until("iperf3 listens", Duration.ofSeconds(5), () -> underlay.right
                .need("ss", "-tlnH")
                .contains(":5201 "));
        List<String> command = new ArrayList<>(List.of("iperf3", "-c", to));
        command.addAll(List.of(arguments));
        underlay.left.run(Map.of(), command).mustSucceed();
        Await.until("the server ends", Duration.ofSeconds(5), () -> !underlay.right
                .need("ss", "-tlnH")
                .contains(":5201 "));
    }

    @ParameterizedTest(name = "IPv6 outside: {0}")
    @CsvSource({"false", "true"})
    void followsAPeerToANewAddress(boolean v6Outside) {
        try (TunnelPair pair = new TunnelPair()) {
            pair.leftKnowsRight(v6Outside);
            pair.awaitLeftReachesRight();

            Underlay.moveAddress(pair.underlay.right, 2, 22);
            pair.rightKnowsLeft(
                    v6Outside); // else it clings to the address that it had, newer kernels' ENETUNREACH or not
            pair.awaitRightReachesLeft();

            assertEquals(
                    Underlay.endpoint(v6Outside, 22, TunnelPair.RIGHT_PORT),
                    pair.leftsPeer().endpoint());
            pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT);
        }
    }

    @Test
    void followsAPeerToANewPort() {
        try (TunnelPair pair = new TunnelPair()) {
            pair.leftKnowsRight(true);
            pair.awaitLeftReachesRight();

            pair.right().wg("set", "listen-port 40002");
            pair.awaitRightReachesLeft();

            assertEquals(Underlay.endpoint(true, 2, 40002), pair.leftsPeer().endpoint());
            pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT);
        }
    }

    @ParameterizedTest(name = "IPv6 outside: {0}")
    @CsvSource({"false", "true"})
    void isFollowedToANewAddressAndPort(boolean v6Outside) {
        try (TunnelPair pair = new TunnelPair()) {
            pair.rightKnowsLeft(v6Outside);
            pair.awaitRightReachesLeft();

            Underlay.moveAddress(pair.underlay.left, 1, 11);
            pair.awaitLeftReachesRight();
            assertEquals(
                    Underlay.endpoint(v6Outside, 11, TunnelPair.LEFT_PORT),
                    pair.rightsPeer().endpoint());

            pair.left().wg("set", "listen-port 40001");
            pair.awaitLeftReachesRight();
            assertEquals(
                    Underlay.endpoint(v6Outside, 11, 40001), pair.rightsPeer().endpoint());
            pair.underlay.right.mustReachWithoutLoss(TunnelPair.LEFT);
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
    void noticesThatThePeerWasRestarted() {
        try (TunnelPair pair = new TunnelPair()) {
            pair.leftKnowsRight(false);
            pair.awaitLeftReachesRight();

            pair.restartRight();
            pair.underlay.left.awaitReach(TunnelPair.RIGHT, DEAD_SESSION);

            pair.restartRight();
            pair.rightKnowsLeft(false);
            pair.awaitRightReachesLeft();
            pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT);
        }
    }

    @Test
    void rekeysWithoutLosingAPacket() {
        Map<String, String> environment = Map.of("PENSTOCK_JAVA_OPTS", "-Dpenstock.test.rekeyAfterSeconds=2");
        try (TunnelPair pair = new TunnelPair(Program.WIREGUARD_GO, "", environment)) {
            pair.leftKnowsRight(false);
            pair.awaitLeftReachesRight();

            // No more often than every REKEY_TIMEOUT, whatever the age of the session.
            Set<Long> handshakes = new HashSet<>();
            for (int second = 0; second < 15 && handshakes.size() < 3; second++) {
                pair.underlay.left.mustReachWithoutLoss(TunnelPair.RIGHT, 20, 56);
                handshakes.add(pair.rightsPeer().latestHandshake());
            }

            assertTrue(handshakes.size() >= 3, "handshakes seen: " + handshakes);
        }
    }

    @Test
    void talksToItself() {
        try (TunnelPair pair = new TunnelPair(Program.subject(), KeyPair.presharedKey(), Map.of())) {
            pair.leftKnowsRight(true);
            pair.awaitLeftReachesRight();

            pair.underlay.right.mustReachWithoutLoss(TunnelPair.LEFT6, 10, 8000);
            assertSameBytes(pair.leftsPeer(), pair.rightsPeer());
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
