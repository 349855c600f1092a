package io.penstock.engine.lane;

import io.penstock.engine.filter.ActiveFilter;
import io.penstock.engine.filter.OutboundFlows;
import io.penstock.engine.io.SendBatch;
import io.penstock.engine.io.TunPort;
import io.penstock.engine.io.UdpPort;
import io.penstock.engine.offload.InnerPacket;
import io.penstock.engine.offload.NestedTunnel;
import io.penstock.engine.offload.Splitter;
import io.penstock.ffm.Errno;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.OwnerCache;
import io.penstock.wireguard.wire.Data;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * From the TUN device to the network: reads superpackets, routes each once, cuts it into packets laid out as transport
 * messages back to back, seals them in place and sends runs of them with {@code UDP_SEGMENT}.
 *
 * <p>Each packet is copied once, from the read area to its place in the send area. The read area is used again by every
 * read, so both stay in the cache. Without a backlog the lane seals and sends what it has read at once; when a superpacket
 * waits and there is another to be read, a worker seals the one while the lane reads on. Whitepaper section 5.4.6; owned by one
 * lane, except for what retires a slot.
 */
final class OutboundPath {
    /** Sealed bytes that are worth a send: one superpacket's worth. */
    static final int FLUSH_LENGTH = 60_000;

    /** Most TUN reads of one round. */
    private static final int READS_PER_ROUND = 128;

    /**
     * Packets after which a round ends, so that the other direction gets its turn: about what one receive brings. A lane
     * that seals more than it opens lets its socket overflow while both directions are busy.
     */
    private static final int PACKETS_PER_ROUND = 512;

    static final int READ_AREA_LENGTH = 65_536 + 64;

    private final TunPort tun;
    private final OwnerCache routes;
    private final StagedPackets staged;
    private final DropCounters drops;
    private final ControlProxy control;
    private final Workers workers;
    private final SlotRing<OutboundSlot> ring;
    private final Hands hands;
    private final @Nullable WireRings wire;

    private final UnsafeBuffer slab;
    private final int readOffset;
    private final Splitter splitter = new Splitter();
    private final NestedTunnel nested = new NestedTunnel();
    private final UnreachableReplies unreachable;
    private final Data data = new Data();

    private @Nullable OutboundFlows flows; // null: nothing is filtered

    private UdpPort udp;
    private int mtu;
    private @Nullable OutboundSlot filling;
    private int packetsOfRound;

    /**
     * @param slab holds the read area at {@code readOffset}
     * @param slots over send areas in the same slab
     */
    OutboundPath(
            LaneContext context, UdpPort udp, Hands hands, UnsafeBuffer slab, int readOffset, OutboundSlot[] slots) {
        tun = context.tun();
        routes = new OwnerCache(context.allowedIps());
        drops = context.drops();
        control = hands.control();
        workers = context.workers();
        wire = context.wire();
        mtu = context.mtu();
        staged = new StagedPackets(context.stagingPool());
        unreachable = new UnreachableReplies(tun);
        this.udp = udp;
        this.hands = hands;
        this.slab = slab;
        this.readOffset = readOffset;
        ring = new SlotRing<>(slots, this::retire, workers);
    }

    SlotRing<OutboundSlot> ring() {
        return ring;
    }

    /**
     * Moves what the TUN device has, until it is empty or the round is over.
     *
     * @return reads that brought a packet, or {@code -errno} when the device has ended
     */
    int doWork(long nowNs) {
        int reads = 0;
        packetsOfRound = 0;
        while (reads < READS_PER_ROUND && packetsOfRound < PACKETS_PER_ROUND) {
            int length = tun.read(slab.addressOffset() + readOffset, TunPort.READ_CAPACITY);
            if (length < 0) {
                flush();
                return length == -Errno.EAGAIN || length == -Errno.EINTR ? reads : length;
            }
            reads++;
            if (workers.exist() && ring.hasClaimable()) {
                workers.wakeOne(); // one superpacket waits, and here is another
            }
            onTunPacket(length, nowNs);
            if (filling != null && filling.length() >= FLUSH_LENGTH) {
                publish();
                if (!workers.exist()) {
                    ring.workOff(hands);
                }
            }
        }
        flush();
        return reads;
    }

