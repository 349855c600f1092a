package io.penstock.node.daemon.core;

import io.penstock.node.core.Deadline;
import io.penstock.node.daemon.state.KeptMap;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.netmap.NetMap;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The map that a node goes by, and when it has to be kept on the disk: the first at once, then every ten seconds at most. */
final class LastMap {
    /** A map is kept so often at most. */
    static final long KEEP_NS = Duration.ofSeconds(10).toNanos();

    private final Deadline keep = new Deadline();
    private @Nullable NetMap map;
    private @Nullable Instant at;
    private boolean isCached;
    private boolean isKept = true;
    private String trouble = "";

    @Nullable NetMap map() {
        return map;
    }

    /** When the coordinator has said it, or null. */
    @Nullable Instant at() {
        return at;
    }

    /** Whether it is of before a restart, and the coordinator has not said another one since. */
    boolean isCached() {
        return isCached;
    }

    /** Goes by what was kept. */
    void restore(KeptMap kept) {
        map = kept.map();
        at = kept.keptAt();
        isCached = true;
    }

    void onMap(NetMap next, long nowNs, Instant now) {
        map = next;
        at = now;
        isCached = false;
        isKept = false;
        if (!keep.isSet()) {
            keep.set(nowNs); // the first at once
        }
    }

    /** What is to be kept now because its time has come, or null. */
    @Nullable KeptMap onTime(long nowNs) {
        if (!keep.isDue(nowNs)) {
            return null;
        }
        KeptMap due = takeUnkept();
        if (due == null) {
            keep.clear();
        } else {
            keep.set(nowNs + KEEP_NS);
        }
        return due;
    }

    /** It is kept. */
    void onKept(KeptMap what) {
        trouble = "";
        isKept |= what.map().equals(map);
    }

    /** It could not be kept, and is tried again in its time. */
    void onNotKept(String why) {
        trouble = why;
    }

    /** Why the last map is not kept; empty if it is, or will be. */
    String trouble() {
        return trouble;
    }

    /** The node has another key: the same map is good for that, and is kept so at once. */
    void onOtherKey(NodeKey key, long nowNs) {
        NetMap of = map;
        if (of != null) {
            map = new NetMap(
                    of.self().toBuilder().key(key).build(),
                    of.peers(),
                    of.derpMap(),
                    of.dns(),
                    of.domain(),
                    of.filterChunks(),
                    of.users(),
                    of.health(),
                    of.controlTime());
            isKept = false;
            keep.set(nowNs);
        }
    }

    /** What is to be kept if this is the end, or null. */
    @Nullable KeptMap takeUnkept() {
        NetMap unkept = isKept ? null : map;
        return unkept == null || at == null ? null : new KeptMap(unkept, at);
    }

    void forget() {
        keep.clear();
        map = null;
        at = null;
        isCached = false;
        isKept = true;
        trouble = "";
    }

    long leftNs(long nowNs) {
        return keep.leftNs(nowNs);
    }
}
