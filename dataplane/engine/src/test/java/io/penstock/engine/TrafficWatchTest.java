package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.peer.Peer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrafficWatchTest {
    private static final long SECOND = 1_000_000_000L;

    private final RecordingListener heard = new RecordingListener();
    private final TrafficWatch watch = new TrafficWatch(heard);
    private final List<Peer> peers = new ArrayList<>(List.of(peer(1, 0), peer(2, 40)));
    private long nowNs = 5 * SECOND;
    private long visits;

    private static Peer peer(int key, int slot) {
        byte[] bytes = new byte[32];
        bytes[0] = (byte) key;
        return new Peer(PublicKey.of(bytes), slot);
    }

    /** The device has looked at a peer, or not; what is told. */
    private List<String> look(boolean visited) {
        visits += visited ? 1 : 0;
        watch.doWork(peers, visits, nowNs);
        List<RecordingListener.Traffic> told = new ArrayList<>();
        heard.traffic.drainTo(told);
        return told.stream()
                .map(each -> each.peer().toBytes()[0]
                        + (each.hasSent() ? " sent" : "")
                        + (each.hasReceived() ? " received" : ""))
                .toList();
    }

    @Test
    void tellsWhatPassedSinceTheLastLook() {
        assertEquals(List.of(), look(true));
        nowNs += SECOND;
        peers.get(0).activity().onDataSent(nowNs);
        peers.get(1).activity().onDataReceived(nowNs);
        assertEquals(List.of("1 sent", "2 received"), look(true));
        nowNs += SECOND;
        assertEquals(List.of(), look(true));
        nowNs += SECOND;
        peers.get(1).activity().onDataSent(nowNs);
        peers.get(1).activity().onDataReceived(nowNs);
        assertEquals(List.of("2 sent received"), look(false), "the device need not have looked again");
    }

    @Test
    void tellsOfPacketsThatWait() {
        peers.get(0).activity().onStaged();
        assertEquals(List.of("1 sent"), look(true));
        nowNs += SECOND;
        assertEquals(List.of(), look(true));
    }

    @Test
    void tellsNothingOfKeepalives() {
        for (int i = 0; i < 5; i++) {
            peers.get(0).activity().onKeepaliveSent(nowNs);
            peers.get(0).activity().onKeepaliveReceived(nowNs);
            assertEquals(List.of(), look(true));
            nowNs += SECOND;
        }
        peers.get(0).activity().onDataSent(nowNs);
        assertEquals(List.of("1 sent"), look(true));
    }

    @Test
    void looksOnceASecondAtMost() {
        peers.get(0).activity().onDataSent(nowNs);
        assertEquals(List.of("1 sent"), look(true));
        peers.get(0).activity().onDataSent(nowNs);
        nowNs += SECOND - 1;
        assertEquals(List.of(), look(true));
        assertEquals(1, watch.dueInNs(nowNs));
        nowNs += 1;
        assertEquals(List.of("1 sent"), look(false));
    }

    @Test
    void restsWhenNothingHasPassedForAWhile() {
        assertEquals(Long.MAX_VALUE, watch.dueInNs(nowNs));
        assertEquals(List.of(), look(true));
        assertEquals(Long.MAX_VALUE, watch.dueInNs(nowNs), "a look that finds nothing is the last");

        nowNs += SECOND;
        peers.get(0).activity().onDataSent(nowNs);
        assertEquals(List.of("1 sent"), look(true));
        int looks = 0;
        while (watch.dueInNs(nowNs) != Long.MAX_VALUE) {
            nowNs += watch.dueInNs(nowNs);
            assertEquals(List.of(), look(false));
            looks++;
        }
        assertTrue(looks >= 20 && looks <= 22, () -> "one each second, for longer than a lane is silent");
    }

    @Test
    void takesAPeerInAnothersSlotForAnother() {
        peers.get(0).activity().onDataSent(nowNs);
        assertFalse(look(true).isEmpty());
        Peer next = peer(9, 0);
        peers.set(0, next);
        next.activity().onDataSent(nowNs);
        nowNs += SECOND;
        assertEquals(List.of("9 sent"), look(true));
    }
}
