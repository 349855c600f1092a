package io.penstock.relay.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.penstock.protocol.derp.DerpHttp;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder;
import io.penstock.protocol.derp.FrameType;
import io.penstock.protocol.derp.Greeting;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.nacl.Box;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.Forwarder;
import io.penstock.relay.core.Link;
import io.penstock.relay.core.Relay;
import io.penstock.wireguard.PublicKey;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection to another relay of the region, as its client: learns who is there, and forwards packets to them. On its event
 * loop, but for what {@link Link} offers.
 */
final class MeshConnection extends ChannelInboundHandlerAdapter implements Link, FrameReader.Sink {
    static final String HTTP_CODEC = "http";

    private static final System.Logger LOG = System.getLogger(MeshConnection.class.getName());
    private static final long HELLO_TIMEOUT_MS = 10_000;
    private static final long SILENCE_CHECK_MS = 120_000; // the other one says something each minute
    private static final long STALL_MS = 30_000;

    private final String host;
    private final RelayService service;
    private final MeshKey meshKey;
    private final Relay relay;

    private @Nullable ChannelHandlerContext context;
    private @Nullable FrameReader reader;
    private @Nullable Future<?> deadline;
    private boolean hasRead;
    private volatile boolean isToOurselves;

    // Set when the other relay has answered.
    private @Nullable PublicKey otherKey;
    private @Nullable Forwarder forwarder;
    private volatile @Nullable OutboxWriter writer;

    MeshConnection(String host, RelayService service, MeshKey meshKey) {
        this.host = host;
        this.service = service;
        this.meshKey = meshKey;
        relay = service.relay();
    }

    /** Whether the other end turned out to be this relay. */
    boolean isToOurselves() {
        return isToOurselves;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        reader = new FrameReader(FrameDecoder.Side.CLIENT, added.alloc(), relay.counters());
        deadline =
                added.executor().schedule(() -> end("no answer to the hello"), HELLO_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    private ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("in no pipeline yet");
        }
        return context;
    }

    @Override
    public void channelActive(ChannelHandlerContext from) {
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, DerpHttp.PATH);
        request.headers()
                .set(HttpHeaderNames.HOST, host)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.UPGRADE, DerpHttp.TOKEN);
        from.writeAndFlush(request).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        from.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        try {
            switch (message) {
                case HttpResponse response -> {
                    if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
                        end("the upgrade was answered " + response.status().code());
                    }
                }
                case LastHttpContent last -> {
                    if (from.pipeline().get(HTTP_CODEC) != null
                            && from.channel().isActive()) {
                        from.pipeline().remove(HTTP_CODEC); // what came behind the head comes here
                    }
                }
                case ByteBuf bytes -> read(bytes);
                default -> end("no answer of HTTP");
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void read(ByteBuf bytes) {
        hasRead = true;
        try {
            if (reader != null) {
                reader.read(bytes, this);
            }
        } catch (RelayClosed e) {
            end(e.reason().toString());
        }
    }

    @Override
    public boolean onFrame(ByteBuf in, int start, int type, int length) throws RelayClosed {
        Frame frame;
        try {
            frame = FrameType.read(type, in.nioBuffer(start + Frame.HEADER_LENGTH, length));
        } catch (MalformedMessageException e) {
            throw new RelayClosed(CloseReason.FRAME_MALFORMED);
        }
        switch (frame) {
            case Frame.ServerKey server -> greet(server.key());
            case Frame.ServerInfo info -> onWelcome();
            case Frame.PeerPresent present -> onPresent(present.key());
            case Frame.PeerGone gone -> {
                if (forwarder != null && gone.reason() == Frame.GONE_DISCONNECTED) {
                    relay.onWithdrawn(forwarder, gone.key());
                }
            }
            case Frame.Ping ping -> say(new Frame.Pong(ping.data()));
            default -> {} // for clients that are no relays
        }
        return true;
    }

    @Override
    public void onBufferEnd() {}

    private void greet(PublicKey other) {
        if (other.equals(service.identity().publicKey())) {
            isToOurselves = true;
            end("it is this relay itself");
            return;
        }
        Box box = service.identity().boxWith(new NodeKey(other));
        if (box == null || otherKey != null) {
            end("no key, or a second one");
            return;
        }
        otherKey = other;
        Greeting greeting = new Greeting(Greeting.VERSION, meshKey.digits(), true, false, "");
        ByteBuffer sealed = ByteBuffer.wrap(box.seal(greeting.encode(), service.entropy()));
        OutboxWriter.writeAndFlush(
                context(), new Frame.ClientInfo(new NodeKey(service.identity().publicKey()), sealed));
    }

    private void onWelcome() {
        if (otherKey == null || forwarder != null) {
            end("a welcome that nobody waits for");
            return;
        }
        if (deadline != null) {
            deadline.cancel(false);
        }
        Forwarder opened = relay.openForwarder(this);
        forwarder = opened;
        writer = new OutboxWriter(context(), opened.outbox(), relay.counters(), STALL_MS);
        OutboxWriter.writeAndFlush(context(), new Frame.WatchConns());
        deadline = context()
                .executor()
                .scheduleAtFixedRate(this::checkSilence, SILENCE_CHECK_MS, SILENCE_CHECK_MS, TimeUnit.MILLISECONDS);
    }

    private void checkSilence() {
        if (!hasRead) {
            end("it is silent");
        }
        hasRead = false;
    }

    private void onPresent(NodeKey key) {
        boolean isARelay = key.value().equals(service.identity().publicKey())
                || key.value().equals(otherKey);
        if (forwarder != null && !isARelay) {
            relay.onAnnounced(forwarder, key);
        }
    }

    private void say(Frame frame) {
        if (forwarder != null && forwarder.outbox().offer(frame)) {
            wake();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        wake();
    }

    @Override
    public void wake() {
        OutboxWriter out = writer;
        if (out == null) {
            return;
        }
        if (context().executor().inEventLoop()) {
            out.write();
        } else {
            context().executor().execute(out::write);
        }
    }

    @Override
    public void close(CloseReason reason) {
        context().executor().execute(() -> end(reason.toString()));
    }

    private void end(String why) {
        LOG.log(Level.DEBUG, "the connection to {0} ends: {1}", host, why);
        context().close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        if (deadline != null) {
            deadline.cancel(false);
        }
        if (reader != null) {
            reader.release();
        }
        Forwarder opened = forwarder;
        if (opened != null) {
            forwarder = null;
            relay.closeForwarder(opened);
        }
        from.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        end(cause.toString());
    }
}
