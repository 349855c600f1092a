package io.penstock.wireguard.noise;

import static io.penstock.wireguard.HandshakeVector.INITIATOR_INDEX;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.HandshakeVector;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.HandshakeMessage;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CookieTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long ADDRESS = 0xC0000201L; // 192.0.2.1
    private static final int PORT = 51820;

    private final Side initiator = Side.recordedInitiator();
    private final Side responder = Side.recordedResponder();

    @Test
    void makesTheRecordedReply() {
        responder.entropy.script(HandshakeVector.bytes("cookie secret")).script(HandshakeVector.bytes("cookie nonce"));
        unscriptEphemeral();
        byte[] initiation = initiator.initiate(INITIATOR_INDEX, 0);
        assertEquals(HandshakeVector.hex("cookie reply"), Bytes.hex(reply(initiation, 0)));
    }

    @Test
    void makesTheRecordedCookies() {
        assertCookie("cookie v4", "cookie source v4");
        assertCookie("cookie v6", "cookie source v6");
    }

    @Test
    void recordedReplyMakesTheRecordedMac2() {
        byte[] initiation = initiator.initiate(INITIATOR_INDEX, 0);
        assertEquals(HandshakeVector.hex("initiation"), Bytes.hex(initiation));
        assertNull(consumeReply(HandshakeVector.bytes("cookie reply"), 0));
        initiator.generator.addMacs(Side.initiation(initiation), 0);
        assertEquals(HandshakeVector.hex("initiation with mac2"), Bytes.hex(initiation));
        assertEquals(HandshakeVector.hex("mac2"), Bytes.hex(Arrays.copyOfRange(initiation, 132, 148)));
    }

    @Test
    void cookieOverIpv6IsTheRecordedOne() {
        // The recorded cookie makes the mac2 that the checker expects of that source.
        responder.entropy.script(HandshakeVector.bytes("cookie secret"));
        unscriptEphemeral();
        byte[] initiation = HandshakeVector.bytes("initiation");
        responder.noise.macOf(
                HandshakeVector.bytes("cookie v6"), Side.initiation(initiation).buffer(), 132);
        System.arraycopy(responder.noise.mac, 0, initiation, 132, 16);
        HandshakeMessage message = Side.initiation(initiation);
        assertTrue(responder.checker.checkMac2(message, true, 0x20010db800000000L, 1, PORT, 0));
        assertFalse(responder.checker.checkMac2(message, true, 0x20010db800000001L, 1, PORT, 0));
        assertFalse(responder.checker.checkMac2(message, false, 0, 1, PORT, 0));
    }

    @Test
    void mac2PassesForThisSourceOnly() {
        byte[] initiation = initiator.initiate(1, 0);
        assertFalse(checkMac2(initiation, ADDRESS, PORT, 0), "no cookie yet");
        assertNull(consumeReply(reply(initiation, 0), 0));
        assertFalse(checkMac2(initiation, ADDRESS, PORT, 0), "the message sent before has none");
        byte[] again = initiator.initiate(2, 0);
        assertTrue(checkMac2(again, ADDRESS, PORT, 0));
        assertFalse(checkMac2(again, ADDRESS + 1, PORT, 0));
        assertFalse(checkMac2(again, ADDRESS, PORT + 1, 0));
        for (int bit = 0; bit < again.length * 8; bit++) {
            assertFalse(checkMac2(Bytes.flipped(again, bit), ADDRESS, PORT, 0), "bit " + bit);
        }
        assertNull(responder.consumeInitiation(again, 0), "mac2 does not disturb mac1");
    }

    @Test
    void responsesCarryCookiesToo() {
        assertNull(responder.consumeInitiation(initiator.initiate(1, 0), 0));
        byte[] response = responder.respond(2, 0);
        byte[] reply = new byte[CookieReply.LENGTH];
        initiator.checker.createReply(
                Side.cookieReply(reply), initiator.identity, Side.response(response), false, 0, ADDRESS, PORT, 0);
        assertEquals(2, Side.cookieReply(reply).receiverIndex());
        assertNull(responder.generator.consumeReply(Side.cookieReply(reply), 0));
        responder.generator.addMacs(Side.response(response), 0);
        assertTrue(initiator.checker.checkMac2(Side.response(response), false, 0, ADDRESS, PORT, 0));
        assertNull(initiator.consumeResponse(response));
    }

    @Test
    void secretIsRenewedAfterTwoMinutes() {
        byte[] initiation = initiator.initiate(1, 0);
        assertNull(consumeReply(reply(initiation, 0), 0));
        byte[] again = initiator.initiate(2, 0);
        assertTrue(checkMac2(again, ADDRESS, PORT, 120 * SECOND));
        assertFalse(checkMac2(again, ADDRESS, PORT, 120 * SECOND + 1));
    }

    @Test
    void clearedCheckerForgetsItsCookies() {
        byte[] initiation = initiator.initiate(1, 0);
        assertNull(consumeReply(reply(initiation, 0), 0));
        byte[] again = initiator.initiate(2, 0);
        responder.checker.clear();
        assertFalse(checkMac2(again, ADDRESS, PORT, 0));
    }

    @Test
    void cookieIsUsedForLessThanItsLife() {
        byte[] initiation = initiator.initiate(1, 0);
        assertNull(consumeReply(reply(initiation, 0), 10 * SECOND));
        assertFalse(isZero(mac2(initiator.initiate(2, 125 * SECOND - 1))));
        assertTrue(isZero(mac2(initiator.initiate(3, 125 * SECOND))));
        assertTrue(isZero(mac2(initiator.initiate(4, 124 * SECOND))), "forgotten for good");
    }

    @Test
    void onlyOneReplyToTheLastMessageIsTaken() {
        byte[] first = initiator.initiate(1, 0);
        byte[] toFirst = reply(first, 0);
        byte[] second = initiator.initiate(2, 0);
        assertEquals(DropReason.COOKIE_INVALID, consumeReply(toFirst, 0));
        byte[] toSecond = reply(second, 0);
        assertNull(consumeReply(toSecond, 0));
        assertEquals(DropReason.COOKIE_UNEXPECTED, consumeReply(toSecond, 0));
        initiator.generator.clear();
        initiator.initiate(3, 0);
        initiator.generator.clear();
        assertEquals(DropReason.COOKIE_UNEXPECTED, consumeReply(toSecond, 0));
    }

    @Test
    void forgedReplyChangesNothing() {
        byte[] initiation = initiator.initiate(1, 0);
        byte[] genuine = reply(initiation, 0);
        for (int bit = 8 * 8; bit < genuine.length * 8; bit++) {
            assertEquals(DropReason.COOKIE_INVALID, consumeReply(Bytes.flipped(genuine, bit), 0), "bit " + bit);
        }
        assertTrue(isZero(mac2(resigned(initiation))), "no cookie was taken");
        assertNull(consumeReply(genuine, 0), "and the genuine one is");
    }

    @Test
    void forgedReplyLeavesAnEarlierCookieAlone() {
        byte[] initiation = initiator.initiate(1, 0);
        assertNull(consumeReply(reply(initiation, 0), 0));
        byte[] before = initiator.initiate(2, 0);
        byte[] mac2 = mac2(before);
        assertEquals(DropReason.COOKIE_INVALID, consumeReply(new byte[CookieReply.LENGTH], 0));
        assertArrayEquals(mac2, mac2(resigned(before)));
    }

    private byte[] resigned(byte[] initiation) {
        byte[] copy = initiation.clone();
        initiator.generator.addMacs(Side.initiation(copy), 0);
        return copy;
    }

    private byte[] reply(byte[] initiation, long nowNs) {
        byte[] reply = new byte[CookieReply.LENGTH];
        responder.checker.createReply(
                Side.cookieReply(reply),
                responder.identity,
                Side.initiation(initiation),
                false,
                0,
                ADDRESS,
                PORT,
                nowNs);
        return reply;
    }

    private @Nullable DropReason consumeReply(byte[] reply, long nowNs) {
        return initiator.generator.consumeReply(Side.cookieReply(reply), nowNs);
    }

    private boolean checkMac2(byte[] initiation, long address, int port, long nowNs) {
        return responder.checker.checkMac2(Side.initiation(initiation), false, 0, address, port, nowNs);
    }

    /** The fixture scripts an ephemeral key first; here secret and nonce are drawn first. */
    private void unscriptEphemeral() {
        responder.entropy.fill(new byte[32]);
    }

    private void assertCookie(String cookieName, String sourceName) {
        byte[] cookie = new byte[16];
        new Blake2s()
                .start(16, HandshakeVector.bytes("cookie secret"))
                .update(HandshakeVector.bytes(sourceName))
                .finish(cookie, 0);
        assertEquals(HandshakeVector.hex(cookieName), Bytes.hex(cookie));
    }

    private static byte[] mac2(byte[] initiation) {
        return Arrays.copyOfRange(initiation, 132, 148);
    }

    private static boolean isZero(byte[] bytes) {
        return Arrays.equals(bytes, new byte[bytes.length]);
    }
}
