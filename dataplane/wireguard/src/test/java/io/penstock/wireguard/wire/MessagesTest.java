package io.penstock.wireguard.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.HandshakeVector;
import java.util.Arrays;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Every field of every message against recorded bytes, read and written, in the middle of a buffer. */
class MessagesTest {
    private static final int OFFSET = 3; // packets are rarely aligned

    @Test
    void readsInitiation() {
        byte[] message = HandshakeVector.bytes("initiation with mac2");
        Initiation initiation = new Initiation().wrap(placed(message), OFFSET);
        assertEquals(Initiation.TYPE, typeOf(message));
        assertEquals(HandshakeVector.INITIATOR_INDEX, initiation.senderIndex());
        assertField("initiator ephemeral public", initiation::getEphemeral);
        assertField("sealed static", initiation::getSealedStatic);
        assertField("sealed timestamp", initiation::getSealedTimestamp);
        assertField("initiation mac1", mac -> initiation.buffer().getBytes(initiation.mac1Offset(), mac));
        assertField("mac2", mac -> initiation.buffer().getBytes(initiation.mac2Offset(), mac));
        assertEquals(message.length, initiation.mac2Offset() + 16);
    }

    @Test
    void writesInitiation() {
        UnsafeBuffer buffer = noise(Initiation.LENGTH);
        Initiation initiation = new Initiation().wrap(buffer, OFFSET).clear();
        initiation.senderIndex(HandshakeVector.INITIATOR_INDEX);
        initiation.putEphemeral(HandshakeVector.bytes("initiator ephemeral public"));
        initiation.putSealedStatic(HandshakeVector.bytes("sealed static"));
        initiation.putSealedTimestamp(HandshakeVector.bytes("sealed timestamp"));
        initiation.buffer().putBytes(initiation.mac1Offset(), HandshakeVector.bytes("initiation mac1"));
        assertPlaced("initiation", buffer);
    }

    @Test
    void readsResponse() {
        byte[] message = HandshakeVector.bytes("response");
        Response response = new Response().wrap(placed(message), OFFSET);
        assertEquals(Response.TYPE, typeOf(message));
        assertEquals(HandshakeVector.RESPONDER_INDEX, response.senderIndex());
        assertEquals(HandshakeVector.INITIATOR_INDEX, response.receiverIndex());
        assertField("responder ephemeral public", response::getEphemeral);
        assertField("sealed nothing", response::getSealedNothing);
        assertEquals(60, response.mac1Offset());
        assertEquals(76, response.mac2Offset());
    }

    @Test
    void writesResponse() {
        UnsafeBuffer buffer = noise(Response.LENGTH);
        Response response = new Response().wrap(buffer, OFFSET).clear();
        response.senderIndex(HandshakeVector.RESPONDER_INDEX).receiverIndex(HandshakeVector.INITIATOR_INDEX);
        response.putEphemeral(HandshakeVector.bytes("responder ephemeral public"));
        response.putSealedNothing(HandshakeVector.bytes("sealed nothing"));
        byte[] recorded = HandshakeVector.bytes("response");
        response.buffer().putBytes(response.mac1Offset(), recorded, response.mac1Offset(), 16);
        assertPlaced("response", buffer);
    }

    @Test
    void readsCookieReply() {
        byte[] message = HandshakeVector.bytes("cookie reply");
        CookieReply reply = new CookieReply().wrap(placed(message), OFFSET);
        assertEquals(CookieReply.TYPE, typeOf(message));
        assertEquals(HandshakeVector.INITIATOR_INDEX, reply.receiverIndex());
        assertField("cookie nonce", reply::getNonce);
        byte[] sealed = new byte[CookieReply.SEALED_COOKIE_LENGTH];
        reply.getSealedCookie(sealed);
        assertArrayEquals(Arrays.copyOfRange(message, 32, 64), sealed);
    }

    @Test
    void writesCookieReply() {
        UnsafeBuffer buffer = noise(CookieReply.LENGTH);
        CookieReply reply =
                new CookieReply().wrap(buffer, OFFSET).clear().receiverIndex(HandshakeVector.INITIATOR_INDEX);
        reply.putNonce(HandshakeVector.bytes("cookie nonce"));
        reply.putSealedCookie(Arrays.copyOfRange(HandshakeVector.bytes("cookie reply"), 32, 64));
        assertPlaced("cookie reply", buffer);
    }

