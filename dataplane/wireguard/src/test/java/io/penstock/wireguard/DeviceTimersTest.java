package io.penstock.wireguard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The timers of whole devices in virtual time: whitepaper sections 6.2 to 6.5. */
class DeviceTimersTest {
    private static final long SECOND = Wire.SECOND;
    private final Wire wire = new Wire(Seeded.create());
    private final Site a = wire.site(1);
    private final Site b = wire.site(2);

    DeviceTimersTest() {
        Wire.join(a, b);
    }

    private void connect() {
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(1, b.delivered.size());
    }

    @Test
    void retriesWithJitterTwentyTimesAndGivesUp() {
        wire.loss = datagram -> true;
        a.ping(b);
        wire.runSeconds(200);

        List<Wire.Datagram> tries = wire.sent(a, Initiation.TYPE);
        assertEquals(20, tries.size());
        long distinct = tries.stream()
                .map(Wire.Datagram::content)
                .map(ByteBuffer::wrap)
                .distinct()
                .count();
        assertEquals(20, distinct);
        boolean jittered = false;
        for (int i = 1; i < tries.size(); i++) {
            long gap = tries.get(i).sentNs() - tries.get(i - 1).sentNs();
            assertTrue(gap >= 5 * SECOND && gap <= 5 * SECOND + 333 * Wire.MS, wire.seeded::toString);
            jittered |= gap > 5 * SECOND + 100 * Wire.MS;
        }
        assertTrue(jittered, wire.seeded::toString);
        assertEquals(0, a.staged(b));
        assertEquals(1, a.actions(Action.DropStaged.class).size());

        wire.runSeconds(540);
        assertEquals(2, a.actions(Action.DropStaged.class).size()); // the zero timer was armed
        a.ping(b);
        assertEquals(21, wire.sent(a, Initiation.TYPE).size());
    }

    @Test
    void keepsTryingWhilePacketsComeAndSparesTheControlAgent() {
        wire.loss = datagram -> true;
        for (int i = 0; i < 2_000; i++) {
            a.ping(b);
            wire.run(SECOND / 10);
        }
        int tries = wire.sent(a, Initiation.TYPE).size();
        assertTrue(tries >= 37 && tries <= 40, () -> tries + " tries in 200 s");
        assertEquals(0, a.actions(Action.DropStaged.class).size());
        assertEquals(128, a.staged(b));
        assertTrue(a.wakeUps < 50, () -> a.wakeUps + " wake-ups");
    }

    @Test
    void onlyTheInitiatorRenewsAfterTwoMinutes() {
        connect();
        for (int i = 0; i < 1_190; i++) {
            a.ping(b);
            b.ping(a);
            wire.run(SECOND / 10);
        }
        assertEquals(1, wire.sent(a, Initiation.TYPE).size());
        for (int i = 0; i < 3_000; i++) {
            a.ping(b);
            b.ping(a);
            wire.run(SECOND / 10);
        }
        assertEquals(4, wire.sent(a, Initiation.TYPE).size());
        assertEquals(0, wire.sent(b, Initiation.TYPE).size());
        assertEquals(4_191, b.delivered.size());
        assertEquals(4_190, a.delivered.size());
        assertTrue(a.wakeUps + b.wakeUps < 200, () -> a.wakeUps + b.wakeUps + " wake-ups for 8,000 packets");
    }

    @Test
    void initiatorThatOnlyReceivesRenewsShortlyBeforeTheEnd() {
        connect();
        long start = wire.nowNs;
        wire.loss = datagram -> datagram.type() == Data.TYPE && datagram.from().equals(a.address);
        // a sends nothing of its own but keepalives, which are lost; its own sending would renew after 120 s
        while (wire.nowNs - start < 163 * SECOND) {
            b.peer(a).activity().onKeepaliveReceived(wire.nowNs); // b shall not ask for news by itself
            b.send(a, new byte[0]);
            wire.run(SECOND / 2);
        }
        assertEquals(1, wire.sent(a, Initiation.TYPE).size());
        while (wire.nowNs - start < 175 * SECOND) {
            b.send(a, new byte[0]);
            wire.run(SECOND / 2);
        }
        long renewedNs = wire.sent(a, Initiation.TYPE).getLast().sentNs() - start;
        assertEquals(2, wire.sent(a, Initiation.TYPE).size());
        assertTrue(renewedNs > 164 * SECOND && renewedNs < 166 * SECOND, () -> "after " + renewedNs);
    }

    @Test
    void repliesToDataByAKeepaliveAfterTenSeconds() {
        connect();
        wire.run(9 * SECOND - 1); // data came to b at 30 ms
        assertEquals(0, wire.sent(b, Data.TYPE).size());
        wire.runSeconds(30);

        List<Wire.Datagram> replies = wire.sent(b, Data.TYPE);
        assertEquals(1, replies.size());
        assertEquals(32, replies.getFirst().length());
        long sentNs = wire.sent(a, Initiation.TYPE).getFirst().sentNs() + 10 * SECOND + 30 * Wire.MS;
        assertEquals(sentNs, replies.getFirst().sentNs());
        assertEquals(1, wire.sent(a, Data.TYPE).size()); // two idle peers are quiet
    }

    @Test
    void repliesAgainWhenMoreDataCameMeanwhile() {
        connect();
        wire.runSeconds(3);
        a.ping(b);
        wire.runSeconds(60);

        List<Wire.Datagram> replies = wire.sent(b, Data.TYPE);
        assertEquals(2, replies.size());
        assertEquals(10 * SECOND, replies.get(1).sentNs() - replies.get(0).sentNs());
    }

