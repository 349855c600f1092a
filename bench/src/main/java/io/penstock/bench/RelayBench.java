package io.penstock.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.penstock.protocol.derp.DerpHttp;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.relay.core.Admission;
import io.penstock.relay.edge.RelayDoor;
import io.penstock.relay.edge.RelayIdentity;
import io.penstock.relay.edge.RelayLimits;
import io.penstock.relay.edge.RelayService;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Packets of 1420 bytes from one client to another, without sockets and TLS: what arrived in one buffer, read, routed and
 * written. Beside it the same bytes from channel to channel with nobody looking at them. Both begin with a copy into a buffer, as
 * a read does.
 */
@Question(
        value = "What does relaying a packet cost beyond carrying its bytes?",
        baseline = "copy",
        unit = "packet",
        countedBy = "packets")
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the parameter and calls setUp
public class RelayBench {
    private static final int PACKET_LENGTH = 1420;
    private static final String HTTP_CODEC = "http";

    /** That came in one read. */
    @Param({"1", "45"})
    public int packets;

    private RelayService relay;
    private EmbeddedChannel sender;
    private EmbeddedChannel receiver;
    private EmbeddedChannel plain;
    private ByteBuf frames;

    @Setup(Level.Trial)
    public void setUp() throws InterruptedException {
        Entropy entropy = new FixedEntropy(1);
        relay = new RelayService(
                new RelayIdentity(PrivateKey.generate(entropy)),
                RelayLimits.DEFAULT,
                null,
                Admission.EVERYBODY,
                entropy);
        PrivateKey key = PrivateKey.generate(entropy);
        NodeKey to = new NodeKey(key.publicKey(new BouncyCastleX25519()));
        receiver = join(key, entropy);
        sender = join(PrivateKey.generate(entropy), entropy);
        plain = new EmbeddedChannel();
        Frame frame = new Frame.SendPacket(to, ByteBuffer.allocate(PACKET_LENGTH));
        ByteBuffer all = ByteBuffer.allocateDirect(packets * frame.length());
        for (int i = 0; i < packets; i++) {
            frame.writeTo(all);
        }
        frames = Unpooled.wrappedBuffer(all.flip());
        if (relay() != frames.readableBytes()) {
            throw new IllegalStateException("the packets do not arrive");
        }
    }

    private EmbeddedChannel join(PrivateKey key, Entropy entropy) throws InterruptedException {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.pipeline().addLast(HTTP_CODEC, new HttpServerCodec());
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, DerpHttp.PATH);
        request.headers().set(HttpHeaderNames.UPGRADE, DerpHttp.TOKEN).set(DerpHttp.FAST_START_HEADER, "1");
        new RelayDoor(relay, true).take(channel, HTTP_CODEC, request);
        BouncyCastleX25519 dh = new BouncyCastleX25519();
        Box box = Objects.requireNonNull(Box.between(dh, key, relay.identity().publicKey()));
        Frame hello = new Frame.ClientInfo(
                new NodeKey(key.publicKey(dh)),
                ByteBuffer.wrap(box.seal(Greeting.ofNode().encode(), entropy)));
        ByteBuffer bytes = ByteBuffer.allocate(hello.length());
        hello.writeTo(bytes);
        channel.writeInbound(Unpooled.wrappedBuffer(bytes.flip()));
        while (channel.outboundMessages().size() < 2) { // the relay's key, and its answer
            Thread.sleep(1);
            channel.runPendingTasks();
        }
        channel.releaseOutbound();
        return channel;
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        sender.finishAndReleaseAll();
        receiver.finishAndReleaseAll();
        plain.finishAndReleaseAll();
        relay.close();
    }

    @Benchmark
    public int relay() {
        ByteBuf read = sender.alloc().directBuffer(frames.readableBytes());
        sender.writeInbound(read.writeBytes(frames, 0, frames.readableBytes()));
        return take(receiver);
    }

    @Benchmark
    public int copy() {
        ByteBuf read = sender.alloc().directBuffer(frames.readableBytes());
        plain.writeOutbound(read.writeBytes(frames, 0, frames.readableBytes()));
        return take(plain);
    }

    private static int take(EmbeddedChannel from) {
        int length = 0;
        for (ByteBuf written = from.readOutbound(); written != null; written = from.readOutbound()) {
            length += written.readableBytes();
            ReferenceCountUtil.release(written);
        }
        return length;
    }

    /** Not random at all: nothing here is secret. Thread-safe. */
    private static final class FixedEntropy implements Entropy {
        private final SplittableRandom random;

        FixedEntropy(long seed) {
            random = new SplittableRandom(seed);
        }

        @Override
        public synchronized void fill(byte[] bytes) {
            random.nextBytes(bytes);
        }

        @Override
        public synchronized int nextInt() {
            return random.nextInt();
        }
    }
}
