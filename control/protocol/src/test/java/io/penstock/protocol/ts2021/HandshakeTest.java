package io.penstock.protocol.ts2021;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Bytes;
import io.penstock.protocol.Seeded;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.PrivateKey;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Both sides against the vector of an implementation that stock clients accept, against each other, and against liars. */
class HandshakeTest {
    private static final int VERSION = 145;
    private static final String INITIATION =
            "00910100607b0d47d93427f8311160781c7c733fd89f88970aef490d8aa0ee19a4cb8a1b14b903b541e3810f9a9f788541"
                    + "f1d8f2ec482568e39b9f0f56a9f4a7a56450f31a9dc60bcb4e75254359f9460a6bc3abd2a01b3a2deff662afe0b949"
                    + "7becb6a113";
    private static final String RESPONSE = "020030ff2ee45601ec1b67310c7790404585ae697331eee1c1f8cf2419731c1fff3e6bb72"
            + "4869747b9edde7346ebd00e8c83be";
    private static final String HANDSHAKE_HASH = "06c59e2c9cf61b04919795c127f29cd25363c67a77723b7299ba3118c8f04886";
    private static final byte[] LOW_ORDER = new byte[32];

    private final Sides vector = new Sides(key(0x11), key(0x22), new Scripted(0x33), VERSION);

    @Test
    void hashesNameAndPrologue() {
        // The hash after the prologue and, by then mixing the key, after the pre-messages; the first is not kept
        // anywhere.
        SymmetricState state = new SymmetricState(VERSION, vector.coordinatorPublic.value());
        io.penstock.wireguard.noise.Blake2s blake2s = new io.penstock.wireguard.noise.Blake2s();
        byte[] expected = new byte[32];
        blake2s.start(32)
                .update(Bytes.hex("247ca9933aea868dfd279438dcd7ba1d589ee77e9946c89930b404f722d4f9f7"))
                .update(Bytes.hex("7b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13"))
                .finish(expected, 0);
        assertEquals(Bytes.hex(expected), Bytes.hex(state.hash()));
    }

    @Test
    void makesTheInitiationOfTheVector() {
        assertEquals(
                "mkey:7b4e909bbe7ffe44c465a220037d608ee35897d31ef972f07f74892cb0f73f13",
                vector.coordinatorPublic.toString());
        assertEquals(
                "mkey:0faa684ed28867b97f4a6a2dee5df8ce974e76b7018e3f22a1c4cf2678570f20",
                vector.machinePublic.toString());
        assertEquals(INITIATION, Bytes.hex(vector.client.initiation()));
    }

    @Test
    void opensTheInitiationOfTheVectorAndMakesItsResponse() {
        ServerHandshake.Outcome.Opened opened = assertInstanceOf(
                ServerHandshake.Outcome.Opened.class, vector.server.consumeInitiation(Bytes.hex(INITIATION)));
        assertEquals(VERSION, opened.version());
        assertEquals(vector.machinePublic, opened.machine());
        ServerHandshake.Response response = vector.server.respond(new Scripted(0x44));
        assertEquals(RESPONSE, Bytes.hex(response.message().array()));
        assertEquals(HANDSHAKE_HASH, Bytes.hex(response.keys().handshakeHash()));
    }

    @Test
    void opensTheResponseOfTheVectorHoweverItArrives() {
        Seeded seeded = Seeded.create();
        byte[] stream = Bytes.hex(RESPONSE + "0102"); // records may be glued to it
        for (int round = 0; round < 50; round++) {
            ClientHandshake client = new Sides(key(0x11), key(0x22), new Scripted(0x33), VERSION).client;
            ByteBuffer in = ByteBuffer.wrap(stream).limit(0);
            ClientHandshake.Outcome outcome = new ClientHandshake.Outcome.NeedsMore();
            while (outcome instanceof ClientHandshake.Outcome.NeedsMore) {
                in.limit(Math.min(stream.length, in.limit() + seeded.below(20)));
                outcome = client.consume(in);
            }
            ClientHandshake.Outcome.Established established =
                    assertInstanceOf(ClientHandshake.Outcome.Established.class, outcome, seeded::toString);
            assertEquals(51, in.position(), seeded::toString);
            assertEquals(HANDSHAKE_HASH, Bytes.hex(established.keys().handshakeHash()), seeded::toString);
        }
    }

