package io.penstock.ffm.udp;

import io.penstock.ffm.Memory;

/**
 * {@code struct cmsghdr} of sys/socket.h and its chain, by address.
 *
 * <p>Reading: {@code for (long c = CMsg.first(msg); c != 0; c = CMsg.next(msg, c))}. Writing: {@link #put} and {@link #space}.
 */
public final class CMsg {
    public static final int SIZE = 16;
    public static final int LEN_OFFSET = 0;
    public static final int LEVEL_OFFSET = 8;
    public static final int TYPE_OFFSET = 12;
    public static final int DATA_OFFSET = 16;

    /** Header and data without padding: {@code CMSG_LEN}. */
    public static int length(int dataLength) {
        return DATA_OFFSET + dataLength;
    }

    /** Header and data with padding: {@code CMSG_SPACE}. */
    public static int space(int dataLength) {
        return DATA_OFFSET + align(dataLength);
    }

    /** Writes a header; returns the address of its data. The next header goes to {@code address + space(dataLength)}. */
    public static long put(long address, int level, int type, int dataLength) {
        Memory.putLong(address + LEN_OFFSET, length(dataLength));
        Memory.putInt(address + LEVEL_OFFSET, level);
        Memory.putInt(address + TYPE_OFFSET, type);
        return address + DATA_OFFSET;
    }

    /** First header of a received {@link MsgHdr}, or 0. */
    public static long first(long msgHdr) {
        return MsgHdr.controlLength(msgHdr) >= SIZE ? MsgHdr.control(msgHdr) : 0;
    }

    /** Header behind {@code cMsg}, or 0. */
    public static long next(long msgHdr, long cMsg) {
        long length = Memory.getLong(cMsg + LEN_OFFSET);
        if (length < SIZE) {
            return 0;
        }
        long next = cMsg + ((length + 7) & ~7L);
        return next + SIZE <= MsgHdr.control(msgHdr) + MsgHdr.controlLength(msgHdr) ? next : 0;
    }

    public static int level(long cMsg) {
        return Memory.getInt(cMsg + LEVEL_OFFSET);
    }

    public static int type(long cMsg) {
        return Memory.getInt(cMsg + TYPE_OFFSET);
    }

    /** Address of the data. */
    public static long data(long cMsg) {
        return cMsg + DATA_OFFSET;
    }

    public static int dataLength(long cMsg) {
        return (int) Memory.getLong(cMsg + LEN_OFFSET) - DATA_OFFSET;
    }

    private static int align(int length) {
        return (length + 7) & ~7;
    }

    private CMsg() {}
}
