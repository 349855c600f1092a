package io.penstock.protocol.stun;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Bytes;
import io.penstock.protocol.Seeded;
import io.penstock.protocol.stun.BindingRequest.Received;
import io.penstock.wireguard.Endpoint;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Vectors are of Tailscale's own code, and of RFC 5769 sections 2.1 to 2.3. */
class StunTest {
    private static final TransactionId ID = new TransactionId(0x0102030405060708L, 0x090a0b0c);
    private static final String HEAD = "2112a4420102030405060708090a0b0c";
    private static final String REQUEST = "00010014" + HEAD + "802200087461696c6e6f646580280004b32c370f";
    private static final String BARE_REQUEST = "00010000" + HEAD;
    private static final String RESPONSE_V4 = "0101000c" + HEAD + "002000080001a147e112a643";
    private static final String RESPONSE_V6 = "01010018" + HEAD + "002000140002a1470113a9fa0102030405060708090a0b0d";
    private static final String CHANGE_REQUEST = "00010008" + HEAD + "0003000400000006";
    private static final String RFC_5769 =
            "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
                    + "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3"
                    + "f249c1b571a280280004e57a3bcf";
    private static final String SHA256 = "00010034" + HEAD + "0006000475736572001c0020fbf49052ccb2889e1b52b5cbedfa3ccf"
            + "99638b866d181ec90067888595e3e179802800046ad9fbe0";

    @Test
    void makesTheRequestOfTheVector() {
        assertEquals(REQUEST, Bytes.hex(BindingRequest.encode(ID)));
    }

    @Test
    void makesTheResponsesOfTheVectors() {
        assertEquals(RESPONSE_V4, Bytes.hex(BindingResponse.encode(ID, Endpoint.parse("192.0.2.1:32853"))));
        assertEquals(RESPONSE_V6, Bytes.hex(BindingResponse.encode(ID, Endpoint.parse("[2001:db8::1]:32853"))));
    }

    @Test
    void readsTheVectors() {
        assertEquals(new Received.Request(ID, Change.NOTHING), request(REQUEST));
        assertEquals(new Received.Request(ID, Change.NOTHING), request(BARE_REQUEST));
        assertEquals(new Received.Request(ID, Change.NOTHING), request(SHA256));
        assertEquals(new Received.Request(ID, Change.ADDRESS_AND_PORT), request(CHANGE_REQUEST));
        assertEquals(Endpoint.parse("192.0.2.1:32853"), mapped(RESPONSE_V4));
        assertEquals(Endpoint.parse("[2001:db8::1]:32853"), mapped(RESPONSE_V6));
    }

    @Test
    void fingerprintOfTheRfcIsRightAndItsIceAttributeUnknown() {
        Received.Unknown unknown = assertInstanceOf(Received.Unknown.class, request(RFC_5769));
        assertEquals(List.of(0x0024), unknown.attributes());
        assertTrue(Objects.requireNonNull(StunMessage.parse(buffer(RFC_5769))).hasFingerprint());
    }

