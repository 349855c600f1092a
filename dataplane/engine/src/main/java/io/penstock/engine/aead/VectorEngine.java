package io.penstock.engine.aead;

/**
 * Pure Java on the Vector API: every packet of a batch goes through a {@link PacketGroup}, also when that is not full. Fast where
 * the machine works on 512 bits at once, less so on 256, and only after C2 has compiled it: some seconds of work, in which a
 * packet takes up to 100 microseconds and much garbage is made.
 */
final class VectorEngine implements AeadEngine {
    static final String NAME = "vector";

    private final PacketGroup group;
    private final Grouping grouping = new Grouping();
    private final int bits;

    VectorEngine(VectorKernels kernels) {
        group = new PacketGroup(kernels);
        bits = kernels.bits();
    }

    /**
     * An engine that is right on every machine, and fast on those with vectors of 256 bits or more.
     *
     * @throws EngineUnavailableException if this JVM has no Vector API
     */
    static VectorEngine open() throws EngineUnavailableException {
        VectorModule.load();
        return afterLoad();
    }

    /** The same after {@link VectorModule#load}. */
    static VectorEngine afterLoad() {
        VectorKernels nativeOnes = VectorKernels.nativeOnes();
        return new VectorEngine(nativeOnes == null ? new VectorKernels256() : nativeOnes);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe() {
        return NAME + " (pure Java, " + bits + " bits)";
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
        long authentic = 0;
        grouping.clear();
        for (int i = 0; i < batch.count; i++) {
            int kind = grouping.add(i, batch.length[i]);
            if (kind == Grouping.NO_ROOM) {
                authentic |= runAll(isSealing, batch, grouping);
                grouping.clear();
                kind = grouping.add(i, batch.length[i]);
            }
            if (grouping.isFull(kind)) {
                authentic |= run(isSealing, batch, grouping, kind);
            }
        }
        authentic |= runAll(isSealing, batch, grouping);
        wipe();
        return authentic;
    }

    private long runAll(boolean isSealing, AeadBatch batch, Grouping sorted) {
        long authentic = 0;
        for (int kind = 0; kind < sorted.kinds(); kind++) {
            if (sorted.count(kind) > 0) {
                authentic |= run(isSealing, batch, sorted, kind);
            }
        }
        return authentic;
    }

    /** Seals or opens the packets of one kind, full or not, and empties it; {@link #wipe} has to follow. */
    long run(boolean isSealing, AeadBatch batch, Grouping sorted, int kind) {
        int count = sorted.count(kind);
        for (int lane = 0; lane < count; lane++) {
            group.set(lane, batch, sorted.member(kind, lane));
        }
        long authentic = 0;
        if (isSealing) {
            group.seal(count);
        } else {
            int bits = group.open(count);
            for (int lane = 0; lane < count; lane++) {
                authentic |= (bits >>> lane & 1L) << sorted.member(kind, lane);
            }
        }
        sorted.empty(kind);
        return authentic;
    }

    /** Overwrites what is left of keys and key stream. */
    void wipe() {
        group.wipe();
    }

    @Override
    public void close() {
        group.close();
    }
}
