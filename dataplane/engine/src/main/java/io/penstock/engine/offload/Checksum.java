package io.penstock.engine.offload;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.UnsafeApi;

/**
 * The Internet checksum (RFC 1071, RFC 1624). Sums are in network order, as if the bytes had been added up as big-endian
 * 16-bit words; partial sums are plain {@code long}s that may be added to each other and are folded once. Stateless.
 */
public final class Checksum {
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    /**
     * Ones-complement sum of a range of an off-heap buffer, folded to 16 bits. An odd last byte counts as the high byte of a
     * word. Starting at an odd offset is fine: words are counted from {@code offset}.
     *
     * @throws IndexOutOfBoundsException if the range is not inside the buffer
     */
    public static int sum(DirectBuffer buffer, int offset, int length) {
        buffer.boundsCheck(offset, length);
        if (buffer.byteArray() != null) {
            throw new IllegalArgumentException("checksums are taken over off-heap memory only");
        }
        int folded = fold(nativeSum(buffer.addressOffset() + offset, length));
        return LITTLE_ENDIAN ? Short.reverseBytes((short) folded) & 0xffff : folded;
    }

    /**
     * Adds up native-order words without bounds checks. C2 vectorises exactly this shape: one accumulator, an index counted
     * by one, raw addresses; per-access bounds checks make it seven times slower (1384 bytes: 42 against 295 ns).
     */
    private static long nativeSum(long address, int length) {
        long sum = 0;
        int longs = length >> 3;
        for (int i = 0; i < longs; i++) {
            long word = UnsafeApi.getLong(null, address + 8L * i);
            sum += (word & 0xffff_ffffL) + (word >>> 32);
        }
        long tail = address + 8L * longs;
        if ((length & 4) != 0) {
            sum += UnsafeApi.getInt(null, tail) & 0xffff_ffffL;
            tail += 4;
        }
        if ((length & 2) != 0) {
            sum += UnsafeApi.getShort(null, tail) & 0xffffL;
            tail += 2;
        }
        if ((length & 1) != 0) {
            long last = UnsafeApi.getByte(null, tail) & 0xffL;
            sum += LITTLE_ENDIAN ? last : last << 8;
        }
        return sum;
    }

    /** Folds a partial sum, which must not be negative, to 16 bits. */
    public static int fold(long sum) {
        long folded = (sum & 0xffff_ffffL) + (sum >>> 32);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        return (int) ((folded & 0xffff) + (folded >>> 16));
    }

    /** The value for a checksum field: the complement of the folded sum. */
    public static int finish(long sum) {
        return ~fold(sum) & 0xffff;
    }

    /** Partial sum of the IPv4 pseudo header of the packet at {@code packetOffset}. */
    public static long pseudo4(DirectBuffer buffer, int packetOffset, int protocol, int transportLength) {
        return (long) sum(buffer, packetOffset + Ip.V4_SOURCE, 8) + protocol + transportLength;
    }

    /** Partial sum of the IPv6 pseudo header of the packet at {@code packetOffset}. */
    public static long pseudo6(DirectBuffer buffer, int packetOffset, int protocol, int transportLength) {
        return (long) sum(buffer, packetOffset + Ip.V6_SOURCE, 32) + protocol + transportLength;
    }

    /** A checksum field after one aligned 16-bit word under it has changed (RFC 1624, equation 3). */
    public static int update(int checksum, int oldWord, int newWord) {
        return finish((~checksum & 0xffffL) + (~oldWord & 0xffffL) + (newWord & 0xffffL));
    }

    private Checksum() {}
}
