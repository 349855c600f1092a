package io.penstock.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.key.NodeKey;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.DropReason;
import io.penstock.relay.edge.RelayLimits;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Many packets in random order between many clients, of which some read slowly and some not at all for a while: each arrives at
 * the key it was for, at most once, in the order of its sender, and what does not arrive was counted as dropped.
 */
class ManyPacketsTest {
    private static final int CLIENTS = 12;
    private static final int PACKETS_EACH = 10_000;
    private static final int HEADER_BYTES = 3 * Integer.BYTES;

    private final AtomicLong received = new AtomicLong();

    @Test
    void deliversNothingTwiceAndNothingToTheWrongKey() throws Exception {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        RelayServer server = RelayFixture.start(RelayFixture.settings(RelayLimits.DEFAULT));
        List<TestClient> clients = new ArrayList<>();
        try (server;
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(TestClient.join(server.address(), 100 + i));
            }
            List<NodeKey> keys = clients.stream().map(TestClient::key).toList();
            List<Future<Void>> senders = new ArrayList<>();
            List<Future<Void>> receivers = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int own = i;
                Random random = new Random(seed + i);
                receivers.add(threads.submit(receiver(clients.get(i), own, keys, new Random(seed - i))));
                senders.add(threads.submit(sender(clients.get(i), own, keys, random)));
            }
            await(senders, seed);
            assertTrue(
                    RelayFixture.eventually(() -> isAccountedFor(server)),
                    () -> "seed " + seed + ": " + received + " of "
                            + server.counters().snapshot());
            server.close();
            await(receivers, seed);
        }
        assertEquals(0, server.counters().closed(CloseReason.FAULT), "seed " + seed);
    }

    private boolean isAccountedFor(RelayServer server) {
        long dropped = server.counters().dropped(DropReason.QUEUE_FULL);
        return received.get() + dropped == (long) CLIENTS * PACKETS_EACH;
    }

    private static void await(List<Future<Void>> tasks, long seed) throws InterruptedException {
        for (Future<Void> task : tasks) {
            try {
                task.get();
            } catch (ExecutionException e) {
                throw new AssertionError("seed " + seed, e.getCause());
            }
        }
    }

    /** A packet says from whom it is, for whom, and its number among those. */
    private static Callable<Void> sender(TestClient client, int own, List<NodeKey> keys, Random random) {
        return () -> {
            int[] numbers = new int[CLIENTS];
            ByteBuffer out = ByteBuffer.allocate(64 << 10);
            int to = 0;
            for (int i = 0; i < PACKETS_EACH; i++) {
                to = random.nextInt(4) == 0 ? random.nextInt(CLIENTS) : to; // often several for one
                byte[] packet = new byte[HEADER_BYTES + random.nextInt(random.nextInt(8) == 0 ? 1400 : 80)];
                ByteBuffer.wrap(packet).putInt(own).putInt(to).putInt(numbers[to]++);
                Frame frame = new Frame.SendPacket(keys.get(to), ByteBuffer.wrap(packet));
                if (out.remaining() < frame.length() || random.nextInt(60) == 0) {
                    client.socket().getOutputStream().write(out.array(), 0, out.position());
                    out.clear();
                }
                frame.writeTo(out);
            }
            client.socket().getOutputStream().write(out.array(), 0, out.position());
            return null;
        };
    }

    private Callable<Void> receiver(TestClient client, int own, List<NodeKey> keys, Random random) {
        return () -> {
            int[] next = new int[CLIENTS];
            boolean isSlow = own % 3 == 0;
            try {
                while (true) {
                    Frame frame = client.next(Duration.ofSeconds(30));
                    if (frame instanceof Frame.RecvPacket packet) {
                        check(packet, own, keys, next);
                        received.incrementAndGet();
                    }
                    if (isSlow && random.nextInt(400) == 0) {
                        Thread.sleep(random.nextInt(60));
                    }
                }
            } catch (EOFException e) {
                return null;
            } catch (IOException e) {
                return null; // a reset, when the relay ends
            }
        };
    }

    private static void check(Frame.RecvPacket packet, int own, List<NodeKey> keys, int[] next) {
        int from = packet.packet().getInt();
        assertEquals(keys.get(from), packet.source(), "says from whom it is");
        assertEquals(own, packet.packet().getInt(), "is for whom it says");
        int number = packet.packet().getInt();
        assertTrue(number >= next[from], "comes once, and in order");
        next[from] = number + 1;
    }
}
