package io.penstock.engine.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.io.FakeUdpPort;
import io.penstock.engine.io.ReceiveBatch;
import io.penstock.wireguard.Endpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandshakeRingTest {
    private static final int INITIATION = 148;
    private static final int COOKIE_REPLY = 64;
    private static final int MAC2 = 1; // anything but 0
    private static final Endpoint LOCAL = Endpoint.parse("[2001:db8::1]:51820");
    private static final int SEVERAL_WRAPS = 5 * HandshakeRing.CAPACITY;

    private final FakeUdpPort port = new FakeUdpPort(new FakeUdpPort.Wire(), LOCAL);
    private final ReceiveBatch batch =
            new ReceiveBatch(new UnsafeBuffer(ByteBuffer.allocateDirect(ReceiveBatch.SLOT_LENGTH)), 0, 1);
    private final HandshakeRing ring = new HandshakeRing();
    private int offered;
    private int handled;

    private boolean offer(int length, String from) {
        return offer(length, from, 0);
    }

    private boolean offer(int length, String from, int mac2) {
        byte[] bytes = new byte[length];
        bytes[length - 1] = (byte) mac2;
        new UnsafeBuffer(bytes).putInt(0, offered);
        port.deliver(bytes, length, 0, Endpoint.parse(from));
        port.receive(batch, true);
        if (!ring.offer(batch, 0, batch.offset(0), length)) {
            return false;
        }
        offered++;
        return true;
    }

    private int drain(int limit) {
        return ring.drain(
                (datagram, offset, length, source) -> {
                    assertEquals(handled, datagram.getInt(offset), "in order, each once");
                    handled++;
                },
                limit);
    }

    @Test
    void carriesMessageAndSource() {
        String[] sources = {"[2001:db8::2]:1", "[fe80::1%7]:65535", "192.0.2.1:0", "255.255.255.255:7"};
        for (String source : sources) {
            assertTrue(offer(INITIATION, source));
            assertEquals(
                    1,
                    ring.drain(
                            (datagram, offset, length, from) -> {
                                assertEquals(INITIATION, length);
                                assertEquals(source, from.toString());
                                assertTrue(from.hasLocal());
                                assertEquals(LOCAL.high(), from.localHigh());
                                assertEquals(LOCAL.low(), from.localLow());
                            },
                            10));
        }
    }

    /** Whatever is in the ring, one call empties it, also where the messages lie at its end and its beginning. */
    @Test
    void isEmptyAfterADrainOverSeveralWraps() {
        Random random = new Random(4);
        while (offered < SEVERAL_WRAPS) {
            int messages = 1 + random.nextInt(60);
            for (int i = 0; i < messages; i++) {
                assertTrue(offer(random.nextBoolean() ? INITIATION : COOKIE_REPLY, "192.0.2.1:1"));
            }
            assertEquals(messages, drain(64));
            assertEquals(0, drain(64));
        }
        assertEquals(offered, handled);
    }

    @Test
    void drainsNoMoreThanTheLimit() {
        while (offered < SEVERAL_WRAPS) {
            for (int i = 0; i < 96; i++) {
                assertTrue(offer(INITIATION, "192.0.2.1:1"));
            }
            assertEquals(64, drain(64));
            assertEquals(32, drain(64));
        }
    }

    @Test
    void refusesWhatExceedsItsCapacity() {
        for (int round = 0; round < 3; round++) {
            int before = offered;
            while (offer(INITIATION, "192.0.2.1:1")) {
                assertTrue(offered - before <= HandshakeRing.CAPACITY);
            }
            assertEquals(HandshakeRing.CAPACITY, offered - before);
            assertEquals(HandshakeRing.CAPACITY, ring.size());
            while (drain(64) > 0) {
                assertTrue(handled <= offered);
            }
            assertEquals(offered, handled);
            assertEquals(0, ring.size());
            assertTrue(offer(COOKIE_REPLY, "192.0.2.1:1")); // the next round begins at another place
            assertEquals(1, drain(64));
        }
    }

    @Test
    void keepsRoomForThoseWhoHoldACookie() {
        while (offer(INITIATION, "192.0.2.1:1")) {
            assertTrue(offered <= HandshakeRing.CAPACITY);
        }
        assertTrue(offer(INITIATION, "192.0.2.2:1", MAC2));
        assertTrue(offer(COOKIE_REPLY, "192.0.2.3:1", MAC2));
        assertEquals(List.of("192.0.2.2:1", "192.0.2.3:1", "192.0.2.1:1", "192.0.2.1:1"), drainSources(4));
    }

    @Test
    void keepsTurnsForThoseWithoutACookie() {
        while (offer(INITIATION, "192.0.2.2:1", MAC2)) {
            assertTrue(offered <= HandshakeRing.MAC2_CAPACITY);
        }
        assertEquals(HandshakeRing.MAC2_CAPACITY, offered);
        for (int i = 0; i < 48; i++) {
            assertTrue(offer(INITIATION, "192.0.2.1:1"));
        }
        assertEquals(32, Collections.frequency(drainSources(64), "192.0.2.1:1"));
        assertEquals(16, Collections.frequency(drainSources(64), "192.0.2.1:1"));
        assertEquals(HandshakeRing.MAC2_CAPACITY - 32 - 48, ring.size());
    }

    private List<String> drainSources(int limit) {
        List<String> sources = new ArrayList<>();
        assertEquals(limit, ring.drain((datagram, offset, length, source) -> sources.add(source.toString()), limit));
        return sources;
    }

    @Test
    void carriesMessagesBetweenThreads() throws Exception {
        Thread lane = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < SEVERAL_WRAPS; ) {
                if (offer(INITIATION, "192.0.2.1:1")) {
                    i++;
                } else {
                    Thread.onSpinWait();
                }
            }
        });
        while (handled < SEVERAL_WRAPS) {
            if (drain(64) == 0) {
                Thread.onSpinWait();
            }
        }
        lane.join();
        assertEquals(0, drain(64));
    }
}
