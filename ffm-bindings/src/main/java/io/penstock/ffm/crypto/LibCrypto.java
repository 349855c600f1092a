package io.penstock.ffm.crypto;

import io.penstock.ffm.NativeLibrary;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;

/**
 * OpenSSL 3's libcrypto: ChaCha20-Poly1305 and X25519, raw. Stateless; any thread, but contexts and keys belong to one.
 *
 * <p>Functions of C's {@code int} return 1 for success unless said; addresses are 0 on failure. A failure leaves entries in the
 * error queue of the thread: {@link #errClearError}.
 */
public final class LibCrypto {
    public static final int EVP_CTRL_AEAD_SET_IVLEN = 0x9;
    public static final int EVP_CTRL_AEAD_GET_TAG = 0x10;
    public static final int EVP_CTRL_AEAD_SET_TAG = 0x11;
    public static final int EVP_PKEY_X25519 = 1034;

    private static final String FILE = "libcrypto.so.3";

    private static final String[] SYMBOLS = {
        "OpenSSL_version_num",
        "EVP_CIPHER_fetch",
        "EVP_CIPHER_CTX_new",
        "EVP_CIPHER_CTX_free",
        "EVP_CIPHER_CTX_reset",
        "EVP_EncryptInit_ex",
        "EVP_EncryptUpdate",
        "EVP_EncryptFinal_ex",
        "EVP_DecryptInit_ex",
        "EVP_DecryptUpdate",
        "EVP_DecryptFinal_ex",
        "EVP_CIPHER_CTX_ctrl",
        "EVP_PKEY_new_raw_private_key",
        "EVP_PKEY_new_raw_public_key",
        "EVP_PKEY_get_raw_public_key",
        "EVP_PKEY_free",
        "EVP_PKEY_CTX_new",
        "EVP_PKEY_CTX_free",
        "EVP_PKEY_derive_init",
        "EVP_PKEY_derive_set_peer",
        "EVP_PKEY_derive",
        "ERR_get_error",
        "ERR_clear_error",
    };

    private final long chacha20Poly1305;

    private LibCrypto(long chacha20Poly1305) {
        this.chacha20Poly1305 = chacha20Poly1305;
    }

    /** Loads the library at the first call. */
    public static Library<LibCrypto> find() {
        return Holder.FOUND;
    }

    /** {@code OpenSSL_version_num}: 0xMNN00PP0 of major, minor and patch. */
    public long opensslVersionNum() {
        return call(Setup.VERSION, 0, 0, 0, 0, 0);
    }

    /** The cipher to name in {@link #evpEncryptInitEx}; lasts for ever. */
    public long chacha20Poly1305() {
        return chacha20Poly1305;
    }

    /** Address of a new context, 0 without memory; one thread and one key at a time. */
    public long evpCipherCtxNew() {
        return call(Setup.EVP_CIPHER_CTX_NEW, 0, 0, 0, 0, 0);
    }

    public void evpCipherCtxFree(long ctx) {
        call(Setup.EVP_CIPHER_CTX_FREE, ctx, 0, 0, 0, 0);
    }

    /** Wipes the key schedule, keeps the context. */
    public int evpCipherCtxReset(long ctx) {
        return (int) call(Setup.EVP_CIPHER_CTX_RESET, ctx, 0, 0, 0, 0);
    }

    /** What is 0 stays as it was: a new nonce under the same key is {@code (ctx, 0, 0, 0, iv)}. */
    public int evpEncryptInitEx(long ctx, long cipher, long engine, long key, long iv) {
        return (int) call(Packet.EVP_ENCRYPTINIT_EX, ctx, cipher, engine, key, iv);
    }

    /** {@code outLength} is the address of an int. */
    public int evpEncryptUpdate(long ctx, long out, long outLength, long in, int inLength) {
        return (int) call(Packet.EVP_ENCRYPTUPDATE, ctx, out, outLength, in, inLength);
    }

    public int evpEncryptFinalEx(long ctx, long out, long outLength) {
        return (int) call(Packet.EVP_ENCRYPTFINAL_EX, ctx, out, outLength, 0, 0);
    }

