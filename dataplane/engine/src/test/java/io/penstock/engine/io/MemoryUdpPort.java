package io.penstock.engine.io;

import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.wireguard.Endpoint;

/** A UDP port that costs a copy: counts what is sent, and brings messages that a test has laid out in memory. */
public final class MemoryUdpPort implements UdpPort {
    private long address;
    private int messageLength;
    private int segmentLength;
    private int left;
    private Endpoint[] sources = {};
    private int next;
    private long sentDatagrams;
    private long sends;

    /**
     * Has messages of equal length arrive, which lie one after the other at {@code firstAddress}, from one IPv4 source after the
     * other.
     *
     * @param datagramLength of the datagrams of a message; it is a whole number of them
     */
    public void offer(long firstAddress, int lengthEach, int datagramLength, int count, Endpoint[] fromSources) {
        address = firstAddress;
        messageLength = lengthEach;
        segmentLength = datagramLength;
        left = count;
        sources = fromSources;
        next = 0;
    }

    /** Messages that are still to come. */
    public int left() {
        return left;
    }

    public long sentDatagrams() {
        return sentDatagrams;
    }

    /** Calls of {@link #send}. */
    public long sends() {
        return sends;
    }

    @Override
    public int fd4() {
        return -1;
    }

    @Override
    public int fd6() {
        return -1;
    }

    @Override
    public UdpPort forThread(LibC otherLibc) {
        return this;
    }

    @Override
    public int receive(ReceiveBatch batch, boolean v6) {
        int count = Math.min(left, batch.capacity());
        for (int i = 0; i < count; i++) {
            Memory.copy(address, batch.slab().addressOffset() + batch.offset(i), messageLength);
            address += messageLength;
            Endpoint from = sources[next];
            next = next + 1 < sources.length ? next + 1 : 0;
            batch.length[i] = messageLength;
            batch.segmentLength[i] = segmentLength;
            batch.trafficClass[i] = 0;
            batch.v6[i] = false;
            batch.high[i] = 0;
            batch.low[i] = from.low();
            batch.port[i] = from.port();
            batch.scopeId[i] = 0;
            batch.localHigh[i] = 0;
            batch.localLow[i] = 0;
            batch.localInterface[i] = 0;
        }
        left -= count;
        batch.count(count);
        return count == 0 ? -Errno.EAGAIN : count;
    }

    @Override
    public int send(SendBatch batch) {
        for (int i = 0; i < batch.count(); i++) {
            sentDatagrams += batch.datagrams(i);
        }
        sends++;
        return 0;
    }

    @Override
    public void close() {}
}
