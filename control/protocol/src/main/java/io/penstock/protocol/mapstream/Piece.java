package io.penstock.protocol.mapstream;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A part of a message's JSON as one complete zstd frame (RFC 8878), to be copied into any number of messages. Immutable. */
public final class Piece {
    private static final int MAGIC = 0xFD2FB528;
    private static final int MAX_BLOCK_LENGTH = 128 << 10;
    private static final int BLOCK_HEADER_LENGTH = 3;
    private static final int SINGLE_SEGMENT = 0x20;
    private static final int SIZE_IN_TWO_BYTES = 0x40;
    private static final int SIZE_IN_FOUR_BYTES = 0x80;
    private static final int TWO_BYTES_START = 256; // what a size of two bytes counts from

    private final byte[] frame;
    private final int plaintextLength;

    private Piece(byte[] frame, int plaintextLength) {
        this.frame = frame;
        this.plaintextLength = plaintextLength;
    }

    /** Takes the array over. */
    static Piece ofFrame(byte[] frame, int plaintextLength) {
        return new Piece(frame, plaintextLength);
    }

    /** The JSON as it is, in a frame of raw blocks: ten bytes longer than itself if it is short. */
    public static Piece stored(byte[] json) {
        int blocks = Math.max(1, (json.length + MAX_BLOCK_LENGTH - 1) / MAX_BLOCK_LENGTH);
        int sizeLength = json.length < TWO_BYTES_START ? 1 : json.length < TWO_BYTES_START + 0x1_0000 ? 2 : 4;
        ByteBuffer out = ByteBuffer.allocate(5 + sizeLength + blocks * BLOCK_HEADER_LENGTH + json.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(MAGIC);
        switch (sizeLength) {
            case 1 -> out.put((byte) SINGLE_SEGMENT).put((byte) json.length);
            case 2 ->
                out.put((byte) (SINGLE_SEGMENT | SIZE_IN_TWO_BYTES)).putShort((short) (json.length - TWO_BYTES_START));
            default -> out.put((byte) (SINGLE_SEGMENT | SIZE_IN_FOUR_BYTES)).putInt(json.length);
        }
        for (int block = 0; block < blocks; block++) {
            int start = block * MAX_BLOCK_LENGTH;
            int length = Math.min(json.length - start, MAX_BLOCK_LENGTH);
            int header = length << 3 | (block == blocks - 1 ? 1 : 0); // type 0: raw
            out.put((byte) header).put((byte) (header >> 8)).put((byte) (header >> 16));
            out.put(json, start, length);
        }
        return new Piece(out.array(), json.length);
    }

    /** Bytes that it takes in a frame. */
    public int length() {
        return frame.length;
    }

    /** Bytes of JSON in it. */
    public int plaintextLength() {
        return plaintextLength;
    }

    /** Appends it to {@code out}. */
    public void writeTo(ByteBuffer out) {
        out.put(frame);
    }
}
