package io.penstock.engine.io;

import io.penstock.ffm.LibC;

/**
 * Sends and receives batches of datagrams on one port, over IPv4 and IPv6. Owned by one thread: it holds that thread's
 * prebuilt message headers. Several ports may share the same sockets.
 */
public interface UdpPort extends AutoCloseable {
    /** Descriptor of the IPv4 socket for {@code poll}, or -1 when there is none. */
    int fd4();

    /** Descriptor of the IPv6 socket for {@code poll}, or -1 when there is none. */
    int fd6();

    /**
     * Fills {@code batch} with what waits on one family's socket, without blocking.
     *
     * @return messages received, or {@code -errno}; {@code -EAGAIN} when nothing waits
     */
    int receive(ReceiveBatch batch, boolean v6);

    /**
     * Sends every message of {@code batch} in order, falling back by itself: a kernel or route that refuses segment
     * offload gets single datagrams, a stale sticky source is dropped and the message sent again without it. What
     * cannot be sent is lost and counted, as on any wire.
     *
     * @return datagrams that could not be sent
     */
    int send(SendBatch batch);

    /**
     * Whether what is sent on these sockets from here on, by whatever port, carries the bit that forbids routers to cut it; usually not. A
     * port that has no such thing does nothing.
     */
    default void forbidFragments(boolean isForbidden) {}

    /** A port on the same sockets for another thread, to send by. */
    UdpPort forThread(LibC libc);

    /** Frees the message headers; the sockets stay open. */
    @Override
    void close();
}