    /** As {@link #evpEncryptInitEx}. */
    public int evpDecryptInitEx(long ctx, long cipher, long engine, long key, long iv) {
        return (int) call(Packet.EVP_DECRYPTINIT_EX, ctx, cipher, engine, key, iv);
    }

    /** {@code outLength} is the address of an int. */
    public int evpDecryptUpdate(long ctx, long out, long outLength, long in, int inLength) {
        return (int) call(Packet.EVP_DECRYPTUPDATE, ctx, out, outLength, in, inLength);
    }

    /** 0 if the tag is wrong. */
    public int evpDecryptFinalEx(long ctx, long out, long outLength) {
        return (int) call(Packet.EVP_DECRYPTFINAL_EX, ctx, out, outLength, 0, 0);
    }

    public int evpCipherCtxCtrl(long ctx, int type, int argument, long pointer) {
        return (int) call(Packet.EVP_CIPHER_CTX_CTRL, ctx, type, argument, pointer, 0);
    }

    /** Address of a key that the caller frees, or 0. */
    public long evpPkeyNewRawPrivateKey(int type, long engine, long key, long length) {
        return call(Setup.EVP_PKEY_NEW_RAW_PRIVATE_KEY, type, engine, key, length, 0);
    }

    /** Address of a key that the caller frees, or 0. */
    public long evpPkeyNewRawPublicKey(int type, long engine, long key, long length) {
        return call(Setup.EVP_PKEY_NEW_RAW_PUBLIC_KEY, type, engine, key, length, 0);
    }

    /** {@code lengthAddress} holds a size_t, the room before and the length after. */
    public int evpPkeyGetRawPublicKey(long pkey, long out, long lengthAddress) {
        return (int) call(Setup.EVP_PKEY_GET_RAW_PUBLIC_KEY, pkey, out, lengthAddress, 0, 0);
    }

    public void evpPkeyFree(long pkey) {
        call(Setup.EVP_PKEY_FREE, pkey, 0, 0, 0, 0);
    }

    public long evpPkeyCtxNew(long pkey, long engine) {
        return call(Setup.EVP_PKEY_CTX_NEW, pkey, engine, 0, 0, 0);
    }

    public void evpPkeyCtxFree(long ctx) {
        call(Setup.EVP_PKEY_CTX_FREE, ctx, 0, 0, 0, 0);
    }

    public int evpPkeyDeriveInit(long ctx) {
        return (int) call(Setup.EVP_PKEY_DERIVE_INIT, ctx, 0, 0, 0, 0);
    }

    public int evpPkeyDeriveSetPeer(long ctx, long peer) {
        return (int) call(Setup.EVP_PKEY_DERIVE_SET_PEER, ctx, peer, 0, 0, 0);
    }

    /** Fails when the shared secret is all zero. */
    public int evpPkeyDerive(long ctx, long out, long lengthAddress) {
        return (int) call(Setup.EVP_PKEY_DERIVE, ctx, out, lengthAddress, 0, 0);
    }

    /** Takes the oldest error of this thread's queue, 0 if there is none. */
    public long errGetError() {
        return call(Setup.ERR_GET_ERROR, 0, 0, 0, 0, 0);
    }

    /** Empties this thread's queue of errors, which otherwise grows with every failure. */
    public void errClearError() {
        call(Setup.ERR_CLEAR_ERROR, 0, 0, 0, 0, 0);
    }

    private static long call(MethodHandle symbol, long a, long b, long c, long d, long e) {
        try {
            return (long) symbol.invokeExact(a, b, c, d, e, 0L);
        } catch (Throwable t) {
            throw new AssertionError(t); // a downcall throws only if its binding is wrong
        }
    }

