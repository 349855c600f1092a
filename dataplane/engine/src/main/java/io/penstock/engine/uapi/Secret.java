package io.penstock.engine.uapi;

import java.util.Arrays;

/**
 * A 32-byte key on its way through the control socket. Never shows its bytes in text; its owner wipes it as soon as it
 * has served. Not thread-safe.
 */
public final class Secret {
    public static final int LENGTH_BYTES = 32;

    private final byte[] bytes;

    /** Takes the array over: {@link #wipe} overwrites it. */
    public Secret(byte[] bytes) {
        if (bytes.length != LENGTH_BYTES) {
            throw new IllegalArgumentException("a key has 32 bytes");
        }
        this.bytes = bytes;
    }

    /** The live bytes, not a copy. */
    public byte[] bytes() {
        return bytes;
    }

    /** All zero means "none" on the control socket. */
    public boolean isZero() {
        int all = 0;
        for (byte b : bytes) {
            all |= b;
        }
        return all == 0;
    }

    public void wipe() {
        Arrays.fill(bytes, (byte) 0);
    }

    @Override
    public String toString() {
        return "Secret";
    }
}
