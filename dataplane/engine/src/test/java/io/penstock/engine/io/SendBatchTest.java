package io.penstock.engine.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Endpoint;
import java.nio.ByteBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class SendBatchTest {
    private static final Endpoint A = Endpoint.parse("192.0.2.1:51820");
    private static final Endpoint B = Endpoint.parse("192.0.2.2:51820");

    private final SendBatch batch = new SendBatch(new UnsafeBuffer(ByteBuffer.allocateDirect(1 << 18)));
    private int end;

    private void add(Endpoint to, int trafficClass, int length) {
        batch.add(to, trafficClass, end, length);
        end += length;
    }

    @Test
    void joinsEqualDatagramsAndEndsWithAShorterOne() {
        add(A, 0, 1452);
        add(A, 0, 1452);
        add(A, 0, 100);
        add(A, 0, 100);
        add(A, 0, 1452);
        assertEquals(3, batch.count());
        assertEquals(3004, batch.length(0));
        assertEquals(1452, batch.segmentLength(0));
        assertEquals(100, batch.length(1));
        assertEquals(1452, batch.length(2));
    }

    @Test
    void keepsEndpointsAndTrafficClassesApart() {
        add(A, 0, 200);
        add(B, 0, 200);
        add(B, 1, 200);
        assertEquals(3, batch.count());
    }

    @Test
    void neverExceedsOneMessage() {
        for (int i = 0; i < 130; i++) {
            add(A, 0, 100);
        }
        assertEquals(SendBatch.MAX_SEGMENTS * 100, batch.length(0));
        assertEquals(3, batch.count());

        batch.clear();
        for (int i = 0; i < 50; i++) {
            add(A, 0, 1452);
        }
        assertTrue(batch.length(0) <= SendBatch.MAX_MESSAGE_LENGTH);
        assertEquals(45 * 1452, batch.length(0));
        assertEquals(2, batch.count());
    }

    @Test
    void startsAnewWhereMemoryDoesNot() {
        batch.add(A, 0, 0, 100);
        batch.add(A, 0, 200, 100);
        assertEquals(2, batch.count());
    }
}
