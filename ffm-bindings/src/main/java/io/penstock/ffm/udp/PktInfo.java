package io.penstock.ffm.udp;

import io.penstock.ffm.Memory;

/**
 * {@code struct in_pktinfo} (12 bytes) and {@code struct in6_pktinfo} (20 bytes) of netinet/in.h, by address: the local side of a
 * datagram. IPv4 addresses are ints and IPv6 addresses two longs whose highest byte comes first on the wire.
 */
public final class PktInfo {
    public static final int SIZE4 = 12;
    public static final int IFINDEX4_OFFSET = 0;
    public static final int SPEC_DST_OFFSET = 4;
    public static final int ADDR4_OFFSET = 8;
    public static final int SIZE6 = 20;
    public static final int ADDR6_OFFSET = 0;
    public static final int IFINDEX6_OFFSET = 16;

    public static void set4(long address, int ifIndex, int localAddress) {
        Memory.putInt(address + IFINDEX4_OFFSET, ifIndex);
        Memory.putIntBigEndian(address + SPEC_DST_OFFSET, localAddress);
        Memory.putInt(address + ADDR4_OFFSET, 0);
    }

    public static int ifIndex4(long address) {
        return Memory.getInt(address + IFINDEX4_OFFSET);
    }

    /** The address to answer from; differs from the destination for broadcasts. */
    public static int localAddress4(long address) {
        return Memory.getIntBigEndian(address + SPEC_DST_OFFSET);
    }

    public static void set6(long address, int ifIndex, long high, long low) {
        Memory.putLongBigEndian(address + ADDR6_OFFSET, high);
        Memory.putLongBigEndian(address + ADDR6_OFFSET + 8, low);
        Memory.putInt(address + IFINDEX6_OFFSET, ifIndex);
    }

    public static int ifIndex6(long address) {
        return Memory.getInt(address + IFINDEX6_OFFSET);
    }

    public static long high6(long address) {
        return Memory.getLongBigEndian(address + ADDR6_OFFSET);
    }

    public static long low6(long address) {
        return Memory.getLongBigEndian(address + ADDR6_OFFSET + 8);
    }

    private PktInfo() {}
}
