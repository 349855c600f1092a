package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.COOKIE_LATENCY_NS;
import static io.penstock.wireguard.Protocol.COOKIE_LENGTH;
import static io.penstock.wireguard.Protocol.COOKIE_LIFE_NS;
import static io.penstock.wireguard.Protocol.COOKIE_NONCE_LENGTH;
import static io.penstock.wireguard.Protocol.MAC_LENGTH;

import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.HandshakeMessage;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The sender's side of mac1, mac2 and cookies: one per peer, for messages to it. Accepts one cookie for each message sent
 * and uses it for 115 s. Owned by the control agent. Whitepaper sections 5.4.4 and 5.4.7.
 */
public final class CookieGenerator {
    private final Noise noise;
    private final byte[] mac1Key;
    private final byte[] cookieKey;
    private final byte[] lastMac1 = new byte[MAC_LENGTH];
    private final byte[] cookie = new byte[COOKIE_LENGTH];
    private final byte[] nonce = new byte[COOKIE_NONCE_LENGTH];
    private final byte[] sealed = new byte[CookieReply.SEALED_COOKIE_LENGTH];
    private boolean awaitsReply;
    private boolean hasCookie;
    private long cookieReceivedNs;

    /** For messages to the peer with this static key. */
    public CookieGenerator(Noise noise, PublicKey remoteStatic) {
        this.noise = noise;
        mac1Key = noise.labelledHash(Protocol.labelMac1(), remoteStatic);
        cookieKey = noise.labelledHash(Protocol.labelCookie(), remoteStatic);
    }

    /** Completes a message that is otherwise finished: mac1, and mac2 if we hold a fresh cookie, else zero bytes. */
    public void addMacs(HandshakeMessage message, long nowNs) {
        UnsafeBuffer buffer = message.buffer();
        noise.macOf(mac1Key, buffer, message.mac1Offset());
        buffer.putBytes(message.mac1Offset(), noise.mac);
        System.arraycopy(noise.mac, 0, lastMac1, 0, MAC_LENGTH);
        awaitsReply = true;
        if (hasCookie && nowNs - cookieReceivedNs >= COOKIE_LIFE_NS - COOKIE_LATENCY_NS) {
            forgetCookie();
        }
        if (hasCookie) {
            noise.macOf(cookie, buffer, message.mac2Offset());
            buffer.putBytes(message.mac2Offset(), noise.mac);
        } else {
            buffer.setMemory(message.mac2Offset(), MAC_LENGTH, (byte) 0);
        }
        Arrays.fill(noise.mac, (byte) 0);
    }

    /**
     * Takes the cookie for the next message; nothing is to be sent because of it. Returns null if it is good, else why the
     * reply is dropped: it must answer the last message, and only one may.
     */
    public @Nullable DropReason consumeReply(CookieReply reply, long nowNs) {
        if (!awaitsReply) {
            return DropReason.COOKIE_UNEXPECTED;
        }
        reply.getNonce(nonce);
        reply.getSealedCookie(sealed);
        if (!noise.aead.openExtended(cookieKey, nonce, sealed, lastMac1, cookie)) {
            return DropReason.COOKIE_INVALID;
        }
        awaitsReply = false;
        hasCookie = true;
        cookieReceivedNs = nowNs;
        return null;
    }

    /** Forgets the cookie and the last message. To be called when the peer goes or the device goes down. */
    public void clear() {
        forgetCookie();
        awaitsReply = false;
        Arrays.fill(lastMac1, (byte) 0);
    }

    private void forgetCookie() {
        hasCookie = false;
        Arrays.fill(cookie, (byte) 0);
    }
}
