package io.penstock.wireguard.noise;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.DirectMemory;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.HandshakeVector;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.Seeded;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.HandshakeMessage;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** One end of a handshake in tests: everything a device has for one peer. Messages travel as byte arrays. */
final class Side {
    final DirectMemory memory = new DirectMemory();
    final Seeded entropy;
    final Noise noise;
    final StaticIdentity identity;
    final InitiationConsumer consumer;
    final CookieChecker checker;
    final Handshake handshake;
    final CookieGenerator generator;
    final TimestampSource timestamps = new TimestampSource();

    Side(Seeded entropy, byte[] privateKey, PublicKey peer) {
        this.entropy = entropy;
        noise = new Noise(entropy, new BouncyCastleX25519(), memory);
        identity = new StaticIdentity(noise, privateKey);
        consumer = new InitiationConsumer(noise);
        checker = new CookieChecker(noise);
        handshake = new Handshake(noise, peer);
        handshake.identity(identity);
        generator = new CookieGenerator(noise, peer);
        timestamps.setWallClock(0, HandshakeVector.UNIX_SECONDS, HandshakeVector.NANOS);
    }

    static Side recordedInitiator() {
        return recorded("initiator", "responder");
    }

    static Side recordedResponder() {
        return recorded("responder", "initiator");
    }

    private static Side recorded(String own, String peer) {
        Side side = new Side(
                Seeded.of(1),
                HandshakeVector.bytes(own + " static private"),
                PublicKey.of(HandshakeVector.bytes(peer + " static public")));
        side.handshake.presharedKey(HandshakeVector.bytes("preshared key"));
        side.entropy.script(HandshakeVector.bytes(own + " ephemeral private"));
        return side;
    }

    byte[] initiate(int index, long nowNs) {
        byte[] message = new byte[Initiation.LENGTH];
        Initiation initiation = initiation(message);
        if (!handshake.createInitiation(initiation, index, timestamps, nowNs)) {
            throw new AssertionError("no initiation");
        }
        generator.addMacs(initiation, nowNs);
        return message;
    }

    byte[] respond(int index, long nowNs) {
        byte[] message = new byte[Response.LENGTH];
        Response response = response(message);
        if (!handshake.createResponse(response, index)) {
            throw new AssertionError("no response");
        }
        generator.addMacs(response, nowNs);
        return message;
    }

    /** All checks of the sheet in their order; null means consumed. */
    @Nullable DropReason consumeInitiation(byte[] message, long nowNs) {
        Initiation initiation = initiation(message);
        return checker.checkMac1(identity, initiation) ? consumeWithoutMac(initiation, nowNs) : DropReason.MAC1_INVALID;
    }

    @Nullable DropReason consumeWithoutMac(Initiation initiation, long nowNs) {
        PublicKey key = consumer.openStatic(identity, initiation);
        if (key == null) {
            return DropReason.INITIATION_STATIC_INVALID;
        }
        if (!key.equals(handshake.remoteStatic())) {
            consumer.discard();
            return DropReason.INITIATION_UNKNOWN_PEER;
        }
        return consumer.consume(handshake, nowNs);
    }

    @Nullable DropReason consumeResponse(byte[] message) {
        Response response = response(message);
        return checker.checkMac1(identity, response) ? handshake.consumeResponse(response) : DropReason.MAC1_INVALID;
    }

    /** Send key and receive key. */
    String[] deriveKeys() {
        UnsafeBuffer send = memory.allocate(32);
        UnsafeBuffer receive = memory.allocate(32);
        handshake.deriveTransportKeys(send, receive);
        String[] keys = {hex(send), hex(receive)};
        memory.release(send);
        memory.release(receive);
        return keys;
    }

    static Initiation initiation(byte[] message) {
        return new Initiation().wrap(new UnsafeBuffer(message), 0);
    }

    static Response response(byte[] message) {
        return new Response().wrap(new UnsafeBuffer(message), 0);
    }

    static CookieReply cookieReply(byte[] message) {
        return new CookieReply().wrap(new UnsafeBuffer(message), 0);
    }

    /** What anyone can do who knows the receiver's public key. */
    static void forgeMac1(Side receiver, HandshakeMessage message) {
        receiver.noise.macOf(receiver.identity.mac1Key(), message.buffer(), message.mac1Offset());
        message.buffer().putBytes(message.mac1Offset(), receiver.noise.mac);
    }

    private static String hex(UnsafeBuffer region) {
        byte[] copy = new byte[region.capacity()];
        region.getBytes(0, copy);
        return Bytes.hex(copy);
    }
}
