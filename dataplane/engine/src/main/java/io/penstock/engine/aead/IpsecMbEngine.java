package io.penstock.engine.aead;

import io.penstock.ffm.Memory;
import io.penstock.ffm.crypto.ImbJob;
import io.penstock.ffm.crypto.IpsecMb;
import io.penstock.ffm.crypto.Library;
import java.lang.foreign.Arena;

/**
 * Intel's multi-buffer library by its job calls, two downcalls per packet. A job of this cipher is finished when submit returns,
 * so one nonce and one tag of scratch serve all packets. The library only computes the tag of a packet to be opened; comparing
 * it, in constant time, is done here. One manager per engine; keys are read from where they are and nothing of them stays.
 */
final class IpsecMbEngine implements AeadEngine {
    static final String NAME = "ipsec-mb";

    private static final int NONCE_OFFSET = 0;
    private static final int TAG_OFFSET = 16;
    private static final int SCRATCH_LENGTH = 32;

    private final IpsecMb library;
    private final long manager;
    private final Arena arena = Arena.ofShared();
    private final long nonce;
    private final long tag;

    IpsecMbEngine() throws EngineUnavailableException {
        library = switch (IpsecMb.find()) {
            case Library.Present<IpsecMb> present -> present.library();
            case Library.Absent<IpsecMb> absent -> throw new EngineUnavailableException(absent.reason());
        };
        manager = library.allocMbMgr();
        if (manager == 0) {
            throw new EngineUnavailableException("libipsec-mb gives no manager");
        }
        long scratch = arena.allocate(SCRATCH_LENGTH, 16).address();
        nonce = scratch + NONCE_OFFSET;
        tag = scratch + TAG_OFFSET;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe() {
        int version = library.version();
        String instructions =
                switch (library.usedArch(manager)) {
                    case 1 -> "no AES-NI";
                    case 2 -> "SSE";
                    case 3 -> "AVX";
                    case 4 -> "AVX2";
                    case 5 -> "AVX-512";
                    default -> "unknown instructions";
                };
        return "%s %d.%d.%d (%s)"
                .formatted(NAME, version >> 16 & 0xff, version >> 8 & 0xff, version & 0xff, instructions);
    }

    @Override
    public void seal(AeadBatch batch) {
        for (int i = 0; i < batch.count; i++) {
            long destination = batch.destination[i];
            int length = batch.length[i];
            Nonce.putCounter(nonce, batch.counter[i]);
            long job = library.getNextJob(manager);
            ImbJob.setSeal(job, batch.key[i], nonce, batch.source[i], destination, length, destination + length);
            finish(library.submitJob(manager));
        }
    }

    @Override
    public long open(AeadBatch batch) {
        long authentic = 0;
        for (int i = 0; i < batch.count; i++) {
            long source = batch.source[i];
            int length = batch.length[i];
            Nonce.putCounter(nonce, batch.counter[i]);
            long job = library.getNextJob(manager);
            ImbJob.setOpen(job, batch.key[i], nonce, source, batch.destination[i], length, tag);
            finish(library.submitJob(manager));
            authentic |= equalsTag(source + length) << i;
        }
        return authentic;
    }

    /** 1 if the 16 bytes equal the computed tag, else 0, without a branch on the way. */
    private long equalsTag(long given) {
        long difference =
                (Memory.getLong(tag) ^ Memory.getLong(given)) | (Memory.getLong(tag + 8) ^ Memory.getLong(given + 8));
        return ((difference | -difference) >>> 63) ^ 1;
    }

    private void finish(long job) {
        if (job == 0 || ImbJob.status(job) != ImbJob.IMB_STATUS_COMPLETED) {
            throw new IllegalStateException("libipsec-mb did not finish a job, error " + library.imbErrno(manager));
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            library.freeMbMgr(manager);
            arena.close();
        }
    }
}
