package io.penstock.ffm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Raw memory by address, native byte order unless said. Stateless; any thread.
 *
 * <p>There is no bounds check: a wrong address ends the process. Lengths from outside are checked before they come here.
 */
@SuppressWarnings("restricted") // one segment over the whole address space is the fastest accessor
public final class Memory {
    public static final int PAGE_LENGTH = 4096;

    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort SHORT_BE = SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT_BE = INT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG_BE = LONG.withOrder(ByteOrder.BIG_ENDIAN);

    public static byte getByte(long address) {
        return ALL.get(JAVA_BYTE, address);
    }

    public static void putByte(long address, byte value) {
        ALL.set(JAVA_BYTE, address, value);
    }

    public static short getShort(long address) {
        return ALL.get(SHORT, address);
    }

    public static void putShort(long address, short value) {
        ALL.set(SHORT, address, value);
    }

    public static int getInt(long address) {
        return ALL.get(INT, address);
    }

    public static void putInt(long address, int value) {
        ALL.set(INT, address, value);
    }

    public static long getLong(long address) {
        return ALL.get(LONG, address);
    }

    public static void putLong(long address, long value) {
        ALL.set(LONG, address, value);
    }

    public static short getShortBigEndian(long address) {
        return ALL.get(SHORT_BE, address);
    }

    public static void putShortBigEndian(long address, short value) {
        ALL.set(SHORT_BE, address, value);
    }

    public static int getIntBigEndian(long address) {
        return ALL.get(INT_BE, address);
    }

    public static void putIntBigEndian(long address, int value) {
        ALL.set(INT_BE, address, value);
    }

    public static long getLongBigEndian(long address) {
        return ALL.get(LONG_BE, address);
    }

    public static void putLongBigEndian(long address, long value) {
        ALL.set(LONG_BE, address, value);
    }

    /** Copies bytes; the areas may overlap. */
    public static void copy(long source, long destination, long lengthBytes) {
        MemorySegment.copy(ALL, source, ALL, destination, lengthBytes);
    }

    public static void copy(byte[] source, int offset, long destination, int lengthBytes) {
        MemorySegment.copy(source, offset, ALL, JAVA_BYTE, destination, lengthBytes);
    }

    public static void copy(long source, byte[] destination, int offset, int lengthBytes) {
        MemorySegment.copy(ALL, JAVA_BYTE, source, destination, offset, lengthBytes);
    }

    public static void fill(long address, long lengthBytes, byte value) {
        ALL.asSlice(address, lengthBytes).fill(value);
    }

    /** A copy of the bytes on the heap. */
    public static byte[] bytes(long address, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        copy(address, bytes, 0, lengthBytes);
        return bytes;
    }

    /** All of the address space in one segment, for accessors that want one; an address is its offset. */
    public static MemorySegment everything() {
        return ALL;
    }

    /** A view of the bytes, valid as long as the memory is. */
    public static MemorySegment segment(long address, long lengthBytes) {
        return ALL.asSlice(address, lengthBytes);
    }

    /** Reads UTF-8 up to the first NUL, at most {@code limitBytes}. */
    public static String getString(long address, int limitBytes) {
        int length = 0;
        while (length < limitBytes && getByte(address + length) != 0) {
            length++;
        }
        return new String(bytes(address, length), StandardCharsets.UTF_8);
    }

    /**
     * Writes UTF-8 with a closing NUL.
     *
     * @throws IllegalArgumentException if it does not fit into {@code limitBytes} or holds a NUL
     */
    public static void putString(long address, String value, int limitBytes) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        if (bytes.length >= limitBytes || value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("at most " + (limitBytes - 1) + " bytes without NUL: " + value);
        }
        copy(bytes, 0, address, bytes.length);
        putByte(address + bytes.length, (byte) 0);
    }

    /**
     * Maps zeroed memory that lasts as long as the process, aligned to a page.
     *
     * @return its address
     */
    public static long slab(long lengthBytes) {
        long address = new LibC()
                .mmap(
                        0,
                        lengthBytes,
                        MapFlags.PROT_READ | MapFlags.PROT_WRITE,
                        MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS,
                        -1,
                        0);
        if (address < 0) {
            throw new OutOfMemoryError("mmap of " + lengthBytes + " bytes: " + Errno.name((int) -address));
        }
        return address;
    }

    private Memory() {}
}