    private static Library<LibCrypto> load() {
        NativeLibrary library = NativeLibrary.find(FILE);
        if (library == null) {
            return new Library.Absent<>(FILE + " not found (package libssl3)");
        }
        for (String symbol : SYMBOLS) {
            if (!library.has(symbol)) {
                return new Library.Absent<>(FILE + " has no " + symbol);
            }
        }
        try (Arena arena = Arena.ofConfined()) {
            long cipher = call(
                    Setup.EVP_CIPHER_FETCH,
                    0,
                    arena.allocateFrom("ChaCha20-Poly1305").address(),
                    0,
                    0,
                    0);
            if (cipher == 0) {
                call(Setup.ERR_CLEAR_ERROR, 0, 0, 0, 0, 0);
                return new Library.Absent<>(FILE + " offers no ChaCha20-Poly1305 (FIPS mode?)");
            }
            return new Library.Present<>(new LibCrypto(cipher));
        }
    }

    private static final class Holder {
        static final Library<LibCrypto> FOUND = load();
    }

    /** Plain calls: they may read configuration, take locks or run for microseconds. */
    private static final class Setup {
        private static final NativeLibrary LIBRARY = NativeLibrary.get(FILE);
        static final MethodHandle VERSION = LIBRARY.bindPlain("OpenSSL_version_num");
        static final MethodHandle EVP_CIPHER_FETCH = LIBRARY.bindPlain("EVP_CIPHER_fetch");
        static final MethodHandle EVP_CIPHER_CTX_NEW = LIBRARY.bindPlain("EVP_CIPHER_CTX_new");
        static final MethodHandle EVP_CIPHER_CTX_FREE = LIBRARY.bindPlain("EVP_CIPHER_CTX_free");
        static final MethodHandle EVP_CIPHER_CTX_RESET = LIBRARY.bindPlain("EVP_CIPHER_CTX_reset");
        static final MethodHandle EVP_PKEY_NEW_RAW_PRIVATE_KEY = LIBRARY.bindPlain("EVP_PKEY_new_raw_private_key");
        static final MethodHandle EVP_PKEY_NEW_RAW_PUBLIC_KEY = LIBRARY.bindPlain("EVP_PKEY_new_raw_public_key");
        static final MethodHandle EVP_PKEY_GET_RAW_PUBLIC_KEY = LIBRARY.bindPlain("EVP_PKEY_get_raw_public_key");
        static final MethodHandle EVP_PKEY_FREE = LIBRARY.bindPlain("EVP_PKEY_free");
        static final MethodHandle EVP_PKEY_CTX_NEW = LIBRARY.bindPlain("EVP_PKEY_CTX_new");
        static final MethodHandle EVP_PKEY_CTX_FREE = LIBRARY.bindPlain("EVP_PKEY_CTX_free");
        static final MethodHandle EVP_PKEY_DERIVE_INIT = LIBRARY.bindPlain("EVP_PKEY_derive_init");
        static final MethodHandle EVP_PKEY_DERIVE_SET_PEER = LIBRARY.bindPlain("EVP_PKEY_derive_set_peer");
        static final MethodHandle EVP_PKEY_DERIVE = LIBRARY.bindPlain("EVP_PKEY_derive");
        static final MethodHandle ERR_GET_ERROR = LIBRARY.bindPlain("ERR_get_error");
        static final MethodHandle ERR_CLEAR_ERROR = LIBRARY.bindPlain("ERR_clear_error");
    }

    /** Critical calls: short, and on the packet path. */
    private static final class Packet {
        private static final NativeLibrary LIBRARY = NativeLibrary.get(FILE);
        static final MethodHandle EVP_ENCRYPTINIT_EX = LIBRARY.bindCritical("EVP_EncryptInit_ex");
        static final MethodHandle EVP_ENCRYPTUPDATE = LIBRARY.bindCritical("EVP_EncryptUpdate");
        static final MethodHandle EVP_ENCRYPTFINAL_EX = LIBRARY.bindCritical("EVP_EncryptFinal_ex");
        static final MethodHandle EVP_DECRYPTINIT_EX = LIBRARY.bindCritical("EVP_DecryptInit_ex");
        static final MethodHandle EVP_DECRYPTUPDATE = LIBRARY.bindCritical("EVP_DecryptUpdate");
        static final MethodHandle EVP_DECRYPTFINAL_EX = LIBRARY.bindCritical("EVP_DecryptFinal_ex");
        static final MethodHandle EVP_CIPHER_CTX_CTRL = LIBRARY.bindCritical("EVP_CIPHER_CTX_ctrl");
    }
}
