package io.penstock.protocol.ts2021;

import java.nio.ByteBuffer;

/** Opens records of one direction as they arrive, in pieces of any size. For one connection. */
public final class RecordOpener {
    private static final int MAX_CIPHERTEXT_LENGTH = RecordSealer.MAX_RECORD_LENGTH - RecordSealer.HEADER_LENGTH;

    /** What became of the bytes at the front of the buffer. Every failure finishes the connection. */
    public enum Status {
        /** No whole record is there; nothing was taken that is not kept. */
        NEEDS_MORE,
        /** One record was opened. Its plaintext may be empty. */
        OPENED,
        /** Failure: something other than a record. */
        BAD_TYPE,
        /** Failure: a record shorter than its tag, or longer than allowed. */
        BAD_LENGTH,
        /** Failure: changed, repeated or left out on the way. */
        NOT_AUTHENTIC,
        /** Failure: as many records as there are counters. */
        EXHAUSTED;

        public boolean isFailure() {
            return this != NEEDS_MORE && this != OPENED;
        }
    }

    private final RecordCipher cipher;
    private final ByteBuffer partial = ByteBuffer.allocate(RecordSealer.MAX_RECORD_LENGTH);
    private Status failure = Status.OPENED;

    RecordOpener(byte[] key) {
        this(key, 0);
    }

    RecordOpener(byte[] key, long firstCounter) {
        cipher = new RecordCipher(key, firstCounter);
    }

    /**
     * Takes one record from {@code in} and appends its plaintext to {@code out}. With less than a record in {@code in} it
     * keeps what there is. To be called until it says NEEDS_MORE; after a failure it repeats it.
     *
     * @throws IllegalArgumentException if {@code out} has not room for 4077 bytes
     */
    public Status open(ByteBuffer in, ByteBuffer out) {
        if (out.remaining() < RecordSealer.MAX_PLAINTEXT_LENGTH) {
            throw new IllegalArgumentException("no room for a record");
        }
        if (failure.isFailure()) {
            return failure;
        }
        if (!fill(in, RecordSealer.HEADER_LENGTH)) {
            return Status.NEEDS_MORE;
        }
        if (partial.get(0) != ServerHandshake.TYPE_RECORD) {
            return fail(Status.BAD_TYPE);
        }
        int length = Short.toUnsignedInt(partial.getShort(1));
        if (length < RecordSealer.TAG_LENGTH || length > MAX_CIPHERTEXT_LENGTH) {
            return fail(Status.BAD_LENGTH);
        }
        if (!fill(in, RecordSealer.HEADER_LENGTH + length)) {
            return Status.NEEDS_MORE;
        }
        if (cipher.isExhausted()) {
            return fail(Status.EXHAUSTED);
        }
        boolean authentic = cipher.open(partial.flip().position(RecordSealer.HEADER_LENGTH), out);
        partial.clear();
        return authentic ? Status.OPENED : fail(Status.NOT_AUTHENTIC);
    }

    /** Whether {@code partial} holds this many bytes, after taking what is missing. */
    private boolean fill(ByteBuffer in, int length) {
        int missing = Math.min(length - partial.position(), in.remaining());
        if (missing > 0) {
            partial.put(partial.position(), in, in.position(), missing);
            partial.position(partial.position() + missing);
            in.position(in.position() + missing);
        }
        return partial.position() >= length;
    }

    private Status fail(Status status) {
        failure = status;
        return status;
    }
}
