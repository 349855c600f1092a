package io.penstock.protocol.mapstream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import io.penstock.protocol.Bytes;
import io.penstock.protocol.Seeded;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.RandomMessages;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MapFrameTest {
    private final PieceCompressor compressor = new PieceCompressor();
    private final MapFrameDecoder decoder = new MapFrameDecoder();

    @AfterEach
    void close() {
        compressor.close();
        decoder.close();
    }

    @Test
    void keepAliveIsTheFrameThatNodesKnow() throws MalformedMessageException {
        String frame = "1b00000028b52ffd20129100007b224b656570416c697665223a747275657d";
        assertEquals(frame, Bytes.hex(bytes(MapFrame.keepAlive())));
        MapResponse message = Objects.requireNonNull(decoder.decode(MapFrame.keepAlive()));
        assertTrue(message.keepAlive() && message.isSignOfLife());
    }

    @Test
    void storedPiecesAreFramesOfZstdForAnyLength() {
        Seeded seeded = Seeded.create();
        for (int length : new int[] {0, 1, 255, 256, 257, 65_791, 65_792, 131_071, 131_072, 131_073, 400_000}) {
            byte[] json = seeded.bytes(length);
            Piece piece = Piece.stored(json);
            byte[] frame = bytes(piece);
            assertEquals(length, piece.plaintextLength());
            assertEquals(length, Zstd.getFrameContentSize(frame));
            assertEquals(Bytes.hex(json), Bytes.hex(Zstd.decompress(frame, length)), seeded::toString);
        }
    }

    @Test
    void compressorNeverMakesLonger() {
        Seeded seeded = Seeded.create();
        for (int length = 0; length < 300; length++) {
            byte[] json = seeded.bytes(length);
            assertTrue(compressor.compress(json).length() <= Piece.stored(json).length());
        }
        assertTrue(compressor.compress("{\"a\":1}".repeat(100).getBytes(UTF_8)).length() < 60);
    }

    @Test
    void framesOfMessagesAreReadHoweverTheyArrive() throws MalformedMessageException {
        Seeded seeded = Seeded.create();
        RandomMessages random = new RandomMessages(seeded);
        List<MapResponse> sent = new ArrayList<>();
        ByteBuffer stream = ByteBuffer.allocate(4 << 20);
        for (int i = 0; i < 60; i++) {
            MapResponse message =
                    seeded.oneIn(4) ? MapResponse.builder().keepAlive(true).build() : random.next(MapResponse.class);
            sent.add(message);
            stream.put(
                    message.keepAlive() && message.isSignOfLife()
                            ? MapFrame.keepAlive()
                            : MapFrame.of(message, compressor));
        }
        int end = stream.position();
        stream.flip().limit(0);
        List<MapResponse> received = new ArrayList<>();
        while (stream.limit() < end) {
            stream.limit(Math.min(end, stream.limit() + 1 + seeded.below(5000)));
            for (MapResponse message = decoder.decode(stream); message != null; message = decoder.decode(stream)) {
                received.add(message);
            }
            assertFalse(stream.hasRemaining(), seeded::toString);
        }
        assertEquals(sent, received, seeded::toString);
    }

    /** A spliced frame says the same as the naive one, which encodes the whole message at once. */
    @Test
    void splicedMessageEqualsTheWholeOne() throws MalformedMessageException {
        Seeded seeded = Seeded.create();
        RandomMessages random = new RandomMessages(seeded);
        for (int round = 0; round < 100; round++) {
            MapResponse whole = random.next(MapResponse.class);
            List<Piece> peers = pieces(whole.peers());
            MapFrame frame = new MapFrame();
            if (seeded.oneIn(2)) {
                frame.fields(
                        whole.toBuilder()
                                .node(null)
                                .peers(List.of())
                                .peersChanged(List.of())
                                .build(),
                        compressor);
                addParts(frame, whole, peers);
            } else {
                addParts(frame, whole, peers);
                frame.fields(
                        whole.toBuilder()
                                .node(null)
                                .peers(List.of())
                                .peersChanged(List.of())
                                .build(),
                        compressor);
            }
            assertEquals(whole, decoder.decode(frame.finish()), seeded::toString);
        }
    }

    @Test
    void emptySpliceIsAnEmptyMessage() throws MalformedMessageException {
        MapResponse nothing = MapResponse.builder().build();
        assertEquals(nothing, decoder.decode(new MapFrame().finish()));
        assertEquals(
                nothing,
                decoder.decode(new MapFrame()
                        .fields(nothing, compressor)
                        .array("Peers", List.of())
                        .finish()));
    }

    @Test
    void piecesMayBeCutAnywhere() throws MalformedMessageException {
        Seeded seeded = Seeded.create();
        MapResponse message = new RandomMessages(seeded).next(MapResponse.class);
        byte[] json = Json.write(message);
        for (int round = 0; round < 20; round++) {
            ByteBuffer frame = ByteBuffer.allocate(20 * json.length + 100)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .position(4);
            int done = 0;
            while (done < json.length) {
                int part = Math.min(json.length - done, 1 + seeded.below(200));
                Piece.stored(java.util.Arrays.copyOfRange(json, done, done + part))
                        .writeTo(frame);
                done += part;
            }
            frame.putInt(0, frame.position() - 4).flip();
            assertEquals(message, decoder.decode(frame), seeded::toString);
        }
    }

    @Test
    void limitsHoldForWireAndForJson() throws MalformedMessageException {
        MapResponse message = MapResponse.builder().domain("x".repeat(100_000)).build();
        ByteBuffer frame = MapFrame.of(message, compressor);
        assertTrue(frame.remaining() < 1000, "compresses well");
        try (MapFrameDecoder small = new MapFrameDecoder(1000, 100_013)) {
            assertEquals(message, small.decode(frame.duplicate()));
        }
        try (MapFrameDecoder small = new MapFrameDecoder(1000, 100_012)) {
            assertThrows(MalformedMessageException.class, () -> small.decode(frame.duplicate()));
        }
        try (MapFrameDecoder small = new MapFrameDecoder(frame.remaining() - 5, 1 << 20)) {
            assertThrows(MalformedMessageException.class, () -> small.decode(frame.duplicate()));
        }
        assertThrows(MalformedMessageException.class, () -> decoder.decode(ByteBuffer.wrap(Bytes.hex("ffffffff"))));
    }

    @Test
    void announcedLengthCostsNoMemory() throws MalformedMessageException {
        List<MapFrameDecoder> decoders = new ArrayList<>();
        for (int i = 0; i < 1000; i++) { // 32 MB each, if it believed them
            MapFrameDecoder believer = new MapFrameDecoder();
            decoders.add(believer);
            assertNull(believer.decode(ByteBuffer.wrap(Bytes.hex("0000000228b52ffd"))));
        }
        decoders.forEach(MapFrameDecoder::close);
    }

    @Test
    void damagedFramesAreRefusedAndNothingElse() {
        Seeded seeded = Seeded.create();
        RandomMessages random = new RandomMessages(seeded);
        for (int round = 0; round < 1000; round++) {
            byte[] frame = bytes(MapFrame.of(random.next(MapResponse.class), compressor));
            for (int i = 0; i <= seeded.below(4); i++) {
                frame[4 + seeded.below(frame.length - 4)] = (byte) seeded.nextInt();
            }
            try (MapFrameDecoder victim = new MapFrameDecoder(1 << 20, 1 << 20)) {
                victim.decode(ByteBuffer.wrap(frame));
            } catch (MalformedMessageException e) {
                assertFalse(String.valueOf(e.getMessage()).isEmpty());
            } catch (RuntimeException e) {
                throw new AssertionError(seeded.toString(), e);
            }
        }
    }

    @Test
    void emptyAndTruncatedDataAreRefused() {
        assertThrows(MalformedMessageException.class, () -> decoder.decode(ByteBuffer.wrap(new byte[4])));
        byte[] keepAlive = bytes(MapFrame.keepAlive());
        keepAlive[0]--;
        try (MapFrameDecoder other = new MapFrameDecoder()) {
            assertThrows(MalformedMessageException.class, () -> other.decode(ByteBuffer.wrap(keepAlive)));
        }
    }

    private void addParts(MapFrame frame, MapResponse whole, List<Piece> peers) {
        Node node = whole.node();
        if (node != null) {
            frame.field("Node", compressor.compress(Json.write(node)));
        }
        frame.array("Peers", peers).array("PeersChanged", pieces(whole.peersChanged()));
    }

    private List<Piece> pieces(List<Node> nodes) {
        return nodes.stream().map(node -> compressor.compress(Json.write(node))).toList();
    }

    private static byte[] bytes(Piece piece) {
        ByteBuffer out = ByteBuffer.allocate(piece.length());
        piece.writeTo(out);
        return out.array();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
