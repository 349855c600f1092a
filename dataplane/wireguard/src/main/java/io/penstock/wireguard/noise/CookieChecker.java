package io.penstock.wireguard.noise;

import static io.penstock.wireguard.Protocol.COOKIE_LENGTH;
import static io.penstock.wireguard.Protocol.COOKIE_LIFE_NS;
import static io.penstock.wireguard.Protocol.COOKIE_NONCE_LENGTH;
import static io.penstock.wireguard.Protocol.KEY_LENGTH;
import static io.penstock.wireguard.Protocol.MAC_LENGTH;

import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.HandshakeMessage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The receiver's side of mac1, mac2 and cookies. A source is given by the fields of its endpoint: address in {@code high}
 * and {@code low}, an IPv4 one in the low 32 bits of {@code low}. One per device, owned by the control agent. Whitepaper
 * section 5.4.7.
 */
public final class CookieChecker {
    private static final int IPV6_LENGTH = 16;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final Noise noise;
    private final UnsafeBuffer secret;
    private boolean hasSecret;
    private long secretMadeNs;

    private final byte[] source = new byte[IPV6_LENGTH + Short.BYTES];
    private final byte[] cookie = new byte[COOKIE_LENGTH];
    private final byte[] received = new byte[MAC_LENGTH];
    private final byte[] secretCopy = new byte[KEY_LENGTH];
    private final byte[] nonce = new byte[COOKIE_NONCE_LENGTH];
    private final byte[] sealed = new byte[CookieReply.SEALED_COOKIE_LENGTH];

    public CookieChecker(Noise noise) {
        this.noise = noise;
        secret = noise.memory.allocate(KEY_LENGTH);
    }

    /** Whether the sender knows whom it talks to: mac1 fits our public key. Constant time. */
    public boolean checkMac1(StaticIdentity identity, HandshakeMessage message) {
        noise.macOf(identity.mac1Key(), message.buffer(), message.mac1Offset());
        return matches(message, message.mac1Offset());
    }

    /**
     * Whether mac2 was made with the cookie of this source. Constant time, save for a message that has none: a flood is made of
     * those, and there is nothing to be learned from what its sender knows. Asked under load only.
     */
    public boolean checkMac2(HandshakeMessage message, boolean isV6, long high, long low, int port, long nowNs) {
        if (hasNoMac2(message)) {
            return false;
        }
        makeCookie(isV6, high, low, port, nowNs);
        noise.macOf(cookie, message.buffer(), message.mac2Offset());
        boolean matches = matches(message, message.mac2Offset());
        Arrays.fill(cookie, (byte) 0);
        return matches;
    }

    private static boolean hasNoMac2(HandshakeMessage message) {
        int offset = message.mac2Offset();
        return (message.buffer().getLong(offset) | message.buffer().getLong(offset + Long.BYTES)) == 0;
    }

    /** Writes the reply that refuses {@code message}, whose mac1 is good, and tells its source the cookie to use. */
    public void createReply(
            CookieReply reply,
            StaticIdentity identity,
            HandshakeMessage message,
            boolean isV6,
            long high,
            long low,
            int port,
            long nowNs) {
        makeCookie(isV6, high, low, port, nowNs);
        noise.entropy.fill(nonce);
        message.buffer().getBytes(message.mac1Offset(), received);
        noise.aead.sealExtended(identity.cookieKey(), nonce, cookie, received, sealed);
        reply.clear().receiverIndex(message.senderIndex());
        reply.putNonce(nonce);
        reply.putSealedCookie(sealed);
        Arrays.fill(cookie, (byte) 0);
    }

    /** Forgets the secret; cookies given out before are worthless. To be called when the private key changes. */
    public void clear() {
        Noise.wipe(secret, 0, KEY_LENGTH);
        hasSecret = false;
    }

    /** Wipes the secret and gives its memory back; the object must not be used again. */
    public void release() {
        noise.memory.release(secret);
    }

    private boolean matches(HandshakeMessage message, int offset) {
        message.buffer().getBytes(offset, received);
        boolean equal = MessageDigest.isEqual(received, noise.mac);
        Arrays.fill(noise.mac, (byte) 0);
        return equal;
    }

    private void makeCookie(boolean isV6, long high, long low, int port, long nowNs) {
        if (!hasSecret || nowNs - secretMadeNs > COOKIE_LIFE_NS) {
            noise.entropy.fill(secretCopy);
            secret.putBytes(0, secretCopy);
            hasSecret = true;
            secretMadeNs = nowNs;
        } else {
            secret.getBytes(0, secretCopy);
        }
        int addressLength;
        if (isV6) {
            LONGS.set(source, 0, high);
            LONGS.set(source, Long.BYTES, low);
            addressLength = IPV6_LENGTH;
        } else {
            INTS.set(source, 0, (int) low);
            addressLength = Integer.BYTES;
        }
        source[addressLength] = (byte) (port >>> 8);
        source[addressLength + 1] = (byte) port;
        noise.blake2s
                .start(COOKIE_LENGTH, secretCopy)
                .update(source, 0, addressLength + Short.BYTES)
                .finish(cookie, 0);
        Arrays.fill(secretCopy, (byte) 0);
    }
}
