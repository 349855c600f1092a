package io.penstock.protocol.stun;

import io.penstock.wireguard.Entropy;
import java.nio.ByteBuffer;

/** Names a request, 96 random bits, so that nobody who did not see it can answer. */
public record TransactionId(long high, int low) {
    static final int LENGTH = 12;

    /** A new one. */
    public static TransactionId random(Entropy entropy) {
        byte[] bytes = new byte[LENGTH];
        entropy.fill(bytes);
        return read(ByteBuffer.wrap(bytes));
    }

    static TransactionId read(ByteBuffer in) {
        return new TransactionId(in.getLong(), in.getInt());
    }

    void write(ByteBuffer out) {
        out.putLong(high).putInt(low);
    }
}
