package io.penstock.lab.cipher;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;
import io.penstock.wireguard.wire.Data;
import java.lang.foreign.Arena;

/**
 * One engine at one packet length, doing one of three things: sealing a superpacket's worth of packets, opening it, sealing packets
 * one at a time. Each is sealed in place, as a lane does it, under a counter of its own. Owned by one thread.
 */
final class CipherTask {
    /** What is timed. */
    enum Kind {
        SEAL,
        OPEN,
        SEAL_ALONE
    }

    /** Packets of a superpacket at the usual MTU. */
    static final int PACKETS = 44;

    private static final int LINE = 64;

    private final AeadEngine engine;
    private final Kind kind;
    private final int lengthBytes;
    private final int strideBytes;
    private final long key;
    private final long sealed;
    private final long opened;
    private final AeadBatch batch = new AeadBatch();
    private long counter;

    CipherTask(AeadEngine engine, Kind kind, int lengthBytes, Arena arena) {
        this.engine = engine;
        this.kind = kind;
        this.lengthBytes = lengthBytes;
        strideBytes = Data.OVERHEAD + lengthBytes; // messages lie back to back
        key = arena.allocate(AeadEngine.KEY_LENGTH, LINE).address();
        sealed = arena.allocate((long) PACKETS * strideBytes, LINE).address() + Data.HEADER_LENGTH;
        opened = arena.allocate((long) PACKETS * strideBytes, LINE).address() + Data.HEADER_LENGTH;
        if (kind == Kind.OPEN) {
            sealTogether();
        }
    }

    AeadEngine engine() {
        return engine;
    }

    Kind kind() {
        return kind;
    }

    int lengthBytes() {
        return lengthBytes;
    }

    /**
     * Does it once, to {@link #PACKETS} packets.
     *
     * @throws IllegalStateException if the engine does not open what it has sealed
     */
    void run() {
        switch (kind) {
            case SEAL -> sealTogether();
            case OPEN -> open();
            case SEAL_ALONE -> sealAlone();
        }
    }

    private void sealTogether() {
        batch.clear();
        for (int i = 0; i < PACKETS; i++) {
            long at = sealed + (long) i * strideBytes;
            batch.add(key, counter++, at, at, lengthBytes);
        }
        engine.seal(batch);
    }

    private void sealAlone() {
        for (int i = 0; i < PACKETS; i++) {
            long at = sealed + (long) i * strideBytes;
            batch.clear();
            batch.add(key, counter++, at, at, lengthBytes);
            engine.seal(batch);
        }
    }

    /** From where they were sealed to elsewhere: opened in place, they could not be opened again. */
    private void open() {
        batch.clear();
        for (int i = 0; i < PACKETS; i++) {
            long at = (long) i * strideBytes;
            batch.add(key, i, sealed + at, opened + at, lengthBytes);
        }
        if (engine.open(batch) != -1L >>> (Long.SIZE - PACKETS)) {
            throw new IllegalStateException(engine.name() + " does not open what it has sealed");
        }
    }
}
