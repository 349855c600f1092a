package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.io.ReceiveBatch;
import io.penstock.engine.io.UdpPort;
import io.penstock.engine.offload.InnerPacket;
import io.penstock.ffm.Errno;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.peer.IndexTable;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.AllowedIps;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.MessageType;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * From the network to the TUN device: receives GRO units, opens their datagrams in place, applies replay window and
 * source check in order of arrival, and writes runs of packets that belong together as one superpacket.
 *
 * <p>Handshake messages go to the control agent through a bounded ring. Order of the checks: whitepaper section 5.4.6,
 * drivers/net/wireguard/receive.c. Owned by one lane.
 */
final class InboundPath {
    private static final int ECN_MASK = 3;
    private static final int ECN_CE = 3;

    private final AllowedIps allowedIps;
    private final IndexTable indexTable;
    private final AeadEngine aead;
    private final DropCounters drops;
    private final ControlProxy control;
    private final TunWriter tunWriter;

    private final UnsafeBuffer slab;
    private final ReceiveBatch received;
    private final AeadBatch opening = new AeadBatch();
    private final Data data = new Data();
    private final @Nullable Keypair[] keypair = new @Nullable Keypair[AeadBatch.CAPACITY];
    private final int[] plaintext = new int[AeadBatch.CAPACITY]; // offset in the slab
    private final int[] message = new int[AeadBatch.CAPACITY]; // index in the receive batch

    private UdpPort udp;

    // The run of authentic packets of one keypair that is under way; what it did is told once, at its end.
    private @Nullable Keypair runKeypair;
    private long runBytes;
    private boolean runHasData;
    private boolean runHasKeepalive;
    private int runMessage;

    InboundPath(LaneContext context, ReceiveBatch received, TunWriter tunWriter) {
        allowedIps = context.allowedIps();
        indexTable = context.indexTable();
        aead = context.aead();
        drops = context.drops();
        control = context.control();
        udp = context.udp();
        this.received = received;
        slab = received.slab();
        this.tunWriter = tunWriter;
    }

    /**
     * Takes one batch from one family's socket through to the TUN device.
     *
     * @return messages received; 0 when nothing waited
     */
    int doWork(boolean v6, long nowNs) {
        int messages = udp.receive(received, v6);
        if (messages <= 0) {
            if (messages < 0 && messages != -Errno.EAGAIN && messages != -Errno.EINTR) {
                drops.add(DropReason.RECEIVE_FAILED, 1);
            }
            return 0;
        }
        for (int i = 0; i < messages; i++) {
            onMessage(i, nowNs);
        }
        openBatch(nowNs);
        endRun(nowNs);
        tunWriter.flush();
        return messages;
    }

    private void onMessage(int index, long nowNs) {
        int end = received.offset(index) + received.length(index);
        if (received.length(index) == 0) { // empty, or cut short and so worth nothing
            drops.add(DropReason.WRONG_LENGTH, 1);
            return;
        }
        int step = received.segmentLength(index);
        for (int offset = received.offset(index); offset < end; offset += step) {
            onDatagram(index, offset, Math.min(step, end - offset), nowNs);
        }
    }

    private void onDatagram(int index, int offset, int length, long nowNs) {
        switch (MessageType.of(slab, offset, length)) {
            case Data.TYPE -> onData(index, offset, length, nowNs);
            case MessageType.UNKNOWN -> drops.add(DropReason.UNKNOWN_TYPE, 1);
            case MessageType.WRONG_LENGTH -> drops.add(DropReason.WRONG_LENGTH, 1);
            default -> {
                if (!control.offerHandshake(received, index, offset, length)) {
                    drops.add(DropReason.HANDSHAKE_QUEUE_FULL, 1);
                }
            }
        }
    }

