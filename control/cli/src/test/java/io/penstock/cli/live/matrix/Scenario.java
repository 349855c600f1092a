package io.penstock.cli.live.matrix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Capture;
import io.penstock.cli.live.Dump;
import io.penstock.cli.live.Echo;
import io.penstock.cli.live.Host;
import io.penstock.cli.live.Packet;
import io.penstock.cli.live.Shell;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/** A column of the matrix, in the order in which a set-up passes through them. */
enum Scenario {
    FIRST_HANDSHAKE("first handshake"),
    MTU_1280("MTU 1280"),
    MTU_1420("MTU 1420"),
    MTU_8920("MTU 8920"),
    KEEPALIVE("keepalive"),
    REKEY("rekey"),
    ROAM("roam"),
    COOKIE("cookie under load"),
    RESTART("peer restart");

    /** REKEY_ATTEMPT_TIME: so long an initiator tries again on a busy machine. */
    static final Duration HANDSHAKE = Duration.ofSeconds(90);

    /** KEEPALIVE_TIMEOUT and REKEY_TIMEOUT: who has sent data and hears nothing for so long initiates. */
    private static final Duration UNANSWERED = Duration.ofSeconds(15);

    private static final Duration REKEY_AFTER_TIME = Duration.ofSeconds(120);
    private static final long SECOND_NS = 1_000_000_000L;

    /** An interface hears of its MTU a moment after it was set, and pads by the one that it knows. */
    private static final int MTU_KNOWN_MS = 500;

    private static final int QUIET_MS = 500;

    static final Duration MOMENT = Duration.ofSeconds(20);
    private static final int ECHO_PORT = 7007;
    private static final int ICMP_HEADERS4 = 28;
    private static final int ICMP_HEADERS6 = 48;

    private final String title;

