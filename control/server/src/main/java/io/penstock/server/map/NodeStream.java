package io.penstock.server.map;

import io.penstock.protocol.message.FilterRule;
import io.penstock.protocol.message.PingRequest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * One node's stream: what it was told, and what may have changed since. A peer is known or not; since each frame tells all there is,
 * one version says how much of every known peer was told. Everything but the stream's own methods is guarded by the domain's lock.
 */
final class NodeStream implements MapStream {
    /** Beyond so many touched peers all are looked at: the set would cost more than it saves. */
    static final int MAX_TOUCHED = 1024;

    private static final int FEW = 8;

    /** What besides peers has to be looked at. */
    enum Aspect {
        SELF,
        FILTER,
        NAMES,
        RELAYS,
        /** Every peer, seen or known. */
        VIEW,
        /** Known routers: the viewer may use other routes of them now. */
        ROUTES;

        int bit() {
            return 1 << ordinal();
        }
    }

    /** Which message comes next. */
    enum Stage {
        FIRST,
        GOING_ON,
        /** The node may no longer take part: one more message says so. */
        LAST,
        ENDED
    }

    private final DomainMaps domain;
    private final Runnable wake;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();
    final long nodeId;
    final boolean once;
    final LongHashSet known = new LongHashSet(FEW);
    final LongHashSet knownUsers = new LongHashSet(FEW);
    final LongHashSet staleUsers = new LongHashSet(FEW);
    final LongHashSet touched = new LongHashSet(FEW);
    List<FilterRule> toldFilter = List.of();
    long toldVersion;
    Stage stage = Stage.FIRST;

    @Nullable PingRequest ping; // to go out with what comes next

    private boolean begun;
    private int aspects;
    private boolean idle; // whoever polls waits for the wake

    /**
     * A stream that waits to be opened.
     *
     * @param once it ends after one whole map
     * @param onClose called once, when it is closed
     */
    NodeStream(DomainMaps domain, long nodeId, boolean once, Runnable wake, Runnable onClose) {
        this.domain = domain;
        this.onClose = onClose;
        this.nodeId = nodeId;
        this.once = once;
        this.wake = wake;
    }

    @Override
    public @Nullable ByteBuffer poll() {
        return domain.poll(this);
    }

    @Override
    public boolean isEnded() {
        return domain.isEnded(this);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            domain.close(this);
            onClose.run();
        }
    }

    /** Calls for the next poll; without a lock held. */
    void wake() {
        wake.run();
    }

    void touch(long peer) {
        if (stage != Stage.GOING_ON || isDue(Aspect.VIEW)) {
            return; // what comes next tells it anyway
        }
        if (touched.size() < MAX_TOUCHED) {
            touched.add(peer);
        } else {
            touched.clear();
            mark(Aspect.VIEW);
        }
    }

    void mark(Aspect aspect) {
        if (stage == Stage.GOING_ON) {
            aspects |= aspect.bit();
        }
    }

    boolean isDue(Aspect aspect) {
        return (aspects & aspect.bit()) != 0;
    }

    /** Whether it was told anything. */
    boolean hasBegun() {
        return begun;
    }

    /** All that was marked is told up to {@code version}. */
    void told(long version) {
        begun = true;
        toldVersion = version;
        aspects = 0;
        ping = null;
        clear(touched);
        clear(staleUsers);
    }

    private static void clear(LongHashSet set) {
        if (!set.isEmpty()) {
            set.clear();
            set.compact(); // it may have been large once, and there are many streams
        }
    }

    /** There is nothing to say: the next thing that happens has to wake. */
    void rest() {
        idle = true;
    }

    /** Whether somebody waits for the wake; nobody does after this. */
    boolean stopResting() {
        boolean was = idle;
        idle = false;
        return was;
    }
}
