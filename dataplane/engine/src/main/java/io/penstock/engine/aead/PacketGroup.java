package io.penstock.engine.aead;

import io.penstock.ffm.Memory;
import java.lang.foreign.Arena;
import java.util.Arrays;

/**
 * ChaCha20-Poly1305 (RFC 8439, no additional data) over eight packets side by side, each with its own key and counter.
 *
 * <p>ChaCha20: 32 lanes hold four consecutive blocks of each packet. Poly1305: a packet in each lane, hence no powers of r but the
 * square, and no folding at the end. A group costs the same whether it has one packet or eight. The packets of a group have the
 * same number of whole 64-byte chunks; what is left of each may differ. Owned by one thread; allocates nothing.
 */
final class PacketGroup implements AutoCloseable {
    static final int SIZE = 8;

    /** Bytes of a packet at most: more than any datagram has. */
    static final int MAX_LENGTH = 65_535;

    static final int CHUNK_LENGTH = 64;

    private static final int CHUNK_BITS = 6;
    private static final int BLOCKS_PER_STEP = 4;
    private static final long M26 = (1 << 26) - 1;

    private final VectorKernels kernels;
    private final GroupScratch scratch = new GroupScratch();
    private final int[] w = scratch.ints;
    private final long[] m = scratch.longs;
    private final Arena arena = Arena.ofShared();
    private final long spare = arena.allocate(MAX_LENGTH + 1, 64).address(); // where absent packets are worked on

    private final long[] key = new long[SIZE];
    private final long[] from = new long[SIZE];
    private final long[] to = new long[SIZE];
    private final int[] length = new int[SIZE];
    private long loadedKey; // that all lanes have, or 0

    PacketGroup(VectorKernels kernels) {
        this.kernels = kernels;
    }

    /** Takes packet {@code i} of a batch into the group. */
    void set(int lane, AeadBatch batch, int i) {
        set(lane, batch.key[i], batch.counter[i], batch.source[i], batch.destination[i], batch.length[i]);
    }

    private void set(int lane, long keyAddress, long counter, long source, long destination, int lengthBytes) {
        key[lane] = keyAddress;
        from[lane] = source;
        to[lane] = destination;
        length[lane] = lengthBytes;
        int low = scratch.intLine + GroupScratch.NONCE + GroupScratch.INTS + lane;
        int high = low + GroupScratch.INTS;
        w[low] = (int) counter;
        w[low + SIZE] = (int) counter;
        w[high] = (int) (counter >>> 32);
        w[high + SIZE] = (int) (counter >>> 32);
    }

    /** Seals packets 0 to {@code count - 1}. */
    void seal(int count) {
        run(true, count);
    }

    /** Opens packets 0 to {@code count - 1}; bit i of the result is set if packet i is authentic. */
    int open(int count) {
        return run(false, count);
    }

    /** Overwrites what is left of keys and key stream. After the last group of a batch. */
    void wipe() {
        scratch.wipe();
        loadedKey = 0;
    }

    private int run(boolean isSealing, int count) {
        fillUp(count);
        loadKeys();
        int chunks = length[0] >> CHUNK_BITS;
        int longest = longest();
        int ragged = blocks16(longest - (chunks << CHUNK_BITS));
        int blocks = 1 + ((longest + CHUNK_LENGTH - 1) >> CHUNK_BITS); // the first makes the Poly1305 key
        for (int block = 0; block < blocks; block += BLOCKS_PER_STEP) {
            keystream(block, blocks - block);
            if (block == 0) {
                polyKeys();
            }
            int skipped = block == 0 ? 1 : 0;
            int chunk = block - 1 + skipped;
            int whole = Math.min(BLOCKS_PER_STEP - skipped, chunks - chunk);
            wholeChunks(isSealing, chunk, whole, skipped);
            int last = chunks - chunk + skipped;
            if (ragged > 0 && last >= 0 && last < BLOCKS_PER_STEP) {
                raggedEnds(isSealing, chunks, last);
            }
        }
        closeSums(chunks, ragged);
        return tags(isSealing, count);
    }

