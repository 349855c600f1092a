package io.penstock.wireguard.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import io.penstock.wireguard.DirectMemory;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.Seeded;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What a lane calls for each packet or batch allocates nothing. */
class LanePathTest {
    private static final int CALLS = 20_000;

    @Test
    void marksCountersAndLookUpsDoNotAllocate() {
        Peer peer = new Peer(PublicKey.of(new byte[32]), 0);
        PeerTimers timers = new PeerTimers(peer.activity(), Seeded.create());
        TouchedPeers touched = new TouchedPeers();
        IndexTable table = new IndexTable();
        DirectMemory memory = new DirectMemory();
        int index = table.reserve(peer, Seeded.create());
        Keypair keypair = new Keypair(peer, index, 0, true, 0, memory, memory.allocate(Keypair.SECRET_LENGTH));
        table.publish(keypair);
        peer.establish(keypair, retired -> {});
        timers.start(0);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        long now = 0;
        for (int round = 0; round < 30 && least > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < CALLS; i++) {
                now += 1_000_000;
                exercise(peer, table, index, now);
                if (touched.add(peer)) {
                    touched.next(peer);
                    touched.takeAll();
                    timers.onTime(now);
                    timers.settle(now);
                }
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertEquals(0, least);
    }

    private static void exercise(Peer peer, IndexTable table, int index, long now) {
        Keypair keypair = table.find(index);
        if (keypair == null || peer.current() != keypair) {
            throw new AssertionError("not found");
        }
        long counter = keypair.reserveCounters(44);
        for (int i = 0; i < 44; i++) {
            keypair.replayWindow().accept(counter + i);
        }
        peer.addSentBytes(1);
        peer.addReceivedBytes(1);
        peer.activity().onDataSent(now);
        peer.activity().onDataReceived(now);
        if (keypair.wantsRekeyAfterSend(now) || keypair.wantsRekeyAfterReceive(now)) {
            peer.activity().requestHandshake();
        }
    }
}
