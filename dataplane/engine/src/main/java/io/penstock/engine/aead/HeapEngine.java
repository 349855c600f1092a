package io.penstock.engine.aead;

import io.penstock.ffm.Memory;
import java.util.Arrays;

/**
 * What the two pure Java engines share: packets travel through byte arrays, one at a time. They allocate for each packet and hold
 * copies of keys on the heap, and are the last resort where no native library is found.
 */
abstract class HeapEngine implements AeadEngine {
    private static final int USUAL_LENGTH = 2048;

    private final byte[] key = new byte[KEY_LENGTH];
    private final byte[] nonce = new byte[Nonce.LENGTH];
    private byte[] input = new byte[USUAL_LENGTH];
    private byte[] output = new byte[USUAL_LENGTH];

    /** Seals or opens {@code length} bytes of {@code input}; returns the bytes written, or -1 if the tag is wrong. */
    abstract int process(
            boolean isSealing, byte[] key, boolean isNewKey, byte[] nonce, byte[] input, int length, byte[] output);

    @Override
    public final void seal(AeadBatch batch) {
        for (int i = 0; i < batch.count; i++) {
            if (run(true, batch, i, batch.length[i]) < 0) {
                throw new IllegalStateException(name() + " did not seal a packet");
            }
        }
    }

    @Override
    public final long open(AeadBatch batch) {
        long authentic = 0;
        for (int i = 0; i < batch.count; i++) {
            if (run(false, batch, i, batch.length[i] + TAG_LENGTH) >= 0) {
                authentic |= 1L << i;
            }
        }
        return authentic;
    }

    private int run(boolean isSealing, AeadBatch batch, int i, int length) {
        if (length + TAG_LENGTH > output.length) {
            input = new byte[length + TAG_LENGTH];
            output = new byte[length + TAG_LENGTH];
        }
        boolean isNewKey = i == 0 || batch.key[i] != batch.key[i - 1];
        if (isNewKey) {
            Memory.copy(batch.key[i], key, 0, KEY_LENGTH);
        }
        Nonce.putCounter(nonce, batch.counter[i]);
        Memory.copy(batch.source[i], input, 0, length);
        int written = process(isSealing, key, isNewKey, nonce, input, length, output);
        if (written > 0) {
            Memory.copy(output, 0, batch.destination[i], written);
        }
        return written;
    }

    @Override
    public void close() {
        Arrays.fill(key, (byte) 0);
        Arrays.fill(input, (byte) 0);
        Arrays.fill(output, (byte) 0);
    }
}
