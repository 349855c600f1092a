package io.penstock.engine.filter;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.AllowedIps;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Judges packets that came from peers. Owned by whoever delivers, one thread at a time; allocates nothing.
 *
 * <p>What opens something needs a rule. Answers need none: UDP and SCTP of flows that were begun here; segments of TCP that open no connection,
 * unless the connection was opened by the peer under a rule that is gone; answers to echo requests; and errors about packets that were
 * sent to the very peer that they come from. The decisions, and where stock nodes differ: {@code docs/decisions/0015}.
 */
public final class InboundFilter {
    /** How long the other side may be silent and still answer, in units of {@link TrackedFlows#tick}: an hour. */
    static final int ANSWER_TICKS = 3_350;

    private static final int ECHO_REPLY4 = 0;
    private static final int UNREACHABLE4 = 3;
    private static final int REDIRECT4 = 5;
    private static final int TIME_EXCEEDED4 = 11;
    private static final int PARAMETER_PROBLEM4 = 12;

    private static final int UNREACHABLE6 = 1;
    private static final int PARAMETER_PROBLEM6 = 4;
    private static final int ECHO_REPLY6 = 129;
    private static final int ROUTER_SOLICITATION6 = 133;
    private static final int REDIRECT6 = 137;

    /** Bytes of an ICMP error before the packet that it is about. */
    private static final int ERROR_HEADER_LENGTH = 8;

    private static final int MULTICAST4 = 0xe; // highest four bits
    private static final int LINK_LOCAL4 = 0xa9fe; // highest sixteen bits
    private static final int METADATA4 =
            0xa9fea9fe; // 169.254.169.254, which clouds answer at; stock nodes except it too

    private final AllowedIps allowedIps;
    private final PacketHeader packet = new PacketHeader();
    private final LastFlow last = new LastFlow();

    private PacketFilter rules = PacketFilter.NOTHING;
    private @Nullable TrackedFlows flows;
    private @Nullable FlowKey flow;
    private int generation;
    private int tick;

    /** @param allowedIps whom the tunnel sends to */
    public InboundFilter(AllowedIps allowedIps) {
        this.allowedIps = allowedIps;
    }

    /** Filters by these from here on. */
    public void use(ActiveFilter filter) {
        rules = filter.rules;
        generation = filter.generation;
        last.forget();
        if (flows != filter.flows) {
            flows = filter.flows;
            flow = filter.flows.key();
        }
    }

    /** A batch of packets begins. */
    public void begin(long nowNs) {
        int now = present(flows).tick(nowNs);
        if (now != tick) {
            tick = now;
            last.forget(); // its flow has to be marked as seen
        }
    }

    /**
     * Judges a packet; those of a run of one flow are judged once.
     *
     * @param length of the IP packet, which has at least the header of its version
     * @param from who sent it, and owns its source address
     * @return null if it may go on, or why not
     */
    public @Nullable DropReason refusal(UnsafeBuffer buffer, int offset, int length, Peer from) {
        if (last.isContinuedBy(buffer, offset, length)) {
            return null;
        }
        last.forget();
        DropReason fault = packet.read(buffer, offset, length);
        if (fault != null) {
            return fault;
        }
        if (!isForUs()) {
            return DropReason.FILTERED_DESTINATION;
        }
        if (packet.isLaterFragment) {
            return null; // worth nothing without the first, which was judged
        }
        DropReason refusal = judge(buffer, offset + length, from);
        if (refusal == null) {
            last.remember(packet, buffer, offset);
        }
        return refusal;
    }

    private boolean isForUs() {
        if (packet.isV6) {
            long high = packet.destinationHigh();
            boolean isMulticast = high >>> 56 == 0xff;
            boolean isLinkLocal = high >>> 54 == 0xfe80 >>> 6;
            return !isMulticast && !isLinkLocal && rules.isLocal6(high, packet.destinationLow());
        }
        int destination = packet.destination4();
        boolean isMulticast = destination >>> 28 == MULTICAST4;
        boolean isLinkLocal = destination >>> 16 == LINK_LOCAL4 && destination != METADATA4;
        return !isMulticast && !isLinkLocal && rules.isLocal4(destination);
    }

    private @Nullable DropReason judge(DirectBuffer buffer, int end, Peer from) {
        int protocol = packet.protocol;
        if (protocol == Ip.TCP) {
            return packet.opensTcp() ? judgeOpening() : judgeSegment();
        }
        if (protocol == Ip.UDP || protocol == Ip.SCTP) {
            return judgeDatagram();
        }
        if (protocol == (packet.isV6 ? Ip.ICMP6 : Ip.ICMP4)) {
            return packet.isV6 ? judgeIcmp6(buffer, end, from) : judgeIcmp4(buffer, end, from);
        }
        if (protocol == Ip.TSMP) {
            return null; // between the nodes themselves
        }
        return byRule(PortSet.key(protocol, 0));
    }