    @Test
    void readsData() {
        byte[] message = HandshakeVector.bytes("data");
        Data data = new Data().wrap(placed(message), OFFSET, message.length);
        assertEquals(Data.TYPE, typeOf(message));
        assertEquals(HandshakeVector.RESPONDER_INDEX, data.receiverIndex());
        assertEquals(1, data.counter());
        assertEquals(32, data.plaintextLength());
        assertFalse(data.isKeepalive());
    }

    @Test
    void readsKeepalive() {
        byte[] message = HandshakeVector.bytes("keepalive");
        Data data = new Data().wrap(placed(message), OFFSET, message.length);
        assertTrue(data.isKeepalive());
        assertEquals(0, data.plaintextLength());
        assertEquals(0, data.counter());
    }

    @Test
    void writesDataHeader() {
        UnsafeBuffer direct = new UnsafeBuffer(BufferUtil.allocateDirectAligned(64, 8));
        Data data = new Data().wrap(direct, OFFSET, 48).putHeader(HandshakeVector.RESPONDER_INDEX, -2L);
        byte[] header = new byte[Data.HEADER_LENGTH];
        direct.getBytes(OFFSET, header);
        assertEquals("0400000088776655feffffffffffffff", Bytes.hex(header));
        assertEquals(-2L, data.counter());
        assertEquals(direct.addressOffset() + OFFSET + Data.HEADER_LENGTH, data.ciphertextAddress());
    }

    @Test
    void tellsTypesByAllFourBytesAndTheLength() {
        byte[] bytes = new byte[200];
        UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        int[] lengths = {0, Initiation.LENGTH, Response.LENGTH, CookieReply.LENGTH, Data.MIN_LENGTH};
        for (int type = 0; type < 256; type++) {
            bytes[0] = (byte) type;
            for (int length = 0; length <= bytes.length; length++) {
                boolean known = type >= 1 && type <= 4;
                boolean fits = known && (type == Data.TYPE ? length >= lengths[type] : length == lengths[type]);
                int otherwise = known || length < 4 ? MessageType.WRONG_LENGTH : MessageType.UNKNOWN;
                assertEquals(fits ? type : otherwise, MessageType.of(buffer, 0, length), type + " of " + length);
            }
        }
        for (int reserved = 1; reserved < 4; reserved++) {
            Arrays.fill(bytes, (byte) 0);
            bytes[0] = Initiation.TYPE;
            bytes[reserved] = 1;
            assertEquals(MessageType.UNKNOWN, MessageType.of(buffer, 0, Initiation.LENGTH));
        }
    }

    @Test
    void neverReadsBeyondTheBuffer() {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[Initiation.LENGTH]);
        assertThrows(IndexOutOfBoundsException.class, () -> new Initiation().wrap(buffer, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> new Initiation().wrap(buffer, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> new Response().wrap(buffer, 57));
        assertThrows(IndexOutOfBoundsException.class, () -> new CookieReply().wrap(buffer, 85));
        assertThrows(IndexOutOfBoundsException.class, () -> new Data().wrap(buffer, 0, 149));
        assertThrows(IndexOutOfBoundsException.class, () -> new Data().wrap(buffer, 0, 31));
        assertThrows(IndexOutOfBoundsException.class, () -> new Data().wrap(buffer, 0, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> new Data().wrap(buffer, Integer.MAX_VALUE, 32));
    }

    private static int typeOf(byte[] message) {
        return MessageType.of(placed(message), OFFSET, message.length);
    }

    private static UnsafeBuffer placed(byte[] message) {
        UnsafeBuffer buffer = noise(message.length);
        buffer.putBytes(OFFSET, message);
        return buffer;
    }

    private static UnsafeBuffer noise(int messageLength) {
        byte[] bytes = new byte[OFFSET + messageLength + OFFSET];
        Arrays.fill(bytes, (byte) 0xA5);
        return new UnsafeBuffer(bytes);
    }

    private static void assertPlaced(String name, UnsafeBuffer buffer) {
        assertEquals("a5a5a5" + HandshakeVector.hex(name) + "a5a5a5", Bytes.hex(buffer.byteArray()));
    }

    private static void assertField(String name, java.util.function.Consumer<byte[]> getter) {
        byte[] expected = HandshakeVector.bytes(name);
        byte[] actual = new byte[expected.length];
        getter.accept(actual);
        assertArrayEquals(expected, actual, name);
    }
}
