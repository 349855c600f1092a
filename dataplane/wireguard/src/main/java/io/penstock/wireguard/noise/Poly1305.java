package io.penstock.wireguard.noise;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The one-time authenticator Poly1305, RFC 8439 section 2.5, over input that is zero-padded to whole blocks as the AEAD
 * wants it. Limbs of 26 bits; no branch and no index depends on key or message.
 */
final class Poly1305 {
    static final int BLOCK_LENGTH = 16;

    private static final int LIMB_BITS = 26;
    private static final int LIMB_MASK = (1 << LIMB_BITS) - 1;
    private static final int HIGH_BIT = 1 << 24; // 2^128 in the fifth limb
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long[] r = new long[5];
    private final long[] h = new long[5];
    private final int[] s = new int[4];
    private final byte[] block = new byte[BLOCK_LENGTH];

    /** Takes the one-time key: the first 32 bytes of {@code key}. */
    void start(byte[] key) {
        loadLimbs(key, 0, r);
        // Clearing 22 bits of r is part of the definition; here spread over the limbs.
        r[0] &= 0x3ffffff;
        r[1] &= 0x3ffff03;
        r[2] &= 0x3ffc0ff;
        r[3] &= 0x3f03fff;
        r[4] &= 0x00fffff;
        Arrays.fill(h, 0);
        for (int i = 0; i < s.length; i++) {
            s[i] = (int) INTS.get(key, BLOCK_LENGTH + i * Integer.BYTES);
        }
    }

    /** Adds the bytes, then zero bytes up to a multiple of 16. */
    void update(byte[] input, int offset, int length) {
        int whole = length & -BLOCK_LENGTH;
        for (int i = 0; i < whole; i += BLOCK_LENGTH) {
            addBlock(input, offset + i);
        }
        if (length > whole) {
            Arrays.fill(block, (byte) 0);
            System.arraycopy(input, offset + whole, block, 0, length - whole);
            addBlock(block, 0);
        }
    }

    /** Adds two lengths as one block: the end of the AEAD's input. */
    void updateLengths(long first, long second) {
        LONGS.set(block, 0, first);
        LONGS.set(block, Long.BYTES, second);
        addBlock(block, 0);
    }

    /** Writes the tag of 16 bytes and wipes the state. */
    void finish(byte[] tag, int offset) {
        carry();
        carry();
        subtractModulusIfReached();
        long words0 = h[0] | (h[1] << 26);
        long words1 = (h[1] >>> 6) | (h[2] << 20);
        long words2 = (h[2] >>> 12) | (h[3] << 14);
        long words3 = (h[3] >>> 18) | (h[4] << 8);
        long sum = Integer.toUnsignedLong((int) words0) + Integer.toUnsignedLong(s[0]);
        INTS.set(tag, offset, (int) sum);
        sum = (sum >>> 32) + Integer.toUnsignedLong((int) words1) + Integer.toUnsignedLong(s[1]);
        INTS.set(tag, offset + 4, (int) sum);
        sum = (sum >>> 32) + Integer.toUnsignedLong((int) words2) + Integer.toUnsignedLong(s[2]);
        INTS.set(tag, offset + 8, (int) sum);
        sum = (sum >>> 32) + Integer.toUnsignedLong((int) words3) + Integer.toUnsignedLong(s[3]);
        INTS.set(tag, offset + 12, (int) sum);
        wipe();
    }

    private static void loadLimbs(byte[] input, int offset, long[] limbs) {
        long low = (long) LONGS.get(input, offset);
        long high = (long) LONGS.get(input, offset + Long.BYTES);
        limbs[0] = low & LIMB_MASK;
        limbs[1] = (low >>> 26) & LIMB_MASK;
        limbs[2] = ((low >>> 52) | (high << 12)) & LIMB_MASK;
        limbs[3] = (high >>> 14) & LIMB_MASK;
        limbs[4] = high >>> 40;
    }

    /** h = (h + block + 2^128) * r, partly reduced modulo 2^130 - 5. */
    private void addBlock(byte[] input, int offset) {
        long low = (long) LONGS.get(input, offset);
        long high = (long) LONGS.get(input, offset + Long.BYTES);
        long h0 = h[0] + (low & LIMB_MASK);
        long h1 = h[1] + ((low >>> 26) & LIMB_MASK);
        long h2 = h[2] + (((low >>> 52) | (high << 12)) & LIMB_MASK);
        long h3 = h[3] + ((high >>> 14) & LIMB_MASK);
        long h4 = h[4] + ((high >>> 40) | HIGH_BIT);
        long r0 = r[0];
        long r1 = r[1];
        long r2 = r[2];
        long r3 = r[3];
        long r4 = r[4];
        long f1 = 5 * r1; // what overflows 2^130 comes back times 5
        long f2 = 5 * r2;
        long f3 = 5 * r3;
        long f4 = 5 * r4;
        h[0] = h0 * r0 + h1 * f4 + h2 * f3 + h3 * f2 + h4 * f1;
        h[1] = h0 * r1 + h1 * r0 + h2 * f4 + h3 * f3 + h4 * f2;
        h[2] = h0 * r2 + h1 * r1 + h2 * r0 + h3 * f4 + h4 * f3;
        h[3] = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * f4;
        h[4] = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0;
        carry();
    }

    private void carry() {
        long carry = 0;
        for (int i = 0; i < h.length; i++) {
            h[i] += carry;
            carry = h[i] >>> LIMB_BITS;
            h[i] &= LIMB_MASK;
        }
        h[0] += 5 * carry;
        carry = h[0] >>> LIMB_BITS;
        h[0] &= LIMB_MASK;
        h[1] += carry;
    }

    /** Brings h, below 2^130 with proper limbs, into the range 0 to 2^130 - 6. */
    private void subtractModulusIfReached() {
        // h + 5 passes 2^130 exactly when h has reached the modulus.
        long carry = 5;
        for (long limb : h) {
            carry = (limb + carry) >>> LIMB_BITS;
        }
        long addend = 5 * carry;
        for (int i = 0; i < h.length; i++) {
            h[i] += addend;
            addend = h[i] >>> LIMB_BITS;
            h[i] &= LIMB_MASK;
        }
    }

    private void wipe() {
        Arrays.fill(r, 0);
        Arrays.fill(h, 0);
        Arrays.fill(s, 0);
        Arrays.fill(block, (byte) 0);
    }
}
