package io.penstock.relay.edge;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameType;
import io.penstock.protocol.disco.DiscoPacket;
import io.penstock.protocol.key.NodeKey;
import io.penstock.relay.core.Client;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.Destination;
import io.penstock.relay.core.Forwarder;
import io.penstock.relay.core.Link;
import io.penstock.relay.core.Outbox;
import io.penstock.relay.core.Relay;
import io.penstock.relay.core.Target;
import io.penstock.wireguard.PublicKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Passes a client's packets on. A packet for somebody and a packet from somebody have headers of one length, so a frame is made
 * the other where it is, and frames for one receiver that are one behind the other travel as one piece. Receivers are woken when
 * a good deal was handed over, or when there is nothing more to read. On the sender's event loop.
 */
final class PacketSorter {
    /** Most bytes that travel, and are dropped, as one. */
    private static final int MAX_RUN = 32 << 10;

    /** So many bytes are worth waking their receivers for. */
    private static final int WAKE_BYTES = 64 << 10;

    /** No message of WireGuard begins like this, so most packets are looked at no further. */
    private static final byte DISCO_FIRST_BYTE = 'T';

    private static final int KEY_LENGTH = PublicKey.LENGTH;
    private static final int PACKET_OFFSET = Frame.HEADER_LENGTH + KEY_LENGTH;
    private static final int FORWARDED_OFFSET = PACKET_OFFSET + KEY_LENGTH;

    private final Relay relay;
    private final Client sender;
    private final byte[] senderKey;
    private final List<Link> toWake = new ArrayList<>();
    private final byte[] discoPrefix = new byte[DiscoPacket.MIN_LENGTH];
    private int unwokenBytes;

    // Of this buffer, not counted yet.
    private int receivedPackets;
    private int receivedBytes;

    // The destination of the packet before, null if it is not here.
    private @Nullable NodeKey lastKey;
    private @Nullable Destination lastDestination;
    private long lastKey0;
    private long lastKey1;
    private long lastKey2;
    private long lastKey3;

    // Frames that go on as one piece; none if the receiver is null.
    private @Nullable Client runReceiver;
    private @Nullable ByteBuf runBuffer;
    private int runStart;
    private int runEnd;
    private int runPackets;

    private @Nullable Client lastHearer;

    PacketSorter(Relay relay, Client sender) {
        this.relay = relay;
        this.sender = sender;
        senderKey = sender.key().value().toBytes();
    }

    /**
     * Passes on the packet of a {@code sendPacket}.
     *
     * @param start where its header is
     * @param length of its payload
     */
    void onSend(ByteBuf in, int start, int length) throws RelayClosed {
        if (length < KEY_LENGTH) {
            throw new RelayClosed(CloseReason.FRAME_MALFORMED);
        }
        receivedPackets++;
        receivedBytes += Frame.HEADER_LENGTH + length;
        boolean isDisco = isDisco(in, start + PACKET_OFFSET, length - KEY_LENGTH);
        Destination destination = find(in, start + Frame.HEADER_LENGTH);
        Target target = destination == null ? null : destination.target();
        switch (target) {
            case null -> relay.onUnknown(sender, lastKey(), isDisco, System.nanoTime());
            case Client receiver -> {
                in.setByte(start, FrameType.RECV_PACKET).setBytes(start + Frame.HEADER_LENGTH, senderKey);
                if (receiver != lastHearer) {
                    relay.onHeard(receiver, sender);
                    lastHearer = receiver;
                }
                addToRun(receiver, in, start, Frame.HEADER_LENGTH + length, isDisco);
            }
            case Forwarder forwarder -> {
                endRun();
                forward(forwarder, in, start, length, isDisco);
            }
        }
    }

    private void addToRun(Client receiver, ByteBuf in, int start, int frameLength, boolean isDisco) {
        if (isDisco) {
            offer(receiver, FrameParcel.of(in, start, frameLength, 1, true));
            return;
        }
        if (receiver == runReceiver && start == runEnd && runEnd - runStart + frameLength <= MAX_RUN) {
            runEnd += frameLength;
            runPackets++;
            return;
        }
        endRun();
        runReceiver = receiver;
        runBuffer = in;
        runStart = start;
        runEnd = start + frameLength;
        runPackets = 1;
    }

    /** The run, if there is one, goes to its receiver. */
    private void endRun() {
        if (runReceiver != null && runBuffer != null) {
            offer(runReceiver, FrameParcel.of(runBuffer, runStart, runEnd - runStart, runPackets, false));
            runReceiver = null;
            runBuffer = null;
        }
    }

