package io.penstock.protocol.derp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Bytes;
import io.penstock.protocol.Seeded;
import io.penstock.protocol.derp.Frame.ClientInfo;
import io.penstock.protocol.derp.FrameDecoder.Side;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The vectors were read by Tailscale's own code. */
class DerpTest {
    private static final PrivateKey RELAY =
            PrivateKey.of(Bytes.hex("c06385601e7adfe1fbb651577e63d920568fa89cbcfce57d8d3dd5f7009d1647"));
    private static final PrivateKey CLIENT =
            PrivateKey.of(Bytes.hex("78989112fe6045c580888ffc22033a7f1d384be7f25b119068c58011fe128f56"));
    private static final NodeKey CLIENT_PUBLIC =
            NodeKey.parse("nodekey:56b9bdff45be025caa452d1d42b6c7257ee1442346868773fd8446e5d10e4020");
    private static final String PEER_HEX = "34341438bf2648c181c131b5a5cb48d707d08a8ea1e895496a85f565ae537049";
    private static final NodeKey PEER = NodeKey.parse("nodekey:" + PEER_HEX);
    private static final String SERVER_KEY =
            "010000002844455250f09f9491a838c65946424f2f66cd9c746577cbb45e44eebabf958a5ef4cf30570fa0f81a";
    private static final String CLIENT_INFO =
            "020000006856b9bdff45be025caa452d1d42b6c7257ee1442346868773fd8446e5d10e4020ec75863f895a65154bbd82e917606aaefeb2"
                    + "fc99e2f0a9628c9457a316340416b0b4bed717c35e5677c14faccafbfd1f8de8a46a6e1d3c24e48f9e799b28c11eb0a9adc706ace9"
                    + "0f";
    private static final String SERVER_INFO =
            "03000000354efb9eb24911edfe39e3b4a08cb99e8a2fe0f3571d9feb5cbf14598257da905a42a629b9228ac60772b5d0de723417db3638"
                    + "91ccbf";

    @Test
    void greetingsAreTheVectors() throws MalformedMessageException {
        assertEquals(SERVER_KEY, hex(new Frame.ServerKey(RELAY.publicKey(new BouncyCastleX25519()))));
        assertEquals(
                "{\"version\":2,\"CanAckPings\":true}",
                new String(Greeting.ofNode().encode(), UTF_8));
        Box client = box(CLIENT, RELAY);
        byte[] sealed =
                client.seal(Greeting.ofNode().encode(), fixed("ec75863f895a65154bbd82e917606aaefeb2fc99e2f0a962"));
        assertEquals(CLIENT_INFO, hex(new ClientInfo(CLIENT_PUBLIC, ByteBuffer.wrap(sealed))));
        Box relay = box(RELAY, CLIENT);
        byte[] answer = relay.seal(
                ServerGreeting.unlimited().encode(), fixed("4efb9eb24911edfe39e3b4a08cb99e8a2fe0f3571d9feb5c"));
        assertEquals(SERVER_INFO, hex(new Frame.ServerInfo(ByteBuffer.wrap(answer))));
    }

    @Test
    void greetingsOfTheVectorsOpen() throws MalformedMessageException {
        ClientInfo info = assertInstanceOf(ClientInfo.class, decode(Side.RELAY, CLIENT_INFO));
        assertEquals(CLIENT_PUBLIC, info.key());
        byte[] json = Objects.requireNonNull(box(RELAY, CLIENT).open(bytes(info.sealed())));
        assertEquals(Greeting.ofNode(), Greeting.decode(json));
        Frame.ServerInfo answer = assertInstanceOf(Frame.ServerInfo.class, decode(Side.CLIENT, SERVER_INFO));
        byte[] answerJson = Objects.requireNonNull(box(CLIENT, RELAY).open(bytes(answer.sealed())));
        assertEquals(ServerGreeting.unlimited(), ServerGreeting.decode(answerJson));
    }

    @Test
    void framesAreTheVectors() throws MalformedMessageException {
        ByteBuffer hello = ByteBuffer.wrap("hello".getBytes(US_ASCII));
        assertFrame("0400000025" + PEER_HEX + "68656c6c6f", new Frame.SendPacket(PEER, hello), Side.RELAY);
        assertFrame("0500000025" + PEER_HEX + "68656c6c6f", new Frame.RecvPacket(PEER, hello), Side.CLIENT);
        assertFrame("0600000000", new Frame.KeepAlive(), Side.CLIENT);
        assertFrame("070000000101", new Frame.NotePreferred(true), Side.RELAY);
        assertFrame("0800000021" + PEER_HEX + "01", new Frame.PeerGone(PEER, Frame.GONE_NOT_HERE), Side.CLIENT);
        assertFrame("12000000080102030405060708", new Frame.Ping(0x0102030405060708L), Side.RELAY);
        assertFrame("15000000080000138800002710", new Frame.Restarting(5000, 10_000), Side.CLIENT);
        assertFrame(
                "0900000033" + PEER_HEX + "00000000000000000000ffffc000020904d201",
                new Frame.PeerPresent(PEER, Endpoint.parse("192.0.2.9:1234"), Frame.PRESENT_REGULAR),
                Side.CLIENT);
    }

