package io.penstock.engine.io;

import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.udp.SockFilter;
import io.penstock.ffm.udp.Sockets;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.wire.CookieReply;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import io.penstock.wireguard.wire.Response;

/**
 * The program by which the kernel chooses a socket of those that share a port: one for each {@link DatagramKind}. Classic BPF, for
 * which nobody needs a privilege.
 *
 * <p>With {@code UDP_GRO} it sees the first of several datagrams: what follows may be of another kind, so whoever reads one of the
 * sockets has to know all kinds. While the kernel merges, it chooses by a hash instead of this program, and merges only for a
 * socket that has {@code UDP_GRO}: all of them have to have it.
 */
final class Steering {
    private static final int MAX_INSTRUCTIONS = 40;
    private static final int MAC2_WORDS = Protocol.MAC_LENGTH / Integer.BYTES;

    static final int MAX_LENGTH = MAX_INSTRUCTIONS * SockFilter.SIZE + SockFilter.PROGRAM_SIZE;

    private final long start;
    private long at;

    private Steering(long address) {
        start = address;
        at = address;
    }

    /** Writes the instructions to {@code address}; returns how many. */
    static int write(long address) {
        return new Steering(address).write();
    }

    private int write() {
        put(SockFilter.BPF_LD_W_LEN, 0, 0, 0);
        put(SockFilter.BPF_JMP_JGE_K, 1, 0, Integer.BYTES);
        put(DatagramKind.OTHER);
        put(SockFilter.BPF_LD_W_ABS, 0, 0, 0);
        whole(Data.TYPE, Data.MIN_LENGTH, DatagramKind.DATA);
        whole(CookieReply.TYPE, CookieReply.LENGTH, DatagramKind.COOKIE);
        withMac2(Initiation.TYPE, Initiation.LENGTH);
        withMac2(Response.TYPE, Response.LENGTH);
        put(DatagramKind.OTHER);
        return (int) ((at - start) / SockFilter.SIZE);
    }

    /** The type is the accumulator here, and still when this is not it. */
    private void whole(int type, int length, DatagramKind kind) {
        put(SockFilter.BPF_JMP_JEQ_K, 0, 4, Integer.reverseBytes(type));
        atLeast(length);
        put(kind);
    }

    /** Likewise; the kind is decided by whether there is a mac2, at the end. */
    private void withMac2(int type, int length) {
        put(SockFilter.BPF_JMP_JEQ_K, 0, 5 + 2 * MAC2_WORDS, Integer.reverseBytes(type));
        atLeast(length);
        for (int word = 0; word < MAC2_WORDS; word++) {
            put(SockFilter.BPF_LD_W_ABS, 0, 0, length - Protocol.MAC_LENGTH + word * Integer.BYTES);
            put(SockFilter.BPF_JMP_JEQ_K, 0, 2 * (MAC2_WORDS - 1 - word) + 1, 0);
        }
        put(DatagramKind.HANDSHAKE);
        put(DatagramKind.COOKIE);
    }

    /** Three instructions. More than one datagram makes it longer, so only less is wrong. */
    private void atLeast(int length) {
        put(SockFilter.BPF_LD_W_LEN, 0, 0, 0);
        put(SockFilter.BPF_JMP_JGE_K, 1, 0, length);
        put(DatagramKind.OTHER);
    }

    private void put(DatagramKind kind) {
        put(SockFilter.BPF_RET_K, 0, 0, kind.ordinal());
    }

    private void put(int code, int ifTrue, int ifFalse, int operand) {
        SockFilter.set(at, code, ifTrue, ifFalse, operand);
        at += SockFilter.SIZE;
    }

    /** Has the group of the bound socket {@code fd} choose so; 0 or {@code -errno}. */
    static int attach(LibC libc, int fd) {
        long memory = Memory.slab(MAX_LENGTH);
        try {
            int count = write(memory);
            long program = memory + (long) count * SockFilter.SIZE;
            SockFilter.program(program, count, memory);
            return libc.setsockopt(
                    fd, Sockets.SOL_SOCKET, Sockets.SO_ATTACH_REUSEPORT_CBPF, program, SockFilter.PROGRAM_SIZE);
        } finally {
            libc.munmap(memory, MAX_LENGTH);
        }
    }
}
