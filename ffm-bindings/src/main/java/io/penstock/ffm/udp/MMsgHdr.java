package io.penstock.ffm.udp;

import io.penstock.ffm.Memory;

/** {@code struct mmsghdr} of sys/socket.h, by address: a {@link MsgHdr} at the start, then the bytes sent or received. */
public final class MMsgHdr {
    public static final int SIZE = 64;
    public static final int HDR_OFFSET = 0;
    public static final int LEN_OFFSET = 56;

    /** Bytes of this message, after the call. */
    public static int length(long address) {
        return Memory.getInt(address + LEN_OFFSET);
    }

    public static void length(long address, int lengthBytes) {
        Memory.putInt(address + LEN_OFFSET, lengthBytes);
    }

    private MMsgHdr() {}
}
