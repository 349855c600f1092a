package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.filter.ActiveFilter;
import io.penstock.engine.filter.InboundFilter;
import io.penstock.engine.io.ReceiveBatch;
import io.penstock.engine.offload.InnerPacket;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.peer.Keypair;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.AllowedIps;
import io.penstock.wireguard.route.OwnerCache;
import io.penstock.wireguard.wire.Data;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes opened packets to the TUN device: replay window and source check in order of arrival, and runs of packets that
 * belong together as one superpacket. The retiring end of {@link InboundPath}'s ring: owned by whoever holds its flag.
 */
final class Delivery implements SlotRing.Retirer<InboundSlot> {
    private static final int ECN_MASK = 3;
    private static final int ECN_CE = 3;

    /** Protocol number of Tailscale's messages between nodes. */
    private static final int TSMP = 99;

    private final AllowedIps allowedIps;
    private final OwnerCache owners;
    private final DropCounters drops;
    private final TunWriter tunWriter;
    private final UnsafeBuffer slab;
    private final @Nullable PacketRing forNode;

    private @Nullable InboundFilter filter; // null: what the peer owns is let in

    // The run of authentic packets of one keypair that is under way; what it did is told once, at its end.
    private @Nullable Keypair runKeypair;
    private long runBytes;
    private boolean runHasData;
    private boolean runHasKeepalive;
    private int runMessage;

    Delivery(LaneContext context, UnsafeBuffer slab, TunWriter tunWriter) {
        allowedIps = context.allowedIps();
        owners = new OwnerCache(allowedIps);
        drops = context.drops();
        WireRings wire = context.wire();
        forNode = wire == null ? null : wire.packets();
        this.slab = slab;
        this.tunWriter = tunWriter;
    }

    /** Filters by these from here on; lane thread, while nothing is under way. */
    void onFilter(@Nullable ActiveFilter active) {
        if (active == null) {
            filter = null;
            return;
        }
        if (filter == null) {
            filter = new InboundFilter(allowedIps);
        }
        filter.use(active);
    }

    @Override
    public void retire(InboundSlot slot, Hands by) {
        if (filter != null) {
            filter.begin(slot.receivedNs);
        }
        for (int i = 0; i < slot.batchCount(); i++) {
            onBatch(slot, slot.batch(i), slot.origin(i), by);
        }
        endRun(slot.received, by.control(), slot.receivedNs);
        tunWriter.flush(by.queues());
    }

    private void onBatch(InboundSlot slot, AeadBatch opened, InboundSlot.Origin origin, Hands by) {
        for (int i = 0; i < opened.count; i++) {
            Keypair of = origin.keypair[i];
            origin.keypair[i] = null;
            if (of == null || (origin.authentic >>> i & 1) == 0) {
                drops.add(DropReason.AUTHENTICATION_FAILED, 1);
            } else if (!of.replayWindow().accept(opened.counter[i])) {
                boolean isLate = of.replayWindow().isBehind(opened.counter[i]);
                drops.add(isLate ? DropReason.BEHIND_REPLAY_WINDOW : DropReason.REPLAYED, 1);
            } else {
                onAuthentic(of, slot, origin, i, opened.length[i], by);
            }
        }
    }

    private void onAuthentic(Keypair of, InboundSlot slot, InboundSlot.Origin origin, int i, int length, Hands by) {
        if (of != runKeypair) {
            endRun(slot.received, by.control(), slot.receivedNs);
            runKeypair = of;
        }
        runBytes += Data.OVERHEAD + length;
        runMessage = origin.message[i];
        if (length == 0) {
            runHasKeepalive = true;
            return;
        }
        runHasData = true;
        deliver(of.peer(), origin.plaintext[i], length, slot.received.trafficClass(origin.message[i]), by);
    }

    private void deliver(Peer peer, int offset, int length, int outerTrafficClass, Hands by) {
        int inner = InnerPacket.trimmedLength(slab, offset, length);
        if (inner < 0) {
            drops.add(DropReason.INNER_MALFORMED, 1);
            return;
        }
        Peer owner = InnerPacket.isV6(slab, offset)
                ? owners.lookup6(InnerPacket.sourceHigh(slab, offset), InnerPacket.sourceLow(slab, offset))
                : owners.lookup4(InnerPacket.source4(slab, offset));
        if (owner != peer) {
            drops.add(DropReason.SOURCE_NOT_ALLOWED, 1);
            return;
        }
        DropReason refusal = filter == null ? null : filter.refusal(slab, offset, inner, peer);
        if (refusal != null) {
            drops.add(refusal, 1);
            return;
        }
        if (forNode != null && InnerPacket.protocol(slab, offset) == TSMP) {
            offer(forNode, offset, inner, by.control());
            return;
        }
        if ((outerTrafficClass & ECN_MASK) == ECN_CE) {
            InnerPacket.applyCongestion(slab, offset);
        }
        tunWriter.add(offset, inner, by.queues());
    }

    private void offer(PacketRing ring, int offset, int length, ControlProxy control) {
        if (ring.offer(slab, offset, length)) {
            control.wake();
        } else {
            drops.add(DropReason.PACKET_QUEUE_FULL, 1);
        }
    }

    private void endRun(ReceiveBatch received, ControlProxy control, long nowNs) {
        Keypair of = runKeypair;
        if (of == null) {
            return;
        }
        runKeypair = null;
        Peer peer = of.peer();
        follow(peer, received);
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

    /**
     * The peer's endpoint becomes where the run came from, or only its local side where somebody decides about the remote one. An
     * object is made only for a place that it was not at before.
     */
    private void follow(Peer peer, ReceiveBatch received) {
        Endpoint endpoint = peer.endpoint();
        boolean isManaged = peer.isEndpointManaged();
        if (isManaged && (endpoint == null || !received.isFromRemote(runMessage, endpoint))) {
            return;
        }
        peer.arrivedOn(received.arrivalInterface(runMessage));
        if (endpoint != null && received.isFrom(runMessage, endpoint)) {
            peer.heardFrom(endpoint);
            return;
        }
        Endpoint rejected = peer.rejectedSource();
        if (rejected != null && received.isFrom(runMessage, rejected)) {
            if (endpoint == null || !endpoint.isSameRemote(rejected)) {
                peer.endpoint(rejected.withoutLocal()); // it has been elsewhere
            }
            return;
        }
        Endpoint before = peer.heardFrom(); // the control agent forgets the source of a peer that is slow to answer
        Endpoint from = before != null && received.isFrom(runMessage, before) ? before : received.source(runMessage);
        peer.heardFrom(from);
        if (isManaged && endpoint != null) {
            peer.replaceEndpoint(endpoint, from); // of another that was set meanwhile nothing is known
        } else {
            peer.endpoint(from);
        }
    }
}
