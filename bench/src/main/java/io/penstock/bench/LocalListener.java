package io.penstock.bench;

import io.penstock.ffm.Errno;
import io.penstock.ffm.unix.UnixSocket;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import jdk.net.ExtendedSocketOptions;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import jnr.unixsocket.UnixSocketOptions;
import org.jspecify.annotations.Nullable;

/** A UNIX stream socket that listens, by one of three libraries. Blocks; of one thread. */
interface LocalListener extends AutoCloseable {
    /** The next connection; the caller has been asked who he is. */
    Connection accept() throws IOException;

    @Override
    void close() throws IOException;

    /** Blocks; of one thread. */
    interface Connection extends AutoCloseable {
        /** Fills the array; false if the other end has closed before its first byte. */
        boolean read(byte[] request) throws IOException;

        void write(byte[] reply) throws IOException;

        @Override
        void close() throws IOException;
    }

    static LocalListener open(String library, Path path) throws IOException {
        return switch (library) {
            case "jdk" -> new OfJdk(path);
            case "jnr" -> new OfJnr(path);
            case "ours" -> new Ours(path);
            default -> throw new IllegalArgumentException("no library is called " + library);
        };
    }

    /** A connection by any channel; both libraries' channels want buffers. */
    record OverChannel(ByteChannel channel, ByteBuffer in, ByteBuffer out) implements Connection {
        OverChannel(ByteChannel channel) {
            this(
                    channel,
                    ByteBuffer.allocateDirect(LocalApiBench.REQUEST_LENGTH),
                    ByteBuffer.allocateDirect(LocalApiBench.REPLY_LENGTH));
        }

        @Override
        public boolean read(byte[] request) throws IOException {
            in.clear();
            while (in.hasRemaining()) {
                if (channel.read(in) < 0) {
                    if (in.position() == 0) {
                        return false;
                    }
                    throw new EOFException("half a request");
                }
            }
            in.flip().get(request);
            return true;
        }

        @Override
        public void write(byte[] reply) throws IOException {
            out.clear().put(reply).flip();
            while (out.hasRemaining()) {
                channel.write(out);
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** By the JDK, which tells names of user and group. */
    final class OfJdk implements LocalListener {
        private final ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);

        OfJdk(Path path) throws IOException {
            server.bind(UnixDomainSocketAddress.of(path));
        }

        @Override
        public Connection accept() throws IOException {
            SocketChannel channel = server.accept();
            requireCaller(channel.getOption(ExtendedSocketOptions.SO_PEERCRED));
            return new OverChannel(channel);
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    /** By jnr-unixsocket, which tells process, user and group. */
    final class OfJnr implements LocalListener {
        private final UnixServerSocketChannel server = UnixServerSocketChannel.open();

        OfJnr(Path path) throws IOException {
            server.socket().bind(new UnixSocketAddress(path.toFile()));
        }

        @Override
        public Connection accept() throws IOException {
            UnixSocketChannel channel = server.accept();
            requireCaller(channel.getOption(UnixSocketOptions.SO_PEERCRED));
            return new OverChannel(channel);
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    /** By our bindings, as the control socket of {@code wg}. */
    final class Ours implements LocalListener {
        private final UnixSocket server;

        Ours(Path path) throws IOException {
            server = UnixSocket.listen(path, 0600);
        }

        @Override
        public Connection accept() throws IOException {
            UnixSocket socket = server.accept();
            if (socket == null) {
                throw new IOException("the caller has gone");
            }
            requireCaller(socket.peer());
            return new OurConnection(socket);
        }

        @Override
        public void close() {
            server.close();
        }
    }

    /** Over a socket of our bindings. */
    record OurConnection(UnixSocket socket) implements Connection {
        @Override
        public boolean read(byte[] request) throws IOException {
            for (int done = 0; done < request.length; ) {
                int read = check(socket.read(request, done, request.length - done));
                if (read == 0) {
                    if (done == 0) {
                        return false;
                    }
                    throw new EOFException("half a request");
                }
                done += read;
            }
            return true;
        }

        @Override
        public void write(byte[] reply) throws IOException {
            for (int done = 0; done < reply.length; ) {
                done += check(socket.write(reply, done, reply.length - done));
            }
        }

        private static int check(int result) throws IOException {
            if (result < 0) {
                throw new IOException(Errno.name(-result));
            }
            return result;
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    private static void requireCaller(@Nullable Object credentials) throws IOException {
        if (credentials == null) {
            throw new IOException("the caller has no name");
        }
    }
}
