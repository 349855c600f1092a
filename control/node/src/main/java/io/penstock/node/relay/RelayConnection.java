package io.penstock.node.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.penstock.node.relay.core.SendLimit;
import io.penstock.protocol.derp.DerpHttp;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder;
import io.penstock.protocol.derp.FrameType;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.derp.ServerGreeting;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.wireguard.PublicKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One connection to a relay: upgrade, hello, frames. On its event loop. */
final class RelayConnection extends ChannelInboundHandlerAdapter {
    private static final String HTTP_CODEC = "http";
    private static final String IDEAL_NODE = "Ideal-Node";

    /** Is told what happens. */
    interface Events {
        /** The relay has let us in. */
        void onWelcome(RelayConnection connection);

        void onFrame(RelayConnection connection, Frame frame);

        /** There is room for more again. */
        void onWritable(RelayConnection connection);

        /** It has ended. */
        void onEnd(RelayConnection connection, String why);
    }

    private final Channel channel;
    private final String host;
    private final String idealNode;
    private final RelayIdentity identity;
    private final Events events;
    private final FrameDecoder decoder = new FrameDecoder(FrameDecoder.Side.CLIENT);
    private @Nullable Box box; // with the relay, once it has said its key
    private SendLimit limit = new SendLimit(0, 0, 0);
    private boolean isIn;
    private boolean isOver;
    private String why = "the relay has closed it";

    /**
     * Over a channel that is open and, where that is wanted, secure.
     *
     * @param idealNode name of the node that the region names first, empty if this is it
     */
    RelayConnection(Channel channel, String host, String idealNode, RelayIdentity identity, Events events) {
        this.channel = channel;
        this.host = host;
        this.idealNode = idealNode;
        this.identity = identity;
        this.events = events;
    }

    void start() {
        channel.pipeline().addLast(HTTP_CODEC, new HttpClientCodec()).addLast(this);
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, DerpHttp.PATH);
        request.headers()
                .set(HttpHeaderNames.HOST, host)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.UPGRADE, DerpHttp.TOKEN);
        if (!idealNode.isEmpty()) {
            request.headers().set(IDEAL_NODE, idealNode);
        }
        channel.writeAndFlush(request).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        if (!channel.isActive()) {
            over();
        }
    }

    /** Whether the address of our end, which stays what it was, is one of these. */
    boolean isFrom(Predicate<InetAddress> addresses) {
        return !(channel.localAddress() instanceof InetSocketAddress local) || addresses.test(local.getAddress());
    }

    boolean isWritable() {
        return isIn && channel.isWritable();
    }

    /** Whether the relay lets us send a packet of this length now. */
    boolean mayPass(int packetLength) {
        return limit.take(Frame.HEADER_LENGTH + PublicKey.LENGTH + packetLength, System.nanoTime());
    }

    /** Room for a frame. */
    ByteBuf buffer(int length) {
        return channel.alloc().buffer(length);
    }

    /** Writes a frame without sending it off. */
    void write(ByteBuf frame) {
        var _ = channel.write(frame, channel.voidPromise());
    }

    void flush() {
        channel.flush();
    }

    void say(Frame frame) {
        ByteBuf out = channel.alloc().buffer(frame.length());
        ByteBuffer view = out.nioBuffer(0, frame.length());
        frame.writeTo(view);
        out.writerIndex(frame.length());
        var _ = channel.writeAndFlush(out, channel.voidPromise());
    }

    void close(String reason) {
        if (!isOver) {
            why = reason;
            var _ = channel.close();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        try {
            switch (message) {
                case HttpResponse response -> {
                    if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                        close("it answered the upgrade with "
                                + response.status().code());
                    }
                }
                case LastHttpContent last -> {
                    if (from.pipeline().get(HTTP_CODEC) != null && channel.isActive()) {
                        from.pipeline().remove(HTTP_CODEC); // what came behind the head comes here
                    }
                }
                case ByteBuf bytes -> read(bytes);
                default -> close("it does not speak HTTP");
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void read(ByteBuf bytes) {
        ByteBuffer in = bytes.nioBuffer();
        try {
            for (Frame frame = decoder.decode(in); frame != null && !isOver; frame = decoder.decode(in)) {
                onFrame(frame);
            }
        } catch (MalformedMessageException e) {
            close("it sent " + e.getMessage());
        }
    }

    private void onFrame(Frame frame) throws MalformedMessageException {
        switch (frame) {
            case Frame.ServerKey server -> greet(server);
            case Frame.ServerInfo info -> onServerInfo(info);
            case Frame.Ping ping -> say(new Frame.Pong(ping.data()));
            default -> {
                if (isIn) {
                    events.onFrame(this, frame);
                }
            }
        }
    }

    private void greet(Frame.ServerKey server) throws MalformedMessageException {
        Box opened = box == null ? identity.boxWith(server.key()) : null;
        if (opened == null) {
            throw new MalformedMessageException("a key that is none, or a second one");
        }
        box = opened;
        ByteBuffer sealed = ByteBuffer.wrap(opened.seal(Greeting.ofNode().encode(), identity.entropy()));
        say(new Frame.ClientInfo(identity.key(), sealed));
    }

    private void onServerInfo(Frame.ServerInfo info) throws MalformedMessageException {
        byte[] sealed = new byte[info.sealed().remaining()];
        info.sealed().get(sealed);
        byte[] json = box == null ? null : box.open(sealed);
        if (json == null) {
            throw new MalformedMessageException("a welcome that is not for us");
        }
        ServerGreeting greeting = ServerGreeting.decode(json);
        limit = new SendLimit(greeting.bytesPerSecond(), greeting.burstBytes(), System.nanoTime());
        if (!isIn) {
            isIn = true;
            events.onWelcome(this);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        if (isWritable()) {
            events.onWritable(this);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        over();
        from.fireChannelInactive();
    }

    private void over() {
        if (!isOver) {
            isOver = true;
            isIn = false;
            events.onEnd(this, why);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        close(cause.toString());
    }

    /** The head of a frame that carries a packet to somebody. */
    static void putHead(ByteBuf out, NodeKey to, int packetLength) {
        out.writeByte(FrameType.SEND_PACKET).writeInt(PublicKey.LENGTH + packetLength);
        out.writeBytes(to.value().toBytes());
    }
}
