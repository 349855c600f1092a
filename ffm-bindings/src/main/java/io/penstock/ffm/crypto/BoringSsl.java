package io.penstock.ffm.crypto;

import io.penstock.ffm.NativeLibrary;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * BoringSSL's libcrypto: ChaCha20-Poly1305 by its {@code EVP_AEAD} calls, raw. Stateless; any thread, but contexts belong to one.
 *
 * <p>Distributions keep the library in a folder of its own, since many of its symbols have OpenSSL's names. It is opened by its path
 * and its symbols stay private to it, so both libraries can be in one process.
 *
 * <p>Functions of C's {@code int} return 1 for success. A failure leaves an entry in a queue of the thread, which holds 16 of them
 * and then forgets the oldest.
 */
public final class BoringSsl {
    private static final String FILE = "/usr/lib/"
            + System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu/android/libcrypto.so.0";

    private static final String[] SYMBOLS = {
        "EVP_aead_chacha20_poly1305",
        "EVP_AEAD_CTX_new",
        "EVP_AEAD_CTX_free",
        "EVP_AEAD_CTX_init",
        "EVP_AEAD_CTX_cleanup",
        "EVP_AEAD_CTX_seal",
        "EVP_AEAD_CTX_open",
    };

    private final long chacha20Poly1305;

    private BoringSsl(long chacha20Poly1305) {
        this.chacha20Poly1305 = chacha20Poly1305;
    }

    /** Loads the library at the first call. */
    public static Library<BoringSsl> find() {
        return Holder.FOUND;
    }

    /** The algorithm to name in {@link #evpAeadCtxInit}; lasts for ever. */
    public long chacha20Poly1305() {
        return chacha20Poly1305;
    }

    /** Where the library was found. */
    public String path() {
        return FILE;
    }

    /** Address of a new context, 0 without memory; one thread and one key at a time. */
    public long evpAeadCtxNew(long aead, long key, long keyLength, long tagLength) {
        return call(Packet.EVP_AEAD_CTX_NEW, aead, key, keyLength, tagLength, 0, 0);
    }

    public void evpAeadCtxFree(long ctx) {
        call(Packet.EVP_AEAD_CTX_FREE, ctx, 0, 0, 0, 0, 0);
    }

    /** Sets the key of a context that is new to the library or was {@link #evpAeadCtxCleanup cleaned up}. */
    public int evpAeadCtxInit(long ctx, long aead, long key, long keyLength, long tagLength, long engine) {
        return (int) call(Packet.EVP_AEAD_CTX_INIT, ctx, aead, key, keyLength, tagLength, engine);
    }

    /** Frees what a context refers to, not the context; the bytes of the key stay in it. */
    public void evpAeadCtxCleanup(long ctx) {
        call(Packet.EVP_AEAD_CTX_CLEANUP, ctx, 0, 0, 0, 0, 0);
    }

    /** Writes ciphertext and tag; {@code outLength} is the address of a size_t. */
    public int evpAeadCtxSeal(
            long ctx,
            long out,
            long outLength,
            long maxOutLength,
            long nonce,
            long nonceLength,
            long in,
            long inLength,
            long ad,
            long adLength) {
        return (int) call(
                Packet.EVP_AEAD_CTX_SEAL,
                ctx,
                out,
                outLength,
                maxOutLength,
                nonce,
                nonceLength,
                in,
                inLength,
                ad,
                adLength);
    }

    /** {@code in} includes the tag. If that is wrong: 0, and zeros in all of {@code maxOutLength}. */
    public int evpAeadCtxOpen(
            long ctx,
            long out,
            long outLength,
            long maxOutLength,
            long nonce,
            long nonceLength,
            long in,
            long inLength,
            long ad,
            long adLength) {
        return (int) call(
                Packet.EVP_AEAD_CTX_OPEN,
                ctx,
                out,
                outLength,
                maxOutLength,
                nonce,
                nonceLength,
                in,
                inLength,
                ad,
                adLength);
    }

    private static long call(MethodHandle symbol, long a, long b, long c, long d, long e, long f) {
        try {
            return (long) symbol.invokeExact(a, b, c, d, e, f);
        } catch (Throwable t) {
            throw new AssertionError(t); // a downcall throws only if its binding is wrong
        }
    }

    private static long call(
            MethodHandle symbol, long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) {
        try {
            return (long) symbol.invokeExact(a, b, c, d, e, f, g, h, i, j);
        } catch (Throwable t) {
            throw new AssertionError(t); // a downcall throws only if its binding is wrong
        }
    }

    private static Library<BoringSsl> load() {
        NativeLibrary library = Files.exists(Path.of(FILE)) ? NativeLibrary.find(FILE) : null;
        if (library == null) {
            return new Library.Absent<>(FILE + " not found (package android-libboringssl)");
        }
        for (String symbol : SYMBOLS) {
            if (!library.has(symbol)) {
                return new Library.Absent<>(FILE + " has no " + symbol);
            }
        }
        return new Library.Present<>(new BoringSsl(call(Packet.EVP_AEAD_CHACHA20_POLY1305, 0, 0, 0, 0, 0, 0)));
    }

    private static final class Holder {
        static final Library<BoringSsl> FOUND = load();
    }

    /** Critical calls: all are short, none blocks, and a context's key is set on the packet path. */
    private static final class Packet {
        private static final NativeLibrary LIBRARY = NativeLibrary.get(FILE);
        static final MethodHandle EVP_AEAD_CHACHA20_POLY1305 = LIBRARY.bindCritical("EVP_aead_chacha20_poly1305");
        static final MethodHandle EVP_AEAD_CTX_NEW = LIBRARY.bindCritical("EVP_AEAD_CTX_new");
        static final MethodHandle EVP_AEAD_CTX_FREE = LIBRARY.bindCritical("EVP_AEAD_CTX_free");
        static final MethodHandle EVP_AEAD_CTX_INIT = LIBRARY.bindCritical("EVP_AEAD_CTX_init");
        static final MethodHandle EVP_AEAD_CTX_CLEANUP = LIBRARY.bindCritical("EVP_AEAD_CTX_cleanup");
        static final MethodHandle EVP_AEAD_CTX_SEAL = LIBRARY.bindCriticalWide("EVP_AEAD_CTX_seal");
        static final MethodHandle EVP_AEAD_CTX_OPEN = LIBRARY.bindCriticalWide("EVP_AEAD_CTX_open");
    }
}
