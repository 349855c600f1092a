package io.penstock.fleet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** One client of a relay, for {@link RelayLoad}: reads all the time on a virtual thread, and answers pings. Thread-safe. */
final class RelayLoadClient {
    private static final BouncyCastleX25519 DH = new BouncyCastleX25519();
    private static final int BATCH = 32 << 10;
    private static final int HOSTS = 250;

    private final Socket socket;
    private final OutputStream out;
    private final NodeKey key;
    private final FrameDecoder decoder = new FrameDecoder(FrameDecoder.Side.CLIENT);
    private final ReentrantLock writing = new ReentrantLock();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private final List<Long> latenciesNs = new ArrayList<>(); // guarded by this

    private RelayLoadClient(Socket socket, NodeKey key) throws IOException {
        this.socket = socket;
        this.key = key;
        out = socket.getOutputStream();
    }

    /** Comes in from an address of its own, since relays limit how often one may come. */
    static RelayLoadClient join(InetSocketAddress relay, int number, String path)
            throws IOException, GeneralSecurityException {
        Socket plain = new Socket();
        byte[] own = {127, 1, (byte) (1 + number / HOSTS), (byte) (1 + number % HOSTS)};
        plain.bind(new InetSocketAddress(InetAddress.getByAddress(own), 0));
        plain.setTcpNoDelay(true);
        plain.connect(relay, 10_000);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        TrustManager[] anybody = InsecureTrustManagerFactory.INSTANCE.getTrustManagers();
        context.init(null, anybody, null);
        SSLSocket secure = (SSLSocket)
                context.getSocketFactory().createSocket(plain, relay.getHostString(), relay.getPort(), true);
        secure.setSoTimeout(20_000);
        PrivateKey privateKey = PrivateKey.generate(new FleetEntropy());
        RelayLoadClient client = new RelayLoadClient(secure, new NodeKey(privateKey.publicKey(DH)));
        client.greet(privateKey, relay, path);
        secure.setSoTimeout(0);
        Thread.ofVirtual().start(client::read);
        return client;
    }

    private void greet(PrivateKey privateKey, InetSocketAddress relay, String path) throws IOException {
        out.write(("GET " + path + " HTTP/1.1\r\nHost: " + relay.getHostString()
                        + "\r\nUpgrade: DERP\r\nConnection: Upgrade\r\n\r\n")
                .getBytes(US_ASCII));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int one = socket.getInputStream().read();
            if (one < 0) {
                throw new EOFException("no answer to the upgrade");
            }
            head.append((char) one);
        }
        if (!head.toString().startsWith("HTTP/1.1 101 ")) {
            throw new IOException(head.toString().lines().findFirst().orElse(""));
        }
        Frame.ServerKey server = (Frame.ServerKey) next();
        Box box = Objects.requireNonNull(Box.between(DH, privateKey, server.key()));
        write(bytes(new Frame.ClientInfo(
                key, ByteBuffer.wrap(box.seal(Greeting.ofNode().encode(), new FleetEntropy())))));
        while (!(next() instanceof Frame.ServerInfo)) {
            // What comes before it is for nobody.
        }
    }

    private static byte[] bytes(Frame frame) {
        ByteBuffer bytes = ByteBuffer.allocate(frame.length());
        frame.writeTo(bytes);
        return bytes.array();
    }

    /** Of frames; before {@link #read} byte by byte, so that nothing behind is taken. */
    private Frame next() throws IOException {
        byte[] one = new byte[1];
        while (true) {
            int read = socket.getInputStream().read(one);
            if (read < 0) {
                throw new EOFException("closed during the hello");
            }
            try {
                Frame frame = decoder.decode(ByteBuffer.wrap(one, 0, read));
                if (frame != null) {
                    return frame;
                }
            } catch (MalformedMessageException e) {
                throw new IOException(e);
            }
        }
    }

    NodeKey key() {
        return key;
    }

    long sent() {
        return sent.get();
    }

    long received() {
        return received.get();
    }

    synchronized List<Long> latenciesNs() {
        return List.copyOf(latenciesNs);
    }

    synchronized void reset() {
        sent.set(0);
        received.set(0);
        latenciesNs.clear();
    }

    private void write(byte[] bytes) throws IOException {
        writing.lock();
        try {
            out.write(bytes);
        } finally {
            writing.unlock();
        }
    }

    private void read() {
        byte[] room = new byte[BATCH];
        try (InputStream in = socket.getInputStream()) {
            for (int length = in.read(room); length >= 0; length = in.read(room)) {
                ByteBuffer bytes = ByteBuffer.wrap(room, 0, length);
                for (Frame frame = decoder.decode(bytes); frame != null; frame = decoder.decode(bytes)) {
                    onFrame(frame);
                }
            }
        } catch (IOException | MalformedMessageException e) {
            System.err.println("a client has ended: " + e);
        }
    }

    private void onFrame(Frame frame) throws IOException {
        switch (frame) {
            case Frame.RecvPacket packet -> {
                received.incrementAndGet();
                long sentNs = packet.packet().getLong();
                if (sentNs != 0) {
                    synchronized (this) {
                        latenciesNs.add(System.nanoTime() - sentNs);
                    }
                }
            }
            case Frame.Ping ping -> write(bytes(new Frame.Pong(ping.data())));
            default -> {} // nothing that is measured
        }
    }

    /** Sends packets of so many bytes as fast as they are taken, many in a write. */
    void flood(NodeKey to, int length, long endNs) {
        byte[] frame = bytes(new Frame.SendPacket(to, ByteBuffer.wrap(new byte[length])));
        int count = Math.max(1, BATCH / frame.length);
        ByteBuffer batch = ByteBuffer.allocate(count * frame.length);
        for (int i = 0; i < count; i++) {
            batch.put(frame);
        }
        try {
            while (System.nanoTime() - endNs < 0) {
                write(batch.array());
                sent.addAndGet(count);
            }
        } catch (IOException e) {
            System.err.println("a sender has ended: " + e);
        }
    }

    /** Sends so many packets a second, each of which says when it was sent. */
    void pace(NodeKey to, int length, int perSecond, long endNs) {
        long gapNs = 1_000_000_000L / perSecond;
        long dueNs = System.nanoTime() + (long) (Math.random() * gapNs);
        byte[] packet = new byte[Math.max(Long.BYTES, length)];
        try {
            while (dueNs - endNs < 0) {
                LockSupport.parkNanos(dueNs - System.nanoTime());
                if (System.nanoTime() - dueNs >= 0) {
                    ByteBuffer.wrap(packet).putLong(System.nanoTime());
                    write(bytes(new Frame.SendPacket(to, ByteBuffer.wrap(packet))));
                    sent.incrementAndGet();
                    dueNs += gapNs;
                }
            }
        } catch (IOException e) {
            System.err.println("a sender has ended: " + e);
        }
    }
}
