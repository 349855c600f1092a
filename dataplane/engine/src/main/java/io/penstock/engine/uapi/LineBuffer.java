package io.penstock.engine.uapi;

import java.util.Arrays;

/**
 * Bytes of one unfinished line, up to a limit. Lines may carry keys, so what is dropped is overwritten. Owned by one
 * session.
 */
final class LineBuffer {
    /** The longest line without its newline; one byte more and wireguard-go's scanner gives up too. */
    static final int LIMIT_BYTES = 65_535;

    private static final int INITIAL_BYTES = 256;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;
    private boolean overflowed;

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** True once more than {@link #LIMIT_BYTES} came for this line; its content is gone then. */
    boolean hasOverflowed() {
        return overflowed;
    }

    boolean isEmpty() {
        return length == 0 && !overflowed;
    }

    void append(byte[] source, int offset, int count) {
        if (overflowed || count > LIMIT_BYTES - length) {
            clear();
            overflowed = true;
            return;
        }
        if (count > bytes.length - length) {
            byte[] larger = Arrays.copyOf(bytes, Math.min(LIMIT_BYTES, Math.max(2 * bytes.length, length + count)));
            Arrays.fill(bytes, 0, length, (byte) 0);
            bytes = larger;
        }
        System.arraycopy(source, offset, bytes, length, count);
        length += count;
    }

    void clear() {
        Arrays.fill(bytes, 0, length, (byte) 0);
        length = 0;
        overflowed = false;
    }
}
