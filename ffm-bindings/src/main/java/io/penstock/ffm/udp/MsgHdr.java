package io.penstock.ffm.udp;

import io.penstock.ffm.Memory;

/** {@code struct msghdr} of sys/socket.h, by address. The kernel overwrites both lengths and the flags when receiving. */
public final class MsgHdr {
    public static final int SIZE = 56;
    public static final int NAME_OFFSET = 0;
    public static final int NAMELEN_OFFSET = 8;
    public static final int IOV_OFFSET = 16;
    public static final int IOVLEN_OFFSET = 24;
    public static final int CONTROL_OFFSET = 32;
    public static final int CONTROLLEN_OFFSET = 40;
    public static final int FLAGS_OFFSET = 48;

    /** Writes all fields. */
    public static void set(
            long address, long name, int nameLength, long ioVecs, long ioVecCount, long control, long controlLength) {
        Memory.putLong(address + NAME_OFFSET, name);
        Memory.putLong(address + NAMELEN_OFFSET, nameLength); // and the padding behind it
        Memory.putLong(address + IOV_OFFSET, ioVecs);
        Memory.putLong(address + IOVLEN_OFFSET, ioVecCount);
        Memory.putLong(address + CONTROL_OFFSET, control);
        Memory.putLong(address + CONTROLLEN_OFFSET, controlLength);
        Memory.putLong(address + FLAGS_OFFSET, 0);
    }

    /** Gives back the room of name and control before the next receive. */
    public static void reset(long address, int nameLength, long controlLength) {
        nameLength(address, nameLength);
        controlLength(address, controlLength);
        Memory.putInt(address + FLAGS_OFFSET, 0);
    }

    public static long name(long address) {
        return Memory.getLong(address + NAME_OFFSET);
    }

    public static int nameLength(long address) {
        return Memory.getInt(address + NAMELEN_OFFSET);
    }

    public static void nameLength(long address, int lengthBytes) {
        Memory.putInt(address + NAMELEN_OFFSET, lengthBytes);
    }

    public static long ioVecs(long address) {
        return Memory.getLong(address + IOV_OFFSET);
    }

    public static long control(long address) {
        return Memory.getLong(address + CONTROL_OFFSET);
    }

    public static long controlLength(long address) {
        return Memory.getLong(address + CONTROLLEN_OFFSET);
    }

    public static void controlLength(long address, long lengthBytes) {
        Memory.putLong(address + CONTROLLEN_OFFSET, lengthBytes);
    }

    /** {@code MSG_TRUNC}, {@code MSG_CTRUNC} and others, after a receive. */
    public static int flags(long address) {
        return Memory.getInt(address + FLAGS_OFFSET);
    }

    private MsgHdr() {}
}
