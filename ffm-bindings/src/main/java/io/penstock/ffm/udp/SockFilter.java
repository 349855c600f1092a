package io.penstock.ffm.udp;

import io.penstock.ffm.Memory;

/**
 * {@code struct sock_filter} (an instruction of classic BPF, 8 bytes) and {@code struct sock_fprog} (a program, 16 bytes) of
 * linux/filter.h, by address. Numbers of a datagram are loaded with their highest byte first; a load behind its end ends the
 * program, which then returns 0.
 */
public final class SockFilter {
    public static final int SIZE = 8;
    public static final int CODE_OFFSET = 0;
    public static final int JT_OFFSET = 2;
    public static final int JF_OFFSET = 3;
    public static final int K_OFFSET = 4;

    public static final int PROGRAM_SIZE = 16;
    public static final int LEN_OFFSET = 0;
    public static final int FILTER_OFFSET = 8;

    /** Codes of whole instructions, as ORed from linux/bpf_common.h. */
    public static final int BPF_LD_W_ABS = 0x20;

    public static final int BPF_LD_W_LEN = 0x80;
    public static final int BPF_JMP_JEQ_K = 0x15;
    public static final int BPF_JMP_JGE_K = 0x35;
    public static final int BPF_RET_K = 0x06;

    /** Writes an instruction; {@code ifTrue} and {@code ifFalse} are how many to skip then. */
    public static void set(long address, int code, int ifTrue, int ifFalse, int operand) {
        Memory.putShort(address + CODE_OFFSET, (short) code);
        Memory.putByte(address + JT_OFFSET, (byte) ifTrue);
        Memory.putByte(address + JF_OFFSET, (byte) ifFalse);
        Memory.putInt(address + K_OFFSET, operand);
    }

    /** Makes {@code address} a program of {@code count} instructions at {@code instructions}. */
    public static void program(long address, int count, long instructions) {
        Memory.putLong(address + LEN_OFFSET, count);
        Memory.putLong(address + FILTER_OFFSET, instructions);
    }

    private SockFilter() {}
}
