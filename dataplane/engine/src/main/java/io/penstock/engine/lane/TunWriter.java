package io.penstock.engine.lane;

import io.penstock.engine.io.TunPort;
import io.penstock.engine.offload.Coalescer;
import io.penstock.ffm.Errno;
import io.penstock.ffm.udp.IoVec;
import io.penstock.wireguard.DropReason;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes opened packets to the TUN device, merged where they belong together. A kernel that refuses a merged packet
 * gets its parts one by one, and no more merged ones of that kind. All packets of a flow go to one queue of the device: the
 * kernel gives what answers them to the same queue, and so to the same lane. Owned by whoever retires.
 */
final class TunWriter {
    /** Packets of one batch; small ones of a full receive batch fit. */
    private static final int CAPACITY = 1024;

    private final UnsafeBuffer slab;
    private final DropCounters drops;
    private final OffloadEvents events;
    private final Coalescer coalescer = new Coalescer(CAPACITY);

    /**
     * @param takesMergedPackets whether the device does
     * @param slab where the packets to write lie, each with 16 bytes before it that may be overwritten
     */
    TunWriter(boolean takesMergedPackets, UnsafeBuffer slab, DropCounters drops, OffloadEvents events) {
        this.slab = slab;
        this.drops = drops;
        this.events = events;
        coalescer.tcpEnabled(takesMergedPackets);
        coalescer.udpEnabled(takesMergedPackets);
        coalescer.begin(slab);
    }

    /** Takes the IP packet at {@code offset} of the slab. */
    void add(int offset, int length, TunPort[] queues) {
        if (!coalescer.add(offset, length)) {
            flush(queues);
            coalescer.add(offset, length);
        }
    }

    /** Writes everything taken so far. */
    void flush(TunPort[] queues) {
        int items = coalescer.finish();
        for (int item = 0; item < items; item++) {
            TunPort tun = queues.length == 1 ? queues[0] : queues[coalescer.flow(item) % queues.length];
            int packets = coalescer.iovCount(item);
            int written = tun.write(coalescer.iovAddress(item), packets);
            if (written < 0 && packets > 1) {
                writeSeparately(item, tun, -written);
            } else if (written < 0) {
                drops.add(DropReason.TUN_WRITE_FAILED, packets);
            }
        }
        coalescer.begin(slab);
    }

    private void writeSeparately(int item, TunPort tun, int errno) {
        boolean isUdp = coalescer.isUdpSuperpacket(item);
        int packets = coalescer.separate(item);
        int lost = 0;
        for (int i = 0; i < packets; i++) {
            if (tun.write(coalescer.iovAddress(item) + (long) i * IoVec.SIZE, 1) < 0) {
                lost++;
            }
        }
        drops.add(DropReason.TUN_WRITE_FAILED, lost);
        boolean mayBeMerging = errno == Errno.EINVAL || errno == Errno.EIO; // others say that memory is short, say
        if (!mayBeMerging || lost == packets) { // an interface that is down refuses all with EIO
            return;
        }
        if (isUdp && coalescer.udpEnabled()) {
            coalescer.udpEnabled(false);
            events.onUdpMergeRefused();
        } else if (!isUdp && coalescer.tcpEnabled()) {
            coalescer.tcpEnabled(false);
            events.onTcpMergeRefused();
        }
    }
}
