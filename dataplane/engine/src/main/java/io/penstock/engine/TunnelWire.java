package io.penstock.engine;

import io.penstock.engine.io.SendBatch;
import io.penstock.engine.io.UdpPort;
import io.penstock.engine.lane.Lanes;
import io.penstock.engine.lane.WireRings;
import io.penstock.engine.wire.Wire;
import io.penstock.engine.wire.WireListener;
import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.wireguard.Device;
import io.penstock.wireguard.Endpoint;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Wire} of a tunnel and what calls its {@link WireListener}. Anybody may call what the interface has; the rest belongs to
 * the control agent, which gives it a bounded turn in each round.
 */
final class TunnelWire implements Wire {
    /** Datagrams that wait to be sent: a hundred peers with ten candidates each. 9 MB, if all were as long as they may be. */
    static final int SEND_QUEUE = 1_024;

    /** Handled in one round each way, so that neither handshakes nor timers wait for them. */
    private static final int PER_ROUND = 64;

    private static final int PER_SEND = 16;
    private static final int STRIDE =
            MAX_DATAGRAM + 64; // never back to back: those would be sent as segments of one message
    private static final int NO_TRAFFIC_CLASS = 0;
    private static final int MAX_PACKET = 65_535;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Outgoing(Endpoint to, byte[] datagram, boolean isWhole) {}

    private final WireListener listener;
    private final WireRings rings;
    private final BooleanSupplier wakeControl;
    private final Lanes lanes;
    private final TrafficWatch traffic;
    private final ManyToOneConcurrentArrayQueue<Outgoing> outgoing = new ManyToOneConcurrentArrayQueue<>(SEND_QUEUE);
    private final UnsafeBuffer memory = new UnsafeBuffer(Memory.slab((long) PER_SEND * STRIDE), PER_SEND * STRIDE);
    private final SendBatch sending = new SendBatch(memory);
    private boolean isSendingWhole; // all that is in sending
    private volatile int port;

    private final Object lanesLock = new Object(); // for calls of threads that have no LibC, and never for packets
    private final LibC lanesCalls = new LibC(); // guarded by lanesLock
    private boolean isClosed; // guarded by lanesLock: what wakes a lane is gone

    /** @param wakeControl has the control agent look for work, from any thread; false when it has ended */
    TunnelWire(WireListener listener, WireRings rings, Lanes lanes, BooleanSupplier wakeControl) {
        this.listener = listener;
        this.lanes = lanes;
        traffic = new TrafficWatch(listener);
        this.rings = rings;
        this.wakeControl = wakeControl;
    }

    // Any thread.

    @Override
    public int port() {
        return port;
    }

    @Override
    public boolean send(Endpoint to, byte[] datagram) {
        return send(new Outgoing(to, datagram, false));
    }

    @Override
    public boolean sendWhole(Endpoint to, byte[] datagram) {
        return send(new Outgoing(to, datagram, true));
    }

    private boolean send(Outgoing next) {
        byte[] datagram = next.datagram;
        if (datagram.length == 0 || datagram.length > MAX_DATAGRAM) {
            throw new IllegalArgumentException("datagram of " + datagram.length + " bytes, not 1 to " + MAX_DATAGRAM);
        }
        return port != 0 && outgoing.offer(next) && wakeControl.getAsBoolean();
    }

