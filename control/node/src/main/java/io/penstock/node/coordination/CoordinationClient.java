package io.penstock.node.coordination;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.penstock.node.coordination.core.Action;
import io.penstock.node.coordination.core.C2n;
import io.penstock.node.coordination.core.Coordination;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.MapNews;
import io.penstock.node.coordination.core.NodeSettings;
import io.penstock.node.coordination.core.NodeStatus;
import io.penstock.node.coordination.core.Problem;
import io.penstock.node.coordination.core.Problem.Kind;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.PingRequest;
import io.penstock.protocol.message.RegisterRequest;
import io.penstock.protocol.message.RegisterResponse;
import io.penstock.protocol.ts2021.ClientHandshake;
import io.penstock.transport.NodeUpgrade;
import java.lang.System.Logger.Level;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One node's coordination: carries out what {@link Coordination} decides. Its methods may be called from any thread; they return
 * at once, and everything, the listener included, happens on the platform's event loop. What the listener does there holds up
 * all that share the loop.
 */
public final class CoordinationClient implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CoordinationClient.class.getName());

    private final CoordinatorAddress address;
    private final ClientPlatform platform;
    private final EventLoop loop;
    private final PrivateKey machine;
    private final int version;
    private final Consumer<CoordinationEvent> listener;
    private final @Nullable SslContext tls;
    private final Coordination core;
    private final WakeUp wakeUp;

    private @Nullable Dial dial;
    private @Nullable Link link;
    private @Nullable Request registering;
    private @Nullable Request reporting;
    private @Nullable Request streaming;
    private @Nullable MapBody stream;
    private boolean draining;
    private final DialTurns turns = new DialTurns();

    private CoordinationClient(
            CoordinatorAddress address,
            ClientPlatform platform,
            PrivateKey machine,
            NodeSettings settings,
            NodeStatus status,
            Consumer<CoordinationEvent> listener)
            throws SSLException {
        this.address = address;
        this.platform = platform;
        this.machine = machine;
        this.listener = listener;
        loop = platform.loop();
        version = settings.version();
        tls = address.isTls() ? Tls.context(address.trust()) : null;
        core = new Coordination(settings, status, platform.entropy());
        wakeUp = new WakeUp(loop, () -> run(now -> core.onTime(now)));
    }

    /**
     * Starts a client.
     *
     * @param machine names the machine to the coordinator; stays the caller's, who wipes it after {@link #close}
     * @param listener is told everything, on the loop
     * @throws SSLException if this JDK has no TLS
     */
    public static CoordinationClient start(
            CoordinatorAddress address,
            ClientPlatform platform,
            PrivateKey machine,
            NodeSettings settings,
            NodeStatus status,
            Consumer<CoordinationEvent> listener)
            throws SSLException {
        CoordinationClient client = new CoordinationClient(address, platform, machine, settings, status, listener);
        client.post(client.core::start);
        return client;
    }

    /** What the node tells of itself from here on; of several before the coordinator takes one, the latest counts. */
    public void report(NodeStatus status) {
        post(now -> core.report(status, now));
    }

    /** Renews the node's key, whose private half the caller has. */
    public void rotateTo(NodeKey key, String authKey) {
        post(now -> core.rotateTo(key, authKey, now));
    }

    /** Gives the node's key up; {@link CoordinationEvent.LoggedOut} follows. */
    public void logout() {
        post(core::logout);
    }

    /** The host has other addresses, and another way to others perhaps: finds out soon whether the connection still works. */
    public void onNetworkChanged(boolean isElsewhere) {
        post(now -> core.onNetworkChanged(isElsewhere, now));
    }

    /** Begins again after {@link CoordinationEvent.LoggedOut}. */
    public void restart() {
        post(core::start);
    }

    /** Ends the connection; nothing is told after the event that is under way. The node stays registered. */
    @Override
    public void close() {
        post(now -> core.stop());
    }

    /** A call of the state machine. */
    private interface Input {
        void at(long nowNs);
    }

    private void post(Input input) {
        try {
            loop.execute(() -> run(input));
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "the event loop has ended, and the client with it", e);
        }
    }

    /** On the loop. A call out of an action only adds to what is done. After a fault of ours the connection begins anew. */
    private void run(Input input) {
        try {
            act(input);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a fault of the coordination", e);
            tell(new CoordinationEvent.Faulted("coordination: " + e));
            beginAnew(e);
        } finally {
            if (!draining) {
                wakeUp.in(core.leftNs(System.nanoTime())); // also after a fault, or nobody would ever try again
            }
        }
    }

    private void act(Input input) {
        input.at(System.nanoTime());
        if (draining) {
            return;
        }
        draining = true;
        try {
            for (Action action = core.poll(); action != null; action = core.poll()) {
                perform(action);
            }
        } finally {
            draining = false;
        }
    }

    private void beginAnew(RuntimeException fault) {
        try {
            act(now -> core.onFailed(Problem.of(Kind.BROKEN, "an error of ours, which the log has: " + fault), now));
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a fault after a fault of the coordination", e); // its deadlines are left
        }
    }

    private void perform(Action action) {
        switch (action) {
            case Action.FetchKey fetch -> fetchKey();
            case Action.Connect connect -> connect(connect.coordinator());
            case Action.Disconnect disconnect -> disconnect();
            case Action.Register register -> register(register.request());
            case Action.OpenStream open -> openStream(open.request());
            case Action.Report report -> report(report.request());
            case Action.Answer answer -> answer(answer.ping());
            case Action.Tell tell -> tell(tell.event());
        }
    }

    private void tell(CoordinationEvent event) {
        try {
            listener.accept(event);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "a listener failed", e); // the next event may be what it needs
        }
    }

    private void fetchKey() {
        dial(opened -> KeyFetch.start(
                opened.pipeline(),
                address.authority(),
                version,
                key -> run(now -> core.onKey(key, now)),
                this::onFailed));
    }

    private void connect(MachineKey coordinator) {
        dial(opened -> {
            ClientHandshake handshake;
            try {
                handshake = new ClientHandshake(platform.x25519(), platform.entropy(), machine, coordinator, version);
            } catch (IllegalArgumentException e) {
                onFailed(Problem.of(Kind.WRONG_KEY, String.valueOf(e.getMessage())));
                return;
            }
            Link[] made = new Link[1];
            Promise<Channel> done = loop.newPromise();
            done.addListener(upgraded -> onUpgrade(opened, made[0], upgraded));
            opened.pipeline()
                    .addLast(new NodeUpgrade(
                            handshake,
                            address.authority(),
                            inside -> made[0] = Link.add(inside, problem -> onLinkEnded(made[0], problem)),
                            done));
        });
    }

    private void onUpgrade(Channel opened, @Nullable Link made, Future<?> upgraded) {
        if (dial == null || !dial.leadsTo(opened)) {
            return; // given up meanwhile
        }
        if (made == null || !upgraded.isSuccess()) {
            onFailed(Problems.of(upgraded.cause()));
            return;
        }
        link = made;
        run(core::onConnected);
    }

    private void dial(Consumer<Channel> connected) {
        if (dial != null) {
            dial.cancel();
        }
        Dial started = new Dial(loop, address, tls, turns, connected, cause -> onFailed(Problems.of(cause)));
        dial = started;
        started.start(platform.resolver());
    }

    private void onFailed(Problem problem) {
        run(now -> core.onFailed(problem, now));
    }

    private void onLinkEnded(@Nullable Link ended, Problem problem) {
        if (link != null && link == ended) {
            onFailed(problem);
        }
    }

    private void disconnect() {
        cancel(registering);
        cancel(reporting);
        endStream();
        registering = null;
        reporting = null;
        if (link != null) {
            link.close();
            link = null;
        }
        if (dial != null) {
            dial.cancel();
            dial = null;
        }
    }

    private static void cancel(@Nullable Request request) {
        if (request != null) {
            request.cancel();
        }
    }

    private void register(RegisterRequest request) {
        cancel(registering);
        registering = send(
                "POST",
                RegisterRequest.PATH,
                request.encode(),
                new WholeBody(RegisterResponse.MAX_BYTES, this::onRegistered, this::onRegisterFailed));
    }

    private void onRegistered(byte[] body) {
        RegisterResponse response;
        try {
            response = RegisterResponse.decode(body);
        } catch (MalformedMessageException e) {
            onRegisterFailed(Problem.of(Kind.BROKEN, "the answer to the registration: " + e.getMessage()));
            return;
        }
        run(now -> core.onRegistered(response, now));
    }

    private void onRegisterFailed(Problem problem) {
        run(now -> core.onRegisterFailed(problem, now));
    }

    private void report(MapRequest request) {
        cancel(reporting);
        reporting = send(
                "POST",
                MapRequest.PATH,
                request.encode(),
                new WholeBody(
                        0, body -> run(core::onReported), problem -> run(now -> core.onReportFailed(problem, now))));
    }

    private void openStream(MapRequest request) {
        endStream();
        MapBody[] body = new MapBody[1];
        MapBody opened = new MapBody(
                platform.maps().open(),
                platform.clock(),
                this::onNews,
                () -> run(core::onStreamBytes),
                problem -> onStreamEnded(body[0], problem));
        body[0] = opened;
        stream = opened;
        streaming = send("POST", MapRequest.PATH, request.encode(), opened);
    }

    private void onNews(MapNews news) {
        run(now -> core.onNews(news, now));
    }

    private void onStreamEnded(@Nullable MapBody ended, Problem problem) {
        if (stream != null && stream == ended) {
            endStream();
            run(now -> core.onStreamEnded(problem, now));
        }
    }

    private void endStream() {
        if (stream != null) {
            stream.close();
            stream = null;
        }
        cancel(streaming);
        streaming = null;
    }

    /** Answers what asks for a sign of life; what asks for packets to others is theirs who send packets. */
    private void answer(PingRequest ping) {
        String path = Pings.pathOf(ping);
        if (path.isEmpty()) {
            LOG.log(Level.DEBUG, "a ping whose answer cannot be sent");
            return;
        }
        Receiver ignored = new WholeBody(0, body -> {}, problem -> LOG.log(Level.TRACE, problem.text()));
        if (ping.types().isEmpty()) {
            var _ = send("HEAD", path, new byte[0], ignored);
        } else if (ping.types().equals(Pings.C2N)) {
            try {
                var _ = send("POST", path, C2n.answer(ping.decodePayload()), ignored);
            } catch (MalformedMessageException e) {
                LOG.log(Level.DEBUG, "a ping that cannot be read", e);
            }
        }
    }

    private @Nullable Request send(String method, String path, byte[] body, Receiver receiver) {
        Link over = link;
        if (over == null) {
            return null; // disconnected by an action before this one
        }
        return over.send(method, path, address.authority(), body, receiver);
    }
}