    @Test
    void bothSidesAgreeForAnyKeysAndVersion() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 40; round++) {
            SessionKeys[] keys = new Sides(seeded, seeded.below(0x1_0000)).shakeHands(seeded);
            assertEquals(Bytes.hex(keys[0].handshakeHash()), Bytes.hex(keys[1].handshakeHash()), seeded::toString);
        }
    }

    @Test
    void changedInitiationIsRefusedInEveryBit() {
        byte[] initiation = Bytes.hex(INITIATION);
        for (int bit = 0; bit < 8 * initiation.length; bit++) {
            ServerHandshake server = new ServerHandshake(Sides.DH, vector.coordinator, vector.coordinatorPublic);
            assertInstanceOf(
                    ServerHandshake.Outcome.Failed.class,
                    server.consumeInitiation(Bytes.flipped(initiation, bit)),
                    "bit " + bit);
            assertThrows(IllegalStateException.class, () -> server.respond(new Scripted(1)));
        }
    }

    @Test
    void changedResponseIsRefusedInEveryBit() {
        byte[] response = Bytes.hex(RESPONSE);
        for (int bit = 0; bit < 8 * response.length; bit++) {
            ClientHandshake client = new Sides(key(0x11), key(0x22), new Scripted(0x33), VERSION).client;
            byte[] changed = Bytes.flipped(response, bit);
            ClientHandshake.Outcome outcome = client.consume(ByteBuffer.wrap(changed));
            assertFalse(outcome instanceof ClientHandshake.Outcome.Established, "bit " + bit);
        }
    }

    @Test
    void refusesWrongLengthsAndTypes() {
        byte[] initiation = Bytes.hex(INITIATION);
        for (int length : new int[] {0, 1, 5, 100}) {
            assertEquals(HandshakeFailure.LENGTH, failureOf(java.util.Arrays.copyOf(initiation, length)));
        }
        assertEquals(HandshakeFailure.LENGTH, failureOf(java.util.Arrays.copyOf(initiation, 102)));
        initiation[2] = 2;
        assertEquals(HandshakeFailure.TYPE, failureOf(initiation));
        initiation[2] = 1;
        initiation[4] = 95;
        assertEquals(HandshakeFailure.LENGTH, failureOf(initiation));
        assertEquals(HandshakeFailure.LENGTH, answerWith("020031"));
        assertEquals(HandshakeFailure.LENGTH, answerWith("02002f"));
        assertEquals(HandshakeFailure.TYPE, answerWith("040030"));
        assertEquals(HandshakeFailure.TYPE, answerWith("485454")); // an HTTP server
    }

    @Test
    void refusesPointsOfLowOrder() {
        byte[] initiation = Bytes.hex(INITIATION);
        System.arraycopy(LOW_ORDER, 0, initiation, 5, 32);
        assertEquals(HandshakeFailure.LOW_ORDER, failureOf(initiation));
        assertEquals(HandshakeFailure.LOW_ORDER, answerWith("020030" + "00".repeat(48)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new ClientHandshake(Sides.DH, new Scripted(1), key(1), MachineKey.ZERO, VERSION));
    }

    @Test
    void anotherCoordinatorsKeyDoesNotOpenIt() {
        PrivateKey other = key(0x12);
        ServerHandshake server = new ServerHandshake(Sides.DH, other, new MachineKey(other.publicKey(Sides.DH)));
        assertEquals(
                new ServerHandshake.Outcome.Failed(HandshakeFailure.NOT_AUTHENTIC),
                server.consumeInitiation(Bytes.hex(INITIATION)));
    }

    @Test
    void respondsOnce() {
        vector.server.consumeInitiation(Bytes.hex(INITIATION));
        vector.server.respond(new Scripted(0x44));
        assertThrows(IllegalStateException.class, () -> vector.server.respond(new Scripted(0x44)));
    }

    @Test
    void keysAreHandedOutOnce() {
        SessionKeys[] keys = vector.shakeHands(new Scripted(0x44));
        keys[0].sealer();
        assertThrows(IllegalStateException.class, keys[0]::sealer);
        keys[0].opener();
        assertThrows(IllegalStateException.class, keys[0]::opener);
    }

    @Test
    void showsTheCoordinatorsRefusal() {
        ClientHandshake.Outcome outcome =
                vector.client.consume(ByteBuffer.wrap(ErrorMessage.encode("too old\u001b[2J\u202e!")));
        assertEquals(new ClientHandshake.Outcome.Refused("too old?[2J?!"), outcome);
    }

    @Test
    void boundsARefusal() {
        byte[] longest = new byte[3 + 0xffff];
        java.util.Arrays.fill(longest, (byte) 'x');
        longest[0] = 3;
        longest[1] = -1;
        longest[2] = -1;
        ClientHandshake.Outcome.Refused refused = assertInstanceOf(
                ClientHandshake.Outcome.Refused.class, vector.client.consume(ByteBuffer.wrap(longest)));
        assertEquals(ClientHandshake.MAX_ERROR_LENGTH, refused.text().length());
        assertEquals(3 + ClientHandshake.MAX_ERROR_LENGTH, ErrorMessage.encode("y".repeat(9999)).length);
    }

    @Test
    void headerCarriesTheInitiation() throws MalformedMessageException {
        byte[] initiation = Bytes.hex(INITIATION);
        String header = Upgrade.encodeInitiation(initiation);
        assertEquals(INITIATION, Bytes.hex(Upgrade.decodeInitiation(header)));
        for (String bad : new String[] {
            "", "AAAA", header.substring(4), header + "AAAA", header.replace('=', 'A'), "-" + header.substring(1)
        }) {
            assertThrows(MalformedMessageException.class, () -> Upgrade.decodeInitiation(bad), bad);
        }
    }

    @Test
    void keyReplyHasThePublicKeyInItsForm() throws MalformedMessageException {
        byte[] json = KeyReply.of(vector.coordinatorPublic).encode();
        assertEquals(
                "{\"legacyPublicKey\":\"mkey:" + "0".repeat(64) + "\",\"publicKey\":\"" + vector.coordinatorPublic
                        + "\"}",
                new String(json, java.nio.charset.StandardCharsets.UTF_8));
        assertEquals(vector.coordinatorPublic, KeyReply.decode(json).publicKey());
        for (String bad : new String[] {
            "", "{}", "null", "[]", "{\"publicKey\":\"mkey:" + "0".repeat(64) + "\"}", "{\"publicKey\":7}"
        }) {
            assertThrows(
                    MalformedMessageException.class,
                    () -> KeyReply.decode(bad.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                    bad);
        }
        assertThrows(MalformedMessageException.class, () -> KeyReply.decode(new byte[KeyReply.MAX_BYTES + 1]));
    }

    @Test
    void admitsWhatItSays() {
        assertFalse(CapabilityVersion.isAdmitted(112));
        assertTrue(CapabilityVersion.isAdmitted(113));
        assertTrue(CapabilityVersion.isAdmitted(CapabilityVersion.OURS));
        assertTrue(CapabilityVersion.isAdmitted(0xffff));
        assertFalse(CapabilityVersion.isAdmitted(-1));
    }

    private HandshakeFailure failureOf(byte[] initiation) {
        ServerHandshake server = new ServerHandshake(Sides.DH, vector.coordinator, vector.coordinatorPublic);
        return assertInstanceOf(ServerHandshake.Outcome.Failed.class, server.consumeInitiation(initiation))
                .failure();
    }

    private HandshakeFailure answerWith(String hex) {
        ClientHandshake client = new Sides(key(0x11), key(0x22), new Scripted(0x33), VERSION).client;
        return assertInstanceOf(ClientHandshake.Outcome.Failed.class, client.consume(ByteBuffer.wrap(Bytes.hex(hex))))
                .failure();
    }

    private static PrivateKey key(int value) {
        return PrivateKey.of(Bytes.repeated(value, 32));
    }
}
