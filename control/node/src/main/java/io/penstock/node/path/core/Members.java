package io.penstock.node.path.core;

import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.Node;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The peers of a node, by their key and by the number of their relay endpoint, and whose time comes next. Owned by {@link PathCore}. */
final class Members {
    private record Due(long atNs, Member member) {}

    private final Map<NodeKey, Member> byKey = new HashMap<>();
    private final Map<Long, Member> byRelayId = new HashMap<>();
    private final PriorityQueue<Due> due = new PriorityQueue<>((a, b) -> Long.signum(a.atNs() - b.atNs()));
    private int active;
    private long nextRelayId = 1;

    @Nullable Member get(NodeKey key) {
        return byKey.get(key);
    }

    @Nullable Member ofRelay(long relayId) {
        return byRelayId.get(relayId);
    }

    Collection<Member> all() {
        return byKey.values();
    }

    /** Whether there is traffic with anybody. */
    boolean isAnyActive() {
        return active > 0;
    }

    /** A number for the relay endpoint of a peer that is new. */
    long nextRelayId() {
        return nextRelayId++;
    }

    Member add(PeerPath path, Node node) {
        Member member = new Member(path, node);
        byKey.put(path.key(), member);
        byRelayId.put(path.relayId(), member);
        return member;
    }

    /** The member's node has another key. */
    void renew(Member member, NodeKey successor) {
        byKey.remove(member.key());
        member.path.renewKey(successor);
        byKey.put(successor, member);
    }

    void remove(Member member) {
        onActive(member.path.isActive(), false);
        byKey.remove(member.key());
        byRelayId.remove(member.path.relayId());
        member.isScheduled = false;
    }

    /** Counts a member that has become active, or is so no more. */
    void onActive(boolean before, boolean now) {
        if (before != now) {
            active += now ? 1 : -1;
        }
    }

    /** Notes when it is next looked at. */
    void schedule(Member member, long nowNs) {
        long leftNs = member.path.leftNs(nowNs);
        if (leftNs == Long.MAX_VALUE) {
            member.isScheduled = false;
            return;
        }
        long atNs = nowNs + leftNs;
        if (!member.isScheduled || atNs - member.scheduledNs < 0) {
            member.isScheduled = true;
            member.scheduledNs = atNs;
            due.add(new Due(atNs, member));
        }
    }

    /** A member whose time has come, or null; for calls until there is none. */
    @Nullable Member takeDue(long nowNs) {
        for (Due next = due.peek(); next != null && nowNs - next.atNs() >= 0; next = due.peek()) {
            due.remove();
            Member member = next.member();
            if (member.isScheduled && member.scheduledNs == next.atNs()) { // else it was scheduled anew, or is gone
                member.isScheduled = false;
                return member;
            }
        }
        return null;
    }

    /** Nanoseconds until somebody's time comes; {@code Long.MAX_VALUE} for never. */
    long leftNs(long nowNs) {
        Due next = due.peek();
        return next == null ? Long.MAX_VALUE : Math.max(0, next.atNs() - nowNs);
    }
}
