package io.penstock.wireguard.noise;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.agrona.DirectBuffer;

/**
 * BLAKE2s, RFC 7693, unkeyed and keyed, with a digest of 1 to 32 bytes. One object hashes one message after another without
 * allocating, and holds nothing of a message once {@link #finish} has returned.
 */
public final class Blake2s {
    public static final int MAX_DIGEST_LENGTH = 32;
    public static final int BLOCK_LENGTH = 64;

    private static final int ROUNDS = 10;
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int[] IV = {
        0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19
    };

    private static final byte[][] SIGMA = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
        {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
        {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
        {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
        {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
        {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
        {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
        {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
        {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    };

    private final int[] h = new int[8];
    private final int[] v = new int[16];
    private final int[] m = new int[16];
    private final byte[] block = new byte[BLOCK_LENGTH];
    private int blockLength;
    private long compressed;
    private int digestLength;

    /** Begins an unkeyed hash. */
    public Blake2s start(int digestLengthBytes) {
        return start(digestLengthBytes, block, 0, 0);
    }

    /** Begins a keyed hash; the key has 1 to 32 bytes. The digest length is a parameter of the function, not a truncation. */
    public Blake2s start(int digestLengthBytes, byte[] key) {
        if (key.length == 0) {
            throw new IllegalArgumentException("empty key");
        }
        return start(digestLengthBytes, key, 0, key.length);
    }

    private Blake2s start(int digestLengthBytes, byte[] key, int keyOffset, int keyLength) {
        if (digestLengthBytes < 1 || digestLengthBytes > MAX_DIGEST_LENGTH || keyLength > MAX_DIGEST_LENGTH) {
            throw new IllegalArgumentException("digest or key length");
        }
        digestLength = digestLengthBytes;
        System.arraycopy(IV, 0, h, 0, h.length);
        h[0] ^= 0x01010000 | (keyLength << 8) | digestLengthBytes; // depth 1, fan-out 1
        blockLength = 0;
        compressed = 0;
        Arrays.fill(block, (byte) 0);
        if (keyLength > 0) {
            System.arraycopy(key, keyOffset, block, 0, keyLength);
            blockLength = BLOCK_LENGTH;
        }
        return this;
    }

    public Blake2s update(byte[] input) {
        return update(input, 0, input.length);
    }

    public Blake2s update(byte[] input, int offset, int length) {
        int done = 0;
        while (done < length) {
            int part = room(length - done);
            System.arraycopy(input, offset + done, block, blockLength, part);
            blockLength += part;
            done += part;
        }
        return this;
    }

    public Blake2s update(DirectBuffer input, int offset, int length) {
        int done = 0;
        while (done < length) {
            int part = room(length - done);
            input.getBytes(offset + done, block, blockLength, part);
            blockLength += part;
            done += part;
        }
        return this;
    }

    public Blake2s update(byte input) {
        room(1);
        block[blockLength++] = input;
        return this;
    }

    /** Writes the digest and wipes the state. */
    public void finish(byte[] digest, int offset) {
        Arrays.fill(block, blockLength, BLOCK_LENGTH, (byte) 0);
        compress(blockLength, -1);
        // The words are laid out in the block first: a digest need not be a whole number of words.
        for (int i = 0; i < h.length; i++) {
            INTS.set(block, i * Integer.BYTES, h[i]);
        }
        System.arraycopy(block, 0, digest, offset, digestLength);
        wipe();
    }

    /** Makes room for up to {@code wanted} bytes in the block; the last full block waits for {@link #finish}. */
    private int room(int wanted) {
        if (blockLength == BLOCK_LENGTH) {
            compress(BLOCK_LENGTH, 0);
            blockLength = 0;
        }
        return Math.min(wanted, BLOCK_LENGTH - blockLength);
    }

    private void compress(int bytes, int lastBlock) {
        compressed += bytes;
        for (int i = 0; i < m.length; i++) {
            m[i] = (int) INTS.get(block, i * Integer.BYTES);
        }
        System.arraycopy(h, 0, v, 0, 8);
        System.arraycopy(IV, 0, v, 8, 8);
        v[12] ^= (int) compressed;
        v[13] ^= (int) (compressed >>> 32);
        v[14] ^= lastBlock;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] s = SIGMA[round];
            mix(0, 4, 8, 12, m[s[0]], m[s[1]]);
            mix(1, 5, 9, 13, m[s[2]], m[s[3]]);
            mix(2, 6, 10, 14, m[s[4]], m[s[5]]);
            mix(3, 7, 11, 15, m[s[6]], m[s[7]]);
            mix(0, 5, 10, 15, m[s[8]], m[s[9]]);
            mix(1, 6, 11, 12, m[s[10]], m[s[11]]);
            mix(2, 7, 8, 13, m[s[12]], m[s[13]]);
            mix(3, 4, 9, 14, m[s[14]], m[s[15]]);
        }
        for (int i = 0; i < h.length; i++) {
            h[i] ^= v[i] ^ v[i + 8];
        }
    }

    private void mix(int a, int b, int c, int d, int x, int y) {
        int va = v[a] + v[b] + x;
        int vd = Integer.rotateRight(v[d] ^ va, 16);
        int vc = v[c] + vd;
        int vb = Integer.rotateRight(v[b] ^ vc, 12);
        va += vb + y;
        vd = Integer.rotateRight(vd ^ va, 8);
        vc += vd;
        v[a] = va;
        v[b] = Integer.rotateRight(vb ^ vc, 7);
        v[c] = vc;
        v[d] = vd;
    }

    private void wipe() {
        Arrays.fill(h, 0);
        Arrays.fill(v, 0);
        Arrays.fill(m, 0);
        Arrays.fill(block, (byte) 0);
        blockLength = 0;
    }
}
