package io.penstock.engine.filter;

import io.penstock.engine.filter.NaiveFilter.Address;
import io.penstock.wireguard.DropReason;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The twin of {@link InboundFilter} and {@link OutboundFlows}: the same decisions in the plainest way, about packets that it need not
 * parse, with a memory that has no end.
 */
final class NaiveGate {
    /** A whole packet. */
    record Packet(
            Address source, Address destination, int protocol, int sourcePort, int destinationPort, int tcpFlags) {
        Packet reversed() {
            return new Packet(destination, source, protocol, destinationPort, sourcePort, tcpFlags);
        }
    }

    private record Flow(Address remote, Address local, int protocol, int remotePort, int localPort) {
        static Flow of(Packet in) {
            return new Flow(in.source, in.destination, in.protocol, in.sourcePort, in.destinationPort);
        }
    }

    private static final class Memory {
        boolean isOurs;
        long lastSeen; // seconds
    }

    private static final List<Integer> DATAGRAMS = List.of(17, 132);

    private final Map<Flow, Memory> flows = new HashMap<>();
    private NaiveFilter rules;
    private long now;

    NaiveGate(NaiveFilter rules) {
        this.rules = rules;
    }

    void replace(NaiveFilter others) {
        rules = others;
    }

    void pass(long seconds) {
        now += seconds;
    }

    void out(Packet packet) {
        Flow flow = Flow.of(packet.reversed());
        boolean opens = packet.protocol == 6 && (packet.tcpFlags & 0x12) == 0x02;
        if (opens) {
            note(flow, true);
        } else if (DATAGRAMS.contains(packet.protocol)) {
            Memory memory = flows.get(flow);
            if (memory == null || memory.isOurs || now - memory.lastSeen > 180) {
                note(flow, true);
            }
        }
    }

    private void note(Flow flow, boolean isOurs) {
        Memory memory = flows.computeIfAbsent(flow, key -> new Memory());
        memory.isOurs = isOurs;
        memory.lastSeen = now;
    }

    @Nullable DropReason in(Packet packet) {
        if (!NaiveFilter.contains(rules.local(), packet.destination)) {
            return DropReason.FILTERED_DESTINATION;
        }
        boolean isAllowed = rules.allows(packet.source, packet.destination, packet.protocol, packet.destinationPort);
        DropReason byRule = isAllowed ? null : DropReason.FILTERED_NO_RULE;
        Flow flow = Flow.of(packet);
        Memory memory = flows.get(flow);
        if (packet.protocol == 6) {
            boolean opens = (packet.tcpFlags & 0x12) == 0x02;
            if (opens) {
                if (isAllowed) {
                    note(flow, false);
                }
                return byRule;
            }
            return memory == null || memory.isOurs || isAllowed ? null : DropReason.FILTERED_REVOKED;
        }
        if (DATAGRAMS.contains(packet.protocol)) {
            if (memory != null && memory.isOurs && now - memory.lastSeen <= 3600) {
                note(flow, true);
                return null;
            }
            if (isAllowed) {
                note(flow, false);
                return null;
            }
            return memory != null && !memory.isOurs ? DropReason.FILTERED_REVOKED : byRule;
        }
        return packet.protocol == 99 ? null : byRule;
    }
}
