package io.penstock.protocol.disco;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What stands in front of a packet on its way through a peer relay: Geneve, RFC 8926, without options.
 *
 * @param isControl for the relay itself, a bind handshake
 * @param protocol {@link #DISCO} or {@link #WIREGUARD}
 * @param vni number of the allocation, 24 bits
 */
public record GeneveHeader(boolean isControl, int protocol, int vni) {
    public static final int LENGTH = 8;

    /** A discovery packet follows. */
    public static final int DISCO = 0x7A11;

    /** A WireGuard message follows. */
    public static final int WIREGUARD = 0x7A12;

    private static final int CONTROL = 0x80;

    public GeneveHeader {
        if (vni < 0 || vni > 0xff_ffff) {
            throw new IllegalArgumentException("not 24 bits: " + vni);
        }
    }

    /** The header in front of a datagram, or null if it has none of ours. */
    public static @Nullable GeneveHeader read(byte[] datagram, int offset, int length) {
        if (!isOne(datagram, offset, length)) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(datagram, offset, LENGTH).slice();
        return new GeneveHeader((in.get(1) & CONTROL) != 0, Short.toUnsignedInt(in.getShort(2)), in.getInt(4) >>> 8);
    }

    /** Appends the 8 bytes. */
    public void writeTo(ByteBuffer out) {
        out.put((byte) 0)
                .put((byte) (isControl ? CONTROL : 0))
                .putShort((short) protocol)
                .putInt(vni << 8);
    }

    static boolean isOne(byte[] datagram, int offset, int length) {
        if (length < LENGTH) {
            return false;
        }
        int next = (datagram[offset + 2] & 0xff) << 8 | (datagram[offset + 3] & 0xff);
        return (datagram[offset] & 0xff) == 0 // version 0, no options
                && (datagram[offset + 1] & ~CONTROL & 0xff) == 0
                && datagram[offset + 7] == 0
                && (next == DISCO || next == WIREGUARD);
    }
}