    /** Absent packets are zeros under a key of zeros, as long as the first and in memory of our own. */
    private void fillUp(int count) {
        for (int lane = count; lane < SIZE; lane++) {
            set(lane, 0, 0, spare, spare, length[0]);
        }
    }

    private int longest() {
        int longest = 0;
        for (int lane = 0; lane < SIZE; lane++) {
            longest = Math.max(longest, length[lane]);
        }
        return longest;
    }

    private static int blocks16(int lengthBytes) {
        return (lengthBytes + 15) >> 4;
    }

    private void loadKeys() {
        long first = key[0];
        long difference = 0;
        for (int lane = 1; lane < SIZE; lane++) {
            difference |= key[lane] ^ first;
        }
        if (difference != 0) {
            loadedKey = 0;
            for (int lane = 0; lane < SIZE; lane++) {
                loadKey(lane);
            }
        } else if (loadedKey != first) {
            loadKeyOfAll(first);
            loadedKey = first;
        }
    }

    /** Once a batch at most, and so not worth a kernel: one that is rarely used makes garbage for long. */
    private void loadKeyOfAll(long address) {
        int row = scratch.intLine + GroupScratch.KEY;
        for (int i = 0; i < AeadEngine.KEY_LENGTH; i += Integer.BYTES, row += GroupScratch.INTS) {
            Arrays.fill(w, row, row + GroupScratch.INTS, Memory.getInt(address + i));
        }
    }

    private void loadKey(int lane) {
        int at = scratch.intLine + GroupScratch.KEY + lane;
        for (int i = 0; i < AeadEngine.KEY_LENGTH; i += Integer.BYTES, at += GroupScratch.INTS) {
            int word = key[lane] == 0 ? 0 : Memory.getInt(key[lane] + i);
            w[at] = word;
            w[at + SIZE] = word;
        }
    }

    /** The next blocks of all packets, four or, if that is enough, two. */
    private void keystream(int block, int blocksLeft) {
        int line = scratch.intLine;
        int state = line + GroupScratch.STATE;
        int counter = line + GroupScratch.COUNTER;
        int work = line + GroupScratch.WORK;
        int keystream = scratch.longLine + GroupScratch.KEYSTREAM;
        setCounters(counter, block);
        if (blocksLeft <= 2) {
            kernels.rounds16(w, line);
            kernels.finish(w, state, counter, work, m, keystream);
            return;
        }
        int counter2 = line + GroupScratch.COUNTER_2;
        setCounters(counter2, block + 2);
        kernels.rounds32(w, line);
        kernels.finish(w, state, counter, work, m, keystream);
        kernels.finish(w, state, counter2, work + 16 * GroupScratch.INTS, m, keystream + 2 * GroupScratch.LONGS);
    }

    private void setCounters(int row, int block) {
        for (int lane = 0; lane < SIZE; lane++) {
            w[row + lane] = block;
            w[row + lane + SIZE] = block + 1;
        }
    }

    /** r, r squared and the pad of each lane from block 0; h = 0. */
    private void polyKeys() {
        int line = scratch.longLine;
        for (int lane = 0; lane < SIZE; lane++) {
            int block = line + GroupScratch.KEYSTREAM + lane * GroupScratch.STRIDE;
            long low = m[block] & 0x0ffffffc0fffffffL;
            long high = m[block + 1] & 0x0ffffffc0ffffffcL;
            int r = line + GroupScratch.R1 + lane;
            m[r] = low & M26;
            m[r + 8] = low >>> 26 & M26;
            m[r + 16] = (low >>> 52 | high << 12) & M26;
            m[r + 24] = high >>> 14 & M26;
            m[r + 32] = high >>> 40;
            int pad = line + GroupScratch.PAD + lane;
            m[pad] = m[block + 2];
            m[pad + 8] = m[block + 3];
        }
        copyLimbs(line + GroupScratch.R1, line + GroupScratch.H);
        kernels.polyMasked(m, line, line + GroupScratch.ZERO, line + GroupScratch.ONES, 1, 0);
        copyLimbs(line + GroupScratch.H, line + GroupScratch.R2);
        Arrays.fill(m, line + GroupScratch.H, line + GroupScratch.H + 5 * GroupScratch.LONGS, 0);
    }

