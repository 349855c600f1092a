package io.penstock.engine.aead;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Another engine, helped by the {@link VectorEngine} as soon and as long as that pays: groups of packets that are full enough go to
 * the vector kernels, the rest to the other. Owned by one thread; {@link VectorTuner}, on a thread of its own, decides and
 * publishes. Allocates nothing where the other engine does not.
 */
final class HybridEngine implements AeadEngine {
    /** What the tuner has prepared for this engine alone: kernels with their scratch memory, and when to use them. */
    record Share(VectorEngine vector, BreakEven breakEven) {}

    /** So many packets in company are traffic that is worth a warm-up or another look. */
    private static final int NOTICE_PACKETS = 4096;

    private final AeadEngine base;
    private final VectorTuner tuner;

    /** Null: all to the base. Release store by the tuner, acquire load here: the share is complete when it is seen. */
    private final AtomicReference<@Nullable Share> share = new AtomicReference<>();

    private final Grouping grouping = new Grouping();
    private final AeadBatch rest = new AeadBatch();
    private final int[] restIndex = new int[AeadBatch.CAPACITY];
    private int untilNotice = NOTICE_PACKETS;
    private boolean closed;

    private @Nullable VectorEngine
            vector; // guarded by the tuner; made once, since a batch may be under way when it is published again

    /** Takes the base over, and closes it. */
    HybridEngine(AeadEngine base, VectorTuner tuner) {
        this.base = base;
        this.tuner = tuner;
        tuner.add(this);
    }

    /** The base's: what is in use at the start, and works without help. */
    @Override
    public String name() {
        return base.name();
    }

    /** What is in use at the moment; any thread may ask. */
    @Override
    public String describe() {
        Share current = share.getAcquire();
        return current == null ? base.describe() : current.vector().describe() + " over " + base.describe();
    }

    /**
     * One more, for another thread.
     *
     * @throws EngineUnavailableException if the base gives no more
     */
    HybridEngine another() throws EngineUnavailableException {
        return new HybridEngine(AeadEngines.open(base.name()), tuner);
    }

    /** Read by the tuner under its lock. */
    @Nullable VectorEngine vector() {
        return vector;
    }

    /** By the tuner, which holds its lock: from the next batch on groups that pay by this table go to the kernels, or none do. */
    void publish(@Nullable BreakEven table) {
        if (table == null) {
            share.setRelease(null);
            return;
        }
        VectorEngine mine = vector;
        if (mine == null) {
            mine = VectorEngine.afterLoad();
            vector = mine;
        }
        share.setRelease(new Share(mine, table));
    }

    @Override
    public void seal(AeadBatch batch) {
        run(true, batch);
    }

    @Override
    public long open(AeadBatch batch) {
        return run(false, batch);
    }

    private long run(boolean isSealing, AeadBatch batch) {
        Share current = share.getAcquire();
        if (batch.count > 1) {
            notice(batch.count);
        }
        if (current == null || batch.count < current.breakEven().least()) {
            return runBase(isSealing, batch);
        }
        return runGroups(isSealing, batch, current);
    }

    private void notice(int packets) {
        untilNotice -= packets;
        if (untilNotice < 0) {
            untilNotice = NOTICE_PACKETS;
            tuner.onTraffic();
        }
    }

    private long runBase(boolean isSealing, AeadBatch batch) {
        if (isSealing) {
            base.seal(batch);
            return 0;
        }
        return base.open(batch);
    }

    private long runGroups(boolean isSealing, AeadBatch batch, Share current) {
        long authentic = 0;
        grouping.clear();
        rest.clear();
        for (int i = 0; i < batch.count; i++) {
            int kind = grouping.add(i, batch.length[i]);
            if (kind == Grouping.NO_ROOM) {
                leave(batch, i); // too many kinds: none of them will be many
            } else if (grouping.isFull(kind)) {
                authentic |= runKind(isSealing, batch, kind, current);
            }
        }
        for (int kind = 0; kind < grouping.kinds(); kind++) {
            authentic |= runKind(isSealing, batch, kind, current);
        }
        current.vector().wipe();
        return rest.count == 0 ? authentic : authentic | runRest(isSealing);
    }

    /** The packets of one kind, in a group if there are enough of them. */
    private long runKind(boolean isSealing, AeadBatch batch, int kind, Share current) {
        int count = grouping.count(kind);
        if (count == 0) {
            return 0;
        }
        int chunks = Grouping.chunks(batch.length[grouping.member(kind, 0)]);
        if (count >= current.breakEven().packets(chunks)) {
            return current.vector().run(isSealing, batch, grouping, kind);
        }
        for (int i = 0; i < count; i++) {
            leave(batch, grouping.member(kind, i));
        }
        grouping.empty(kind);
        return 0;
    }

    private void leave(AeadBatch batch, int i) {
        restIndex[rest.count] = i;
        rest.add(batch.key[i], batch.counter[i], batch.source[i], batch.destination[i], batch.length[i]);
    }

    private long runRest(boolean isSealing) {
        long bits = runBase(isSealing, rest);
        long authentic = 0;
        for (int i = 0; i < rest.count; i++) {
            authentic |= (bits >>> i & 1L) << restIndex[i];
        }
        return authentic;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        VectorEngine mine = tuner.remove(this);
        if (mine != null) {
            mine.close();
        }
        base.close();
    }
}