    @Test
    void everyFrameSurvivesHoweverItArrives() throws MalformedMessageException {
        Seeded seeded = Seeded.create();
        for (Side side : Side.values()) {
            List<String> sent = new ArrayList<>();
            ByteBuffer stream = ByteBuffer.allocate(1 << 20);
            for (int i = 0; i < 200; i++) {
                Frame frame = randomFrame(seeded);
                frame.writeTo(stream);
                if (FrameType.isFor(side, FrameType.of(frame))) {
                    sent.add(hex(frame));
                }
                if (seeded.oneIn(5)) { // of a type that is still to come
                    byte[] unknown = seeded.bytes(seeded.below(3000));
                    stream.put((byte) 0x70).putInt(unknown.length).put(unknown);
                }
            }
            int end = stream.position();
            stream.flip().limit(0);
            FrameDecoder decoder = new FrameDecoder(side);
            List<String> received = new ArrayList<>();
            while (stream.limit() < end) {
                stream.limit(Math.min(end, stream.limit() + 1 + seeded.below(2000)));
                for (Frame frame = decoder.decode(stream); frame != null; frame = decoder.decode(stream)) {
                    received.add(hex(frame));
                }
                assertFalse(stream.hasRemaining(), seeded::toString);
            }
            assertEquals(sent, received, seeded::toString);
        }
    }

    private static Frame randomFrame(Seeded seeded) {
        NodeKey key = NodeKey.of(seeded.bytes(32));
        NodeKey other = NodeKey.of(seeded.bytes(32));
        ByteBuffer packet = ByteBuffer.wrap(seeded.bytes(seeded.below(4000)));
        return switch (seeded.below(16)) {
            case 0 -> new Frame.ServerKey(key.value());
            case 1 -> new ClientInfo(key, ByteBuffer.wrap(seeded.bytes(24 + seeded.below(200))));
            case 2 -> new Frame.ServerInfo(ByteBuffer.wrap(seeded.bytes(24 + seeded.below(200))));
            case 3 -> new Frame.SendPacket(key, packet);
            case 4 -> new Frame.RecvPacket(key, packet);
            case 5 -> new Frame.ForwardPacket(key, other, packet);
            case 6 -> new Frame.KeepAlive();
            case 7 -> new Frame.NotePreferred(seeded.oneIn(2));
            case 8 -> new Frame.PeerGone(key, seeded.below(256));
            case 9 -> new Frame.PeerPresent(key, randomEndpoint(seeded), seeded.below(256));
            case 10 -> new Frame.WatchConns();
            case 11 -> new Frame.ClosePeer(key);
            case 12 -> new Frame.Ping(seeded.random().nextLong());
            case 13 -> new Frame.Pong(seeded.random().nextLong());
            case 14 -> new Frame.Health("problem \u20ac".repeat(seeded.below(3)));
            default -> new Frame.Restarting(seeded.nextInt(), seeded.nextInt());
        };
    }

    private static @Nullable Endpoint randomEndpoint(Seeded seeded) {
        return switch (seeded.below(3)) {
            case 0 -> null;
            case 1 -> Endpoint.v4(seeded.nextInt(), seeded.below(65536));
            default -> Endpoint.v6(seeded.random().nextLong(), seeded.random().nextLong(), seeded.below(65536), 0);
        };
    }

    @Test
    void oldShorterFormsAreRead() throws MalformedMessageException {
        assertEquals(new Frame.PeerGone(PEER, 0), decode(Side.CLIENT, "0800000020" + PEER_HEX));
        assertEquals(new Frame.PeerPresent(PEER, null, 0), decode(Side.CLIENT, "0900000020" + PEER_HEX));
        assertEquals(
                new Frame.PeerPresent(PEER, Endpoint.parse("192.0.2.9:1234"), 0),
                decode(Side.CLIENT, "0900000032" + PEER_HEX + "00000000000000000000ffffc000020904d2"));
        assertEquals(
                new Frame.PeerPresent(PEER, Endpoint.parse("192.0.2.9:1234"), 1),
                decode(Side.CLIENT, "0900000035" + PEER_HEX + "00000000000000000000ffffc000020904d201aabb"));
        assertEquals(new Frame.Ping(1), decode(Side.CLIENT, "120000000a0000000000000001ffff"));
    }

    @Test
    void skipsFramesThatAreForTheOtherSide() throws MalformedMessageException {
        String ping = "12000000080102030405060708";
        Frame expected = new Frame.Ping(0x0102030405060708L);
        for (String type : List.of("01", "03", "05", "06", "08", "09", "14", "15", "00", "0b", "16", "ff")) {
            assertEquals(expected, decode(Side.RELAY, type + "0000000161" + ping), type);
        }
        for (String type : List.of("02", "04", "07", "0a", "10", "11", "00", "0b", "16", "ff")) {
            assertEquals(expected, decode(Side.CLIENT, type + "0000000161" + ping), type);
        }
    }

