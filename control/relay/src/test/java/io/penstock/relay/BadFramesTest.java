package io.penstock.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder;
import io.penstock.protocol.derp.FrameType;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.edge.RelayLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every type of frame at the edges of its length: the connection goes on, or ends for the reason that is counted. */
class BadFramesTest {
    private static final int KEY = 32;
    private static final int LONGEST_PACKET = 65_536;
    private static final int LONGEST_SKIPPED = 1 << 20;

    private final Map<CloseReason, Long> expected = new EnumMap<>(CloseReason.class);
    private RelayServer server;
    private int cases;

    @BeforeEach
    void start() throws IOException {
        RelayLimits usual = RelayLimits.DEFAULT;
        server = RelayFixture.start(RelayFixture.settings(new RelayLimits(
                2000,
                1e6,
                1_000_000,
                usual.httpTimeout(),
                usual.helloTimeout(),
                usual.keepAlive(),
                usual.stall(),
                0,
                0,
                usual.queue())));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Sends a frame of this length as a client that is in. */
    private void send(int type, int length, @Nullable CloseReason reason) throws IOException {
        cases++;
        try (TestClient client = TestClient.join(server.address(), 1)) {
            boolean isAnnouncedOnly = reason == CloseReason.FRAME_TOO_LONG;
            ByteBuffer frame = ByteBuffer.allocate(Frame.HEADER_LENGTH + (isAnnouncedOnly ? 0 : length));
            client.write(frame.put((byte) type).putInt(length).array());
            if (reason == null) {
                client.send(new Frame.Ping(7));
                assertNotNull(awaitPong(client), () -> "type " + type + " of " + length + " bytes");
            } else {
                client.awaitClose();
            }
        }
        expected.merge(reason == null ? CloseReason.LEFT : reason, 1L, Long::sum);
        assertTrue(
                RelayFixture.eventually(() -> server.counters().connections() == 0),
                () -> "type " + type + " of " + length + " bytes");
        for (CloseReason each : CloseReason.values()) {
            assertEquals(
                    expected.getOrDefault(each, 0L),
                    server.counters().closed(each),
                    () -> each + " after type " + type + " of " + length + " bytes");
        }
    }

    private static Frame.@Nullable Pong awaitPong(TestClient client) throws IOException {
        for (Frame frame = client.next(Duration.ofSeconds(10));
                frame != null;
                frame = client.next(Duration.ofSeconds(10))) {
            if (frame instanceof Frame.Pong pong && pong.data() == 7) {
                return pong;
            }
        }
        return null;
    }

    @Test
    void judgesPacketsByTheirLength() throws IOException {
        send(FrameType.SEND_PACKET, 0, CloseReason.FRAME_MALFORMED);
        send(FrameType.SEND_PACKET, KEY - 1, CloseReason.FRAME_MALFORMED);
        send(FrameType.SEND_PACKET, KEY, null); // an empty packet, for nobody
        send(FrameType.SEND_PACKET, KEY + LONGEST_PACKET, null);
        send(FrameType.SEND_PACKET, KEY + LONGEST_PACKET + 1, CloseReason.FRAME_TOO_LONG);
        send(FrameType.SEND_PACKET, Integer.MAX_VALUE, CloseReason.FRAME_TOO_LONG);
        send(FrameType.SEND_PACKET, Integer.MIN_VALUE, CloseReason.FRAME_TOO_LONG);
    }

    @Test
    void judgesPingsAndPongs() throws IOException {
        for (int type : new int[] {FrameType.PING, FrameType.PONG}) {
            send(type, 0, CloseReason.FRAME_MALFORMED);
            send(type, 7, CloseReason.FRAME_MALFORMED);
            send(type, 8, null);
            send(type, 1000, null);
            send(type, 1001, CloseReason.FRAME_TOO_LONG);
        }
    }

    @Test
    void judgesPreferences() throws IOException {
        send(FrameType.NOTE_PREFERRED, 0, CloseReason.FRAME_MALFORMED);
        send(FrameType.NOTE_PREFERRED, 1, null);
        send(FrameType.NOTE_PREFERRED, 2, CloseReason.FRAME_MALFORMED);
        send(FrameType.NOTE_PREFERRED, 1025, CloseReason.FRAME_TOO_LONG);
    }

    @Test
    void takesNothingThatOnlyOtherRelaysMaySend() throws IOException {
        send(FrameType.FORWARD_PACKET, 0, CloseReason.NO_PERMISSION);
        send(FrameType.FORWARD_PACKET, 2 * KEY, CloseReason.NO_PERMISSION);
        send(FrameType.FORWARD_PACKET, 2 * KEY + LONGEST_PACKET + 1, CloseReason.FRAME_TOO_LONG);
        send(FrameType.WATCH_CONNS, 0, CloseReason.NO_PERMISSION);
        send(FrameType.WATCH_CONNS, 1025, CloseReason.FRAME_TOO_LONG);
        send(FrameType.CLOSE_PEER, KEY - 1, CloseReason.FRAME_MALFORMED);
        send(FrameType.CLOSE_PEER, KEY, CloseReason.NO_PERMISSION);
    }

    @Test
    void takesNoSecondHello() throws IOException {
        send(FrameType.CLIENT_INFO, 0, CloseReason.FRAME_MALFORMED);
        send(FrameType.CLIENT_INFO, 55, CloseReason.FRAME_MALFORMED);
        send(FrameType.CLIENT_INFO, 56, CloseReason.FRAME_MALFORMED);
        send(FrameType.CLIENT_INFO, (16 << 10) + 1, CloseReason.FRAME_TOO_LONG);
    }

    @Test
    void skipsWhateverElseThereIs() throws IOException {
        for (int type = 0; type <= 0xff; type++) {
            if (FrameType.isFor(FrameDecoder.Side.RELAY, type)) {
                continue;
            }
            send(type, type % 3 * 100, null);
            send(type, LONGEST_SKIPPED + 1, CloseReason.FRAME_TOO_LONG);
        }
        send(0x7f, LONGEST_SKIPPED, null);
        assertTrue(server.counters().snapshot().skippedFrames() > 200);
        assertEquals(2 * (256 - 8) + 1, cases, "eight types are for a relay");
    }
}
