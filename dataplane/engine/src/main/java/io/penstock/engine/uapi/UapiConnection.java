package io.penstock.engine.uapi;

import io.penstock.ffm.Errno;
import io.penstock.ffm.LibC;
import io.penstock.ffm.Memory;
import io.penstock.ffm.poll.PollFd;
import io.penstock.ffm.udp.Sockets;
import io.penstock.ffm.unix.UnixSocket;
import java.util.Arrays;

/**
 * One served connection: moves bytes between the descriptor and its {@link UapiSession}, with a deadline for each wait.
 * Runs on a thread of its own; {@link #abort} comes from another. What passed through is overwritten at once.
 */
final class UapiConnection {
    static final int BUFFER_BYTES = 16 * 1024;

    /** Off-heap bytes that one connection needs: the transfer buffer and a {@code pollfd}. */
    static final int MEMORY_BYTES = BUFFER_BYTES + PollFd.SIZE;

    private final UnixSocket socket;
    private final long buffer;
    private final long pollFd;
    private final int timeoutMs;
    private final LibC libc = new LibC();
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private boolean closed;

    /**
     * @param memory address of {@link #MEMORY_BYTES}, this connection's until {@link #serve} returns
     * @param timeoutMs the longest wait for the other side to send or to read
     */
    UapiConnection(UnixSocket socket, long memory, int timeoutMs) {
        this.socket = socket;
        this.buffer = memory;
        this.pollFd = memory + BUFFER_BYTES;
        this.timeoutMs = timeoutMs;
    }

    /** Serves until either side has enough, then closes the descriptor. */
    void serve(UapiSession session) {
        try {
            receiveAll(session);
        } finally {
            session.close();
            Arrays.fill(bytes, (byte) 0);
            refuse();
        }
    }

    /** Closes the descriptor, unserved where {@link #serve} was not called. */
    void refuse() {
        synchronized (this) {
            closed = true;
            socket.close();
        }
    }

    /** Wakes the serving thread and makes it end. */
    void abort() {
        synchronized (this) { // the descriptor must not be another's by then
            if (!closed) {
                socket.shutdown();
            }
        }
    }

    private void receiveAll(UapiSession session) {
        while (await(PollFd.POLLIN)) {
            int received = libc.recv(socket.fd(), buffer, BUFFER_BYTES, Sockets.MSG_DONTWAIT);
            if (received == 0) {
                session.endOfInput();
                return;
            }
            if (received > 0) {
                Memory.copy(buffer, bytes, 0, received);
                Memory.fill(buffer, received, (byte) 0);
                boolean open = session.receive(bytes, 0, received);
                Arrays.fill(bytes, 0, received, (byte) 0);
                if (!open) {
                    return;
                }
            } else if (received != -Errno.EAGAIN && received != -Errno.EINTR) {
                return;
            }
        }
    }

    /** The session's {@link ReplySink}. */
    boolean send(byte[] reply, int offset, int length) {
        int end = offset + length;
        int next = offset;
        while (next < end) {
            int chunk = Math.min(BUFFER_BYTES, end - next);
            Memory.copy(reply, next, buffer, chunk);
            int sent = libc.send(socket.fd(), buffer, chunk, Sockets.MSG_DONTWAIT | Sockets.MSG_NOSIGNAL);
            Memory.fill(buffer, chunk, (byte) 0);
            if (sent >= 0) {
                next += sent;
            } else if (sent == -Errno.EAGAIN) {
                if (!await(PollFd.POLLOUT)) {
                    return false;
                }
            } else if (sent != -Errno.EINTR) {
                return false;
            }
        }
        return true;
    }

    /** Returns false when the time is over */
    private boolean await(int events) {
        while (true) {
            PollFd.set(pollFd, socket.fd(), events);
            int ready = libc.poll(pollFd, 1, timeoutMs);
            if (ready != -Errno.EINTR) {
                return ready > 0;
            }
        }
    }
}
