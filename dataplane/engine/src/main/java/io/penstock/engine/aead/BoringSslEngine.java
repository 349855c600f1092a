package io.penstock.engine.aead;

import io.penstock.ffm.crypto.BoringSsl;
import io.penstock.ffm.crypto.Library;
import java.lang.foreign.Arena;

/**
 * BoringSSL's one-call AEAD, one downcall per packet and two for each change of the key. The library's context would outlive a key
 * that is released, or mistake a new one at its address for it; so it gets the key at the start of a batch and where it
 * changes, which costs no more than a copy, and zeros at the end of the batch: nothing of a key stays.
 */
final class BoringSslEngine implements AeadEngine {
    static final String NAME = "boringssl";

    private static final int NONCE_OFFSET = 0;
    private static final int LENGTH_OFFSET = 16; // a size_t that the calls want to write
    private static final int ZERO_KEY_OFFSET = 32;
    private static final int SCRATCH_LENGTH = 64;

    private final BoringSsl library;
    private final long context;
    private final Arena arena = Arena.ofShared();
    private final long nonce;
    private final long outLength;
    private final long zeroKey;

    BoringSslEngine() throws EngineUnavailableException {
        library = switch (BoringSsl.find()) {
            case Library.Present<BoringSsl> present -> present.library();
            case Library.Absent<BoringSsl> absent -> throw new EngineUnavailableException(absent.reason());
        };
        long scratch = arena.allocate(SCRATCH_LENGTH, 16).address();
        nonce = scratch + NONCE_OFFSET;
        outLength = scratch + LENGTH_OFFSET;
        zeroKey = scratch + ZERO_KEY_OFFSET;
        context = library.evpAeadCtxNew(library.chacha20Poly1305(), zeroKey, KEY_LENGTH, TAG_LENGTH);
        if (context == 0) {
            arena.close();
            throw new EngineUnavailableException("BoringSSL gives no context for ChaCha20-Poly1305");
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe() {
        return NAME + " (" + library.path() + ")";
    }

    @Override
    public void seal(AeadBatch batch) {
        long lastKey = 0;
        for (int i = 0; i < batch.count; i++) {
            lastKey = useKey(batch.key[i], lastKey);
            int length = batch.length[i];
            Nonce.putCounter(nonce, batch.counter[i]);
            check(library.evpAeadCtxSeal(
                    context,
                    batch.destination[i],
                    outLength,
                    length + TAG_LENGTH,
                    nonce,
                    Nonce.LENGTH,
                    batch.source[i],
                    length,
                    0,
                    0));
        }
        setKey(zeroKey);
    }

    @Override
    public long open(AeadBatch batch) {
        long authentic = 0;
        long lastKey = 0;
        for (int i = 0; i < batch.count; i++) {
            lastKey = useKey(batch.key[i], lastKey);
            int length = batch.length[i];
            Nonce.putCounter(nonce, batch.counter[i]);
            long isAuthentic = library.evpAeadCtxOpen(
                    context,
                    batch.destination[i],
                    outLength,
                    length,
                    nonce,
                    Nonce.LENGTH,
                    batch.source[i],
                    length + TAG_LENGTH,
                    0,
                    0);
            authentic |= isAuthentic << i;
        }
        setKey(zeroKey);
        return authentic;
    }

    private long useKey(long key, long lastKey) {
        if (key != lastKey) {
            setKey(key);
        }
        return key;
    }

    private void setKey(long key) {
        library.evpAeadCtxCleanup(context);
        check(library.evpAeadCtxInit(context, library.chacha20Poly1305(), key, KEY_LENGTH, TAG_LENGTH, 0));
    }

    private static void check(int result) {
        if (result != 1) {
            throw new IllegalStateException("a call of BoringSSL failed");
        }
    }

    /** For tests: where the library keeps the key. */
    long context() {
        return context;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            library.evpAeadCtxFree(context); // freeing wipes
            arena.close();
        }
    }
}