    Scenario(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    void run(Tunnel tunnel) {
        int mark = tunnel.capture.mark();
        try {
            pass(tunnel);
        } catch (Throwable t) {
            throw new AssertionError(
                    t.getMessage() + "\nours: " + shown(tunnel.ours()) + "\ntheirs: " + shown(tunnel.theirs())
                            + "\noutside:\n" + tunnel.capture.text(mark),
                    t);
        }
    }

    private void pass(Tunnel tunnel) {
        switch (this) {
            case FIRST_HANDSHAKE -> firstHandshake(tunnel);
            case MTU_1280 -> mtu(tunnel, 1280, 1500);
            case MTU_1420 -> mtu(tunnel, 1420, 1500);
            case MTU_8920 -> mtu(tunnel, 8920, 9000);
            case KEEPALIVE -> keepalive(tunnel);
            case REKEY -> rekey(tunnel);
            case ROAM -> roam(tunnel);
            case COOKIE -> CookieScenario.run(tunnel);
            case RESTART -> restart(tunnel);
        }
    }

    private static String shown(End end) {
        try {
            return end.peer().toString();
        } catch (AssertionError e) {
            return "(cannot be asked: " + e.getMessage() + ")";
        }
    }

    /** Only the initiator knows an endpoint: it starts, and afterwards each knows where the other is and reaches it. */
    private static void firstHandshake(Tunnel tunnel) {
        End initiator = tunnel.initiator();
        End responder = tunnel.responder();
        assertEquals(0, initiator.peer().latestHandshake());

        initiator.learnEndpoint(responder);
        initiator.host.awaitReach(responder.inner4, HANDSHAKE);
        mustReachEachOther(tunnel);
        responder.host.mustReachWithoutLoss(initiator.inner6, 5, 8000); // in fragments inside

        assertAnswersEachInitiation(tunnel);
        assertEquals(List.of(), tunnel.capture.since(0, from(responder, 1)), "responders do not initiate");
        for (End end : List.of(initiator, responder)) {
            Dump.Peer peer = end.peer();
            assertTrue(peer.latestHandshake() > 0, "no handshake shown");
            assertEquals(end == initiator ? responder.endpoint() : initiator.endpoint(), peer.endpoint());
            assertEquals(tunnel.setUp.withPresharedKey(), !peer.presharedKey().equals("(none)"));
        }
        assertCountsAgree(initiator, responder);
        assertCountsAgree(responder, initiator);
    }

    /**
     * There may be more than one, on a slow machine: renewals, and tries again. A responder that was so far behind that it finds several
     * at once answers the first and takes those within 20 ms of it for a flood.
     */
    private static void assertAnswersEachInitiation(Tunnel tunnel) {
        List<Packet> responses = tunnel.capture.since(0, from(tunnel.responder(), 2));
        List<Packet> answered = handshakes(tunnel.capture, 0, tunnel.initiator(), tunnel.responder());
        assertFalse(answered.isEmpty());
        Predicate<Packet> isBehind = sent -> answered.stream()
                .anyMatch(earlier -> earlier.timeNs() < sent.timeNs()
                        && responses.stream()
                                .anyMatch(response -> response.answers(earlier) && response.timeNs() > sent.timeNs()));
        List<Packet> cookies = tunnel.capture.since(0, from(tunnel.responder(), 3)); // it is still under load
        Predicate<Packet> isPutOff = sent -> cookies.stream().anyMatch(cookie -> cookie.putsOff(sent));
        List<Packet> ignored = tunnel.capture.since(0, from(tunnel.initiator(), 1)).stream()
                .filter(sent -> !answered.contains(sent) && !isBehind.test(sent) && !isPutOff.test(sent))
                .toList();
        assertEquals(List.of(), ignored, "each initiation is answered");
    }

    /** Both count whole datagrams. Another packet, a keepalive say, may be under way while the two are read. */
    private static void assertCountsAgree(End sender, End receiver) {
        long sent = sender.peer().sentBytes();
        long received = receiver.peer().receivedBytes();
        assertTrue(sent > 2000 && Math.abs(sent - received) < 500, "sent " + sent + ", received " + received);
    }

    /**
     * A new session while the old one is alive and used. Ours renews after a few seconds by a property for tests. Other initiators have
     * no such switch: their key is set again, so that they cannot send in the old session while we still can, and must shake hands.
     */
    private static void rekey(Tunnel tunnel) {
        End initiator = tunnel.initiator();
        End responder = tunnel.responder();
        boolean isTimed = tunnel.setUp.weInitiate() || tunnel.setUp.peer().isOurs();
        // By our own initiation of an earlier scenario, REKEY_TIMEOUT has to pass.
        int mark = tunnel.capture.mark();
        if (!isTimed) {
            initiator.setKeyAgain();
        }
        Await.until("a second handshake", HANDSHAKE, () -> {
            if (isTimed) {
                initiator.host.mustReachWithoutLoss(responder.inner4, 20, 56);
                responder.host.mustReachWithoutLoss(initiator.inner6, 5, 56);
            } else {
                initiator.host.reaches(responder.inner4);
            }
            return !handshakes(tunnel.capture, mark, initiator, responder).isEmpty();
        });
        mustReachEachOther(tunnel);

        // The session that is used afterwards is another one.
        Set<Integer> before = new TreeSet<>();
        tunnel.capture.all().subList(0, mark).forEach(packet -> before.add(packet.receiverIndex()));
        int after = tunnel.capture.mark();
        mustReachEachOther(tunnel);
        List<Packet> data = tunnel.capture.await("data", after, 1, MOMENT, from(initiator, 4));
        data.forEach(
                packet -> assertFalse(before.contains(packet.receiverIndex()), "the old session is used: " + packet));
    }

    /** The initiator renews the session when its time has come, and no packet is lost. */
    static void renewal(Tunnel tunnel) {
        End initiator = tunnel.initiator();
        int mark = tunnel.capture.mark();
        Await.until("the session is renewed", REKEY_AFTER_TIME.plus(HANDSHAKE), () -> {
            initiator.host.mustReachWithoutLoss(tunnel.responder().inner4, 20, 56);
            return !handshakes(tunnel.capture, mark, initiator, tunnel.responder())
                    .isEmpty();
        });
        mustReachEachOther(tunnel);
    }

    /** The initiator changes its address, then its port, and sends; the other follows without a handshake. */
    private static void roam(Tunnel tunnel) {
        End mover = tunnel.initiator();
        End stayer = tunnel.responder();
        String before = stayer.peer().endpoint();

        int mark = tunnel.capture.mark();
        mover.moveTo(mover == tunnel.ours() ? 11 : 12);
        if (mover == tunnel.theirs() && tunnel.setUp.peer().clingsToItsAddress()) {
            mover.learnEndpoint(stayer);
        }
        arrives(tunnel, mark, mover, stayer);
        assertNotEquals(before, stayer.peer().endpoint());

        mark = tunnel.capture.mark();
        mover.listenOn(mover.port() + 1000);
        arrives(tunnel, mark, mover, stayer);
    }

    private static void arrives(Tunnel tunnel, int mark, End mover, End stayer) {
        mover.host.awaitReach(stayer.inner4, HANDSHAKE);
        assertEquals(mover.endpoint(), stayer.peer().endpoint());
        mustReachEachOther(tunnel);
        // The session's renewal may have come due meanwhile: its initiation goes ahead of the data then, or of the
        // move, and the whole
        // of it may.
        Set<Integer> before = new TreeSet<>();
        for (Packet packet : tunnel.capture.all().subList(0, mark)) {
            before.add(packet.receiverIndex());
            before.add(packet.senderIndex()); // of a session that was not used yet
        }
        List<Packet> since = tunnel.capture.since(mark, packet -> true);
        Packet first = since.stream()
                .filter(packet -> packet.type() == 4 && packet.source().equals(mover.endpoint()))
                .findFirst()
                .orElseThrow();
        boolean isRenewed = since.stream().anyMatch(packet -> packet.type() == 2);
        assertTrue(isRenewed || before.contains(first.receiverIndex()), "data goes on in the old session: " + first);
    }

    /** In a quiet tunnel, the initiator sends an empty packet every second and the other nothing. */
    private static void keepalive(Tunnel tunnel) {
        End initiator = tunnel.initiator();
        End responder = tunnel.responder();
        Await.until("the last words of connections before are said", MOMENT, () -> {
            int quiet = tunnel.capture.mark();
            Await.millis(QUIET_MS);
            return tunnel.capture
                    .since(quiet, packet -> packet.type() == 4 && !packet.isKeepalive())
                    .isEmpty();
        });
        initiator.setKeepalive(responder, 1);
        int mark = tunnel.capture.mark();
        List<Packet> seen = tunnel.capture.await(
                "four keepalives", mark, 4, MOMENT, from(initiator, 4).and(Packet::isKeepalive));
        initiator.setKeepalive(responder, 0);
        List<Packet> responses =
                tunnel.capture.since(mark, from(responder, 2)); // a keepalive out of turn confirms each

        assertEquals(
                List.of(),
                tunnel.capture.since(mark, packet -> packet.type() == 4 && !packet.isKeepalive()),
                "the tunnel is not quiet");
        assertEquals(initiator.endpoint(), responder.peer().endpoint());
        if (!tunnel.setUp.peer().isSlow()) {
            for (int i = 1; i < seen.size(); i++) {
                long fromNs = seen.get(i - 1).timeNs();
                long toNs = seen.get(i).timeNs();
                if (responses.stream()
                        .anyMatch(packet -> toNs - packet.timeNs() > 0 && packet.timeNs() > fromNs - SECOND_NS)) {
                    continue;
                }
                double gap = (toNs - fromNs) / 1e9;
                assertTrue(gap > 0.5 && gap < 5, "keepalives " + gap + " s apart");
            }
        }
    }

    /** Packets of exactly the MTU pass whole, larger ones are not sent, and a stream keeps its content; nothing is cut outside. */
    private static void mtu(Tunnel tunnel, int mtu, int outsideMtu) {
        tunnel.setOutsideMtu(outsideMtu);
        tunnel.ours().setMtu(mtu);
        tunnel.theirs().setMtu(mtu);
        Await.millis(MTU_KNOWN_MS);
        int mark = tunnel.capture.mark();
        End ours = tunnel.ours();
        End theirs = tunnel.theirs();
        ours.host.awaitReach(theirs.inner4, HANDSHAKE);

        long before = theirs.peer().receivedBytes();
        for (End end : List.of(ours, theirs)) {
            End other = end == ours ? theirs : ours;
            unfragmented(end.host, other.inner4, mtu - ICMP_HEADERS4).mustSucceed();
            unfragmented(end.host, other.inner6, mtu - ICMP_HEADERS6).mustSucceed();
            assertNotEquals(
                    0,
                    unfragmented(end.host, other.inner4, mtu - ICMP_HEADERS4 + 1)
                            .status());
        }
        int bytes = tunnel.setUp.peer().isSlow() ? 256 << 10 : 4 << 20;
        AutoCloseable server = tunnel.setUp.peer().echo(theirs.host, ECHO_PORT);
        try (server) {
            Echo.exchange(tunnel.left, theirs.inner4, ECHO_PORT, bytes, HANDSHAKE);
        } catch (Exception e) {
            throw new AssertionError(e);
        }

        assertTrue(theirs.peer().receivedBytes() - before > bytes);
        assertEquals(List.of(), tunnel.capture.since(mark, Packet::isFragment));
        tunnel.setOutsideMtu(1500);
    }

    private static Shell.Outcome unfragmented(Host host, String address, int sizeBytes) {
        return host.run("ping", "-n", "-M", "do", "-c", "3", "-i", "0.1", "-W", "5", "-s", "" + sizeBytes, address);
    }

    /**
     * The peer starts again and has lost its session. As initiator it shakes hands at once; otherwise it does not even know where we are, and
     * it is for us to notice that nothing comes back. If it takes long to start, we may notice that before it can initiate.
     */
    private static void restart(Tunnel tunnel) {
        End peer = tunnel.theirs();
        End ours = tunnel.ours();
        long sinceNs = System.nanoTime();
        int before = tunnel.capture.mark();
        peer.restart(ours);
        int mark = tunnel.capture.mark();
        if (tunnel.setUp.weInitiate()) {
            ours.host.awaitReach(peer.inner4, HANDSHAKE);
        } else {
            peer.learnEndpoint(ours);
            peer.host.awaitReach(ours.inner4, HANDSHAKE);
        }
        boolean isLate = System.nanoTime() - sinceNs > UNANSWERED.toNanos();
        mustReachEachOther(tunnel);

        boolean isByResponder = isLate
                && !handshakes(tunnel.capture, before, tunnel.responder(), tunnel.initiator())
                        .isEmpty();
        if (!isByResponder) {
            assertFalse(handshakes(tunnel.capture, mark, tunnel.initiator(), tunnel.responder())
                    .isEmpty());
            assertEquals(List.of(), tunnel.capture.since(mark, from(tunnel.responder(), 1)));
        }
        assertTrue(peer.peer().latestHandshake() > 0);
    }

    static void mustReachEachOther(Tunnel tunnel) {
        tunnel.ours().host.mustReachWithoutLoss(tunnel.theirs().inner4);
        tunnel.theirs().host.mustReachWithoutLoss(tunnel.ours().inner6);
    }

    /** Initiations of one end that the other has answered. */
    static List<Packet> handshakes(Capture capture, int mark, End initiator, End responder) {
        List<Packet> responses = capture.since(mark, from(responder, 2));
        return capture.since(mark, from(initiator, 1)).stream()
                .filter(sent -> responses.stream().anyMatch(response -> response.answers(sent)))
                .toList();
    }

    static Predicate<Packet> from(End end, int type) {
        String endpoint = end.endpoint();
        return packet -> packet.type() == type && packet.source().equals(endpoint);
    }
}
