package io.penstock.engine.lane;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.io.TunPort;
import io.penstock.engine.io.UdpPort;
import io.penstock.ffm.LibC;

/**
 * What one thread works for one lane with: its own cipher engine, its own ports on the lane's descriptors, its own way to
 * the control agent. Owned by that thread.
 */
final class Hands implements AutoCloseable {
    private final LibC libc;
    private final AeadEngine aead;
    private final TunPort[] queues;
    private final ControlProxy control;
    private final boolean isBorrowed;
    private UdpPort shared; // the lane's port that `udp` was made from
    private UdpPort udp;

    /** The lane's own: it uses the ports themselves. */
    Hands(LibC libc, AeadEngine aead, TunPort[] queues, UdpPort udp, ControlProxy control) {
        this(libc, aead, queues, udp, udp, control, false);
    }

    private Hands(
            LibC libc,
            AeadEngine aead,
            TunPort[] queues,
            UdpPort shared,
            UdpPort udp,
            ControlProxy control,
            boolean isBorrowed) {
        this.libc = libc;
        this.aead = aead;
        this.queues = queues;
        this.shared = shared;
        this.udp = udp;
        this.control = control;
        this.isBorrowed = isBorrowed;
    }

    /** Hands of another thread for the same lane. */
    Hands of(LibC otherLibc, AeadEngine otherAead) {
        TunPort[] others = new TunPort[queues.length];
        for (int i = 0; i < others.length; i++) {
            others[i] = queues[i].forThread(otherLibc);
        }
        return new Hands(
                otherLibc, otherAead, others, udp, udp.forThread(otherLibc), control.forThread(otherLibc), true);
    }

    AeadEngine aead() {
        return aead;
    }

    /** The queues of the TUN device; packets of one flow have to be written to one of them. */
    TunPort[] queues() {
        return queues;
    }

    ControlProxy control() {
        return control;
    }

    /** The port to send by. Makes one of its own when the lane has changed its sockets. */
    UdpPort udp(UdpPort ofLane) {
        if (shared != ofLane) {
            if (isBorrowed) {
                udp.close();
            }
            shared = ofLane;
            udp = isBorrowed ? ofLane.forThread(libc) : ofLane;
        }
        return udp;
    }

    /** Frees what is this thread's; the cipher engine and the lane's own ports are their owners'. */
    @Override
    public void close() {
        if (isBorrowed) {
            udp.close();
        }
    }
}