    private void onData(int index, int offset, int length, long nowNs) {
        data.wrap(slab, offset, length);
        Keypair found = indexTable.find(data.receiverIndex());
        if (found == null) {
            drops.add(DropReason.UNKNOWN_INDEX, 1);
            return;
        }
        long counter = data.counter();
        if (found.isExpired(nowNs) || Long.compareUnsigned(counter, Protocol.REJECT_AFTER_MESSAGES) >= 0) {
            drops.add(DropReason.KEYPAIR_EXPIRED, 1);
            return;
        }
        if (opening.count == AeadBatch.CAPACITY) {
            openBatch(nowNs);
        }
        int at = opening.count;
        keypair[at] = found;
        plaintext[at] = offset + Data.HEADER_LENGTH;
        message[at] = index;
        long address = data.ciphertextAddress();
        opening.add(found.receiveKeyAddress(), counter, address, address, data.plaintextLength());
    }

    private void openBatch(long nowNs) {
        if (opening.count == 0) {
            return;
        }
        long authentic = aead.open(opening);
        for (int i = 0; i < opening.count; i++) {
            Keypair of = keypair[i];
            keypair[i] = null;
            if (of == null || (authentic >>> i & 1) == 0) {
                drops.add(DropReason.AUTHENTICATION_FAILED, 1);
            } else if (!of.replayWindow().accept(opening.counter[i])) {
                drops.add(DropReason.REPLAYED, 1);
            } else {
                onAuthentic(of, i, nowNs);
            }
        }
        opening.clear();
    }

    private void onAuthentic(Keypair of, int i, long nowNs) {
        if (of != runKeypair) {
            endRun(nowNs);
            runKeypair = of;
        }
        int length = opening.length[i];
        runBytes += Data.OVERHEAD + length;
        runMessage = message[i];
        if (length == 0) {
            runHasKeepalive = true;
            return;
        }
        runHasData = true;
        deliver(of.peer(), plaintext[i], length, received.trafficClass(message[i]));
    }

    private void deliver(Peer peer, int offset, int length, int outerTrafficClass) {
        int inner = InnerPacket.trimmedLength(slab, offset, length);
        if (inner < 0) {
            drops.add(DropReason.INNER_MALFORMED, 1);
            return;
        }
        Peer owner = InnerPacket.isV6(slab, offset)
                ? allowedIps.lookup6(InnerPacket.sourceHigh(slab, offset), InnerPacket.sourceLow(slab, offset))
                : allowedIps.lookup4(InnerPacket.source4(slab, offset));
        if (owner != peer) {
            drops.add(DropReason.SOURCE_NOT_ALLOWED, 1);
            return;
        }
        if ((outerTrafficClass & ECN_MASK) == ECN_CE) {
            InnerPacket.applyCongestion(slab, offset);
        }
        tunWriter.add(offset, inner);
    }

    private void endRun(long nowNs) {
        Keypair of = runKeypair;
        if (of == null) {
            return;
        }
        runKeypair = null;
        Peer peer = of.peer();
        follow(peer);
        peer.addReceivedBytes(runBytes);
        if (runHasData) {
            peer.activity().onDataReceived(nowNs);
        }
        if (runHasKeepalive) {
            peer.activity().onKeepaliveReceived(nowNs);
        }
        runBytes = 0;
        runHasData = false;
        runHasKeepalive = false;
        Keypair current = peer.current();
        if (of == peer.next()) {
            control.confirm(peer, of);
        } else if (current != null && current.wantsRekeyAfterReceive(nowNs)) {
            control.requestHandshake(peer);
        } else {
            control.touch(peer);
        }
    }

    /** The peer's endpoint becomes where the run came from. An object is made only for a place that it was not at before. */
    private void follow(Peer peer) {
        Endpoint endpoint = peer.endpoint();
        if (endpoint != null && received.isFrom(runMessage, endpoint)) {
            peer.heardFrom(endpoint);
            return;
        }
        Endpoint before = peer.heardFrom(); // the control agent forgets the source of a peer that is slow to answer
        Endpoint from = before != null && received.isFrom(runMessage, before) ? before : received.source(runMessage);
        peer.heardFrom(from);
        peer.endpoint(from);
    }

    void onUdpPort(UdpPort port) {
        udp = port;
    }
}
