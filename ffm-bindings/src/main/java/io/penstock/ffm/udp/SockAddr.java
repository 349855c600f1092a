package io.penstock.ffm.udp;

import io.penstock.ffm.Memory;
import java.nio.charset.StandardCharsets;

/**
 * {@code struct sockaddr_in}, {@code sockaddr_in6}, {@code sockaddr_un} and {@code sockaddr_nl}, by address. IPv4 addresses are ints
 * and IPv6 addresses two longs whose highest byte comes first on the wire.
 */
public final class SockAddr {
    public static final int FAMILY_OFFSET = 0;
    public static final int SIZE4 = 16;
    public static final int PORT4_OFFSET = 2;
    public static final int ADDR4_OFFSET = 4;
    public static final int SIZE6 = 28;
    public static final int PORT6_OFFSET = 2;
    public static final int FLOWINFO6_OFFSET = 4;
    public static final int ADDR6_OFFSET = 8;
    public static final int SCOPE_ID6_OFFSET = 24;
    public static final int SIZE_UN = 110;
    public static final int PATH_OFFSET = 2;
    public static final int SIZE_NL = 12;
    public static final int GROUPS_OFFSET = 8;

    public static int family(long address) {
        return Memory.getShort(address + FAMILY_OFFSET) & 0xffff;
    }

    public static void set4(long address, int ip, int port) {
        Memory.putShort(address + FAMILY_OFFSET, (short) Sockets.AF_INET);
        Memory.putShortBigEndian(address + PORT4_OFFSET, (short) port);
        Memory.putIntBigEndian(address + ADDR4_OFFSET, ip);
        Memory.putLong(address + 8, 0);
    }

    public static void set6(long address, long high, long low, int port, int scopeId) {
        Memory.putShort(address + FAMILY_OFFSET, (short) Sockets.AF_INET6);
        Memory.putShortBigEndian(address + PORT6_OFFSET, (short) port);
        Memory.putInt(address + FLOWINFO6_OFFSET, 0);
        Memory.putLongBigEndian(address + ADDR6_OFFSET, high);
        Memory.putLongBigEndian(address + ADDR6_OFFSET + 8, low);
        Memory.putInt(address + SCOPE_ID6_OFFSET, scopeId);
    }

    /**
     * Writes a UNIX address.
     *
     * @return the length to hand to the kernel
     * @throws IllegalArgumentException if the path has more than 107 bytes or is empty
     */
    public static int setUnix(long address, String path) {
        int length = path.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0) {
            throw new IllegalArgumentException("empty path");
        }
        Memory.putShort(address + FAMILY_OFFSET, (short) Sockets.AF_UNIX);
        Memory.putString(address + PATH_OFFSET, path, SIZE_UN - PATH_OFFSET);
        return PATH_OFFSET + length + 1;
    }

    /**
     * Writes a UNIX address of the abstract namespace: no file, see unix(7).
     *
     * @param name without the zero byte, or the {@code @} that stands for it
     * @return the length to hand to the kernel
     * @throws IllegalArgumentException if the name has more than 106 bytes or is empty
     */
    public static int setAbstract(long address, String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("empty name");
        }
        Memory.putShort(address + FAMILY_OFFSET, (short) Sockets.AF_UNIX);
        Memory.putByte(address + PATH_OFFSET, (byte) 0);
        Memory.putString(address + PATH_OFFSET + 1, name, SIZE_UN - PATH_OFFSET - 1);
        return PATH_OFFSET + 1 + name.getBytes(StandardCharsets.UTF_8).length;
    }

    /**
     * Writes a netlink address of port 0: to bind, where the kernel chooses ours, or to connect, where it is the kernel.
     *
     * @param groups what to subscribe to, {@code RTMGRP_} constants
     */
    public static void setNetlink(long address, int groups) {
        Memory.putLong(address, Sockets.AF_NETLINK); // family, padding, port
        Memory.putInt(address + GROUPS_OFFSET, groups);
    }

    /** Port of either family: both keep it in one place. */
    public static int port(long address) {
        return Memory.getShortBigEndian(address + PORT4_OFFSET) & 0xffff;
    }

    public static int ip4(long address) {
        return Memory.getIntBigEndian(address + ADDR4_OFFSET);
    }

    public static long high6(long address) {
        return Memory.getLongBigEndian(address + ADDR6_OFFSET);
    }

    public static long low6(long address) {
        return Memory.getLongBigEndian(address + ADDR6_OFFSET + 8);
    }

    public static int scopeId6(long address) {
        return Memory.getInt(address + SCOPE_ID6_OFFSET);
    }

    private SockAddr() {}
}