    private void onTunPacket(int length, long nowNs) {
        int segments = splitter.begin(slab, readOffset, length);
        packetsOfRound += Math.max(1, segments);
        if (segments < 0) {
            drops.add(DropReason.OUTGOING_MALFORMED, 1);
            return;
        }
        Peer peer = splitter.isV6()
                ? routes.lookup6(splitter.destinationHigh(), splitter.destinationLow())
                : routes.lookup4(splitter.destination4());
        int packet = readOffset + Splitter.VIRTIO_HEADER_LENGTH;
        int packetLength = length - Splitter.VIRTIO_HEADER_LENGTH;
        if (peer == null) {
            drops.add(DropReason.NO_PEER_FOR_DESTINATION, segments);
            int scratch = reserve(UnreachableReplies.SCRATCH_LENGTH).end; // free between packets
            unreachable.reply(slab, packet, packetLength, scratch, nowNs);
            return;
        }
        int hopLimit = nested.outerHopLimit(slab, packet, packetLength);
        if (hopLimit == NestedTunnel.LOOP) {
            drops.add(DropReason.ROUTING_LOOP, segments);
            return;
        }
        if (flows != null) {
            flows.onPacket(slab, packet, packetLength, nowNs);
        }
        Keypair keypair = usable(peer.current(), nowNs);
        Endpoint endpoint = peer.endpoint();
        if (keypair != null && endpoint != null) {
            if (staged.waiting(peer.slot()) > 0) {
                sendStaged(peer, keypair, endpoint, nowNs); // they came first
            }
            long counter = keypair.reserveCounters(segments);
            if (counter >= 0) {
                sealSegments(peer, keypair, endpoint, hopLimit, counter, segments);
                onDataSent(peer, keypair, nowNs);
                return;
            }
        }
        stageSegments(peer, segments);
        peer.activity().onStaged();
        control.requestHandshake(peer);
    }

    private void sealSegments(
            Peer peer, Keypair keypair, Endpoint endpoint, int hopLimit, long firstCounter, int segments) {
        int trafficClass = InnerPacket.outerEcn(splitter.ecn());
        long bytes = 0;
        for (int segment = 0; segment < segments; segment++) {
            int length = splitter.segmentLength(segment);
            OutboundSlot slot = reserve(length);
            splitter.write(segment, slab, slot.end + Data.HEADER_LENGTH);
            bytes += seal(slot, keypair, endpoint, trafficClass, hopLimit, firstCounter + segment, length);
        }
        peer.addSentBytes(bytes);
    }

    /** Makes room for a message of {@code length} plaintext bytes; returns the slot to put it into. */
    private OutboundSlot reserve(int length) {
        if (filling != null && !filling.hasRoom(messageLength(length))) {
            publish();
            ring.workOff(hands);
        }
        if (filling == null) {
            filling = ring.take(hands);
        }
        return filling;
    }

    /** Completes the message at the slot's end, whose plaintext is in place; returns its length. */
    private int seal(
            OutboundSlot slot,
            Keypair keypair,
            Endpoint endpoint,
            int trafficClass,
            int hopLimit,
            long counter,
            int length) {
        int at = slot.end;
        int padded = InnerPacket.paddedLength(length, mtu);
        int plaintext = at + Data.HEADER_LENGTH;
        if (padded > length) {
            slab.setMemory(plaintext + length, padded - length, (byte) 0);
        }
        data.wrap(slab, at, Data.OVERHEAD + padded).putHeader(keypair.remoteIndex(), counter);
        long address = slab.addressOffset() + plaintext;
        slot.filling().add(keypair.sendKeyAddress(), counter, address, address, padded);
        int total = Data.OVERHEAD + padded;
        if (wire != null && endpoint.isRelay()) {
            slot.relay(endpoint, at, total);
        } else {
            slot.sending.add(endpoint, trafficClass, hopLimit, at, total);
            slot.lastIsOf(keypair.peer());
        }
        slot.end = at + total;
        return total;
    }

    private int messageLength(int length) {
        return Data.OVERHEAD + InnerPacket.paddedLength(length, mtu);
    }

    private void publish() {
        OutboundSlot slot = filling;
        if (slot != null && slot.batchCount() > 0) {
            filling = null;
            ring.publish(slot);
        }
    }

    private void flush() {
        publish();
        ring.workOff(hands);
    }

    /** Has messages go through their relays. */
    private static void relay(SendBatch relaying, WireRings by) {
        for (int i = 0; i < relaying.count(); i++) {
            by.sendByRelay(
                    relaying.endpoint(i).low(),
                    relaying.slab(),
                    relaying.offset(i),
                    relaying.length(i),
                    relaying.segmentLength(i));
        }
        by.announce();
    }

    /** Sends a sealed slot; whoever holds the ring's flag. */
    private void retire(OutboundSlot slot, Hands by) {
        SendBatch sending = slot.sending;
        drops.add(DropReason.SEND_FAILED, by.udp(udp).send(sending));
        for (int i = 0; i < sending.count(); i++) {
            Peer peer = slot.peer(i);
            Endpoint known = sending.sourceIsStale(i) ? peer.endpoint() : null;
            if (known != null && sending.endpoint(i).equals(known)) {
                peer.replaceEndpoint(known, known.withoutLocal());
            }
        }
        if (wire != null && slot.relaying().count() > 0) {
            relay(slot.relaying(), wire);
        }
        slot.clear();
    }

