package io.penstock.node.relay;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * The way to a relay, on the loopback, that can do what networks and relays do: freeze, so that connections open and stand and
 * nothing passes, or reset all connections.
 */
public final class TcpPipe implements AutoCloseable {
    private final ServerSocket listener;
    private final InetSocketAddress to;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile CountDownLatch ice = new CountDownLatch(0);
    private volatile boolean isClosed;

    public TcpPipe(InetSocketAddress to) throws IOException {
        this.to = to;
        listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("pipe").start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!isClosed) {
            try {
                Socket near = listener.accept();
                sockets.add(near);
                Thread.ofVirtual().start(() -> connect(near));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void connect(Socket near) {
        try {
            Socket far = new Socket(to.getAddress(), to.getPort());
            sockets.add(far);
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            Thread.ofVirtual().start(() -> copy(far, near));
            copy(near, far);
        } catch (IOException e) {
            end(near, near);
        }
    }

    private void copy(Socket from, Socket into) {
        byte[] bytes = new byte[64 << 10];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = into.getOutputStream();
            for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
                awaitThaw();
                out.write(bytes, 0, length);
            }
        } catch (IOException e) {
            // Either end is gone, and so is the other now.
        } finally {
            end(from, into);
        }
    }

    private void awaitThaw() {
        try {
            ice.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void end(Socket one, Socket other) {
        for (Socket socket : new Socket[] {one, other}) {
            sockets.remove(socket);
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e); // of a socket of the loopback
            }
        }
    }

    /** Nothing passes from here on. */
    public void freeze() {
        ice = new CountDownLatch(1);
    }

    public void thaw() {
        ice.countDown();
    }

    /** All connections end at once, as if the relay had been killed. */
    public void reset() throws IOException {
        for (Socket socket : sockets) {
            try {
                socket.setSoLinger(true, 0);
            } catch (SocketException e) {
                continue; // closed meanwhile
            }
            socket.close();
        }
        sockets.clear();
    }

    @Override
    public void close() throws IOException {
        isClosed = true;
        thaw();
        listener.close();
        reset();
    }
}
