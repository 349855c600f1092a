package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadBatch;
import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.io.ReceiveBatch;
import io.penstock.engine.io.SendBatch;
import io.penstock.engine.io.TunPort;
import io.penstock.engine.io.UdpPort;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.wireguard.peer.TouchedPeers;

/** Hands for rings of {@link Piece}s, which need neither ports nor ciphers: whatever is asked of them is an error. */
final class Idle implements AeadEngine, UdpPort {
    /** Two, so that each actor has its own. */
    static final Hands FIRST = hands();

    static final Hands SECOND = hands();

    private static Hands hands() {
        LibC libc = new LibC();
        Idle idle = new Idle();
        try {
            SleepState sleep = new SleepState(new Wakeup(libc));
            ControlProxy control = new ControlProxy(new TouchedPeers(), new HandshakeRing(), sleep, libc);
            return new Hands(libc, idle, new TunPort[0], idle, control);
        } catch (ErrnoException e) {
            throw new IllegalStateException(e);
        }
    }

    private static AssertionError asked() {
        return new AssertionError("nobody uses this");
    }

    @Override
    public String name() {
        throw asked();
    }

    @Override
    public String describe() {
        throw asked();
    }

    @Override
    public void seal(AeadBatch batch) {
        throw asked();
    }

    @Override
    public long open(AeadBatch batch) {
        throw asked();
    }

    @Override
    public int fd4() {
        throw asked();
    }

    @Override
    public int fd6() {
        throw asked();
    }

    @Override
    public int receive(ReceiveBatch batch, boolean v6) {
        throw asked();
    }

    @Override
    public int send(SendBatch batch) {
        throw asked();
    }

    @Override
    public UdpPort forThread(LibC libc) {
        throw asked();
    }

    @Override
    public void close() {
        throw asked();
    }
}
