package io.penstock.engine.io;

import io.penstock.wireguard.Endpoint;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Messages received by one call, as a struct of arrays over one slab. With {@code UDP_GRO} a message may be several
 * datagrams of one length (the last may be shorter) from one source. Owned by one thread.
 */
public final class ReceiveBatch {
    /** Bytes kept for one message: the largest GRO unit, rounded up to cache lines. */
    public static final int SLOT_LENGTH = 65_536;

    private final UnsafeBuffer slab;
    private final int firstSlotOffset;
    private final int capacity;
    private int limit;
    private int count;

    final int[] length;
    final int[] segmentLength;
    final int[] trafficClass;
    final boolean[] v6;
    final long[] high;
    final long[] low;
    final int[] port;
    final int[] scopeId;
    final long[] localHigh;
    final long[] localLow;
    final int[] localInterface;
    final int[] arrivalInterface;

    /** Slots of {@link #SLOT_LENGTH} bytes lie one after the other from {@code firstSlotOffset} of {@code slab}. */
    public ReceiveBatch(UnsafeBuffer slab, int firstSlotOffset, int capacity) {
        this.slab = slab;
        this.firstSlotOffset = firstSlotOffset;
        this.capacity = capacity;
        limit = capacity;
        length = new int[capacity];
        segmentLength = new int[capacity];
        trafficClass = new int[capacity];
        v6 = new boolean[capacity];
        high = new long[capacity];
        low = new long[capacity];
        port = new int[capacity];
        scopeId = new int[capacity];
        localHigh = new long[capacity];
        localLow = new long[capacity];
        localInterface = new int[capacity];
        arrivalInterface = new int[capacity];
    }

    public UnsafeBuffer slab() {
        return slab;
    }

    public int capacity() {
        return capacity;
    }

    /** Messages that the next receive may bring. */
    public int limit() {
        return limit;
    }

    /** Bounds the next receive, at most {@link #capacity}. */
    public void limit(int messages) {
        limit = Math.min(messages, capacity);
    }

    public int count() {
        return count;
    }

    void count(int messages) {
        count = messages;
    }

    /** Begins a batch that is filled by {@link #addRelayed} or {@link #add}. */
    public void clear() {
        count = 0;
    }

    /** Takes a copy of a message that a relay brought, as if it had come from there; there must be room for one. */
    public void addRelayed(long relayId, DirectBuffer source, int sourceOffset, int messageLength) {
        int i = count++;
        slab.putBytes(offset(i), source, sourceOffset, messageLength);
        length[i] = messageLength;
        segmentLength[i] = Math.max(1, messageLength);
        trafficClass[i] = 0;
        v6[i] = true;
        high[i] = Endpoint.RELAY_HIGH;
        low[i] = relayId;
        port[i] = Endpoint.RELAY_PORT;
        scopeId[i] = 0;
        localHigh[i] = 0;
        localLow[i] = 0;
        localInterface[i] = 0;
        arrivalInterface[i] = 0;
    }

    /** Takes a copy of a datagram that another thread received from {@code source}; there must be room for one. */
    public void add(Endpoint source, byte[] datagram) {
        int i = count++;
        slab.putBytes(offset(i), datagram);
        length[i] = datagram.length;
        segmentLength[i] = Math.max(1, datagram.length);
        trafficClass[i] = 0;
        v6[i] = source.isV6();
        high[i] = source.high();
        low[i] = source.low();
        port[i] = source.port();
        scopeId[i] = source.scopeId();
        localHigh[i] = source.localHigh();
        localLow[i] = source.localLow();
        localInterface[i] = source.localInterface();
        arrivalInterface[i] = source.localInterface();
    }

    /** Where message {@code i} begins in the slab. */
    public int offset(int i) {
        return firstSlotOffset + i * SLOT_LENGTH;
    }

    public int length(int i) {
        return length[i];
    }

    /** Length of every datagram of message {@code i} but the last, which may be shorter. */
    public int segmentLength(int i) {
        return segmentLength[i];
    }

    /** TOS or traffic class byte of the outer header. */
    public int trafficClass(int i) {
        return trafficClass[i];
    }

    public boolean isV6(int i) {
        return v6[i];
    }

    /** Upper half of an IPv6 source address; 0 for IPv4. */
    public long high(int i) {
        return high[i];
    }

    /** Lower half of an IPv6 source address, or an IPv4 address as an unsigned number. */
    public long low(int i) {
        return low[i];
    }

    public int port(int i) {
        return port[i];
    }

    public int scopeId(int i) {
        return scopeId[i];
    }

    /** Upper half of the local address that message {@code i} arrived at; 0 for IPv4. */
    public long localHigh(int i) {
        return localHigh[i];
    }

    public long localLow(int i) {
        return localLow[i];
    }

    /** Index of the interface to answer by, which a link-local address needs; 0 leaves it to the routing table. */
    public int localInterface(int i) {
        return localInterface[i];
    }

    /** Index of the interface by which message {@code i} came in, whoever has its address; 0 when unknown. */
    public int arrivalInterface(int i) {
        return arrivalInterface[i];
    }

    /** True when {@code endpoint} is exactly where message {@code i} came from and arrived at. */
    public boolean isFrom(int i, Endpoint endpoint) {
        return endpoint.matches(
                v6[i], high[i], low[i], port[i], scopeId[i], localHigh[i], localLow[i], localInterface[i]);
    }

    /** True when {@code endpoint} is where message {@code i} came from, wherever it arrived at. */
    public boolean isFromRemote(int i, Endpoint endpoint) {
        return endpoint.low() == low[i]
                && endpoint.port() == port[i]
                && endpoint.high() == high[i]
                && endpoint.isV6() == v6[i]
                && endpoint.scopeId() == scopeId[i];
    }

    /** Where message {@code i} came from, with the local address it arrived at. Allocates. */
    public Endpoint source(int i) {
        Endpoint remote =
                v6[i] ? Endpoint.v6(high[i], low[i], port[i], scopeId[i]) : Endpoint.v4((int) low[i], port[i]);
        return remote.withLocal(localHigh[i], localLow[i], localInterface[i]);
    }
}