    /** To another relay the packet goes with both keys, for which there is no room where it is. */
    private void forward(Forwarder forwarder, ByteBuf in, int start, int length, boolean isDisco) {
        int forwarded = length + KEY_LENGTH;
        ByteBuf frame = in.alloc()
                .buffer(Frame.HEADER_LENGTH + forwarded)
                .writeByte(FrameType.FORWARD_PACKET)
                .writeInt(forwarded)
                .writeBytes(senderKey)
                .writeBytes(in, start + Frame.HEADER_LENGTH, length);
        relay.counters().onForwarded(1);
        offer(forwarder, new FrameParcel(frame, 1, isDisco));
    }

    /** Passes on the packet of a {@code forwardPacket}, to a client that is here and to nobody else. */
    void onForward(ByteBuf in, int start, int length) throws RelayClosed {
        if (length < 2 * KEY_LENGTH) {
            throw new RelayClosed(CloseReason.FRAME_MALFORMED);
        }
        receivedPackets++;
        receivedBytes += Frame.HEADER_LENGTH + length;
        boolean isDisco = isDisco(in, start + FORWARDED_OFFSET, length - 2 * KEY_LENGTH);
        Destination destination = find(in, start + PACKET_OFFSET);
        if (destination == null || !(destination.target() instanceof Client receiver)) {
            relay.onUnknown(sender, lastKey(), isDisco, System.nanoTime());
            return;
        }
        noteSource(receiver, in, start + Frame.HEADER_LENGTH);
        // The source moves up to where the destination was, and the shorter header comes before it.
        int moved = start + KEY_LENGTH;
        in.setBytes(moved + Frame.HEADER_LENGTH, in, start + Frame.HEADER_LENGTH, KEY_LENGTH);
        in.setByte(moved, FrameType.RECV_PACKET).setInt(moved + 1, length - KEY_LENGTH);
        offer(receiver, FrameParcel.of(in, moved, Frame.HEADER_LENGTH + length - KEY_LENGTH, 1, isDisco));
    }

    private void noteSource(Client receiver, ByteBuf in, int keyOffset) {
        NodeKey key = key(in, keyOffset);
        Destination source = relay.find(key);
        if (source == null) {
            relay.onHeardEarly(receiver, key);
        } else {
            relay.onHeard(receiver, source);
        }
    }

    private void offer(Target target, FrameParcel parcel) {
        unwokenBytes += parcel.bytes();
        Outbox outbox = target.outbox();
        if (outbox.offer(parcel)) {
            toWake.add(target.link());
        }
    }

    private boolean isDisco(ByteBuf in, int start, int length) {
        if (length < DiscoPacket.MIN_LENGTH || in.getByte(start) != DISCO_FIRST_BYTE) {
            return false;
        }
        in.getBytes(start, discoPrefix);
        return DiscoPacket.looksLikeOne(discoPrefix, 0, discoPrefix.length);
    }

    /** Who has the key at this offset; looked up again only if it is another than the last one's. */
    private @Nullable Destination find(ByteBuf in, int offset) {
        long key0 = in.getLong(offset);
        long key1 = in.getLong(offset + Long.BYTES);
        long key2 = in.getLong(offset + 2 * Long.BYTES);
        long key3 = in.getLong(offset + 3 * Long.BYTES);
        Destination last = lastDestination;
        if (last != null
                && !last.isGone()
                && key0 == lastKey0
                && key1 == lastKey1
                && key2 == lastKey2
                && key3 == lastKey3) {
            return last;
        }
        NodeKey key = key(in, offset);
        lastKey = key;
        lastKey0 = key0;
        lastKey1 = key1;
        lastKey2 = key2;
        lastKey3 = key3;
        lastDestination = relay.find(key);
        return lastDestination;
    }

    private static NodeKey key(ByteBuf in, int offset) {
        byte[] bytes = new byte[KEY_LENGTH];
        in.getBytes(offset, bytes);
        return NodeKey.of(bytes);
    }

    private NodeKey lastKey() {
        return lastKey == null ? NodeKey.ZERO : lastKey;
    }

    /** Everything of this buffer goes on its way. */
    void onBufferEnd() {
        endRun();
        if (receivedPackets > 0) {
            relay.counters().onReceived(receivedPackets, receivedBytes);
            receivedPackets = 0;
            receivedBytes = 0;
        }
        if (unwokenBytes >= WAKE_BYTES) {
            wakeAll();
        }
    }

    /** There is nothing more to read for now. */
    void wakeAll() {
        unwokenBytes = 0;
        for (int i = 0; i < toWake.size(); i++) {
            toWake.get(i).wake();
        }
        toWake.clear();
    }
}
