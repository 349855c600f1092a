package io.penstock.engine.io;

import io.penstock.wireguard.Endpoint;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Messages to send, as a struct of arrays over one slab. A message is a run of datagrams of equal length (the last may
 * be shorter) to one endpoint with one traffic class and hop limit: what a single {@code UDP_SEGMENT} send takes. Owned by one
 * thread.
 */
public final class SendBatch {
    /** Most messages of one batch; one {@code sendmmsg} takes them all. */
    public static final int CAPACITY = 64;

    /** Most datagrams of one message: {@code UDP_MAX_SEGMENTS} of kernels before 6.9. */
    public static final int MAX_SEGMENTS = 64;

    /** Largest UDP payload over IPv4, and so the most bytes of one message. */
    public static final int MAX_MESSAGE_LENGTH = 65_507;

    final UnsafeBuffer slab;
    final @Nullable Endpoint[] endpoint = new @Nullable Endpoint[CAPACITY];
    final int[] offset = new int[CAPACITY];
    final int[] length = new int[CAPACITY];
    final int[] segmentLength = new int[CAPACITY];
    final int[] trafficClass = new int[CAPACITY];
    final int[] hopLimit = new int[CAPACITY];
    private final int[] errno = new int[CAPACITY];
    private final boolean[] sourceIsStale = new boolean[CAPACITY];
    private int count;
    private boolean lastIsFinished;

    public SendBatch(UnsafeBuffer slab) {
        this.slab = slab;
    }

    /**
     * Adds the datagram at {@code datagramOffset} of the slab. It joins the last message where it directly follows it
     * in memory and fits; otherwise it starts a new one, which the caller must know to have room for, see
     * {@link #isFull}.
     *
     * @param outerTrafficClass TOS or traffic class byte of the outer header
     */
    public void add(Endpoint to, int outerTrafficClass, int datagramOffset, int datagramLength) {
        add(to, outerTrafficClass, 0, datagramOffset, datagramLength);
    }

    /**
     * Adds a datagram likewise.
     *
     * @param outerHopLimit of the outer header, 1 to 255; 0 leaves it to the host
     */
    public void add(Endpoint to, int outerTrafficClass, int outerHopLimit, int datagramOffset, int datagramLength) {
        int last = count - 1;
        if (last >= 0
                && !lastIsFinished
                && hopLimit[last] == outerHopLimit
                && joins(last, to, outerTrafficClass, datagramOffset, datagramLength)) {
            length[last] += datagramLength;
            lastIsFinished = datagramLength < segmentLength[last];
            return;
        }
        endpoint[count] = to;
        trafficClass[count] = outerTrafficClass;
        hopLimit[count] = outerHopLimit;
        offset[count] = datagramOffset;
        length[count] = datagramLength;
        segmentLength[count] = datagramLength;
        errno[count] = 0;
        sourceIsStale[count] = false;
        lastIsFinished = false;
        count++;
    }

    private boolean joins(int last, Endpoint to, int outerTrafficClass, int datagramOffset, int datagramLength) {
        return to.equals(endpoint[last])
                && trafficClass[last] == outerTrafficClass
                && datagramLength <= segmentLength[last]
                && offset[last] + length[last] == datagramOffset
                && length[last] + datagramLength <= MAX_MESSAGE_LENGTH
                && length[last] < MAX_SEGMENTS * segmentLength[last];
    }

    public int count() {
        return count;
    }

    /** True when another datagram might not find room. */
    public boolean isFull() {
        return count == CAPACITY;
    }

    public void clear() {
        for (int i = 0; i < count; i++) {
            endpoint[i] = null; // or a departed peer's endpoint would live as long as the lane
        }
        count = 0;
        lastIsFinished = false;
    }

    /** Where message {@code i} goes. */
    public Endpoint endpoint(int i) {
        Endpoint to = endpoint[i];
        if (to == null) {
            throw new IndexOutOfBoundsException(i);
        }
        return to;
    }

    public int offset(int i) {
        return offset[i];
    }

    public int length(int i) {
        return length[i];
    }

    public int segmentLength(int i) {
        return segmentLength[i];
    }

    /** Datagrams that message {@code i} is made of. */
    public int datagrams(int i) {
        return (length[i] + segmentLength[i] - 1) / segmentLength[i];
    }

    public int trafficClass(int i) {
        return trafficClass[i];
    }

    /** Of the outer header of message {@code i}; 0 leaves it to the host. */
    public int hopLimit(int i) {
        return hopLimit[i];
    }

    /** After sending: why message {@code i} could not be sent, or 0 if it was, at least in part. */
    public int errno(int i) {
        return errno[i];
    }

    void markFailed(int i, int why) {
        errno[i] = why;
    }

    /** After sending: the local address that endpoint {@code i} asked for is no longer this host's. */
    public boolean sourceIsStale(int i) {
        return sourceIsStale[i];
    }

    void markSourceStale(int i) {
        sourceIsStale[i] = true;
    }

    public UnsafeBuffer slab() {
        return slab;
    }
}