    @Test
    void readsTheResponsesOfTheRfc() {
        String head = "2112a442b7e7a701bc34d686fa87dfae" + "8022000b7465737420766563746f7220";
        String v4 = "0101003c" + head + "002000080001a147e112a643" + "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
                + "80280004c07d4c96";
        String v6 = "01010048" + head + "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
                + "00080014a382954e4be67bf11784c97c8292c275bfe3ed41" + "80280004c8fb0b4c";
        TransactionId id = new TransactionId(0xb7e7a701bc34d686L, 0xfa87dfae);
        assertEquals(
                new BindingResponse.Mapped(id, Endpoint.parse("192.0.2.1:32853")), BindingResponse.parse(buffer(v4)));
        assertEquals(
                new BindingResponse.Mapped(id, Endpoint.parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853")),
                BindingResponse.parse(buffer(v6)));
        assertTrue(Objects.requireNonNull(StunMessage.parse(buffer(v6))).hasFingerprint());
    }

    @Test
    void changedBitUnderAFingerprintIsNoticed() {
        byte[] message = Bytes.hex(RFC_5769);
        for (int bit = 0; bit < 8 * message.length; bit++) {
            byte[] changed = Bytes.flipped(message, bit);
            StunMessage parsed = StunMessage.parse(ByteBuffer.wrap(changed));
            // What still reads as a message has lost its fingerprint: it ends earlier, or the attribute is another.
            assertTrue(parsed == null || !parsed.hasFingerprint(), "bit " + bit);
        }
    }

    @Test
    void answersUnknownAttributesWithTheirNumbers() {
        byte[] answer = BindingResponse.encodeUnknown(ID, List.of(0x0003, 0x0024, 0x7fff));
        assertEquals(
                "01110028" + HEAD + "0009001500000414" + "556e6b6e6f776e20417474726962757465000000"
                        + "000a0006000300247fff0000",
                Bytes.hex(answer));
        assertNotNull(StunMessage.parse(ByteBuffer.wrap(answer)));
    }

    @Test
    void namesABoundedNumberOfUnknownAttributes() {
        StringBuilder many = new StringBuilder("00010190" + HEAD);
        for (int type = 0; type < 100; type++) {
            many.append(String.format("%04x0000", 0x4000 + type));
        }
        Received.Unknown unknown = assertInstanceOf(Received.Unknown.class, request(many.toString()));
        assertEquals(BindingResponse.MAX_UNKNOWN, unknown.attributes().size());
        assertTrue(BindingResponse.encodeUnknown(ID, unknown.attributes()).length < many.length() / 2);
    }

    @Test
    void takesTheOldAndThePlainAttributeToo() {
        assertEquals(Endpoint.parse("192.0.2.1:32853"), mapped("0101000c" + HEAD + "802000080001a147e112a643"));
        assertEquals(Endpoint.parse("192.0.2.1:32853"), mapped("0101000c" + HEAD + "0001000800018055c0000201"));
        assertEquals(
                Endpoint.parse("192.0.2.1:32853"),
                mapped("01010018" + HEAD + "000100080001000101020304" + "002000080001a147e112a643"));
        assertEquals(Endpoint.parse("192.0.2.1:32853"), mapped(RESPONSE_V4 + "ffff"));
    }

    @Test
    void refusesWhatIsNoMessage() {
        for (String hex : List.of(
                "",
                BARE_REQUEST.substring(2),
                "4001" + BARE_REQUEST.substring(4),
                BARE_REQUEST.replace("2112a442", "2112a443"),
                "00010004" + HEAD,
                "00010002" + HEAD + "0000",
                "00010004" + HEAD + "80220001",
                "00010004" + HEAD + "8022ffff",
                "00010010" + HEAD + "80280004b32c370f" + "8022000461626364")) {
            assertEquals(new Received.Other(), request(hex), hex);
        }
        assertEquals(new Received.Other(), request("0011" + BARE_REQUEST.substring(4)), "an indication");
        assertEquals(new Received.Other(), request(RESPONSE_V4), "a response");
        assertNull(BindingResponse.parse(buffer(REQUEST)));
        assertNull(BindingResponse.parse(buffer("01010000" + HEAD)), "without an address");
        assertNull(BindingResponse.parse(buffer("0101000c" + HEAD + "002000080003a147e112a643")), "of a third family");
    }

    @Test
    void nothingMayFollowAFingerprint() {
        byte[] message = new byte[36];
        ByteBuffer out = StunMessage.start(message, StunMessage.BINDING_REQUEST, ID);
        StunMessage.putFingerprint(out); // right, but for what follows
        StunMessage.putAttributeHeader(out, StunMessage.SOFTWARE, 4).putInt(0);
        assertNull(StunMessage.parse(ByteBuffer.wrap(message)));
        byte[] last = new byte[36];
        out = StunMessage.start(last, StunMessage.BINDING_REQUEST, ID);
        StunMessage.putAttributeHeader(out, StunMessage.SOFTWARE, 4).putInt(0);
        StunMessage.putFingerprint(out);
        assertNotNull(StunMessage.parse(ByteBuffer.wrap(last)));
    }

    @Test
    void everyEndpointSurvives() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 500; round++) {
            TransactionId id = TransactionId.random(seeded);
            Endpoint source = seeded.oneIn(2)
                    ? Endpoint.v4(seeded.nextInt(), seeded.below(65536))
                    : Endpoint.v6(seeded.random().nextLong(), seeded.random().nextLong(), seeded.below(65536), 0);
            assertEquals(
                    new BindingResponse.Mapped(id, source),
                    BindingResponse.parse(ByteBuffer.wrap(BindingResponse.encode(id, source))),
                    seeded::toString);
            Change change = seeded.pick(List.of(Change.values()));
            assertEquals(
                    new Received.Request(id, change),
                    BindingRequest.parse(ByteBuffer.wrap(BindingRequest.encode(id, change))));
        }
    }

    @Test
    void damagedDatagramsAreReadOrRefusedAndNothingElse() {
        Seeded seeded = Seeded.create();
        List<String> all = List.of(REQUEST, RESPONSE_V4, RESPONSE_V6, CHANGE_REQUEST, RFC_5769, SHA256);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = Bytes.hex(seeded.pick(all));
            for (int i = seeded.below(4); i >= 0; i--) {
                bytes[seeded.below(bytes.length)] = (byte) seeded.nextInt();
            }
            ByteBuffer datagram = ByteBuffer.wrap(Arrays.copyOf(bytes, seeded.below(bytes.length + 8)));
            try {
                BindingRequest.parse(datagram);
                BindingResponse.parse(datagram);
                BindingResponse.parseRefusal(datagram);
            } catch (RuntimeException e) {
                throw new AssertionError(seeded.toString(), e);
            }
        }
    }

    /** Laid out by hand after sections 7.2 to 7.4 of RFC 5780. */
    @Test
    void writesAndReadsTheAttributesOfRfc5780() {
        byte[] request = BindingRequest.encode(ID, Change.PORT);
        assertTrue(Bytes.hex(request).startsWith("0001001c" + HEAD + "0003000400000002" + "802200087461696c6e6f6465"));
        Endpoint source = Endpoint.parse("192.0.2.1:32853");
        Endpoint origin = Endpoint.parse("198.51.100.1:3478");
        Endpoint other = Endpoint.parse("198.51.100.2:3479");
        String v4 = "01010024" + HEAD + "002000080001a147e112a643" + "802b000800010d96c6336401"
                + "802c000800010d97c6336402";
        assertEquals(v4, Bytes.hex(BindingResponse.encode(ID, source, origin, other)));
        assertEquals(new BindingResponse.Mapped(ID, source, origin, other), BindingResponse.parse(buffer(v4)));
        Endpoint source6 = Endpoint.parse("[2001:db8::1]:32853");
        Endpoint origin6 = Endpoint.parse("[2001:db8:1::1]:3478");
        Endpoint other6 = Endpoint.parse("[2001:db8:1::2]:3479");
        String v6 = "01010048" + HEAD + "002000140002a1470113a9fa0102030405060708090a0b0d"
                + "802b001400020d9620010db8000100000000000000000001"
                + "802c001400020d9720010db8000100000000000000000002";
        assertEquals(v6, Bytes.hex(BindingResponse.encode(ID, source6, origin6, other6)));
        assertEquals(new BindingResponse.Mapped(ID, source6, origin6, other6), BindingResponse.parse(buffer(v6)));
    }

    @Test
    void aChangeHasFourBytesAndUnknownFlagsAreIgnored() {
        assertEquals(new Received.Request(ID, Change.ADDRESS), request("00010008" + HEAD + "00030004fffffffc"));
        assertEquals(new Received.Other(), request("00010008" + HEAD + "0003000300000600"));
    }

    @Test
    void refusesAChangeWithError420AndReadsThat() {
        byte[] refusal = BindingResponse.encodeUnchangeable(ID);
        assertEquals(new BindingResponse.Refused(ID, 420), BindingResponse.parseRefusal(ByteBuffer.wrap(refusal)));
        assertNull(BindingResponse.parse(ByteBuffer.wrap(refusal)));
        assertNull(BindingResponse.parseRefusal(buffer(RESPONSE_V4)));
        assertNull(BindingResponse.parseRefusal(buffer("01110000" + HEAD)), "without a code");
        assertNull(BindingResponse.parseRefusal(buffer("01110008" + HEAD + "0009000300000400")), "a short one");
    }

    private static Received request(String hex) {
        return BindingRequest.parse(buffer(hex));
    }

    private static Endpoint mapped(String hex) {
        BindingResponse.Mapped mapped = Objects.requireNonNull(BindingResponse.parse(buffer(hex)), hex);
        assertEquals(ID, mapped.id());
        return mapped.mapped();
    }

    private static ByteBuffer buffer(String hex) {
        return ByteBuffer.wrap(Bytes.hex(hex));
    }
}
