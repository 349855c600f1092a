package io.penstock.ffm.poll;

import io.penstock.ffm.Memory;

/** {@code struct pollfd} of poll.h, by address. */
public final class PollFd {
    public static final int SIZE = 8;
    public static final int FD_OFFSET = 0;
    public static final int EVENTS_OFFSET = 4;
    public static final int REVENTS_OFFSET = 6;

    public static final int POLLIN = 1;
    public static final int POLLOUT = 4;
    public static final int POLLERR = 8;
    public static final int POLLHUP = 0x10;
    public static final int POLLNVAL = 0x20;
    public static final int POLLRDHUP = 0x2000;

    /** Fills one entry; a negative {@code fd} is skipped by the kernel. */
    public static void set(long address, int fd, int events) {
        Memory.putInt(address + FD_OFFSET, fd);
        Memory.putShort(address + EVENTS_OFFSET, (short) events);
        Memory.putShort(address + REVENTS_OFFSET, (short) 0);
    }

    public static int fd(long address) {
        return Memory.getInt(address + FD_OFFSET);
    }

    /** What happened, after {@code poll}. */
    public static int revents(long address) {
        return Memory.getShort(address + REVENTS_OFFSET) & 0xffff;
    }

    private PollFd() {}
}
