package io.penstock.engine.aead;

import io.penstock.ffm.Memory;
import java.nio.ByteOrder;

/** The nonce of transport data, 4 zero bytes and the counter in little-endian order, in native or heap memory. */
final class Nonce {
    static final int LENGTH = 12;

    private static final int COUNTER_OFFSET = 4;
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    /** Writes the counter into a native nonce whose first 4 bytes are zero. */
    static void putCounter(long nonceAddress, long counter) {
        Memory.putLong(nonceAddress + COUNTER_OFFSET, LITTLE_ENDIAN ? counter : Long.reverseBytes(counter));
    }

    static void putCounter(byte[] nonce, long counter) {
        for (int i = 0; i < Long.BYTES; i++) {
            nonce[COUNTER_OFFSET + i] = (byte) (counter >>> (8 * i));
        }
    }

    private Nonce() {}
}
