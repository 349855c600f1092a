package io.penstock.relay.edge;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.derp.FrameDecoder;
import io.penstock.protocol.derp.FrameType;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.NodeKey;
import io.penstock.relay.core.Client;
import io.penstock.relay.core.CloseReason;
import io.penstock.relay.core.Link;
import io.penstock.relay.core.Relay;
import io.penstock.relay.core.TokenBucket;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection after its upgrade: the hello, then frames. Reads nothing while the hello is looked at, or while its client is
 * over its rate. On its event loop, but for what {@link Link} offers.
 */
final class DerpConnection extends ChannelInboundHandlerAdapter implements Link, FrameReader.Sink {
    private static final System.Logger LOG = System.getLogger(DerpConnection.class.getName());

    /** So many bytes may have come behind a hello before it is answered. */
    private static final int MAX_HELD_BYTES = 512 << 10;

    private static final long JITTER_MS = 5000;

    private final Relay relay;
    private final HelloDesk desk;
    private final RelayLimits limits;

    private @Nullable ChannelHandlerContext context;
    private @Nullable FrameReader reader;
    private @Nullable Future<?> helloDeadline;
    private @Nullable Future<?> keepAlive;
    private @Nullable Future<?> resume;
    private boolean isHelloAtWork;
    private boolean isEnded;

    /** What came behind a hello that is not answered yet. */
    private final ArrayDeque<ByteBuf> held = new ArrayDeque<>(1);

    private int heldBytes;

    // Set when it is let in.
    private volatile @Nullable OutboxWriter writer;
    private @Nullable Client client;
    private @Nullable PacketSorter sorter;
    private @Nullable TokenBucket rate;
    private boolean answersPings;
    private boolean isPinged;
    private boolean hasRead;