    private @Nullable DropReason judgeOpening() {
        DropReason refusal = byRule(PortSet.key(Ip.TCP, packet.destinationPort));
        if (refusal == null) {
            FlowKey key = present(flow);
            key.readInbound(packet);
            present(flows).beginThere(key, generation, tick);
        }
        return refusal;
    }

    /** A connection that is not known began before this node, or takes another way out; as on stock nodes it goes on. */
    private @Nullable DropReason judgeSegment() {
        TrackedFlows known = present(flows);
        FlowKey key = present(flow);
        key.readInbound(packet);
        int at = known.find(key);
        if (at == TrackedFlows.UNKNOWN) {
            return null;
        }
        known.seen(at, tick);
        if (known.isBegunHere(at) || known.isOfGeneration(at, generation)) {
            return null;
        }
        if (byRule(PortSet.key(Ip.TCP, packet.destinationPort)) != null) {
            return DropReason.FILTERED_REVOKED;
        }
        known.beginThere(key, generation, tick);
        return null;
    }

    private @Nullable DropReason judgeDatagram() {
        TrackedFlows known = present(flows);
        FlowKey key = present(flow);
        key.readInbound(packet);
        int at = known.find(key);
        boolean isAnswer = at != TrackedFlows.UNKNOWN
                && (known.isBegunHere(at)
                        ? !known.isIdle(at, ANSWER_TICKS, tick)
                        : known.isOfGeneration(at, generation));
        if (isAnswer) {
            known.seen(at, tick);
            return null;
        }
        DropReason refusal = byRule(PortSet.key(packet.protocol, packet.destinationPort));
        if (refusal == null) {
            known.beginThere(key, generation, tick);
        } else if (at != TrackedFlows.UNKNOWN && !known.isBegunHere(at)) {
            return DropReason.FILTERED_REVOKED;
        }
        return refusal;
    }

    private @Nullable DropReason judgeIcmp4(DirectBuffer buffer, int end, Peer from) {
        int type = packet.icmpType();
        return switch (type) {
            case ECHO_REPLY4 -> packet.icmpCode() == 0 ? null : byRule(PortSet.ICMP);
            case UNREACHABLE4, TIME_EXCEEDED4, PARAMETER_PROBLEM4 -> judgeError4(buffer, end, from);
            case REDIRECT4 -> DropReason.FILTERED_NO_RULE; // among neighbours at a link only
            default -> byRule(PortSet.ICMP);
        };
    }

    private @Nullable DropReason judgeIcmp6(DirectBuffer buffer, int end, Peer from) {
        int type = packet.icmpType();
        if (type >= UNREACHABLE6 && type <= PARAMETER_PROBLEM6) {
            return judgeError6(buffer, end, from);
        }
        if (type == ECHO_REPLY6 && packet.icmpCode() == 0) {
            return null;
        }
        if (type >= ROUTER_SOLICITATION6 && type <= REDIRECT6) {
            return DropReason.FILTERED_NO_RULE; // among neighbours at a link only
        }
        return byRule(PortSet.ICMP);
    }

    /** Whether the packet that an error is about was sent from where the error goes, and to the peer that the error comes from. */
    private @Nullable DropReason judgeError4(DirectBuffer buffer, int end, Peer from) {
        int about = packet.transport + ERROR_HEADER_LENGTH;
        boolean isSentByUs = end - about >= Ip.V4_HEADER_LENGTH
                && (buffer.getByte(about) & 0xf0) == 0x40
                && buffer.getInt(about + Ip.V4_SOURCE, BIG_ENDIAN) == packet.destination4()
                && allowedIps.lookup4(buffer.getInt(about + Ip.V4_DESTINATION, BIG_ENDIAN)) == from;
        return isSentByUs ? null : DropReason.FILTERED_ICMP_ERROR;
    }

    private @Nullable DropReason judgeError6(DirectBuffer buffer, int end, Peer from) {
        int about = packet.transport + ERROR_HEADER_LENGTH;
        boolean isSentByUs = end - about >= Ip.V6_HEADER_LENGTH
                && (buffer.getByte(about) & 0xf0) == 0x60
                && buffer.getLong(about + Ip.V6_SOURCE, BIG_ENDIAN) == packet.destinationHigh()
                && buffer.getLong(about + Ip.V6_SOURCE + 8, BIG_ENDIAN) == packet.destinationLow()
                && allowedIps.lookup6(
                                buffer.getLong(about + Ip.V6_DESTINATION, BIG_ENDIAN),
                                buffer.getLong(about + Ip.V6_DESTINATION + 8, BIG_ENDIAN))
                        == from;
        return isSentByUs ? null : DropReason.FILTERED_ICMP_ERROR;
    }

    private @Nullable DropReason byRule(int key) {
        boolean isAllowed = packet.isV6
                ? rules.allows6(
                        packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(), packet.destinationLow(), key)
                : rules.allows4(packet.source4(), packet.destination4(), key);
        return isAllowed ? null : DropReason.FILTERED_NO_RULE;
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("no filter in use");
        }
        return value;
    }
}
