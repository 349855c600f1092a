package io.penstock.server.map;

import io.penstock.protocol.mapstream.PieceCompressor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;

/** Compressors for whoever writes a message at the moment; a few are kept. Thread-safe. */
final class Compressors implements AutoCloseable {
    private static final int MAX_IDLE = 4;

    private final Deque<PieceCompressor> idle = new ArrayDeque<>(MAX_IDLE); // guarded by itself
    private boolean closed;

    <T> T with(Function<PieceCompressor, T> work) {
        PieceCompressor compressor = take();
        try {
            return work.apply(compressor);
        } finally {
            giveBack(compressor);
        }
    }

    private PieceCompressor take() {
        synchronized (idle) {
            PieceCompressor kept = idle.poll();
            if (kept != null) {
                return kept;
            }
        }
        return new PieceCompressor();
    }

    private void giveBack(PieceCompressor compressor) {
        synchronized (idle) {
            if (!closed && idle.size() < MAX_IDLE) {
                idle.push(compressor);
                return;
            }
        }
        compressor.close();
    }

    @Override
    public void close() {
        synchronized (idle) {
            closed = true;
            idle.forEach(PieceCompressor::close);
            idle.clear();
        }
    }
}