    private void copyLimbs(int source, int target) {
        System.arraycopy(m, source, m, target, 5 * GroupScratch.LONGS);
    }

    /** Chunks that all packets have: {@code count} from {@code chunk} on, whose key stream is that of the step's block {@code first}. */
    private void wholeChunks(boolean isSealing, int chunk, int count, int first) {
        int line = scratch.longLine;
        int keystream = line + GroupScratch.KEYSTREAM + first * GroupScratch.LONGS;
        int message = line + GroupScratch.MESSAGE;
        long offset = (long) chunk << CHUNK_BITS;
        for (int i = 0; i < count; i++) {
            if (isSealing) {
                kernels.seal(m, keystream, message, from, to, offset);
            } else {
                kernels.open(m, keystream, message, from, to, offset);
            }
            keystream += GroupScratch.LONGS;
            message += 8 * GroupScratch.LONGS;
            offset += CHUNK_LENGTH;
        }
        if (count > 0) {
            kernels.poly(m, line, line + GroupScratch.MESSAGE, 2 * count);
        }
    }

    private void raggedEnds(boolean isSealing, int chunks, int block) {
        for (int lane = 0; lane < SIZE; lane++) {
            raggedEnd(isSealing, lane, chunks << CHUNK_BITS, block);
        }
    }

    /** The last, partial chunk of one packet, padded with zeros for Poly1305. */
    private void raggedEnd(boolean isSealing, int lane, int offset, int block) {
        int left = length[lane] - offset;
        long source = from[lane] + offset;
        long target = to[lane] + offset;
        int line = scratch.longLine;
        int k = line + GroupScratch.KEYSTREAM + lane * GroupScratch.STRIDE + block * GroupScratch.LONGS;
        int at = line + GroupScratch.MESSAGE + lane;
        int words = 0;
        for (; left >= Long.BYTES; left -= Long.BYTES, source += Long.BYTES, target += Long.BYTES, words++) {
            long x = Memory.getLong(source);
            long y = x ^ m[k + words];
            Memory.putLong(target, y);
            m[at + words * GroupScratch.LONGS] = isSealing ? y : x;
        }
        if (left > 0) {
            m[at + words * GroupScratch.LONGS] = lastBytes(isSealing, source, target, left, m[k + words]);
            words++;
        }
        if ((words & 1) != 0) {
            m[at + words * GroupScratch.LONGS] = 0;
        }
    }

    /** XORs fewer than 8 bytes; returns those of the ciphertext. */
    private static long lastBytes(boolean isSealing, long source, long target, int count, long keystream) {
        long bytes = 0;
        int i = 0;
        if (count >= Integer.BYTES) {
            long x = Memory.getInt(source) & 0xffffffffL;
            long y = x ^ (keystream & 0xffffffffL);
            Memory.putInt(target, (int) y);
            bytes = isSealing ? y : x;
            i = Integer.BYTES;
        }
        for (; i < count; i++) {
            long x = Memory.getByte(source + i) & 0xff;
            long y = x ^ ((keystream >>> (8 * i)) & 0xff);
            Memory.putByte(target + i, (byte) y);
            bytes |= (isSealing ? y : x) << (8 * i);
        }
        return bytes;
    }