    @Override
    public boolean receiveRelayed(long relayId, byte[] message, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, message.length);
        return switch (rings.receiveFromRelay(relayId, message, offset, length)) {
            case TAKEN -> true;
            case TAKEN_FIRST -> {
                synchronized (lanesLock) {
                    if (!isClosed) {
                        lanes.wakeReceiver(lanesCalls);
                    }
                }
                yield true;
            }
            case DROPPED -> false;
        };
    }

    @Override
    public int drainRelayed(RelayedHandler handler, int limit) {
        return rings.drainToRelays(handler, limit);
    }

    @Override
    public boolean inject(byte[] packet) {
        if (packet.length == 0 || packet.length > MAX_PACKET) {
            throw new IllegalArgumentException("packet of " + packet.length + " bytes, not 1 to " + MAX_PACKET);
        }
        synchronized (lanesLock) {
            return !isClosed && port != 0 && lanes.inject(packet, lanesCalls);
        }
    }

    // The control agent.

    /** The tunnel's sockets are at {@code number}; 0 when they are closed. */
    void onPort(int number) {
        if (number != port) {
            port = number;
            listener.onPort(number);
        }
    }

    /** A datagram that is no WireGuard message came to the control agent's sockets. */
    void onDatagram(Endpoint source, byte[] datagram) {
        listener.onDatagram(source, datagram);
    }

    /**
     * Hands over what came in and sends what waits, both in bounds.
     *
     * @param udp the control agent's port on the tunnel's sockets
     * @param device whose peers' traffic is told
     * @return whether there may be more
     */
    boolean doWork(UdpPort udp, Device device, long nowNs) {
        traffic.doWork(device.peers(), device.visits(), nowNs);
        int received = rings.datagrams().drain(listener::onDatagram, PER_ROUND);
        int packets = rings.packets().drain(listener::onPacket, PER_ROUND);
        int sent = 0;
        for (Outgoing next = poll(sent); next != null; next = poll(sent)) {
            sent++;
            enqueue(next, udp);
        }
        flush(udp);
        return received == PER_ROUND || packets == PER_ROUND || sent == PER_ROUND;
    }

    private @Nullable Outgoing poll(int sent) {
        return sent < PER_ROUND ? outgoing.poll() : null;
    }

    private void enqueue(Outgoing next, UdpPort udp) {
        Endpoint to = next.to;
        if (to.isRelay()) {
            tellFailed(next, Errno.ENETUNREACH); // stands for a place that no datagram gets to
            return;
        }
        if ((to.isV6() ? udp.fd6() : udp.fd4()) < 0) {
            tellFailed(next, port == 0 ? Errno.ENETDOWN : Errno.EAFNOSUPPORT);
            return;
        }
        if (sending.count() == PER_SEND || next.isWhole != isSendingWhole) {
            flush(udp);
        }
        isSendingWhole = next.isWhole;
        int offset = sending.count() * STRIDE;
        memory.putBytes(offset, next.datagram);
        sending.add(to, NO_TRAFFIC_CLASS, offset, next.datagram.length);
    }

    private void tellFailed(Outgoing lost, int errno) {
        if (!lost.isWhole) {
            listener.onSendFailed(lost.to, errno);
        }
    }

    private void flush(UdpPort udp) {
        if (sending.count() == 0) {
            return;
        }
        if (isSendingWhole) {
            udp.forbidFragments(true); // data that a lane sends meanwhile is for a path that mostly needs none
        }
        int _ = udp.send(sending); // told below, one by one
        if (isSendingWhole) {
            udp.forbidFragments(false);
        }
        for (int i = 0; i < sending.count() && !isSendingWhole; i++) {
            if (sending.errno(i) != 0) {
                listener.onSendFailed(sending.endpoint(i), sending.errno(i));
            }
        }
        sending.clear();
    }

    /** Nanoseconds until {@link #doWork} has something to do by itself; {@code Long.MAX_VALUE} for never. */
    long dueInNs(long nowNs) {
        return traffic.dueInNs(nowNs);
    }

    /** Has a handshake message go through its relay. */
    void sendByRelay(Endpoint relay, byte[] message) {
        rings.sendByRelay(relay.low(), message);
    }

    /** Frees what is the control agent's, and lets nobody reach the lanes any more. They still run. */
    void close(LibC libc) {
        synchronized (lanesLock) {
            isClosed = true;
        }
        onPort(0);
        libc.munmap(memory.addressOffset(), memory.capacity());
    }
}
