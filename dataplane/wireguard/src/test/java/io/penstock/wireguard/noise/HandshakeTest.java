package io.penstock.wireguard.noise;

import static io.penstock.wireguard.HandshakeVector.INITIATOR_INDEX;
import static io.penstock.wireguard.HandshakeVector.RESPONDER_INDEX;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.HandshakeVector;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.Seeded;
import io.penstock.wireguard.noise.Handshake.State;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HandshakeTest {
    private static final long MS = 1_000_000;

    private final Side initiator = Side.recordedInitiator();
    private final Side responder = Side.recordedResponder();

    @Test
    void makesTheRecordedMessagesAndKeys() {
        byte[] initiation = initiator.initiate(INITIATOR_INDEX, 0);
        assertEquals(HandshakeVector.hex("initiation"), Bytes.hex(initiation));
        assertEquals(State.INITIATION_CREATED, initiator.handshake.state());

        assertNull(responder.consumeInitiation(initiation, 0));
        assertEquals(State.INITIATION_CONSUMED, responder.handshake.state());
        assertEquals(INITIATOR_INDEX, responder.handshake.remoteIndex());

        byte[] response = responder.respond(RESPONDER_INDEX, 0);
        assertEquals(HandshakeVector.hex("response"), Bytes.hex(response));
        assertEquals(State.RESPONSE_CREATED, responder.handshake.state());
        assertEquals(RESPONDER_INDEX, responder.handshake.localIndex());

        assertNull(initiator.consumeResponse(response));
        assertEquals(State.RESPONSE_CONSUMED, initiator.handshake.state());
        assertEquals(INITIATOR_INDEX, initiator.handshake.localIndex());
        assertEquals(RESPONDER_INDEX, initiator.handshake.remoteIndex());

        String first = HandshakeVector.hex("transport key of initiator");
        String second = HandshakeVector.hex("transport key of responder");
        assertArrayEquals(new String[] {first, second}, initiator.deriveKeys());
        assertArrayEquals(new String[] {second, first}, responder.deriveKeys());
        assertEquals(State.ZEROED, initiator.handshake.state());
        assertEquals(State.ZEROED, responder.handshake.state());
    }

    @Test
    void macKeysAndIdentityAreTheRecordedOnes() {
        assertEquals(HandshakeVector.hex("mac1 key to responder"), Bytes.hex(responder.identity.mac1Key()));
        assertEquals(HandshakeVector.hex("mac1 key to initiator"), Bytes.hex(initiator.identity.mac1Key()));
        assertEquals(HandshakeVector.hex("cookie key"), Bytes.hex(responder.identity.cookieKey()));
        byte[] privateKey = new byte[32];
        initiator.identity.copyPrivateKey(privateKey);
        assertEquals(HandshakeVector.hex("initiator static private"), Bytes.hex(privateKey));
    }

    @Test
    void identityClampsThePrivateKey() {
        byte[] loose = HandshakeVector.bytes("initiator static private");
        loose[0] |= 7;
        loose[31] |= (byte) 0x80;
        StaticIdentity identity = new StaticIdentity(initiator.noise, loose);
        byte[] privateKey = new byte[32];
        identity.copyPrivateKey(privateKey);
        assertEquals(HandshakeVector.hex("initiator static private"), Bytes.hex(privateKey));
        assertEquals(
                HandshakeVector.hex("initiator static public"),
                identity.publicKey().toHex());
        assertThrows(IllegalArgumentException.class, () -> new StaticIdentity(initiator.noise, new byte[31]));
    }

    @Test
    void bothSidesOfRandomHandshakesDeriveTheSameKeys() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 40; round++) {
            byte[] a = seeded.bytes(32);
            byte[] b = seeded.bytes(32);
            Side left = new Side(seeded, a, publicKey(b));
            Side right = new Side(seeded, b, publicKey(a));
            if (seeded.random().nextBoolean()) {
                byte[] presharedKey = seeded.bytes(32);
                left.handshake.presharedKey(presharedKey);
                right.handshake.presharedKey(presharedKey);
            }
            int leftIndex = seeded.nextInt();
            int rightIndex = seeded.nextInt();
            assertNull(right.consumeInitiation(left.initiate(leftIndex, 0), 0), seeded::toString);
            assertNull(left.consumeResponse(right.respond(rightIndex, 0)), seeded::toString);
            String[] leftKeys = left.deriveKeys();
            String[] rightKeys = right.deriveKeys();
            assertEquals(leftKeys[0], rightKeys[1], seeded::toString);
            assertEquals(leftKeys[1], rightKeys[0], seeded::toString);
            assertNotEquals(leftKeys[0], leftKeys[1], seeded::toString);
        }
    }

    @Test
    void everyRetryIsFresh() {
        byte[] first = initiator.initiate(1, 0);
        byte[] second = initiator.initiate(2, 0);
        Initiation one = Side.initiation(first);
        Initiation two = Side.initiation(second);
        byte[] a = new byte[32];
        byte[] b = new byte[32];
        one.getEphemeral(a);
        two.getEphemeral(b);
        assertNotEquals(Bytes.hex(a), Bytes.hex(b));
        assertNull(responder.consumeInitiation(first, 0));
        assertNull(responder.consumeInitiation(second, 21 * MS), "its stamp is newer, though the clock stood still");
    }

    @Test
    void responseToAnEarlierInitiationComesTooLate() {
        assertNull(responder.consumeInitiation(initiator.initiate(1, 0), 0));
        byte[] late = responder.respond(RESPONDER_INDEX, 0);
        initiator.initiate(2, 0);
        assertEquals(DropReason.RESPONSE_UNEXPECTED, initiator.consumeResponse(late));
        initiator.initiate(1, 0); // the index again, by chance
        assertEquals(DropReason.RESPONSE_INVALID, initiator.consumeResponse(late));
    }

    @Test
    void aSecondResponseIsRefused() {
        assertNull(responder.consumeInitiation(initiator.initiate(1, 0), 0));
        byte[] response = responder.respond(RESPONDER_INDEX, 0);
        assertNull(initiator.consumeResponse(response));
        assertEquals(DropReason.RESPONSE_UNEXPECTED, initiator.consumeResponse(response));
        initiator.deriveKeys();
        assertEquals(DropReason.RESPONSE_UNEXPECTED, initiator.consumeResponse(response));
    }

    @Test
    void wrongPresharedKeyIsNoticedByTheInitiator() {
        byte[] other = HandshakeVector.bytes("preshared key");
        other[31] ^= 1;
        responder.handshake.presharedKey(other);
        assertNull(responder.consumeInitiation(initiator.initiate(1, 0), 0));
        byte[] response = responder.respond(2, 0);
        assertEquals(DropReason.RESPONSE_INVALID, initiator.consumeResponse(response));
        assertEquals(State.INITIATION_CREATED, initiator.handshake.state());
    }

    @Test
    void noPresharedKeyIsAllZero() {
        byte[] key = new byte[32];
        Side side = new Side(Seeded.create(), HandshakeVector.bytes("initiator static private"), publicKey(key));
        side.handshake.copyPresharedKey(key);
        assertArrayEquals(new byte[32], key);
        assertThrows(IllegalArgumentException.class, () -> side.handshake.presharedKey(new byte[33]));
    }

    @Test
    void replayedInitiationIsRefused() {
        byte[] initiation = initiator.initiate(1, 0);
        assertNull(responder.consumeInitiation(initiation, 0));
        assertEquals(DropReason.INITIATION_TIMESTAMP_OLD, responder.consumeInitiation(initiation, 1000 * MS));
        assertEquals(State.INITIATION_CONSUMED, responder.handshake.state());
        responder.handshake.clear();
        assertEquals(DropReason.INITIATION_TIMESTAMP_OLD, responder.consumeInitiation(initiation, 2000 * MS));
        responder.handshake.identity(responder.identity);
        assertEquals(DropReason.INITIATION_TIMESTAMP_OLD, responder.consumeInitiation(initiation, 3000 * MS));
        assertEquals(State.ZEROED, responder.handshake.state());
    }

    @Test
    void initiationsCloserThanTwentyMillisecondsAreRefused() {
        byte[] first = initiator.initiate(1, 0);
        byte[] second = initiator.initiate(2, 0);
        assertNull(responder.consumeInitiation(first, -5 * MS));
        assertEquals(DropReason.INITIATION_TOO_SOON, responder.consumeInitiation(second, 15 * MS));
        assertNull(responder.consumeInitiation(second, 15 * MS + 1), "the refused one did not count");
    }

    @Test
    void consumingAnInitiationReplacesOurOwn() {
        initiator.initiate(1, 0);
        responder.initiate(2, 0);
        byte[] crossing = initiator.initiate(3, 0);
        assertNull(responder.consumeInitiation(crossing, 0));
        assertEquals(State.INITIATION_CONSUMED, responder.handshake.state());
        assertEquals(3, responder.handshake.remoteIndex());
    }

    @Test
    void initiationForAnotherIdentityIsRefused() {
        Seeded seeded = Seeded.create();
        byte[] initiation = initiator.initiate(1, 0);
        Side stranger =
                new Side(seeded, seeded.bytes(32), publicKey(HandshakeVector.bytes("initiator static private")));
        assertEquals(DropReason.MAC1_INVALID, stranger.consumeInitiation(initiation, 0));
        Side.forgeMac1(stranger, Side.initiation(initiation));
        assertEquals(DropReason.INITIATION_STATIC_INVALID, stranger.consumeInitiation(initiation, 0));
    }

    @Test
    void initiationOfAnUnknownPeerIsRefused() {
        Seeded seeded = Seeded.create();
        Side stranger = new Side(seeded, seeded.bytes(32), responder.identity.publicKey());
        assertEquals(DropReason.INITIATION_UNKNOWN_PEER, responder.consumeInitiation(stranger.initiate(1, 0), 0));
        assertEquals(State.ZEROED, responder.handshake.state());
    }

    @ParameterizedTest
    @MethodSource("io.penstock.wireguard.noise.X25519Test#lowOrderPoints")
    void lowOrderKeysNeverCauseAMessage(String point) {
        // As a configured peer.
        Side side = new Side(
                Seeded.create(), HandshakeVector.bytes("initiator static private"), PublicKey.of(Bytes.hex(point)));
        assertFalse(side.handshake.isUsable());
        Initiation untouched = Side.initiation(new byte[Initiation.LENGTH]);
        assertFalse(side.handshake.createInitiation(untouched, 1, side.timestamps, 0));
        assertEquals(0, untouched.senderIndex());

        // As the ephemeral key of an initiation and of a response.
        Initiation initiation = Side.initiation(HandshakeVector.bytes("initiation"));
        initiation.putEphemeral(Bytes.hex(point));
        assertEquals(DropReason.INITIATION_STATIC_INVALID, responder.consumeWithoutMac(initiation, 0));
        assertNull(responder.consumeInitiation(initiator.initiate(INITIATOR_INDEX, 0), 0));
        Response response = Side.response(responder.respond(RESPONDER_INDEX, 0));
        response.putEphemeral(Bytes.hex(point));
        assertEquals(DropReason.RESPONSE_INVALID, initiator.handshake.consumeResponse(response));
    }

    @Test
    void lowOrderStaticKeyInAnInitiationFindsNoHandshake() {
        // Whoever knows our public key can seal any static key; with a low-order one configured, the secret would be
        // zero.
        PublicKey zero = PublicKey.of(new byte[32]);
        Side victim = new Side(Seeded.create(), HandshakeVector.bytes("responder static private"), zero);
        byte[] ephemeral = HandshakeVector.bytes("initiator ephemeral public");
        SymmetricState forger = new SymmetricState();
        forger.start(victim.identity.publicKey());
        forger.mixEphemeral(ephemeral);
        forger.mixSecret(HandshakeVector.bytes("dh es"));
        byte[] sealedStatic = new byte[48];
        forger.sealAndMix(zero.toBytes(), sealedStatic);
        forger.mixSecret(new byte[32]);
        byte[] sealedTimestamp = new byte[28];
        forger.sealAndMix(HandshakeVector.bytes("timestamp"), sealedTimestamp);
        Initiation forged = Side.initiation(new byte[Initiation.LENGTH]).clear();
        forged.putEphemeral(ephemeral);
        forged.putSealedStatic(sealedStatic);
        forged.putSealedTimestamp(sealedTimestamp);
        assertEquals(DropReason.INITIATION_PEER_UNUSABLE, victim.consumeWithoutMac(forged, 0));
    }

    @Test
    void impersonatorWithoutThePrivateKeyIsRefused() {
        // The static key opens, since sealing it takes public knowledge only; the timestamp does not.
        SymmetricState forger = new SymmetricState();
        forger.start(responder.identity.publicKey());
        forger.mixEphemeral(HandshakeVector.bytes("initiator ephemeral public"));
        forger.mixSecret(HandshakeVector.bytes("dh es"));
        byte[] sealedStatic = new byte[48];
        forger.sealAndMix(HandshakeVector.bytes("initiator static public"), sealedStatic);
        forger.mixSecret(Seeded.create().bytes(32));
        byte[] sealedTimestamp = new byte[28];
        forger.sealAndMix(HandshakeVector.bytes("timestamp"), sealedTimestamp);
        Initiation forged = Side.initiation(new byte[Initiation.LENGTH]).clear();
        forged.putEphemeral(HandshakeVector.bytes("initiator ephemeral public"));
        forged.putSealedStatic(sealedStatic);
        forged.putSealedTimestamp(sealedTimestamp);
        assertEquals(DropReason.INITIATION_TIMESTAMP_INVALID, responder.consumeWithoutMac(forged, 0));
        assertNull(responder.consumeInitiation(initiator.initiate(1, 0), 0), "and the real one is still welcome");
    }

    @Test
    void withoutIdentityNothingHappens() {
        initiator.initiate(1, 0);
        initiator.handshake.identity(null);
        assertEquals(State.ZEROED, initiator.handshake.state());
        assertFalse(initiator.handshake.isUsable());
        assertFalse(initiator.handshake.createInitiation(
                Side.initiation(new byte[Initiation.LENGTH]), 1, initiator.timestamps, 0));
        assertEquals(
                DropReason.RESPONSE_UNEXPECTED,
                initiator.handshake.consumeResponse(Side.response(HandshakeVector.bytes("response"))));
    }

    @Test
    void callsOutOfOrderAreProgrammersErrors() {
        Response response = Side.response(new byte[Response.LENGTH]);
        assertThrows(IllegalStateException.class, () -> responder.handshake.createResponse(response, 1));
        UnsafeBuffer key = responder.memory.allocate(32);
        assertThrows(IllegalStateException.class, () -> responder.handshake.deriveTransportKeys(key, key));
        assertThrows(IllegalStateException.class, () -> responder.consumer.consume(responder.handshake, 0));
        Initiation initiation = Side.initiation(initiator.initiate(1, 0));
        assertEquals(initiator.identity.publicKey(), responder.consumer.openStatic(responder.identity, initiation));
        Handshake other = new Handshake(responder.noise, publicKey(new byte[32]));
        other.identity(responder.identity);
        assertThrows(IllegalStateException.class, () -> responder.consumer.consume(other, 0));
        assertNull(responder.consumer.consume(responder.handshake, 0));
    }

    @Test
    void otherWorkBetweenTheTwoStepsDoesNoHarm() {
        Initiation initiation = Side.initiation(initiator.initiate(1, 0));
        assertTrue(responder.consumer.openStatic(responder.identity, initiation) != null);
        new Random(1).nextBytes(initiation.buffer().byteArray()); // the packet slot is used again
        new Handshake(responder.noise, initiator.identity.publicKey()).identity(responder.identity);
        responder.initiate(7, 0);
        assertNull(responder.consumer.consume(responder.handshake, 0));
        assertEquals(1, responder.handshake.remoteIndex());
    }

    static PublicKey publicKey(byte[] privateKey) {
        byte[] bytes = new byte[32];
        new BouncyCastleX25519().publicKey(privateKey, bytes);
        return PublicKey.of(bytes);
    }
}
