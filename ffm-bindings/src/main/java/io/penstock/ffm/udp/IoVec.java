package io.penstock.ffm.udp;

import io.penstock.ffm.Memory;

/** {@code struct iovec} of sys/uio.h, by address. */
public final class IoVec {
    public static final int SIZE = 16;
    public static final int BASE_OFFSET = 0;
    public static final int LEN_OFFSET = 8;

    public static void set(long address, long base, long lengthBytes) {
        Memory.putLong(address + BASE_OFFSET, base);
        Memory.putLong(address + LEN_OFFSET, lengthBytes);
    }

    public static long base(long address) {
        return Memory.getLong(address + BASE_OFFSET);
    }

    public static long length(long address) {
        return Memory.getLong(address + LEN_OFFSET);
    }

    public static void length(long address, long lengthBytes) {
        Memory.putLong(address + LEN_OFFSET, lengthBytes);
    }

    private IoVec() {}
}
