package io.penstock.protocol.ts2021;

import java.nio.ByteBuffer;

/** Makes records of one direction. For one connection, in the order of sending. */
public final class RecordSealer {
    /** Most bytes that one record carries. */
    public static final int MAX_PLAINTEXT_LENGTH = 4077;

    /** Most bytes of a record, header included. */
    public static final int MAX_RECORD_LENGTH = 4096;

    static final int HEADER_LENGTH = 3;
    static final int TAG_LENGTH = 16;

    private final RecordCipher cipher;

    RecordSealer(byte[] key) {
        this(key, 0);
    }

    RecordSealer(byte[] key, long firstCounter) {
        cipher = new RecordCipher(key, firstCounter);
    }

    /** Bytes of all records that carry this many. */
    public static long sealedLength(long plaintextLength) {
        long records = (plaintextLength + MAX_PLAINTEXT_LENGTH - 1) / MAX_PLAINTEXT_LENGTH;
        return plaintextLength + records * (HEADER_LENGTH + TAG_LENGTH);
    }

    /**
     * Seals all of {@code plaintext} as records into {@code out}; nothing becomes no record.
     *
     * @return false, with the buffers somewhere in between, if the counter has come to its end: the connection is finished
     * @throws IllegalArgumentException if {@code out} has less room than {@link #sealedLength} says
     */
    public boolean seal(ByteBuffer plaintext, ByteBuffer out) {
        if (out.remaining() < sealedLength(plaintext.remaining())) {
            throw new IllegalArgumentException("no room for the records");
        }
        int end = plaintext.limit();
        while (plaintext.position() < end) {
            if (cipher.isExhausted()) {
                return false;
            }
            int length = Math.min(end - plaintext.position(), MAX_PLAINTEXT_LENGTH);
            out.put(ServerHandshake.TYPE_RECORD).putShort((short) (length + TAG_LENGTH));
            cipher.seal(plaintext.limit(plaintext.position() + length), out);
            plaintext.limit(end);
        }
        return true;
    }
}
