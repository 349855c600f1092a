package io.penstock.ffm.tun;

import io.penstock.ffm.Memory;

/** {@code struct ifreq} of net/if.h, by address, and the ioctls on a socket that take it. Native byte order. */
public final class Ifreq {
    public static final int SIZE = 40;
    public static final int NAME_OFFSET = 0;
    public static final int FLAGS_OFFSET = 16;
    public static final int MTU_OFFSET = 16; // the value is a union

    public static final int IFNAMSIZ = 16;

    public static final int SIOCGIFFLAGS = 0x8913;
    public static final int SIOCGIFMTU = 0x8921;
    public static final int SIOCSIFMTU = 0x8922;

    /** Starts a request: the name, up to 15 bytes, and a value of zero. */
    public static void start(long address, String name) {
        Memory.fill(address, SIZE, (byte) 0);
        Memory.putString(address + NAME_OFFSET, name, IFNAMSIZ);
    }

    public static String name(long address) {
        return Memory.getString(address + NAME_OFFSET, IFNAMSIZ);
    }

    /** {@code IFF_} constants, of a link or of a TUN queue. */
    public static int flags(long address) {
        return Memory.getShort(address + FLAGS_OFFSET) & 0xffff;
    }

    public static void flags(long address, int flags) {
        Memory.putShort(address + FLAGS_OFFSET, (short) flags);
    }

    /** Bytes. */
    public static int mtu(long address) {
        return Memory.getInt(address + MTU_OFFSET);
    }

    public static void mtu(long address, int bytes) {
        Memory.putInt(address + MTU_OFFSET, bytes);
    }

    private Ifreq() {}
}
