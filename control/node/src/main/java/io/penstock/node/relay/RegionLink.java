package io.penstock.node.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.penstock.node.relay.core.RegionAction;
import io.penstock.node.relay.core.RegionState;
import io.penstock.node.relay.core.Waiting;
import io.penstock.protocol.derp.Frame;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.DerpNode;
import io.penstock.protocol.message.DerpRegion;
import io.penstock.wireguard.PublicKey;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The connection to one region, made and ended as {@link RegionState} decides, and the packets that wait for it. On the event loop. */
final class RegionLink implements RelayConnection.Events {
    private static final System.Logger LOG = System.getLogger(RegionLink.class.getName());

    /** A call of the state machine. */
    private interface Input {
        void at(long nowNs);
    }

    private final EventLoop loop;
    private final RelayTls tls;
    private final Proxies proxies;
    private final RelayIdentity identity;
    private final RelayListener listener;
    private final RegionState state;
    private final Waiting<ByteBuf> waiting = new Waiting<>();
    private final Runnable reschedule;
    private DerpRegion region;
    private @Nullable RelayDial dial;
    private @Nullable RelayConnection connection;
    private String node = "";
    private String lastProblem = "";
    private String silentNode = ""; // the last one
    private boolean draining;
    private boolean isFlushDue;
    private long sent;
    private long received;
    private long limited;

    /** {@code reschedule} is called when {@link #leftNs} may have become less. */
    RegionLink(
            EventLoop loop,
            RelayTls tls,
            Proxies proxies,
            RelayIdentity identity,
            DerpRegion region,
            RelayListener listener,
            Runnable reschedule) {
        this.loop = loop;
        this.tls = tls;
        this.proxies = proxies;
        this.identity = identity;
        this.region = region;
        this.listener = listener;
        this.reschedule = reschedule;
        state = new RegionState(identity.entropy());
    }

    /** What the map says of it. A connection stays, unless its node is not there any more. */
    void onRegion(DerpRegion news) {
        boolean isGone = connection != null
                && news.nodes().stream().noneMatch(each -> each.name().equals(node));
        region = news;
        if (isGone && connection != null) {
            connection.close("the map does not have it any more");
        }
    }

    void setHome(boolean isHome) {
        run(now -> state.setHome(isHome, now));
    }

    void onLinkChanged(Predicate<InetAddress> isOurs) {
        RelayConnection open = connection;
        boolean isCut = open != null && !open.isFrom(isOurs);
        run(now -> state.onLinkChanged(isCut, now));
    }

    void onTime() {
        run(state::onTime);
    }

    long leftNs(long nowNs) {
        return state.leftNs(nowNs);
    }

    /** Ends it for good. */
    void stop() {
        run(now -> state.stop());
        releaseWaiting();
    }

    RelayView view() {
        return new RelayView(
                region.regionId(),
                region.regionName(),
                node,
                state.isHome(),
                state.isUp(),
                lastProblem,
                sent,
                received,
                waiting.dropped() + limited);
    }

    /** Sends a packet, or keeps it for a while until it can be sent. Copies it. */
    void send(NodeKey to, byte[] packet, int offset, int length, boolean isDisco) {
        int frameLength = Frame.HEADER_LENGTH + PublicKey.LENGTH + length;
        RelayConnection over = connection;
        ByteBuf frame = over == null ? Unpooled.buffer(frameLength) : over.buffer(frameLength);
        RelayConnection.putHead(frame, to, length);
        frame.writeBytes(packet, offset, length);
        if (over != null && over.isWritable() && waiting.isEmpty()) {
            write(over, frame);
            flushSoon();
        } else {
            ByteBuf oldest = waiting.add(frame, isDisco);
            if (oldest != null) {
                oldest.release();
            }
        }
        onOwnPacket();
    }

    /** A connection that is used costs a packet no more than a look at the clock. */
    private void onOwnPacket() {
        long nowNs = System.nanoTime();
        if (!state.isUp()) {
            run(state::want);
        } else if (state.onPacket(nowNs)) {
            reschedule.run();
        }
    }

    private void write(RelayConnection over, ByteBuf frame) {
        if (over.mayPass(frame.readableBytes() - Frame.HEADER_LENGTH - PublicKey.LENGTH)) {
            over.write(frame);
            sent++;
        } else {
            frame.release(); // as the relay asked
            limited++;
        }
    }

