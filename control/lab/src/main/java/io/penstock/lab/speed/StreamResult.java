package io.penstock.lab.speed;

import java.nio.ByteBuffer;

/**
 * What one end counted for one stream. A sender fills bytes, elapsed time and datagrams only.
 *
 * @param bytes payload bytes
 * @param elapsedNs first to last byte
 * @param datagrams sent, or received without duplicates; 0 for TCP
 * @param reordered datagrams that came after one with a higher number
 * @param duplicates datagrams that came twice
 * @param jitterNs mean deviation of the transit time, RFC 3550 section 6.4.1
 */
public record StreamResult(long bytes, long elapsedNs, long datagrams, long reordered, long duplicates, long jitterNs) {
    static final int LENGTH = 48;

    void encode(ByteBuffer out) {
        out.putLong(bytes).putLong(elapsedNs).putLong(datagrams);
        out.putLong(reordered).putLong(duplicates).putLong(jitterNs);
    }

    static StreamResult decode(ByteBuffer in) {
        return new StreamResult(in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
    }

    double bitsPerSecond() {
        return elapsedNs <= 0 ? 0 : bytes * 8e9 / elapsedNs;
    }
}
