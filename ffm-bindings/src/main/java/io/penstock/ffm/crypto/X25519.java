package io.penstock.ffm.crypto;

import io.penstock.ffm.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * X25519 by libcrypto. One instance per thread: it owns a small native buffer, wiped after each use.
 */
public final class X25519 {
    public static final int KEY_LENGTH = 32;

    private static final int PRIVATE_OFFSET = 0;
    private static final int PUBLIC_OFFSET = 32;
    private static final int SHARED_OFFSET = 64;
    private static final int LENGTH_OFFSET = 96;
    private static final int BUFFER_LENGTH = 104;

    private final LibCrypto crypto;
    private final MemorySegment segment = Arena.ofAuto().allocate(BUFFER_LENGTH, 8);
    private final long buffer = segment.address();

    public X25519(LibCrypto crypto) {
        this.crypto = crypto;
    }

    /**
     * Computes the shared secret, 32 bytes each.
     *
     * @return false if it is all zero (the public key is of low order); the secret is not written then
     */
    public boolean agree(byte[] privateKey, byte[] publicKey, byte[] sharedSecret) {
        Memory.copy(privateKey, 0, buffer + PRIVATE_OFFSET, KEY_LENGTH);
        Memory.copy(publicKey, 0, buffer + PUBLIC_OFFSET, KEY_LENGTH);
        long own = crypto.evpPkeyNewRawPrivateKey(LibCrypto.EVP_PKEY_X25519, 0, buffer + PRIVATE_OFFSET, KEY_LENGTH);
        long peer = crypto.evpPkeyNewRawPublicKey(LibCrypto.EVP_PKEY_X25519, 0, buffer + PUBLIC_OFFSET, KEY_LENGTH);
        long ctx = crypto.evpPkeyCtxNew(own, 0);
        try {
            if (own == 0 || peer == 0 || ctx == 0) {
                throw new IllegalStateException("libcrypto refuses X25519");
            }
            Memory.putLong(buffer + LENGTH_OFFSET, KEY_LENGTH);
            if (crypto.evpPkeyDeriveInit(ctx) != 1
                    || crypto.evpPkeyDeriveSetPeer(ctx, peer) != 1
                    || crypto.evpPkeyDerive(ctx, buffer + SHARED_OFFSET, buffer + LENGTH_OFFSET) != 1
                    || isZero(buffer + SHARED_OFFSET)) {
                crypto.errClearError();
                return false;
            }
            Memory.copy(buffer + SHARED_OFFSET, sharedSecret, 0, KEY_LENGTH);
            return true;
        } finally {
            crypto.evpPkeyCtxFree(ctx);
            crypto.evpPkeyFree(peer);
            crypto.evpPkeyFree(own);
            segment.fill((byte) 0);
        }
    }

    /** Computes the public key of a private key, 32 bytes each; clamping is part of it. */
    public void publicKey(byte[] privateKey, byte[] publicKey) {
        Memory.copy(privateKey, 0, buffer + PRIVATE_OFFSET, KEY_LENGTH);
        long own = crypto.evpPkeyNewRawPrivateKey(LibCrypto.EVP_PKEY_X25519, 0, buffer + PRIVATE_OFFSET, KEY_LENGTH);
        try {
            Memory.putLong(buffer + LENGTH_OFFSET, KEY_LENGTH);
            if (own == 0 || crypto.evpPkeyGetRawPublicKey(own, buffer + PUBLIC_OFFSET, buffer + LENGTH_OFFSET) != 1) {
                throw new IllegalStateException("libcrypto refuses X25519");
            }
            Memory.copy(buffer + PUBLIC_OFFSET, publicKey, 0, KEY_LENGTH);
        } finally {
            crypto.evpPkeyFree(own);
            segment.fill((byte) 0);
        }
    }

    private static boolean isZero(long address) {
        return (Memory.getLong(address)
                        | Memory.getLong(address + 8)
                        | Memory.getLong(address + 16)
                        | Memory.getLong(address + 24))
                == 0;
    }
}