    DerpConnection(Relay relay, HelloDesk desk, RelayLimits limits) {
        this.relay = relay;
        this.desk = desk;
        this.limits = limits;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        reader = new FrameReader(FrameDecoder.Side.RELAY, added.alloc(), relay.counters());
        helloDeadline = added.executor()
                .schedule(
                        () -> end(CloseReason.HELLO_TIMEOUT),
                        limits.helloTimeout().toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    private ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("in no pipeline yet");
        }
        return context;
    }

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message);
            end(CloseReason.FRAME_MALFORMED);
            return;
        }
        if (isEnded) {
            bytes.release();
        } else if (isHelloAtWork) {
            hold(bytes);
        } else {
            read(bytes);
        }
    }

    private void hold(ByteBuf bytes) {
        heldBytes += bytes.readableBytes();
        held.add(bytes);
        if (heldBytes > MAX_HELD_BYTES) {
            end(CloseReason.BAD_HELLO);
        }
    }

    /** Reads what is in a buffer and gives it back. */
    private void read(ByteBuf bytes) {
        int length = bytes.readableBytes();
        hasRead = true;
        try {
            if (reader != null && !reader.read(bytes, this) && bytes.isReadable()) {
                hold(bytes.retain());
            }
        } catch (RelayClosed e) {
            end(e.reason());
        } finally {
            bytes.release();
        }
        if (rate != null && !isEnded) {
            long waitNs = rate.take(length, System.nanoTime());
            if (waitNs > 0) {
                pause(waitNs);
            }
        }
    }

    private void pause(long waitNs) {
        relay.counters().onThrottled();
        context().channel().config().setAutoRead(false);
        resume = context()
                .executor()
                .schedule(
                        () -> {
                            context().channel().config().setAutoRead(true);
                        },
                        waitNs,
                        TimeUnit.NANOSECONDS);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext from) {
        if (sorter != null) {
            sorter.wakeAll();
        }
    }

    @Override
    public void onBufferEnd() {
        if (sorter != null) {
            sorter.onBufferEnd();
        }
    }

    @Override
    public boolean onFrame(ByteBuf in, int start, int type, int length) throws RelayClosed {
        if (client == null || sorter == null) {
            onHello(in, start, type, length);
            return false;
        }
        switch (type) {
            case FrameType.SEND_PACKET -> {
                relay.onSending(client);
                sorter.onSend(in, start, length);
            }
            case FrameType.FORWARD_PACKET -> {
                requireMesh(client);
                sorter.onForward(in, start, length);
            }
            default -> onControl(client, parse(type, payload(in, start, length)));
        }
        return true;
    }

    private static ByteBuffer payload(ByteBuf in, int start, int length) {
        return in.nioBuffer(start + Frame.HEADER_LENGTH, length);
    }

    private static Frame parse(int type, ByteBuffer payload) throws RelayClosed {
        try {
            return FrameType.read(type, payload);
        } catch (MalformedMessageException e) {
            throw new RelayClosed(CloseReason.FRAME_MALFORMED);
        }
    }

    private void onHello(ByteBuf in, int start, int type, int length) throws RelayClosed {
        if (type != FrameType.CLIENT_INFO) {
            throw new RelayClosed(CloseReason.BAD_HELLO);
        }
        if (!(parse(type, payload(in, start, length)) instanceof Frame.ClientInfo info)) {
            throw new RelayClosed(CloseReason.BAD_HELLO);
        }
        byte[] sealed = new byte[info.sealed().remaining()];
        info.sealed().get(sealed);
        NodeKey key = info.key();
        isHelloAtWork = true;
        context().channel().config().setAutoRead(false);
        desk.open(key, sealed, Sources.of(context().channel()), hello -> context()
                .executor()
                .execute(() -> onDecided(key, hello)));
    }

    private void onDecided(NodeKey key, Hello hello) {
        if (isEnded) {
            return;
        }
        switch (hello) {
            case Hello.Refused refused -> end(refused.reason());
            case Hello.Welcome welcome -> letIn(key, welcome);
        }
    }

    private void letIn(NodeKey key, Hello.Welcome welcome) {
        ChannelHandlerContext own = context();
        stop(helloDeadline);
        // Before it is told: who has read the answer can be reached. What comes for it waits in its outbox until the
        // writer is there.
        Client arrived = relay.arrive(
                key, welcome.greeting(), welcome.isMesh(), Sources.of(own.channel()), this, System.nanoTime());
        client = arrived;
        OutboxWriter.writeAndFlush(own, welcome.answer());
        sorter = new PacketSorter(relay, arrived);
        OutboxWriter out = new OutboxWriter(
                own, arrived.outbox(), relay.counters(), limits.stall().toMillis());
        writer = out;
        answersPings = welcome.greeting().canAckPings();
        if (limits.bytesPerSecond() > 0 && !welcome.isMesh()) {
            rate = new TokenBucket(limits.bytesPerSecond(), limits.burstBytes(), System.nanoTime());
        }
        scheduleKeepAlive();
        readHeld();
        out.write(); // what came since it arrived
    }

    private void readHeld() {
        isHelloAtWork = false;
        context().channel().config().setAutoRead(true);
        for (ByteBuf bytes = held.poll(); bytes != null; bytes = held.poll()) {
            if (isEnded) {
                bytes.release();
            } else {
                read(bytes);
            }
        }
        if (sorter != null) {
            sorter.wakeAll();
        }
    }

    private void scheduleKeepAlive() {
        long periodMs = limits.keepAlive().toMillis();
        // So that clients that came together after a restart are not served together for ever.
        long delayMs = periodMs + ThreadLocalRandom.current().nextLong(1 + Math.min(JITTER_MS, periodMs / 10));
        keepAlive = context().executor().scheduleAtFixedRate(this::keepAlive, delayMs, delayMs, TimeUnit.MILLISECONDS);
    }

    private void keepAlive() {
        if (client == null || isEnded) {
            return;
        }
        if (isPinged && !hasRead) {
            end(CloseReason.SILENT);
            return;
        }
        isPinged = answersPings && !hasRead;
        hasRead = false;
        Frame frame = isPinged ? new Frame.Ping(ThreadLocalRandom.current().nextLong()) : new Frame.KeepAlive();
        say(client, frame);
    }

    private static void say(Client to, Frame frame) {
        if (to.outbox().offer(frame)) {
            to.link().wake();
        }
    }

    private void onControl(Client from, Frame frame) throws RelayClosed {
        switch (frame) {
            case Frame.Ping ping -> say(from, new Frame.Pong(ping.data()));
            case Frame.Pong pong -> {} // it was read, that is what it is for
            case Frame.NotePreferred preferred -> relay.onPreferred(from, preferred.isHome());
            case Frame.WatchConns watch -> {
                requireMesh(from);
                relay.watch(from);
            }
            case Frame.ClosePeer peer -> {
                requireMesh(from);
                relay.closePeer(peer.key());
            }
            default -> throw new RelayClosed(CloseReason.FRAME_MALFORMED); // a second hello
        }
    }

    private static void requireMesh(Client client) throws RelayClosed {
        if (!client.isMesh()) {
            throw new RelayClosed(CloseReason.NO_PERMISSION);
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
            return; // it is written when the client is in
        }
        if (context().executor().inEventLoop()) {
            out.write();
        } else {
            context().executor().execute(out::write);
        }
    }

    @Override
    public void close(CloseReason reason) {
        context().executor().execute(() -> end(reason));
    }

    private void end(CloseReason reason) {
        Connections.close(context().channel(), reason);
        leave(); // at once: TLS takes a moment to say goodbye, in which nothing more is read
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        leave();
        from.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext from) {
        leave();
    }

    private void leave() {
        if (isEnded) {
            return;
        }
        isEnded = true;
        stop(helloDeadline);
        stop(keepAlive);
        stop(resume);
        if (reader != null) {
            reader.release();
        }
        held.forEach(ByteBuf::release);
        held.clear();
        if (client != null) {
            relay.depart(client);
        }
        OutboxWriter out = writer;
        if (out != null) {
            out.stop();
        }
        if (sorter != null) {
            sorter.wakeAll();
        }
    }

    private static void stop(@Nullable Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        if (cause instanceof DecoderException || cause instanceof IOException) {
            LOG.log(Level.DEBUG, "a connection ended: {0}", cause.toString());
            end(CloseReason.LEFT);
        } else {
            LOG.log(Level.ERROR, "a connection failed", cause);
            end(CloseReason.FAULT);
        }
    }
}
