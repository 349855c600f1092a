package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.io.ReceiveBatch;
import io.penstock.engine.io.UdpPort;
import io.penstock.engine.wire.Wire;
import io.penstock.ffm.Errno;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.peer.IndexTable;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.MessageType;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * From the network inwards: receives GRO units, finds the keypair of each datagram, and has them opened in place by the lane
 * itself and, when there is more than one batch, by workers. {@link Delivery} takes what has been opened to the TUN device.
 *
 * <p>Handshake messages go to the control agent through a bounded ring. Order of the checks: whitepaper section 5.4.6,
 * drivers/net/wireguard/receive.c. Owned by one lane.
 */
final class InboundPath {
    /** Messages of a receive while they are large: more GRO units than that would not stay in the cache. */
    private static final int FEW_MESSAGES = 8;

    /** Up to this length on average messages count as single datagrams, of which a receive takes all there is room for. */
    private static final int SINGLE_LENGTH = 4096;

    private final IndexTable indexTable;
    private final DropCounters drops;
    private final ControlProxy control;
    private final Workers workers;
    private final @Nullable WireRings wire;
    private final Wire.RelayedHandler takeRelayed = this::onRelayed; // made once
    private final SlotRing<InboundSlot> ring;
    private final Hands hands;
    private final UnsafeBuffer slab;
    private final Data data = new Data();

    private UdpPort udp;
    private int messagesPerReceive = FEW_MESSAGES;
    private @Nullable ReceiveBatch relayed; // of a drain under way

    InboundPath(
            LaneContext context,
            UdpPort udp,
            Hands hands,
            UnsafeBuffer slab,
            InboundSlot[] slots,
            SlotRing.Retirer<InboundSlot> delivery) {
        indexTable = context.indexTable();
        drops = context.drops();
        control = hands.control();
        workers = context.workers();
        wire = context.wire();
        this.udp = udp;
        this.hands = hands;
        this.slab = slab;
        ring = new SlotRing<>(slots, delivery, workers);
    }

    SlotRing<InboundSlot> ring() {
        return ring;
    }

    /**
     * Takes one batch from one family's socket through to the TUN device.
     *
     * @return messages received; 0 when nothing waited
     */
    int doWork(boolean v6, long nowNs) {
        InboundSlot slot = ring.take(hands);
        slot.received.limit(messagesPerReceive);
        int messages = udp.receive(slot.received, v6);
        if (messages <= 0) {
            if (messages < 0 && messages != -Errno.EAGAIN && messages != -Errno.EINTR) {
                drops.add(DropReason.RECEIVE_FAILED, 1);
            }
            ring.giveBack(slot);
            return 0;
        }
        slot.receivedNs = nowNs;
        int bytes = 0;
        for (int i = 0; i < messages; i++) {
            onMessage(slot, i, nowNs);
            bytes += slot.received.length(i);
        }
        messagesPerReceive =
                messages >= FEW_MESSAGES && bytes <= messages * SINGLE_LENGTH ? slot.received.capacity() : FEW_MESSAGES;
        openAndDeliver(slot);
        return messages;
    }

    /**
     * Takes messages that relays have brought through to the TUN device, as those of a socket.
     *
     * @return whether there may be more
     */
    boolean doRelayed(WireRings from, long nowNs) {
        InboundSlot slot = ring.take(hands);
        slot.receivedNs = nowNs;
        slot.received.clear();
        relayed = slot.received;
        int messages = from.fromRelays().drain(takeRelayed, slot.received.capacity());
        relayed = null;
        for (int i = 0; i < messages; i++) {
            onDatagram(slot, i, slot.received.offset(i), slot.received.length(i), nowNs);
        }
        openAndDeliver(slot);
        return messages == slot.received.capacity();
    }

    private void onRelayed(long relayId, DirectBuffer buffer, int offset, int length) {
        if (relayed != null) {
            relayed.addRelayed(relayId, buffer, offset, length);
        }
    }

    /** Takes a datagram that the control agent has received through to the TUN device. */
    void onStray(Endpoint source, byte[] datagram, long nowNs) {
        InboundSlot slot = ring.take(hands);
        slot.receivedNs = nowNs;
        slot.received.clear();
        slot.received.add(source, datagram);
        onMessage(slot, 0, nowNs);
        openAndDeliver(slot);
    }

    private void openAndDeliver(InboundSlot slot) {
        if (slot.batchCount() == 0) {
            ring.giveBack(slot);
            return;
        }
        boolean isMoreThanOne = slot.batchCount() > 1;
        ring.publish(slot);
        if (isMoreThanOne) {
            workers.wakeOne();
        }
        ring.workOff(hands);
    }

    /** Returns once nothing is in anybody's hands. */
    void settle() {
        ring.settle(hands);
    }

    private void onMessage(InboundSlot slot, int index, long nowNs) {
        ReceiveBatch received = slot.received;
        int end = received.offset(index) + received.length(index);
        if (received.length(index) == 0) { // empty, or cut short and so worth nothing
            drops.add(DropReason.WRONG_LENGTH, 1);
            return;
        }
        int step = received.segmentLength(index);
        if (wire != null && Endpoint.isRelay(received.isV6(index), received.high(index))) {
            drops.add(DropReason.RELAY_SOURCE_FORGED, (received.length(index) + step - 1) / step);
            return;
        }
        for (int offset = received.offset(index); offset < end; offset += step) {
            onDatagram(slot, index, offset, Math.min(step, end - offset), nowNs);
        }
    }

    private void onDatagram(InboundSlot slot, int index, int offset, int length, long nowNs) {
        int type = MessageType.of(slab, offset, length);
        switch (type) {
            case Data.TYPE -> onData(slot, index, offset, length, nowNs);
            case MessageType.UNKNOWN, MessageType.WRONG_LENGTH -> onOther(slot.received, index, offset, length, type);
            default -> {
                if (!control.offerHandshake(slot.received, index, offset, length)) {
                    drops.add(DropReason.HANDSHAKE_QUEUE_FULL, 1);
                }
            }
        }
    }

    /** No message of ours: somebody else may want it, unless it says that it is one. */
    private void onOther(ReceiveBatch received, int index, int offset, int length, int type) {
        boolean saysItIsOurs = type == MessageType.WRONG_LENGTH && length >= Integer.BYTES;
        if (wire == null || saysItIsOurs || length > Wire.MAX_DATAGRAM) {
            drops.add(type == MessageType.UNKNOWN ? DropReason.UNKNOWN_TYPE : DropReason.WRONG_LENGTH, 1);
        } else if (wire.datagrams().offer(received, index, offset, length)) {
            control.wake();
        } else {
            drops.add(DropReason.DATAGRAM_QUEUE_FULL, 1);
        }
    }

    private void onData(InboundSlot slot, int index, int offset, int length, long nowNs) {
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
        AeadBatch opening = slot.filling();
        InboundSlot.Origin origin = slot.origin(slot.batchCount() - 1);
        int at = opening.count;
        origin.keypair[at] = found;
        origin.plaintext[at] = offset + Data.HEADER_LENGTH;
        origin.message[at] = index;
        long address = data.ciphertextAddress();
        opening.add(found.receiveKeyAddress(), counter, address, address, data.plaintextLength());
    }

    void onUdpPort(UdpPort port) {
        udp = port;
    }
}
