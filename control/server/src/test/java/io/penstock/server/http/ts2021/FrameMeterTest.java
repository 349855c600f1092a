package io.penstock.server.http.ts2021;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameMeterTest {
    private static final int PING = 6;
    private static final int WINDOW_UPDATE = 8;
    private static final long START_NS = Long.MAX_VALUE - 1000; // soon to wrap

    private final FrameMeter meter = new FrameMeter(START_NS);

    @Test
    void burstIsAllowedAndThenOneForEachInterval() {
        assertTrue(take(new byte[24], START_NS));
        for (int i = 0; i < FrameMeter.BURST; i++) {
            assertTrue(take(frame(PING, 8), START_NS), "frame " + i);
        }
        long laterNs = START_NS + TimeUnit.SECONDS.toNanos(1);
        for (int i = 0; i < FrameMeter.PER_SECOND; i++) {
            assertTrue(take(frame(PING, 8), laterNs), "frame " + i);
        }
        assertFalse(take(frame(PING, 8), laterNs));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 6, 7, 9, 200})
    void everyKindOfSmallFrameCosts(int type) {
        take(new byte[24], START_NS);
        assertEquals(FrameMeter.BURST, takenOf(type, 8));
    }

    @Test
    void dataThatCarriesMuchIsFree() {
        take(new byte[24], START_NS);
        assertEquals(10_000, takenOf(0, 1024));
    }

    @Test
    void windowUpdatesArePaidByWhatWasSent() {
        take(new byte[24], START_NS);
        assertEquals(FrameMeter.BURST, takenOf(WINDOW_UPDATE, 4));

        FrameMeter other = new FrameMeter(START_NS);
        other.onReceived(new byte[24], 0, 24, START_NS);
        for (int i = 0; i < 100; i++) {
            other.onSent(FrameMeter.SENT_PER_UPDATE - 1); // what is left over counts the next time
        }
        byte[] update = frame(WINDOW_UPDATE, 4);
        int taken = 0;
        while (other.onReceived(update, 0, update.length, START_NS)) {
            taken++;
        }
        assertEquals(FrameMeter.BURST + 99, taken);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void countsTheSameHoweverTheBytesAreCut(long seed) {
        Random random = new Random(seed);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[24]);
        for (int i = 0; i < FrameMeter.BURST; i++) {
            out.writeBytes(frame(PING, random.nextInt(300)));
            out.writeBytes(frame(0, 256 + random.nextInt(3000)));
        }
        byte[] bytes = out.toByteArray();
        for (int at = 0; at < bytes.length; ) {
            int count = Math.min(bytes.length - at, 1 + random.nextInt(40));
            assertTrue(meter.onReceived(bytes, at, count, START_NS), "seed " + seed + " at " + at);
            at += count;
        }
        assertFalse(take(frame(PING, 0), START_NS), "seed " + seed);
    }

    private int takenOf(int type, int length) {
        int taken = 0;
        while (taken < 10_000 && take(frame(type, length), START_NS)) {
            taken++;
        }
        return taken;
    }

    private boolean take(byte[] bytes, long nowNs) {
        return meter.onReceived(bytes, 0, bytes.length, nowNs);
    }

    private static byte[] frame(int type, int length) {
        byte[] frame = new byte[9 + length];
        frame[0] = (byte) (length >> 16);
        frame[1] = (byte) (length >> 8);
        frame[2] = (byte) length;
        frame[3] = (byte) type;
        return frame;
    }
}
