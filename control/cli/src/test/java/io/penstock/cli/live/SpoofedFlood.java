package io.penstock.cli.live;

import io.penstock.engine.io.LinuxUdpPort;
import io.penstock.engine.io.SendBatch;
import io.penstock.engine.io.UdpSockets;
import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.udp.Sockets;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Protocol;
import io.penstock.wireguard.noise.Blake2s;
import io.penstock.wireguard.wire.Data;
import io.penstock.wireguard.wire.Initiation;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends what a hostile internet sends, from addresses that are not the sender's: initiations whose mac1 is right, and garbage. The
 * messages and their sources are made before; sending is all that a thread of its own does until {@link #close}.
 */
final class SpoofedFlood implements AutoCloseable {
    /** Sources: 10.128.0.0/9. */
    static final String SOURCES = "10.128.0.0/9";

    private static final int FIRST_SOURCE = 0x0a800000;
    private static final int SOURCE_BITS = 23;
    private static final int IP_TRANSPARENT = 19;

    private static final int WRONG_MAC1_AT = Initiation.LENGTH - 2 * Protocol.MAC_LENGTH;
    private static final int BATCHES = 128;
    private static final int STRIDE = 1_536;
    private static final int LONGEST_GARBAGE = 1_452;
    private static final long PAUSE_NS = 50_000;

    /** A sender that was not scheduled for longer does not catch up: nobody's queue has to hold that. */
    private static final long DEBT_NS = 10_000_000;

    private final LibC libc = new LibC();
    private final UdpSockets sockets;
    private final LinuxUdpPort udp;
    private final UnsafeBuffer slab;
    private final Endpoint[][] endpoints = new Endpoint[2][BATCHES * SendBatch.CAPACITY];
    private final int[] lengths = new int[BATCHES * SendBatch.CAPACITY];
    private final double packetsPerNs;
    private final Thread thread;
    private volatile int aim;
    private final AtomicLong sent = new AtomicLong();
    private volatile boolean isClosed;

    private SpoofedFlood(UdpSockets sockets, double packetsPerNs) {
        this.sockets = sockets;
        this.packetsPerNs = packetsPerNs;
        udp = new LinuxUdpPort(libc, sockets, 0, errno -> {});
        int slabLength = lengths.length * STRIDE;
        slab = new UnsafeBuffer(Memory.slab(slabLength), slabLength);
        thread = Thread.ofPlatform().name("flood").daemon().unstarted(this::run);
    }

    /**
     * Begins at once, on the first port.
     *
     * @param to IPv4 address in its number
     * @param ports of the victim, and of somebody who costs the sender as much
     * @param victim public key in base64
     * @param initiations a second, with a right mac1
     * @param garbage a second: a third each of initiations with a wrong mac1, data of no session, and random bytes
     */
    static SpoofedFlood start(Site site, int to, int[] ports, String victim, int initiations, int garbage) {
        try {
            LibC opener = new LibC();
            UdpSockets sockets = site.call(() -> UdpSockets.open(opener, 0, 0));
            SpoofedFlood flood = new SpoofedFlood(sockets, (initiations + garbage) / 1e9);
            flood.allowForeignSources();
            flood.prepare(
                    to, ports, Base64.getDecoder().decode(victim), (double) initiations / (initiations + garbage));
            flood.thread.start();
            return flood;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void allowForeignSources() throws ErrnoException {
        long one = Memory.slab(Memory.PAGE_LENGTH);
        Memory.putInt(one, 1);
        ErrnoException.check(
                libc.setsockopt(sockets.fd4(), Sockets.IPPROTO_IP, IP_TRANSPARENT, one, Integer.BYTES),
                "IP_TRANSPARENT");
        libc.munmap(one, Memory.PAGE_LENGTH);
    }

    private void prepare(int to, int[] ports, byte[] victim, double initiations) {
        Random random = new Random(20261126);
        byte[] mac1Key = new byte[Protocol.HASH_LENGTH];
        Blake2s blake2s = new Blake2s();
        blake2s.start(mac1Key.length)
                .update(Protocol.labelMac1())
                .update(victim)
                .finish(mac1Key, 0);
        for (int i = 0; i < lengths.length; i++) {
            byte[] message = random.nextDouble() < initiations
                    ? initiation(random, blake2s, mac1Key)
                    : garbage(random, blake2s, mac1Key);
            slab.putBytes(i * STRIDE, message);
            lengths[i] = message.length;
            long source = Integer.toUnsignedLong(FIRST_SOURCE | random.nextInt(1 << SOURCE_BITS));
            for (int port = 0; port < ports.length; port++) {
                endpoints[port][i] = Endpoint.v4(to, ports[port]).withLocal(0, source, 0);
            }
        }
    }

    private static byte[] initiation(Random random, Blake2s blake2s, byte[] mac1Key) {
        byte[] bytes = new byte[Initiation.LENGTH];
        random.nextBytes(bytes);
        UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        buffer.putInt(0, Initiation.TYPE);
        int mac1 = Initiation.LENGTH - 2 * Protocol.MAC_LENGTH;
        blake2s.start(Protocol.MAC_LENGTH, mac1Key).update(bytes, 0, mac1).finish(bytes, mac1);
        buffer.setMemory(mac1 + Protocol.MAC_LENGTH, Protocol.MAC_LENGTH, (byte) 0); // no cookie
        return bytes;
    }

    private static byte[] garbage(Random random, Blake2s blake2s, byte[] mac1Key) {
        switch (random.nextInt(3)) {
            case 0 -> {
                byte[] bytes = initiation(random, blake2s, mac1Key);
                bytes[WRONG_MAC1_AT]++;
                return bytes;
            }
            case 1 -> {
                byte[] data = new byte[Data.OVERHEAD + 16 * random.nextInt(LONGEST_GARBAGE / 16 - 1)];
                random.nextBytes(data);
                new UnsafeBuffer(data).putInt(0, Data.TYPE);
                return data;
            }
            default -> {
                byte[] bytes = new byte[1 + random.nextInt(LONGEST_GARBAGE)];
                random.nextBytes(bytes);
                return bytes;
            }
        }
    }

    /** Sends to that one of the ports from here on. */
    void aim(int port) {
        aim = port;
    }

    /** Datagrams sent so far. */
    long sent() {
        return sent.get();
    }

    private void run() {
        SendBatch batch = new SendBatch(slab);
        long fromNs = System.nanoTime();
        long sentSince = 0;
        for (int next = 0; !isClosed; ) {
            long dueNs = (long) (sentSince / packetsPerNs);
            long behindNs = System.nanoTime() - fromNs - dueNs;
            if (behindNs < 0) {
                LockSupport.parkNanos(PAUSE_NS);
                continue;
            }
            if (behindNs > DEBT_NS) {
                fromNs += behindNs;
            }
            for (int i = next; i < next + SendBatch.CAPACITY; i++) {
                batch.add(endpoints[aim][i], 0, i * STRIDE, lengths[i]);
            }
            int lost = udp.send(batch);
            batch.clear();
            sentSince += SendBatch.CAPACITY;
            sent.addAndGet(SendBatch.CAPACITY - lost);
            next = (next + SendBatch.CAPACITY) % lengths.length;
        }
    }

    @Override
    public void close() {
        isClosed = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        udp.close();
        sockets.close(libc);
        libc.munmap(slab.addressOffset(), slab.capacity());
    }
}
