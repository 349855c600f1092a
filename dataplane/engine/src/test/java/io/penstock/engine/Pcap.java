package io.penstock.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A capture file of tcpdump in the classic format, little-endian: a header of 24 bytes, then for each frame time (8 bytes),
 * captured length and length on the wire (4 bytes each), and the frame.
 */
final class Pcap {
    private static final int HEADER_LENGTH = 24;
    private static final int RECORD_HEADER_LENGTH = 16;
    private static final int LENGTH_OFFSET = 8;
    private static final int MAGIC = 0xa1b2c3d4;

    private final byte[] bytes;
    private final List<Integer> starts = new ArrayList<>(); // of the record headers
    private int end = HEADER_LENGTH;

    private Pcap(byte[] bytes) {
        this.bytes = bytes;
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < HEADER_LENGTH || in.getInt(0) != MAGIC) {
            throw new IllegalArgumentException("no little-endian pcap file");
        }
        while (end + RECORD_HEADER_LENGTH <= bytes.length) {
            int next = end + RECORD_HEADER_LENGTH + in.getInt(end + LENGTH_OFFSET);
            if (next > bytes.length) {
                break; // still being written
            }
            starts.add(end);
            end = next;
        }
    }

    /** The whole frames that are there; more may come while tcpdump runs. */
    static Pcap read(Path file) throws IOException {
        return new Pcap(Files.readAllBytes(file));
    }

    int count() {
        return starts.size();
    }

    byte[] frame(int index) {
        int next = index + 1 < starts.size() ? starts.get(index + 1) : end;
        return Arrays.copyOfRange(bytes, starts.get(index) + RECORD_HEADER_LENGTH, next);
    }

    List<byte[]> frames() {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < count(); i++) {
            frames.add(frame(i));
        }
        return frames;
    }

    /** The same capture with one bit of a frame flipped. */
    Pcap withFlippedBit(int index, int offset) {
        byte[] changed = bytes.clone();
        changed[starts.get(index) + RECORD_HEADER_LENGTH + offset] ^= 1;
        return new Pcap(changed);
    }

    /** The same capture, ended before the frame {@code count}. */
    Pcap firstFrames(int count) {
        return count < starts.size() ? new Pcap(Arrays.copyOf(bytes, starts.get(count))) : this;
    }

    void write(Path file) throws IOException {
        Files.write(file, bytes);
    }
}