    @Test
    void ownDataSparesTheKeepalive() {
        connect();
        wire.runSeconds(5);
        b.ping(a);
        wire.runSeconds(8);
        assertEquals(1, wire.sent(b, Data.TYPE).size());
        wire.runSeconds(3); // but that data has to be replied to
        assertEquals(2, wire.sent(a, Data.TYPE).size());
    }

    @Test
    void silenceAfterDataStartsAHandshakeAfterFifteenSeconds() {
        connect();
        wire.runSeconds(20);
        wire.loss = datagram -> datagram.from().equals(b.address);
        a.peer(b).endpoint(b.address.withLocal(0, 42, 3));
        long sentNs = wire.nowNs;
        a.ping(b);
        wire.runSeconds(3);
        a.ping(b);
        wire.runSeconds(15);

        List<Wire.Datagram> initiations = wire.sent(a, Initiation.TYPE);
        assertEquals(2, initiations.size());
        long waitedNs = initiations.getLast().sentNs() - sentNs;
        assertTrue(waitedNs >= 15 * SECOND && waitedNs <= 15 * SECOND + 333 * Wire.MS, wire.seeded::toString);
        Endpoint endpoint = a.peer(b).endpoint();
        assertNotNull(endpoint);
        assertEquals(false, endpoint.hasLocal());
    }

    @Test
    void keepalivesDoNotExpectAnAnswer() {
        connect();
        wire.runSeconds(20);
        wire.loss = datagram -> datagram.from().equals(b.address);
        a.send(b, new byte[0]);
        wire.runSeconds(60);
        assertEquals(1, wire.sent(a, Initiation.TYPE).size());
    }

    @Test
    void persistentKeepaliveStartsAtOnceAndKeepsTheInterval() {
        a.device.setPersistentKeepalive(a.peer(b), 25, wire.nowNs);
        wire.settle();
        assertEquals(1, wire.sent(a, Initiation.TYPE).size());
        wire.runSeconds(101);
        // The first confirms the keys; then one every 25 s.
        assertEquals(5, wire.sent(a, Data.TYPE).size());
        a.device.setPersistentKeepalive(a.peer(b), 0, wire.nowNs);
        wire.runSeconds(100);
        assertEquals(5, wire.sent(a, Data.TYPE).size());
        a.device.setPersistentKeepalive(a.peer(b), 1, wire.nowNs);
        wire.settle();
        wire.runSeconds(1);
        assertTrue(wire.sent(a, Data.TYPE).size() >= 6);
    }

    @Test
    void persistentKeepaliveWaitsWhilePacketsPass() {
        a.device.setPersistentKeepalive(a.peer(b), 10, wire.nowNs);
        wire.runSeconds(1);
        for (int i = 0; i < 60; i++) {
            b.ping(a);
            a.ping(b);
            wire.runSeconds(1);
        }
        long keepalives = wire.sent(a, Data.TYPE).stream()
                .filter(datagram -> datagram.length() == 32)
                .count();
        assertEquals(1, keepalives);
        wire.runSeconds(10);
        assertEquals(32, wire.sent(a, Data.TYPE).getLast().length());
    }

    @Test
    void persistentKeepaliveNeverGivesUp() {
        wire.loss = datagram -> true;
        a.device.setPersistentKeepalive(a.peer(b), 25, wire.nowNs);
        wire.runSeconds(3_600);
        wire.loss = datagram -> false;
        wire.runSeconds(31);
        assertNotNull(a.peer(b).current());
    }

    @Test
    void zeroesKeysAfterNineMinutesOfSilence() {
        int regions = a.memory.liveRegions();
        connect();
        assertEquals(1, b.device.indexTable().size());
        assertEquals(1, a.device.indexTable().size());
        wire.runSeconds(538);
        assertNotNull(a.peer(b).current());
        wire.runSeconds(3);

        assertNull(a.peer(b).current());
        assertNull(b.peer(a).current());
        assertEquals(0, a.device.indexTable().size());
        assertEquals(0, b.device.indexTable().size());
        assertEquals(1, a.actions(Action.Retire.class).size());
        assertEquals(regions, a.memory.liveRegions());
        assertEquals(Device.NO_DEADLINE, a.device.deadlineNs());
        a.ping(b);
        wire.runSeconds(1);
        assertEquals(2, b.delivered.size());
    }

    @Test
    void lostResponsesAreRetried() {
        wire.loss = datagram ->
                datagram.type() == Response.TYPE && wire.sent(b, Response.TYPE).size() < 3;
        a.ping(b);
        wire.runSeconds(17);
        assertEquals(4, wire.sent(a, Initiation.TYPE).size());
        assertEquals(1, b.delivered.size());
    }

    @Test
    void aDayOfRekeysKeepsEverythingBounded() {
        connect();
        wire.remembers = false;
        long sent = 1;
        for (int i = 0; i < 24 * 3_600 / 8; i++) {
            a.ping(b);
            sent++;
            if (i % 7 == 0) {
                b.ping(a);
            }
            wire.runSeconds(8);
        }
        assertEquals(sent, b.delivered.size());
        int handshakes = a.actions(Action.HandshakeCompleted.class).size();
        assertTrue(handshakes > 600 && handshakes <= 720, () -> handshakes + " handshakes");
        assertEquals(
                0,
                b.actions(Action.SendHandshake.class).stream()
                        .filter(send -> send.datagram()[0] == Initiation.TYPE)
                        .count());
        assertTrue(a.device.indexTable().size() <= 4);
        assertTrue(a.memory.liveRegions() < 20);
        assertTrue(a.actions(Action.PersistTimestamp.class).size() <= 721);
    }
}
