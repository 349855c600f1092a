package io.penstock.wireguard.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Seeded;
import io.penstock.wireguard.noise.Handshake.State;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.MessageType;
import io.penstock.wireguard.wire.Response;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Every bit of every message flipped, by someone who can and by someone who cannot repair mac1. */
class HandshakeTamperingTest {
    private static final int MAC1_OF_INITIATION = 116;
    private static final int MAC1_OF_RESPONSE = 60;

    private final Side initiator = Side.recordedInitiator();
    private final Side responder = Side.recordedResponder();

    @Test
    void noFlippedBitOfAnInitiationPassesOrDisturbs() {
        byte[] genuine = initiator.initiate(1, 0);
        byte[] own = responder.initiate(2, 0); // the responder's handshake in progress
        for (int bit = 0; bit < (MAC1_OF_INITIATION + 16) * 8; bit++) {
            byte[] flipped = Bytes.flipped(genuine, bit);
            if (bit < 32) {
                assertTrue(MessageType.of(new UnsafeBuffer(flipped), 0, flipped.length) <= MessageType.UNKNOWN);
            }
            assertEquals(DropReason.MAC1_INVALID, responder.consumeInitiation(flipped, 0), "bit " + bit);
        }
        for (int bit = 8 * 8; bit < MAC1_OF_INITIATION * 8; bit++) {
            Initiation flipped = Side.initiation(Bytes.flipped(genuine, bit));
            Side.forgeMac1(responder, flipped);
            assertNotNull(responder.consumeWithoutMac(flipped, 0), "bit " + bit);
        }
        assertEquals(State.INITIATION_CREATED, responder.handshake.state());
        assertNull(initiator.consumeInitiation(own, 0));
        assertNull(responder.consumeResponse(initiator.respond(3, 0)), "its own handshake completes");
        assertArrayEquals(swapped(initiator.deriveKeys()), responder.deriveKeys());
    }

    @Test
    void genuineInitiationPassesAfterAllForgedOnes() {
        byte[] genuine = initiator.initiate(1, 0);
        for (int bit = 8 * 8; bit < MAC1_OF_INITIATION * 8; bit += 5) {
            Initiation flipped = Side.initiation(Bytes.flipped(genuine, bit));
            assertNotNull(responder.consumeWithoutMac(flipped, 0), "bit " + bit);
        }
        assertNull(responder.consumeInitiation(genuine, 0));
        assertNull(initiator.consumeResponse(responder.respond(3, 0)));
        assertArrayEquals(swapped(initiator.deriveKeys()), responder.deriveKeys());
    }

    @Test
    void noFlippedBitOfAResponsePassesOrDisturbs() {
        assertNull(responder.consumeInitiation(initiator.initiate(1, 0), 0));
        byte[] genuine = responder.respond(2, 0);
        for (int bit = 0; bit < (MAC1_OF_RESPONSE + 16) * 8; bit++) {
            assertEquals(DropReason.MAC1_INVALID, initiator.consumeResponse(Bytes.flipped(genuine, bit)), "bit " + bit);
        }
        for (int bit = 8 * 8; bit < MAC1_OF_RESPONSE * 8; bit++) {
            Response flipped = Side.response(Bytes.flipped(genuine, bit));
            DropReason expected = bit < 12 * 8 ? DropReason.RESPONSE_UNEXPECTED : DropReason.RESPONSE_INVALID;
            assertEquals(expected, initiator.handshake.consumeResponse(flipped), "bit " + bit);
        }
        assertEquals(State.INITIATION_CREATED, initiator.handshake.state());
        assertNull(initiator.consumeResponse(genuine));
        assertArrayEquals(swapped(initiator.deriveKeys()), responder.deriveKeys());
    }

    @Test
    void randomBytesNeverPass() {
        Seeded seeded = Seeded.create();
        initiator.initiate(1, 0);
        for (int round = 0; round < 200; round++) {
            Initiation initiation = Side.initiation(seeded.bytes(Initiation.LENGTH));
            Side.forgeMac1(responder, initiation);
            assertEquals(
                    DropReason.INITIATION_STATIC_INVALID,
                    responder.consumeInitiation(initiation.buffer().byteArray(), 0),
                    seeded::toString);
            Response response = Side.response(seeded.bytes(Response.LENGTH)).receiverIndex(1);
            Side.forgeMac1(initiator, response);
            assertEquals(
                    DropReason.RESPONSE_INVALID,
                    initiator.consumeResponse(response.buffer().byteArray()),
                    seeded::toString);
        }
    }

    private static String[] swapped(String[] keys) {
        return new String[] {keys[1], keys[0]};
    }
}
