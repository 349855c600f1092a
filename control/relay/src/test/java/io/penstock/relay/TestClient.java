package io.penstock.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.derp.ServerGreeting;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A client of a relay over a blocking socket, with the codecs and without the code of the relay. For one thread. */
public final class TestClient implements AutoCloseable {
    private static final X25519 DH = new BouncyCastleX25519();
    private static final int TIMEOUT_MS = 10_000;

    private final Socket socket;
    private final PrivateKey privateKey;
    private final Entropy entropy;
    private final NodeKey key;
    private final FrameDecoder decoder = new FrameDecoder(FrameDecoder.Side.CLIENT);
    private ByteBuffer received = ByteBuffer.allocate(0);

    public TestClient(Socket socket, long seed) {
        this.socket = socket;
        entropy = new Seeded(seed);
        privateKey = PrivateKey.generate(entropy);
        key = new NodeKey(privateKey.publicKey(DH));
    }

    /** Connects, upgrades and is let in. */
    public static TestClient join(InetSocketAddress relay, long seed) throws IOException {
        return join(relay, seed, Greeting.ofNode());
    }

    public static TestClient join(InetSocketAddress relay, long seed, Greeting greeting) throws IOException {
        TestClient client = connect(relay, seed);
        client.upgrade("");
        client.hello(client.serverKey(), greeting);
        client.next(Frame.ServerInfo.class);
        return client;
    }

    public static TestClient connect(InetSocketAddress relay, long seed) throws IOException {
        Socket socket = new Socket(relay.getAddress(), relay.getPort());
        socket.setTcpNoDelay(true);
        return new TestClient(socket, seed);
    }

    public NodeKey key() {
        return key;
    }

    public Socket socket() {
        return socket;
    }

    public void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** Sends the request and reads the head of the answer, which it returns. */
    public String upgrade(String moreHeaders) throws IOException {
        write(("GET /derp HTTP/1.1\r\nHost: relay.example\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n" + moreHeaders
                        + "\r\n")
                .getBytes(US_ASCII));
        return head();
    }

    public String head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        socket.setSoTimeout(TIMEOUT_MS);
        while (!head.toString(US_ASCII).endsWith("\r\n\r\n")) {
            int one = socket.getInputStream().read();
            if (one < 0) {
                throw new EOFException("after " + head.toString(US_ASCII));
            }
            head.write(one);
        }
        return head.toString(US_ASCII);
    }

    public PublicKey serverKey() throws IOException {
        return next(Frame.ServerKey.class).key();
    }

    public Frame.ClientInfo helloFrame(PublicKey relay, byte[] greeting) {
        Box box = Objects.requireNonNull(Box.between(DH, privateKey, relay));
        return new Frame.ClientInfo(key, ByteBuffer.wrap(box.seal(greeting, entropy)));
    }

    public void hello(PublicKey relay, Greeting greeting) throws IOException {
        send(helloFrame(relay, greeting.encode()));
    }

    public ServerGreeting open(PublicKey relay, Frame.ServerInfo info) throws MalformedMessageException {
        byte[] sealed = new byte[info.sealed().remaining()];
        info.sealed().duplicate().get(sealed);
        Box box = Objects.requireNonNull(Box.between(DH, privateKey, relay));
        return ServerGreeting.decode(Objects.requireNonNull(box.open(sealed), "sealed for us"));
    }

    public static byte[] bytes(Frame frame) {
        ByteBuffer out = ByteBuffer.allocate(frame.length());
        frame.writeTo(out);
        return out.array();
    }

    public void send(Frame frame) throws IOException {
        write(bytes(frame));
    }

    public void sendTo(NodeKey destination, byte[] packet) throws IOException {
        send(new Frame.SendPacket(destination, ByteBuffer.wrap(packet)));
    }

    /** The next frame of this kind; those before it that the relay may send at any time are passed over. */
    public <F extends Frame> F next(Class<F> kind) throws IOException {
        while (true) {
            Frame frame = next(Duration.ofMillis(TIMEOUT_MS));
            if (frame == null) {
                throw new SocketTimeoutException("no " + kind);
            }
            if (kind.isInstance(frame)) {
                return kind.cast(frame);
            }
            if (!(frame instanceof Frame.KeepAlive || frame instanceof Frame.ServerInfo)) {
                throw new IOException("not " + kind + " but " + frame);
            }
        }
    }

    public byte[] nextPacket(NodeKey source) throws IOException {
        Frame.RecvPacket frame = next(Frame.RecvPacket.class);
        if (!frame.source().equals(source)) {
            throw new IOException("from " + frame.source());
        }
        byte[] packet = new byte[frame.packet().remaining()];
        frame.packet().get(packet);
        return packet;
    }

    /**
     * The next frame.
     *
     * @return null if none comes in time
     * @throws EOFException if the relay closes the connection
     */
    public @Nullable Frame next(Duration timeout) throws IOException {
        while (true) {
            Frame frame;
            try {
                frame = decoder.decode(received);
            } catch (MalformedMessageException e) {
                throw new IOException(e);
            }
            if (frame != null) {
                return frame;
            }
            byte[] more = new byte[64 << 10];
            socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
            try {
                int length = socket.getInputStream().read(more);
                if (length < 0) {
                    throw new EOFException();
                }
                received = ByteBuffer.wrap(more, 0, length);
            } catch (SocketTimeoutException e) {
                return null;
            }
        }
    }

    /** Reads until the relay closes the connection. */
    public void awaitClose() throws IOException {
        try {
            while (true) {
                if (next(Duration.ofMillis(TIMEOUT_MS)) == null) {
                    throw new SocketTimeoutException("still open");
                }
            }
        } catch (EOFException e) {
            return;
        } catch (java.net.SocketException e) {
            return; // a reset
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
