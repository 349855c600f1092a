package io.penstock.server.http.ts2021;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Promise;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.ts2021.ClientHandshake;
import io.penstock.transport.InnerHttp2;
import io.penstock.transport.NodeUpgrade;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A node's end of a connection to a coordinator under test. */
final class TestNode implements AutoCloseable {
    static final X25519 DH = new BouncyCastleX25519();

    private static final long PATIENCE_SECONDS = 20;

    private final PrivateKey machine;
    final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    final Channel channel;

    TestNode(
            EventLoopGroup loops,
            boolean tls,
            InetSocketAddress coordinator,
            MachineKey key,
            int version,
            PrivateKey machine,
            Entropy entropy,
            @Nullable Consumer<ChannelPipeline> inside)
            throws Exception {
        this.machine = machine;
        ClientHandshake handshake = new ClientHandshake(DH, entropy, machine, key, version);
        Promise<Channel> done = loops.next().newPromise();
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel opened) throws Exception {
                        if (tls) { // whose certificate a node does not check here: the handshake inside proves more
                            opened.pipeline()
                                    .addLast(SslContextBuilder.forClient()
                                            .trustManager(InsecureTrustManagerFactory.INSTANCE)
                                            .build()
                                            .newHandler(opened.alloc()));
                        }
                        opened.pipeline()
                                .addLast(new NodeUpgrade(
                                        handshake,
                                        "any.name",
                                        inside == null ? TestNode.this::addInside : inside,
                                        done));
                    }
                });
        bootstrap.connect(coordinator).sync();
        if (!done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("no upgrade");
        }
        channel = done.sync().getNow();
    }

    private void addInside(ChannelPipeline pipeline) {
        InnerHttp2.addNode(pipeline, new ChannelInboundHandlerAdapter());
        pipeline.addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                failures.add(cause);
                var _ = context.close();
            }
        });
    }

    MachineKey machine() {
        return new MachineKey(machine.publicKey(DH));
    }

    /** A request under way. */
    static final class Exchange extends ChannelInboundHandlerAdapter {
        final CompletableFuture<Http2Headers> headers = new CompletableFuture<>();
        final CompletableFuture<byte[]> whole = new CompletableFuture<>();
        final BlockingQueue<byte[]> pieces = new LinkedBlockingQueue<>();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private @Nullable Http2StreamChannel stream;

        Http2StreamChannel stream() {
            return Objects.requireNonNull(stream);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
            try {
                switch (message) {
                    case Http2HeadersFrame head -> {
                        headers.complete(head.headers());
                        finishIf(head.isEndStream());
                    }
                    case Http2DataFrame data -> {
                        byte[] piece = new byte[data.content().readableBytes()];
                        data.content().readBytes(piece);
                        body.writeBytes(piece);
                        pieces.add(piece);
                        finishIf(data.isEndStream());
                    }
                    default -> {}
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof Http2ResetFrame reset) {
                fail("reset " + reset.errorCode());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            fail("the connection ended");
        }

        private void finishIf(boolean isLast) {
            if (isLast) {
                whole.complete(body.toByteArray());
            }
        }

        private void fail(String why) {
            headers.completeExceptionally(new IllegalStateException(why));
            whole.completeExceptionally(new IllegalStateException(why));
        }

        int status() throws Exception {
            return Integer.parseInt(
                    headers.get(PATIENCE_SECONDS, TimeUnit.SECONDS).status().toString());
        }

        byte[] body() throws Exception {
            return whole.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        String text() throws Exception {
            return new String(body(), StandardCharsets.UTF_8);
        }
    }

    Exchange post(String path, byte[] body) throws Exception {
        return send("POST", path, body);
    }

    Exchange send(String method, String path, byte[] body) throws Exception {
        Exchange exchange = begin(method, path, body.length == 0);
        if (body.length > 0) {
            exchange.stream()
                    .writeAndFlush(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true))
                    .sync();
        }
        return exchange;
    }

    Exchange begin(String method, String path, boolean isWhole) throws Exception {
        Exchange exchange = new Exchange();
        exchange.stream = new Http2StreamChannelBootstrap(channel)
                .handler(exchange)
                .open()
                .sync()
                .getNow();
        Http2Headers headers = new DefaultHttp2Headers()
                .method(method)
                .path(path)
                .scheme("https")
                .authority("any.name");
        exchange.stream()
                .writeAndFlush(new DefaultHttp2HeadersFrame(headers, isWhole))
                .sync();
        return exchange;
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
    }
}
