package io.penstock.engine.aead;

import io.penstock.ffm.crypto.LibCrypto;
import io.penstock.ffm.crypto.Library;
import java.lang.foreign.Arena;

/**
 * OpenSSL's libcrypto by its EVP calls, four downcalls per packet. A context keeps the key of the last packet, in libcrypto's own
 * memory until the next key or {@link #close}; the key is set at the start of a batch and where it changes.
 */
final class LibCryptoEngine implements AeadEngine {
    static final String NAME = "libcrypto";

    private static final int NONCE_OFFSET = 0;
    private static final int LENGTH_OFFSET = 16; // an int that the calls want to write
    private static final int FINAL_OFFSET = 32; // what the final calls would write: nothing for this cipher
    private static final int SCRATCH_LENGTH = 64;

    private final LibCrypto library;
    private final long sealing;
    private final long opening;
    private final Arena arena = Arena.ofShared();
    private final long nonce;
    private final long outLength;
    private final long outFinal;

    LibCryptoEngine() throws EngineUnavailableException {
        library = switch (LibCrypto.find()) {
            case Library.Present<LibCrypto> present -> present.library();
            case Library.Absent<LibCrypto> absent -> throw new EngineUnavailableException(absent.reason());
        };
        sealing = library.evpCipherCtxNew();
        opening = library.evpCipherCtxNew();
        long scratch = arena.allocate(SCRATCH_LENGTH, 16).address();
        nonce = scratch + NONCE_OFFSET;
        outLength = scratch + LENGTH_OFFSET;
        outFinal = scratch + FINAL_OFFSET;
        if (sealing == 0
                || opening == 0
                || library.evpEncryptInitEx(sealing, library.chacha20Poly1305(), 0, 0, 0) != 1
                || library.evpDecryptInitEx(opening, library.chacha20Poly1305(), 0, 0, 0) != 1) {
            close();
            throw new EngineUnavailableException("libcrypto refuses ChaCha20-Poly1305");
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe() {
        long version = library.opensslVersionNum();
        return "%s %d.%d.%d".formatted(NAME, version >>> 28 & 0xf, version >>> 20 & 0xff, version >>> 4 & 0xff);
    }

    @Override
    public void seal(AeadBatch batch) {
        long lastKey = 0;
        for (int i = 0; i < batch.count; i++) {
            long key = batch.key[i];
            long destination = batch.destination[i];
            int length = batch.length[i];
            Nonce.putCounter(nonce, batch.counter[i]);
            check(library.evpEncryptInitEx(sealing, 0, 0, key == lastKey ? 0 : key, nonce));
            lastKey = key;
            if (length > 0) {
                check(library.evpEncryptUpdate(sealing, destination, outLength, batch.source[i], length));
            }
            check(library.evpEncryptFinalEx(sealing, outFinal, outLength));
            check(library.evpCipherCtxCtrl(sealing, LibCrypto.EVP_CTRL_AEAD_GET_TAG, TAG_LENGTH, destination + length));
        }
    }

    @Override
    public long open(AeadBatch batch) {
        long authentic = 0;
        long lastKey = 0;
        for (int i = 0; i < batch.count; i++) {
            long key = batch.key[i];
            long source = batch.source[i];
            int length = batch.length[i];
            Nonce.putCounter(nonce, batch.counter[i]);
            check(library.evpDecryptInitEx(opening, 0, 0, key == lastKey ? 0 : key, nonce));
            lastKey = key;
            check(library.evpCipherCtxCtrl(opening, LibCrypto.EVP_CTRL_AEAD_SET_TAG, TAG_LENGTH, source + length));
            if (length > 0) {
                check(library.evpDecryptUpdate(opening, batch.destination[i], outLength, source, length));
            }
            if (library.evpDecryptFinalEx(opening, outFinal, outLength) == 1) {
                authentic |= 1L << i;
            }
        }
        return authentic;
    }

    private static void check(int result) {
        if (result != 1) {
            throw new IllegalStateException("a call of libcrypto failed");
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            library.evpCipherCtxFree(sealing); // freeing wipes the key schedule
            library.evpCipherCtxFree(opening);
            arena.close();
        }
    }
}
