package io.penstock.engine.filter;

import io.penstock.wireguard.DropReason;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Notes the flows that go out, so that their answers are let in. Asked once for each packet or superpacket of the interface. Owned by one
 * lane; allocates nothing.
 */
public final class OutboundFlows {
    /**
     * How long an exchange of datagrams that the other side began stays its own while only this side sends, in units of {@link
     * TrackedFlows#tick}: three minutes.
     */
    static final int THEIRS_TICKS = 168;

    private final PacketHeader packet = new PacketHeader();
    private @Nullable TrackedFlows flows;
    private @Nullable FlowKey flow;

    /** Notes flows for this filter from here on. */
    public void use(ActiveFilter filter) {
        if (flows != filter.flows) {
            flows = filter.flows;
            flow = filter.flows.key();
        }
    }

    /**
     * A packet goes out.
     *
     * @param length of the IP packet, which has at least the header of its version
     */
    public void onPacket(DirectBuffer buffer, int offset, int length, long nowNs) {
        TrackedFlows known = flows;
        FlowKey key = flow;
        if (known == null || key == null) {
            return;
        }
        DropReason fault = packet.read(buffer, offset, length);
        if (fault != null || packet.isLaterFragment) {
            return; // of no flow
        }
        if (packet.protocol == Ip.TCP) {
            if (packet.opensTcp()) {
                key.readOutbound(packet);
                known.beginHere(key, known.tick(nowNs));
            }
        } else if (packet.protocol == Ip.UDP || packet.protocol == Ip.SCTP) {
            key.readOutbound(packet);
            onDatagram(known, key, known.tick(nowNs));
        }
    }

    private static void onDatagram(TrackedFlows known, FlowKey key, int now) {
        int at = known.find(key);
        if (at == TrackedFlows.UNKNOWN) {
            known.beginHere(key, now);
        } else if (known.isBegunHere(at)) {
            known.seen(at, now);
        } else if (known.isIdle(at, THEIRS_TICKS, now)) {
            known.beginHere(key, now);
        }
    }
}
