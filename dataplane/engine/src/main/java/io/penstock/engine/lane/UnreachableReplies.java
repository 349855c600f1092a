package io.penstock.engine.lane;

import io.penstock.engine.io.TunPort;
import io.penstock.engine.offload.Unreachable;
import io.penstock.ffm.udp.IoVec;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Tells the senders of packets that no peer owns so, through the TUN device that the packets came from. No more often than the
 * kernel sends such answers by default (icmp_msgs_per_sec, icmp_msgs_burst): what is beyond that waits for its timeout. Owned by
 * one lane.
 */
final class UnreachableReplies {
    /** Bytes that {@link #reply} needs. */
    static final int SCRATCH_LENGTH = IoVec.SIZE + 2 * Long.BYTES + TunPort.VNET_HEADER_LENGTH + Unreachable.MAX_LENGTH;

    private static final int BURST = 50;
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(1) / 1000;

    private final TunPort tun;
    private long paidNs; // one reply costs an interval; no more than a burst is saved up
    private boolean hasStarted;

    UnreachableReplies(TunPort tun) {
        this.tun = tun;
    }

    /** Answers the IP packet at {@code offset}, if it may be answered; uses the slab from {@code scratch} on. */
    void reply(UnsafeBuffer slab, int offset, int length, int scratch, long nowNs) {
        if (!hasStarted || nowNs - paidNs > BURST * INTERVAL_NS) {
            hasStarted = true;
            paidNs = nowNs - BURST * INTERVAL_NS;
        }
        if (nowNs - paidNs < INTERVAL_NS) {
            return;
        }
        long ioVec = slab.addressOffset() + scratch + 7 & -8L;
        int header = (int) (ioVec - slab.addressOffset()) + IoVec.SIZE;
        int answer = Unreachable.answer(slab, offset, length, header + TunPort.VNET_HEADER_LENGTH);
        if (answer == 0) {
            return;
        }
        paidNs += INTERVAL_NS;
        slab.setMemory(header, TunPort.VNET_HEADER_LENGTH, (byte) 0);
        IoVec.set(ioVec, slab.addressOffset() + header, TunPort.VNET_HEADER_LENGTH + (long) answer);
        tun.write(ioVec, 1); // what the device does not take is lost, as an answer may be
    }
}
