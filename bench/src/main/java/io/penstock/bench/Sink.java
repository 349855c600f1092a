package io.penstock.bench;

import io.penstock.ffm.ErrnoException;
import io.penstock.ffm.LibC;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.udp.Sockets;
import io.penstock.ffm.udp.UdpSocket;
import java.lang.foreign.Arena;

/** A UDP socket on the loopback address, whose own thread throws away what arrives: sends then cost what they cost in earnest. */
final class Sink {
    static final int ADDRESS = 0x7f00_0001;

    private static final int BUFFER_BYTES = 7 << 20;
    private static final int LONGEST = 65_536;
    private static final int LOOK_AGAIN_MS = 50;

    private final UdpSocket socket = UdpSocket.open(Sockets.AF_INET);
    private final Thread thread = new Thread(this::drain, "sink");
    private volatile boolean isOver;

    Sink() throws ErrnoException {
        socket.setGro(true);
        socket.setReceiveBuffer(BUFFER_BYTES);
        socket.bind4(ADDRESS, 0);
        thread.setDaemon(true);
        thread.start();
    }

    int port() throws ErrnoException {
        return socket.port();
    }

    private void drain() {
        LibC libc = new LibC();
        try (Arena arena = Arena.ofConfined()) {
            long buffer = arena.allocate(LONGEST, 64).address();
            long poll = arena.allocate(PollFd.SIZE, 8).address();
            while (!isOver) {
                PollFd.set(poll, socket.fd(), PollFd.POLLIN);
                libc.poll(poll, 1, LOOK_AGAIN_MS);
                int received = 0;
                while (received >= 0 && !isOver) {
                    received = libc.recv(socket.fd(), buffer, LONGEST, Sockets.MSG_DONTWAIT);
                }
            }
        }
    }

    void close() throws InterruptedException {
        isOver = true;
        thread.join();
        socket.close();
    }
}
