package io.penstock.node.coordination;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.penstock.engine.SystemEntropy;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.MapNews;
import io.penstock.node.coordination.core.MapReader;
import io.penstock.node.coordination.core.NetMapReader;
import io.penstock.node.coordination.core.NodeSettings;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.ts2021.CapabilityVersion;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Joins a coordinator of somebody else as a node with throwaway keys, writes down its map stream byte by byte, and leaves: by hand, for
 * {@link RecordedCoordinatorTest}. Arguments: URL, file with a key to join by, file to write, seconds to listen.
 */
final class StreamRecorder {
    private StreamRecorder() {}

    public static void main(String[] args) throws Exception {
        Path file = Path.of(args[2]);
        Entropy entropy = new SystemEntropy();
        X25519 dh = new BouncyCastleX25519();
        PrivateKey machine = PrivateKey.generate(entropy);
        NodeKey key = new NodeKey(PrivateKey.generate(entropy).publicKey(dh));
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        CountDownLatch left = new CountDownLatch(1);
        try (OutputStream out = Files.newOutputStream(file);
                CoordinationClient client = CoordinationClient.start(
                        CoordinatorAddress.of(args[0]),
                        new ClientPlatform(
                                loops.next(),
                                dh,
                                entropy,
                                lookup -> Thread.ofVirtual().start(lookup),
                                InstantSource.system(),
                                () -> new Recording(out)),
                        machine,
                        new NodeSettings(
                                key, null, Files.readString(Path.of(args[1])).strip(), true, CapabilityVersion.OURS),
                        NodeUnderTest.status("127.0.0.1:1"),
                        event -> {
                            System.err.println(event);
                            if (event instanceof CoordinationEvent.LoggedOut) {
                                left.countDown();
                            }
                        })) {
            TimeUnit.SECONDS.sleep(Long.parseLong(args[3]));
            client.logout();
            if (!left.await(10, TimeUnit.SECONDS)) {
                throw new IOException("could not leave");
            }
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
            machine.wipe();
        }
    }

    private static final class Recording implements MapReader {
        private final OutputStream out;
        private final NetMapReader reader = new NetMapReader();

        Recording(OutputStream out) {
            this.out = out;
        }

        @Override
        public void read(ByteBuffer in, Instant now, Consumer<MapNews> news) throws MalformedMessageException {
            byte[] bytes = new byte[in.remaining()];
            in.duplicate().get(bytes);
            try {
                out.write(bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            reader.read(in, now, news);
        }

        @Override
        public void close() {
            reader.close();
        }
    }
}