    @Test
    void refusesWrongLengthsAndMagic() {
        for (String hex : List.of(
                "0700000000",
                "07000000020101",
                "0400010021",
                "0a00010041",
                "0400000004aabbccdd",
                "0200040001",
                "020000000401020304",
                "12000003e9",
                "120000000701020304050607",
                "10ffffffff",
                "7000100001")) {
            assertThrows(MalformedMessageException.class, () -> decode(Side.RELAY, hex), hex);
        }
        for (String hex : List.of(
                "0100000401",
                SERVER_KEY.replace("f09f9491", "f09f9492"),
                "0100000004aabbccdd",
                "15000000040000ffff",
                "0300000001aa",
                "0300100001",
                "08000000010a")) {
            assertThrows(MalformedMessageException.class, () -> decode(Side.CLIENT, hex), hex);
        }
    }

    @Test
    void acceptsTheLongestPacket() throws MalformedMessageException {
        FrameDecoder decoder = new FrameDecoder(Side.RELAY);
        Frame.SendPacket frame = new Frame.SendPacket(PEER, ByteBuffer.allocate(Frame.MAX_PACKET_LENGTH));
        ByteBuffer out = ByteBuffer.allocate(frame.length());
        frame.writeTo(out);
        assertEquals(frame, decoder.decode(out.flip()));
    }

    @Test
    void announcedLengthCostsNoMemory() throws MalformedMessageException {
        FrameDecoder[] decoders = new FrameDecoder[10_000]; // 650 MB, if they believed it
        for (int i = 0; i < decoders.length; i++) {
            decoders[i] = new FrameDecoder(Side.RELAY);
            assertNull(decoders[i].decode(ByteBuffer.wrap(Bytes.hex("0400010000ffff"))));
        }
    }

    @Test
    void meshKeyIsNotInTheTextForm() throws MalformedMessageException {
        Greeting greeting = Greeting.decode("{\"version\":2,\"meshKey\":\"5ec7e7\",\"New\":1}".getBytes(UTF_8));
        assertEquals("5ec7e7", greeting.meshKey());
        assertFalse(greeting.toString().contains("5ec7e7"));
        assertThrows(MalformedMessageException.class, () -> Greeting.decode("[]".getBytes(UTF_8)));
        assertThrows(MalformedMessageException.class, () -> ServerGreeting.decode("7".getBytes(UTF_8)));
    }

    @Test
    void damagedStreamsAreReadOrRefusedAndNothingElse() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 3000; round++) {
            Frame frame = randomFrame(seeded);
            ByteBuffer stream = ByteBuffer.allocate(frame.length());
            frame.writeTo(stream);
            for (int i = seeded.below(4); i >= 0; i--) {
                stream.put(seeded.below(stream.capacity()), (byte) seeded.nextInt());
            }
            FrameDecoder decoder = new FrameDecoder(seeded.oneIn(2) ? Side.CLIENT : Side.RELAY);
            try {
                Frame read = decoder.decode(stream.flip());
                // A text's bytes that are none of UTF-8 become replacement characters, of three bytes each.
                assertTrue(read == null || read.length() <= 3 * stream.capacity() + FrameType.PRESENT_LENGTH);
            } catch (MalformedMessageException e) {
                assertFalse(String.valueOf(e.getMessage()).isEmpty());
            } catch (RuntimeException e) {
                throw new AssertionError(seeded.toString(), e);
            }
        }
    }

    private static void assertFrame(String expected, Frame frame, Side reader) throws MalformedMessageException {
        assertEquals(expected, hex(frame));
        assertEquals(frame, decode(reader, expected));
    }

    private static @Nullable Frame decode(Side side, String hex) throws MalformedMessageException {
        return new FrameDecoder(side).decode(ByteBuffer.wrap(Bytes.hex(hex)));
    }

    private static String hex(Frame frame) {
        ByteBuffer out = ByteBuffer.allocate(frame.length());
        frame.writeTo(out);
        assertFalse(out.hasRemaining(), "length is as announced");
        return Bytes.hex(out.array());
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static Box box(PrivateKey own, PrivateKey other) {
        BouncyCastleX25519 x25519 = new BouncyCastleX25519();
        return Objects.requireNonNull(Box.between(x25519, own, other.publicKey(x25519)));
    }

    private static Entropy fixed(String hex) {
        return new Entropy() {
            @Override
            public void fill(byte[] bytes) {
                System.arraycopy(Bytes.hex(hex), 0, bytes, 0, bytes.length);
            }

            @Override
            public int nextInt() {
                throw new AssertionError("not asked for");
            }
        };
    }
}