    /** Adds the ragged blocks, which lie in the message rows, and the block of lengths to the sum of every lane. */
    private void closeSums(int chunks, int ragged) {
        int line = scratch.longLine;
        int message = line + GroupScratch.MESSAGE;
        int lengths = message + 16 * ragged;
        int difference = 0;
        for (int lane = 0; lane < SIZE; lane++) {
            m[lengths + lane] = 0;
            m[lengths + 8 + lane] = length[lane];
            difference |= length[lane] ^ length[0];
        }
        if (difference != 0) {
            closeRagged(chunks, ragged);
            return;
        }
        int pairs = (ragged + 1) >> 1;
        if (pairs > 0) {
            kernels.poly(m, line, message, pairs);
        }
        if ((ragged & 1) == 0) {
            kernels.polyMasked(m, line, lengths, line + GroupScratch.ONES, 1, 1L << 24);
        }
    }

    private void closeRagged(int chunks, int ragged) {
        int line = scratch.longLine;
        int masks = line + GroupScratch.MASKS;
        for (int lane = 0; lane < SIZE; lane++) {
            int mine = blocks16(length[lane] - (chunks << CHUNK_BITS));
            for (int i = 0; i <= ragged; i++) {
                m[masks + GroupScratch.LONGS * i + lane] = i < mine || i == ragged ? -1 : 0;
            }
        }
        kernels.polyMasked(m, line, line + GroupScratch.MESSAGE, masks, ragged + 1, 1L << 24);
    }

    private int tags(boolean isSealing, int count) {
        int authentic = 0;
        for (int lane = 0; lane < count; lane++) {
            authentic |= tag(isSealing, lane) << lane;
        }
        return authentic;
    }

    /** Reduces one lane and adds the pad; writes the tag, or compares it without a branch: 1 if it is equal, else 0. */
    private int tag(boolean isSealing, int lane) {
        int h = scratch.longLine + GroupScratch.H + lane;
        long h0 = m[h];
        long h1 = m[h + 8];
        long h2 = m[h + 16];
        long h3 = m[h + 24];
        long h4 = m[h + 32];
        for (int i = 0; i < 2; i++) { // the second pass makes every limb 26 bits wide
            h2 += h1 >>> 26;
            h1 &= M26;
            h3 += h2 >>> 26;
            h2 &= M26;
            h4 += h3 >>> 26;
            h3 &= M26;
            h0 += 5 * (h4 >>> 26);
            h4 &= M26;
            h1 += h0 >>> 26;
            h0 &= M26;
        }
        long g0 = h0 + 5;
        long g1 = h1 + (g0 >>> 26);
        long g2 = h2 + (g1 >>> 26);
        long g3 = h3 + (g2 >>> 26);
        long g4 = h4 + (g3 >>> 26) - (1 << 26);
        long isReduced = g4 >> 63; // all ones if h < 2^130 - 5
        h0 = (h0 & isReduced) | (g0 & M26 & ~isReduced);
        h1 = (h1 & isReduced) | (g1 & M26 & ~isReduced);
        h2 = (h2 & isReduced) | (g2 & M26 & ~isReduced);
        h3 = (h3 & isReduced) | (g3 & M26 & ~isReduced);
        h4 = (h4 & isReduced) | (g4 & ~isReduced);
        int pad = scratch.longLine + GroupScratch.PAD + lane;
        long sum = h0 | h1 << 26 | h2 << 52;
        long low = sum + m[pad];
        long carry = ((sum & m[pad]) | ((sum | m[pad]) & ~low)) >>> 63;
        long high = (h2 >>> 12 | h3 << 14 | h4 << 40) + m[pad + 8] + carry;
        long at = (isSealing ? to[lane] : from[lane]) + length[lane];
        if (isSealing) {
            Memory.putLong(at, low);
            Memory.putLong(at + Long.BYTES, high);
            return 1;
        }
        long difference = (Memory.getLong(at) ^ low) | (Memory.getLong(at + Long.BYTES) ^ high);
        return (int) ((difference | -difference) >>> 63 ^ 1);
    }

    @Override
    public void close() {
        wipe();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
