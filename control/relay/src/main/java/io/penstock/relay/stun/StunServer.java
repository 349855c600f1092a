package io.penstock.relay.stun;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.penstock.protocol.stun.BindingRequest;
import io.penstock.protocol.stun.BindingResponse;
import io.penstock.relay.core.SourceLimiter;
import io.penstock.relay.edge.Addresses;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Tells whoever asks from which address the question came: binding requests of RFC 8489, with or without a fingerprint, over
 * UDP. An answer is shorter than most and never more than three times as long as the question, each source gets a limited number
 * of them, and what cannot be sent at once is dropped. Thread-safe.
 */
public final class StunServer implements AutoCloseable {
    /** Of UDP. */
    public static final int DEFAULT_PORT = 3478;

    private static final System.Logger LOG = System.getLogger(StunServer.class.getName());
    private static final int LONGEST_REQUEST = 1500;
    private static final int RECEIVE_BUFFER = 1 << 20;
    private static final int SEND_BUFFER = 256 << 10;
    private static final int BUCKETS = 8192;
    private static final double ANSWERS_PER_SECOND = 50;
    private static final double ANSWER_BURST = 200;

    private final List<Channel> channels = new ArrayList<>();
    private final StunCounters counters = new StunCounters();

    /** Its own, to be ended with it; null if they are somebody else's. */
    private final @Nullable EventLoopGroup ownLoops;

    private StunServer(@Nullable EventLoopGroup ownLoops) {
        this.ownLoops = ownLoops;
    }

    /**
     * Listens from here on, on one socket for each address, with a thread of its own.
     *
     * @throws IOException if one of them is taken; then on none
     */
    public static StunServer open(List<InetSocketAddress> addresses, Entropy entropy) throws IOException {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        return open(loops, new StunServer(loops), addresses, entropy);
    }

    /**
     * The same on somebody else's threads.
     *
     * @throws IOException if one of them is taken; then on none
     */
    public static StunServer open(EventLoopGroup loops, List<InetSocketAddress> addresses, Entropy entropy)
            throws IOException {
        return open(loops, new StunServer(null), addresses, entropy);
    }

    private static StunServer open(
            EventLoopGroup loops, StunServer server, List<InetSocketAddress> addresses, Entropy entropy)
            throws IOException {
        long secret = (long) entropy.nextInt() << 32 | entropy.nextInt();
        SourceLimiter limiter = new SourceLimiter(BUCKETS, ANSWERS_PER_SECOND, ANSWER_BURST, secret, System.nanoTime());
        for (InetSocketAddress address : addresses) {
            ChannelFuture bound = new Bootstrap()
                    .group(loops)
                    .channel(NioDatagramChannel.class)
                    .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER)
                    .option(ChannelOption.SO_SNDBUF, SEND_BUFFER)
                    .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(LONGEST_REQUEST))
                    .handler(new Answerer(limiter, server.counters))
                    .bind(address)
                    .awaitUninterruptibly();
            if (!bound.isSuccess()) {
                server.close();
                throw new IOException("cannot listen on " + address + " of UDP: " + bound.cause(), bound.cause());
            }
            server.channels.add(bound.channel());
        }
        return server;
    }

    /** Where it listens, with the ports that were chosen. */
    public List<InetSocketAddress> addresses() {
        return channels.stream()
                .map(channel -> (InetSocketAddress) channel.localAddress())
                .toList();
    }

    public StunCounters counters() {
        return counters;
    }

    @Override
    public void close() {
        channels.forEach(channel -> channel.close().syncUninterruptibly());
        if (ownLoops != null) {
            ownLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
    }

    /** On the socket's event loop. */
    private static final class Answerer extends SimpleChannelInboundHandler<DatagramPacket> {
        private final SourceLimiter limiter;
        private final StunCounters counters;

        Answerer(SourceLimiter limiter, StunCounters counters) {
            this.limiter = limiter;
            this.counters = counters;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket datagram) {
            counters.requests.increment();
            InetSocketAddress source = datagram.sender();
            switch (BindingRequest.parse(datagram.content().nioBuffer())) {
                case BindingRequest.Received.Other other -> counters.notStun.increment();
                case BindingRequest.Received.Request request -> {
                    if (isAllowed(source)) {
                        counters.answers.increment();
                        answer(context, source, BindingResponse.encode(request.id(), Addresses.endpoint(source)));
                    }
                }
                case BindingRequest.Received.Unknown unknown -> {
                    if (isAllowed(source)) {
                        counters.unknownAttributes.increment();
                        answer(context, source, BindingResponse.encodeUnknown(unknown.id(), unknown.attributes()));
                    }
                }
            }
        }

        private boolean isAllowed(InetSocketAddress source) {
            if (limiter.tryOnce(source.getAddress().getAddress(), System.nanoTime())) {
                return true;
            }
            counters.limited.increment();
            return false;
        }

        private void answer(ChannelHandlerContext context, InetSocketAddress to, byte[] message) {
            if (!context.channel().isWritable()) {
                counters.unsent.increment();
                return;
            }
            context.write(new DatagramPacket(Unpooled.wrappedBuffer(message), to))
                    .addListener(sent -> {
                        if (!sent.isSuccess()) {
                            counters.unsent.increment();
                            LOG.log(Level.DEBUG, "an answer was not sent", sent.cause());
                        }
                    });
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            context.flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            LOG.log(Level.WARNING, "a datagram of STUN was not taken", cause); // the socket stays
        }
    }
}