    private void writeWaiting(RelayConnection over) {
        while (over.isWritable()) {
            ByteBuf next = waiting.next();
            if (next == null) {
                break;
            }
            write(over, next);
        }
        over.flush();
    }

    private void flushSoon() {
        if (!isFlushDue) {
            isFlushDue = true;
            loop.execute(() -> {
                isFlushDue = false;
                if (connection != null) {
                    connection.flush();
                }
            });
        }
    }

    private void releaseWaiting() {
        for (ByteBuf next = waiting.next(); next != null; next = waiting.next()) {
            next.release();
        }
    }

    private void run(Input input) {
        input.at(System.nanoTime());
        if (draining) {
            return;
        }
        draining = true;
        try {
            for (RegionAction action = state.poll(); action != null; action = state.poll()) {
                perform(action);
            }
        } finally {
            draining = false;
        }
        reschedule.run();
    }

    private void perform(RegionAction action) {
        switch (action) {
            case DIAL -> dial();
            case CLOSE -> close("it is not needed");
            case GIVE_UP -> {
                silentNode = node;
                lastProblem = "it was silent";
                close(lastProblem);
            }
            case NOTE_PREFERRED -> {
                if (connection != null) {
                    connection.say(new Frame.NotePreferred(state.isHome()));
                }
            }
            case PING -> {
                if (connection != null) {
                    connection.say(new Frame.Ping(System.nanoTime()));
                }
            }
            case TELL_UP -> listener.onState(region.regionId(), true);
            case TELL_DOWN -> listener.onState(region.regionId(), false);
        }
    }

    private void dial() {
        close("another one is made");
        RelayDial[] self = new RelayDial[1];
        RelayDial started = new RelayDial(
                loop,
                tls,
                proxies,
                nodes(),
                addresses -> listener.onAddresses(region.regionId(), addresses),
                (chosen, channel) -> {
                    node = chosen.name();
                    String first = region.nodes().getFirst().name();
                    RelayConnection made = new RelayConnection(
                            channel, chosen.hostName(), first.equals(node) ? "" : first, identity, this);
                    connection = made;
                    dial = null;
                    made.start();
                },
                cause -> {
                    if (dial == self[0]) {
                        dial = null;
                        onFailed(String.valueOf(cause.getMessage()));
                    }
                });
        self[0] = started;
        dial = started;
        started.start();
    }

    /** Those of the region in the map's order, but one that was silent is the last. */
    private List<DerpNode> nodes() {
        List<DerpNode> nodes = new ArrayList<>(region.nodes());
        nodes.sort(Comparator.comparing(each -> each.name().equals(silentNode))); // stable; false comes first
        return nodes;
    }

    private void close(String why) {
        if (dial != null) {
            dial.cancel();
            dial = null;
        }
        RelayConnection open = connection;
        if (open != null) {
            connection = null;
            open.close(why);
        }
    }

    private void onFailed(String why) {
        lastProblem = why;
        LOG.log(Level.DEBUG, "no connection to the relay of region {0}: {1}", region.regionId(), why);
        run(state::onLost);
        if (!state.isHome()) {
            releaseWaiting(); // who sent them does not wait for them
            run(now -> state.onNothingWaits());
        }
    }

    @Override
    public void onWelcome(RelayConnection from) {
        if (from == connection) {
            lastProblem = "";
            run(state::onConnected);
            writeWaiting(from);
        }
    }

    @Override
    public void onFrame(RelayConnection from, Frame frame) {
        if (from != connection) {
            return;
        }
        int id = region.regionId();
        switch (frame) {
            case Frame.RecvPacket packet -> {
                received++;
                onHeard(true);
                listener.onPacket(id, packet.source(), packet.packet());
            }
            case Frame.PeerGone gone -> listener.onPeerGone(id, gone.key());
            case Frame.Health health -> listener.onHealth(id, health.problem());
            case Frame.Restarting restarting ->
                run(now -> state.onRestarting(1_000_000L * Integer.toUnsignedLong(restarting.reconnectInMs()), now));
            default -> onHeard(false); // a sign of life
        }
    }

    private void onHeard(boolean isPacket) {
        if (state.onFrame(isPacket, System.nanoTime())) {
            reschedule.run();
        }
    }

    @Override
    public void onWritable(RelayConnection from) {
        if (from == connection) {
            state.onProgress(System.nanoTime());
            writeWaiting(from);
        }
    }

    @Override
    public void onEnd(RelayConnection from, String why) {
        if (from == connection) {
            connection = null;
            onFailed(why);
        }
    }
}
