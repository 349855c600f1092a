package io.penstock.protocol.mapstream;

import com.github.luben.zstd.ZstdCompressCtx;

/** Makes pieces. Holds native memory until it is closed; for one thread at a time. */
public final class PieceCompressor implements AutoCloseable {
    /** Fast, and within a few per cent of the next levels on JSON of this kind. */
    public static final int LEVEL = 1;

    /** Less than this is shorter stored than compressed. */
    private static final int WORTH_COMPRESSING = 48;

    private final ZstdCompressCtx context = new ZstdCompressCtx();

    public PieceCompressor() {
        context.setLevel(LEVEL).setChecksum(false).setContentSize(true);
    }

    /** A part of a message, compressed if that makes it shorter. */
    public Piece compress(byte[] json) {
        Piece stored = Piece.stored(json);
        if (json.length < WORTH_COMPRESSING) {
            return stored;
        }
        byte[] frame = context.compress(json);
        return frame.length < stored.length() ? Piece.ofFrame(frame, json.length) : stored;
    }

    @Override
    public void close() {
        context.close();
    }
}
