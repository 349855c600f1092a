package io.penstock.cli.live.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Flood;
import io.penstock.cli.live.Packet;
import io.penstock.cli.live.Underlay;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/**
 * The responder is flooded with initiations of a third address until it sends cookie replies. It answers a new handshake with a cookie
 * too, and the initiator's next try carries a mac2 and is answered.
 */
final class CookieScenario {
    /** So many floods an emulated machine works off well within REKEY_TIMEOUT. */
    private static final Semaphore SLOW_FLOODS = new Semaphore(2, true);

    private static final Duration QUICK = Duration.ofMillis(500);

    private CookieScenario() {}

    static void run(Tunnel tunnel) {
        boolean isSlow = isSlow(tunnel);
        if (isSlow) {
            SLOW_FLOODS.acquireUninterruptibly();
        }
        try {
            shakeHandsUnderFlood(tunnel);
        } finally {
            if (isSlow) {
                SLOW_FLOODS.release();
            }
        }
        tunnel.initiator().host.awaitReach(tunnel.responder().inner4, Scenario.HANDSHAKE);
        Scenario.mustReachEachOther(tunnel);
    }

    /** Whether the one that is flooded is emulated. */
    private static boolean isSlow(Tunnel tunnel) {
        return tunnel.setUp.weInitiate() && tunnel.setUp.peer().isSlow();
    }

    private static void shakeHandsUnderFlood(Tunnel tunnel) {
        End initiator = tunnel.initiator();
        End responder = tunnel.responder();
        byte[] initiation = tunnel.capture
                .since(0, packet -> packet.type() == 1 && packet.destination().equals(responder.endpoint()))
                .get(0)
                .payload();
        boolean v6 = tunnel.setUp.v6Outside();
        try (Flood flood = Flood.start(
                tunnel.left,
                Underlay.address(v6, Tunnel.STRANGER),
                responder.outsideAddress(),
                responder.port(),
                initiation,
                isSlow(tunnel) ? Scenario.MOMENT : QUICK)) {
            Await.until("a cookie reply to the flood", Scenario.HANDSHAKE, () -> flood.cookieReplies() > 0);
            int mark = handshakeThatMeetsACookie(tunnel);

            long refusedNs = tunnel.capture
                    .since(mark, Scenario.from(responder, 3))
                    .get(0)
                    .timeNs();
            Await.until(
                    "a response to an initiation with mac2",
                    Scenario.HANDSHAKE,
                    () -> Scenario.handshakes(tunnel.capture, mark, initiator, responder).stream()
                            .anyMatch(packet -> packet.timeNs() > refusedNs && packet.hasMac2()));
            Predicate<Packet> tooEarly = packet -> packet.timeNs() < refusedNs && packet.hasMac2();
            assertEquals(
                    List.of(),
                    tunnel.capture.since(mark, Scenario.from(initiator, 1).and(tooEarly)),
                    "before the cookie");
            Await.until(
                    "the handshake", Scenario.HANDSHAKE, () -> initiator.peer().latestHandshake() > 0);

            int repliesThen = flood.cookieReplies();
            Await.until("the load lasts", Scenario.HANDSHAKE, () -> flood.cookieReplies() > repliesThen);
        }
    }

    /**
     * Between two bursts a responder may be idle for a moment and answer at once: then once more. It has no session of its own to renew
     * meanwhile, and nobody to initiate to. Returns the mark of the try.
     */
    private static int handshakeThatMeetsACookie(Tunnel tunnel) {
        End initiator = tunnel.initiator();
        End responder = tunnel.responder();
        for (int attempt = 0; attempt < 10; attempt++) {
            responder.forget(initiator);
            initiator.forget(responder);
            int mark = tunnel.capture.mark(); // what comes from here on knows nothing of an earlier cookie
            initiator.learnEndpoint(responder);
            initiator.host.run("ping", "-n", "-c", "1", "-W", "1", responder.inner4);
            Await.until("an answer to an initiation", Scenario.HANDSHAKE, () -> !tunnel.capture
                    .since(mark, Scenario.from(responder, 2).or(Scenario.from(responder, 3)))
                    .isEmpty());
            if (tunnel.capture
                            .since(mark, Scenario.from(responder, 2).or(Scenario.from(responder, 3)))
                            .get(0)
                            .type()
                    == 3) {
                return mark;
            }
        }
        throw new AssertionError("ten handshakes were answered without a cookie, though the responder sends some");
    }
}