    /** Sends a packet of the node's own as if the TUN device had brought it. */
    void onInject(byte[] packet, long nowNs) {
        slab.setMemory(readOffset, Splitter.VIRTIO_HEADER_LENGTH, (byte) 0); // free between reads
        slab.putBytes(readOffset + Splitter.VIRTIO_HEADER_LENGTH, packet);
        onTunPacket(Splitter.VIRTIO_HEADER_LENGTH + packet.length, nowNs);
        settle(); // the next command may free what is under way
    }

    /** Sends what there is, and returns once nothing is in anybody's hands. */
    void settle() {
        flush();
        ring.settle(hands);
    }

    private void onDataSent(Peer peer, Keypair keypair, long nowNs) {
        peer.activity().onDataSent(nowNs);
        if (keypair.wantsRekeyAfterSend(nowNs)) {
            control.requestHandshake(peer);
        } else {
            control.touch(peer);
        }
    }

    private void stageSegments(Peer peer, int segments) {
        for (int segment = 0; segment < segments; segment++) {
            int length = splitter.segmentLength(segment);
            while (staged.mustDropOldest(peer.slot(), length)) {
                staged.dropOldest(peer.slot());
                drops.add(DropReason.STAGED_QUEUE_FULL, 1);
            }
            if (!staged.hasRoom(length)) {
                drops.add(DropReason.STAGED_QUEUE_FULL, 1);
                continue;
            }
            // The send area's tail is free: nothing is reserved there between packets.
            int at = reserve(length).end;
            splitter.write(segment, slab, at);
            staged.add(peer.slot(), slab, at, length);
        }
    }

    /** Sends what waited for {@code peer}'s keypair, or a keepalive when nothing did. */
    void onConfirm(Peer peer, long nowNs) {
        Keypair keypair = usable(peer.current(), nowNs);
        Endpoint endpoint = peer.endpoint();
        if (keypair == null || endpoint == null) {
            control.requestHandshake(peer);
            return;
        }
        if (staged.waiting(peer.slot()) > 0) {
            sendStaged(peer, keypair, endpoint, nowNs);
        } else {
            sendKeepalive(peer, keypair, endpoint, nowNs);
        }
        settle(); // the next command may free what is under way
    }

    /** Sends what waited for {@code peer}'s keypair, if anything did. */
    void onSendStaged(Peer peer, long nowNs) {
        if (staged.waiting(peer.slot()) > 0) {
            onConfirm(peer, nowNs);
        }
    }

    private void sendStaged(Peer peer, Keypair keypair, Endpoint endpoint, long nowNs) {
        long bytes = 0;
        while (staged.waiting(peer.slot()) > 0) {
            long counter = keypair.reserveCounters(1);
            if (counter < 0) {
                break;
            }
            int length = staged.headLength(peer.slot());
            OutboundSlot slot = reserve(length);
            int plaintext = slot.end + Data.HEADER_LENGTH;
            staged.take(peer.slot(), slab, plaintext);
            int trafficClass = InnerPacket.outerEcn(InnerPacket.ecn(slab, plaintext));
            int hopLimit = nested.outerHopLimit(slab, plaintext, length); // no loop: it was let in
            bytes += seal(slot, keypair, endpoint, trafficClass, Math.max(0, hopLimit), counter, length);
        }
        peer.addSentBytes(bytes);
        onDataSent(peer, keypair, nowNs);
    }

    private void sendKeepalive(Peer peer, Keypair keypair, Endpoint endpoint, long nowNs) {
        long counter = keypair.reserveCounters(1);
        if (counter < 0) {
            control.requestHandshake(peer);
            return;
        }
        peer.addSentBytes(seal(reserve(0), keypair, endpoint, 0, NestedTunnel.HOST_DEFAULT, counter, 0));
        peer.activity().onKeepaliveSent(nowNs);
        if (keypair.wantsRekeyAfterSend(nowNs)) {
            control.requestHandshake(peer);
        } else {
            control.touch(peer);
        }
    }

    void onDropStaged(Peer peer) {
        drops.add(DropReason.STAGED_FLUSHED, staged.dropAll(peer.slot()));
    }

    /** Notes the flows that go out for this filter from here on. */
    void onFilter(@Nullable ActiveFilter active) {
        if (active == null) {
            flows = null;
            return;
        }
        if (flows == null) {
            flows = new OutboundFlows();
        }
        flows.use(active);
    }

    void onMtu(int newMtu) {
        mtu = newMtu;
    }

    void onUdpPort(UdpPort port) {
        udp = port;
    }

    private static @Nullable Keypair usable(@Nullable Keypair keypair, long nowNs) {
        return keypair == null || !keypair.canSend(nowNs) ? null : keypair;
    }
}
