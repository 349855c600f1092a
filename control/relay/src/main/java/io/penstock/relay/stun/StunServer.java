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
import io.netty.util.concurrent.Future;
import io.penstock.protocol.stun.BindingRequest;
import io.penstock.protocol.stun.BindingResponse;
import io.penstock.protocol.stun.Change;
import io.penstock.relay.core.SourceLimiter;
import io.penstock.relay.edge.Addresses;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Tells whoever asks from which address the question came: binding requests of RFC 8489, with or without a fingerprint, over
 * UDP. An answer is shorter than most and never more than three times as long as the question, with the headers of IP and UDP
 * counted on both sides; each source gets a limited number of them, and what cannot be sent at once is dropped. With a second
 * address it answers from where the client wants, as RFC 5780 has it, so that clients find out what their NATs let in.
 * Thread-safe.
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
        return open(loops, new StunServer(loops), addresses, null, entropy);
    }

    /**
     * The same on somebody else's threads.
     *
     * @throws IOException if one of them is taken; then on none
     */
    public static StunServer open(EventLoopGroup loops, List<InetSocketAddress> addresses, Entropy entropy)
            throws IOException {
        return open(loops, new StunServer(null), addresses, null, entropy);
    }

    /**
     * The same, and with a second address, at each of the two ports of both.
     *
     * @param alternate another address and another port than the one of {@code addresses} that has its family, see
     *     {@link #isPair}; null for none
     * @throws IOException if one of them is taken; then on none
     */
    public static StunServer open(
            EventLoopGroup loops,
            List<InetSocketAddress> addresses,
            @Nullable InetSocketAddress alternate,
            Entropy entropy)
            throws IOException {
        return open(loops, new StunServer(null), addresses, alternate, entropy);
    }

    /** Whether two places make a server of RFC 5780: addresses of one family that differ, none of them any address, and two ports. */
    public static boolean isPair(InetSocketAddress first, InetSocketAddress second) {
        InetAddress a = first.getAddress();
        InetAddress b = second.getAddress();
        return a.getClass() == b.getClass()
                && !a.equals(b)
                && !a.isAnyLocalAddress()
                && !b.isAnyLocalAddress()
                && first.getPort() != second.getPort()
                && first.getPort() != 0
                && second.getPort() != 0;
    }

    private static StunServer open(
            EventLoopGroup loops,
            StunServer server,
            List<InetSocketAddress> addresses,
            @Nullable InetSocketAddress alternate,
            Entropy entropy)
            throws IOException {
        long secret = (long) entropy.nextInt() << 32 | entropy.nextInt();
        SourceLimiter limiter = new SourceLimiter(BUCKETS, ANSWERS_PER_SECOND, ANSWER_BURST, secret, System.nanoTime());
        boolean isPaired = false;
        for (InetSocketAddress address : addresses) {
            if (alternate != null && isPair(address, alternate)) {
                isPaired = true;
                server.bindPair(loops, address, alternate, limiter);
            } else {
                server.bind(loops, address, new Answerer(limiter, server.counters, null));
            }
        }
        if (alternate != null && !isPaired) {
            server.close();
            throw new IllegalArgumentException(alternate + " is the second address of none of " + addresses);
        }
        return server;
    }

    private void bindPair(
            EventLoopGroup loops, InetSocketAddress first, InetSocketAddress second, SourceLimiter limiter)
            throws IOException {
        AtomicReferenceArray<@Nullable Channel> pair = new AtomicReferenceArray<>(4);
        for (int host = 0; host < 2; host++) {
            for (int port = 0; port < 2; port++) {
                Place place = new Place(pair, first, second, host, port);
                pair.set(
                        2 * host + port,
                        bind(loops, place.address(host, port), new Answerer(limiter, counters, place)));
            }
        }
    }

    /**
     * One of the four sockets of a server with two addresses.
     *
     * @param sockets all four, by address and port; null before they are bound
     * @param host which address it has, 0 or 1
     * @param port which port
     */
    private record Place(
            AtomicReferenceArray<@Nullable Channel> sockets,
            InetSocketAddress first,
            InetSocketAddress second,
            int host,
            int port) {
        InetSocketAddress address(int ofHost, int ofPort) {
            return new InetSocketAddress(
                    (ofHost == 0 ? first : second).getAddress(), (ofPort == 0 ? first : second).getPort());
        }

        int hostAfter(Change change) {
            return change.isOfAddress() ? 1 - host : host;
        }

        int portAfter(Change change) {
            return change.isOfPort() ? 1 - port : port;
        }
    }

    private Channel bind(EventLoopGroup loops, InetSocketAddress address, Answerer answerer) throws IOException {
        ChannelFuture bound = new Bootstrap()
                .group(loops)
                .channel(NioDatagramChannel.class)
                .option(ChannelOption.SO_RCVBUF, RECEIVE_BUFFER)
                .option(ChannelOption.SO_SNDBUF, SEND_BUFFER)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(LONGEST_REQUEST))
                .handler(answerer)
                .bind(address)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            close();
            throw new IOException("cannot listen on " + address + " of UDP: " + bound.cause(), bound.cause());
        }
        channels.add(bound.channel());
        return bound.channel();
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
        private final @Nullable Place place; // null for a server with one address

        Answerer(SourceLimiter limiter, StunCounters counters, @Nullable Place place) {
            this.limiter = limiter;
            this.counters = counters;
            this.place = place;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, DatagramPacket datagram) {
            counters.requests.increment();
            InetSocketAddress source = datagram.sender();
            switch (BindingRequest.parse(datagram.content().nioBuffer())) {
                case BindingRequest.Received.Other other -> counters.notStun.increment();
                case BindingRequest.Received.Request request -> {
                    if (isAllowed(source)) {
                        answer(context, source, request);
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

        private void answer(
                ChannelHandlerContext context, InetSocketAddress to, BindingRequest.Received.Request request) {
            Place here = place;
            if (here == null) {
                if (request.change() == Change.NOTHING) {
                    counters.answers.increment();
                    answer(context, to, BindingResponse.encode(request.id(), Addresses.endpoint(to)));
                } else {
                    counters.unknownAttributes.increment();
                    answer(context, to, BindingResponse.encodeUnchangeable(request.id()));
                }
                return;
            }
            int host = here.hostAfter(request.change());
            int port = here.portAfter(request.change());
            byte[] message = BindingResponse.encode(
                    request.id(),
                    Addresses.endpoint(to),
                    Addresses.endpoint(here.address(host, port)),
                    Addresses.endpoint(here.address(1 - here.host(), 1 - here.port())));
            Channel from = here.sockets().get(2 * host + port);
            counters.answers.increment();
            if (request.change() == Change.NOTHING) {
                answer(context, to, message);
            } else if (from == null || !from.isWritable()) {
                counters.unsent.increment();
            } else {
                from.writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(message), to))
                        .addListener(this::onSent);
            }
        }

        private void onSent(Future<? super Void> sent) {
            if (!sent.isSuccess()) {
                counters.unsent.increment();
                LOG.log(Level.DEBUG, "an answer was not sent", sent.cause());
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
                    .addListener(this::onSent);
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
