package io.penstock.protocol.ts2021;

import io.penstock.protocol.json.MalformedMessageException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Tells at the start of the coordinator's plaintext whether an early payload comes before HTTP/2, and reads it. For one
 * connection.
 */
public final class EarlyPayloadReader {
    private static final int FIRST_ROOM = 1024;

    /** What the plaintext begins with. */
    public sealed interface Outcome {
        /** Not to be told yet. */
        record NeedsMore() implements Outcome {}

        /**
         * HTTP/2 at once.
         *
         * @param taken the bytes that were taken to find out; they belong to HTTP/2, before what is left in the buffer
         */
        record None(ByteBuffer taken) implements Outcome {}

        /** An early payload. What is left in the buffer is HTTP/2. */
        record Found(EarlyPayload payload) implements Outcome {}
    }

    private byte[] bytes = new byte[EarlyPayload.HEADER_LENGTH];
    private int length;
    private int jsonLength = -1;

    /**
     * Takes from {@code in} what belongs to the early payload. Not to be called after any other outcome than NeedsMore.
     *
     * @throws MalformedMessageException if the payload is longer than allowed or no JSON
     */
    public Outcome consume(ByteBuffer in) throws MalformedMessageException {
        if (jsonLength < 0) {
            if (!take(in, EarlyPayload.HEADER_LENGTH)) {
                return isMagicSoFar() ? new Outcome.NeedsMore() : new Outcome.None(ByteBuffer.wrap(bytes, 0, length));
            }
            if (!isMagicSoFar()) {
                return new Outcome.None(ByteBuffer.wrap(bytes));
            }
            jsonLength = ByteBuffer.wrap(bytes).getInt(EarlyPayload.MAGIC.length);
            if (jsonLength < 0 || jsonLength > EarlyPayload.MAX_BYTES) {
                throw new MalformedMessageException("an early payload that is too long");
            }
            length = 0;
            bytes = new byte[Math.min(jsonLength, FIRST_ROOM)]; // more when more has come, whatever the header says
        }
        if (!take(in, jsonLength)) {
            return new Outcome.NeedsMore();
        }
        return new Outcome.Found(EarlyPayload.decode(Arrays.copyOf(bytes, length)));
    }

    private boolean isMagicSoFar() {
        int known = Math.min(length, EarlyPayload.MAGIC.length);
        return Arrays.equals(bytes, 0, known, EarlyPayload.MAGIC, 0, known);
    }

    private boolean take(ByteBuffer in, int upTo) {
        int wanted = Math.min(upTo - length, in.remaining());
        if (length + wanted > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(upTo, Math.max(2L * bytes.length, length + (long) wanted)));
        }
        in.get(bytes, length, wanted);
        length += wanted;
        return length == upTo;
    }
}
