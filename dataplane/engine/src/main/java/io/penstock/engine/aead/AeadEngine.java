package io.penstock.engine.aead;

/**
 * A ChaCha20-Poly1305 implementation that works on batches, with no additional data. One instance per thread: an engine keeps
 * contexts and scratch memory. The native engines ({@code ipsec-mb}, {@code boringssl}, {@code libcrypto}) allocate nothing
 * per packet.
 *
 * <p>A forged packet is a result, not an error. An exception means that the engine itself is broken and must not be used again.
 */
public interface AeadEngine extends AutoCloseable {
    /** Bytes of the tag after each ciphertext. */
    int TAG_LENGTH = 16;

    /** Bytes of a key. */
    int KEY_LENGTH = 32;

    /** The name by which it is forced and reported, for example {@code ipsec-mb}. */
    String name();

    /** Name, library version and instruction set where known; for a log line. */
    String describe();

    /** Seals each packet: writes {@code length} bytes of ciphertext and the 16-byte tag to its destination. */
    void seal(AeadBatch batch);

    /**
     * Opens each packet, whose tag follows its {@code length} bytes of ciphertext at the source. Bit {@code i} of the result is
     * set if packet {@code i} is authentic; then its plaintext is at the destination. Otherwise the destination must not be used.
     */
    long open(AeadBatch batch);

    /** Frees contexts and scratch memory. */
    @Override
    void close();
}
