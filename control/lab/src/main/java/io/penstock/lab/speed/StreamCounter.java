package io.penstock.lab.speed;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes and datagrams of one stream. One thread adds, any thread reads. */
final class StreamCounter {
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong datagrams = new AtomicLong();
    private volatile long firstNs; // read for the result, after the stream has ended
    private volatile long lastNs;
    private volatile boolean started;

    void onTcp(long lengthBytes, long nowNs) {
        mark(nowNs);
        bytes.setRelease(bytes.getPlain() + lengthBytes); // single writer
    }

    void onDatagram(long lengthBytes, long nowNs) {
        onTcp(lengthBytes, nowNs);
        datagrams.setRelease(datagrams.getPlain() + 1); // single writer
    }

    long bytes() {
        return bytes.getAcquire();
    }

    long datagrams() {
        return datagrams.getAcquire();
    }

    StreamResult result() {
        return new StreamResult(bytes(), lastNs - firstNs, datagrams(), 0, 0, 0);
    }

    private void mark(long nowNs) {
        if (!started) {
            firstNs = nowNs;
            started = true;
        }
        lastNs = nowNs;
    }
}
