package io.penstock.node.daemon;

import io.penstock.engine.uapi.Change;
import io.penstock.node.api.Answer;
import io.penstock.node.api.PathDebug;
import io.penstock.node.api.PingType;
import io.penstock.node.api.Request;
import io.penstock.node.coordination.Seeded;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.NodeStatus;
import io.penstock.node.daemon.core.MachineFacts;
import io.penstock.node.daemon.core.NodeAction;
import io.penstock.node.daemon.core.Readings;
import io.penstock.node.daemon.state.StateFolder;
import io.penstock.node.host.HostPlan;
import io.penstock.node.host.HostSettings;
import io.penstock.node.host.HostWatch;
import io.penstock.node.route.Networks;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All that a daemon works on, made of nothing but notes of what it did. */
final class DaemonWorld {
    private static final long LIMIT_S = 60;
    private static final HostPlan NO_CHANGE = new HostPlan(List.of(), List.of(), List.of());

    /** A key that the coordinator is to take for the node's. */
    record Rotation(NodeKey key, String authKey) {}

    final Plane plane = new Plane();
    volatile @Nullable String refusedUndo;
    final AtomicInteger refusedStarts = new AtomicInteger();
    private final BlockingQueue<NodeAction.StartCoordination> started = new LinkedBlockingQueue<>();
    private final BlockingQueue<Rotation> rotations = new LinkedBlockingQueue<>();
    private final BlockingQueue<NodeKey> used = new LinkedBlockingQueue<>();
    private final AtomicInteger undone = new AtomicInteger();
    private final CompletableFuture<String> failure = new CompletableFuture<>();
    private final BouncyCastleX25519 x25519 = new BouncyCastleX25519();
    private volatile Consumer<CoordinationEvent> listener = event -> {};
    private @Nullable Daemon daemon;
    private @Nullable StateFolder folder;
    private @Nullable Thread thread;

    /** The tunnel. */
    final class Plane implements DataPlane {
        volatile boolean filterFault;
        volatile boolean shutFault;
        volatile boolean routesFault;
        volatile boolean openFault;
        volatile boolean isShut;
        volatile boolean readingsFault;
        volatile boolean hasPeers;
        volatile boolean isClosed;
        volatile @Nullable Boolean mapsPort;

        @Override
        public void configure(List<Change> changes) {
            hasPeers = !changes.contains(new Change.ReplacePeers());
        }

        @Override
        public void filter(NodeAction.Filter filter) {
            if (filterFault && !filter.rules().isEmpty()) {
                throw new IllegalStateException("planted");
            }
            isShut = false;
        }

        @Override
        public void shut() {
            if (shutFault) {
                throw new IllegalStateException("planted");
            }
            isShut = true;
        }

        @Override
        public void useKey(PrivateKey key) {
            used.add(new NodeKey(key.publicKey(x25519)));
        }

        @Override
        public void followPaths(NetMap map) {}

        @Override
        public void routes(List<Prefix> throughTunnel) {
            if (routesFault) {
                throw new IllegalStateException("planted");
            }
        }

        @Override
        public void mapPort(boolean isAsked) {
            mapsPort = isAsked;
        }

        @Override
        public void hostStirred() {}

        @Override
        public void hostMoved(boolean isElsewhere) {}

        @Override
        public void mtu(int bytes) {}

        @Override
        public @Nullable PathDebug debugPath(Node peer, Instant now) {
            return null;
        }

        @Override
        public void ping(NodeKey peer, PingType type, Consumer<PingOutcome> outcome) {
            outcome.accept(new PingOutcome.Failed("nobody is there"));
        }

        @Override
        public Readings readings() {
            if (readingsFault) {
                throw new IllegalStateException("planted");
            }
            return Readings.NONE;
        }

        @Override
        public void close() {
            isClosed = true;
        }
    }

    private final class Host implements HostPort {
        @Override
        public Networks networks(String interfaceName) {
            return Networks.NONE;
        }

        @Override
        public HostWatch watch(Runnable onChange, Runnable onEnd) throws IOException {
            throw new IOException("nothing changes here");
        }

        @Override
        public HostPlan plan(HostSettings settings) {
            return NO_CHANGE;
        }

        @Override
        public HostPlan apply(HostSettings settings) {
            return NO_CHANGE;
        }

        @Override
        public HostPlan undo() throws IOException {
            undone.incrementAndGet();
            String refused = refusedUndo;
            if (refused != null) {
                throw new IOException(refused);
            }
            return NO_CHANGE;
        }

        @Override
        public void close() {}
    }

    private final class Coordinators implements Coordinating.Factory {
        @Override
        public Coordinating start(
                NodeAction.StartCoordination how, PrivateKey machine, Consumer<CoordinationEvent> events)
                throws IOException {
            if (refusedStarts.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new IOException("no TLS today");
            }
            listener = events;
            started.add(how);
            return new Coordinating() {
                @Override
                public void report(NodeStatus status) {}

                @Override
                public void rotateTo(NodeKey key, String authKey) {
                    rotations.add(new Rotation(key, authKey));
                }

                @Override
                public void logout() {}

                @Override
                public void onNetworkChanged(boolean isElsewhere) {}

                @Override
                public void close() {}
            };
        }

        @Override
        public void close() {}
    }

    void start(Path state) throws IOException {
        StateFolder opened = StateFolder.open(state);
        folder = opened;
        Daemon made = new Daemon(new Daemon.Parts(
                opened,
                new MachineFacts("gw", "1", "6.1", "debian", "12", "amd64"),
                new Seeded(3),
                x25519,
                (name, port, fwmark, key, disco, events) -> {
                    if (plane.openFault) {
                        throw new IllegalStateException("planted");
                    }
                    return plane;
                },
                path -> new Host(),
                new Coordinators(),
                Supervisor.NONE,
                false));
        daemon = made;
        thread = Thread.ofPlatform().name("daemon under test").start(() -> {
            try {
                made.run();
                failure.complete("");
            } catch (IOException e) {
                failure.complete(String.valueOf(e.getMessage()));
            }
        });
    }

    Replies ask(Request request) {
        Replies replies = new Replies();
        Objects.requireNonNull(daemon).ask(request, replies);
        return replies;
    }

    /** What the coordinator says. */
    void tell(CoordinationEvent event) {
        listener.accept(event);
    }

    /** The end of a request; what was told before it is skipped. */
    Answer end(Replies replies) throws InterruptedException {
        Answer answer = next(replies);
        while (answer.event() != null) {
            answer = next(replies);
        }
        return answer;
    }

    /** The event that names a login. */
    String event(Replies replies) throws InterruptedException {
        String event = String.valueOf(next(replies).event());
        while (!event.contains("login-needed")) {
            event = String.valueOf(next(replies).event());
        }
        return event;
    }

    /** The next answer of a daemon that may have ended meanwhile; null if it has. */
    @Nullable Answer answer(Replies replies) throws InterruptedException {
        for (long tenths = 0; tenths < 10 * LIMIT_S; tenths++) {
            Answer answer = replies.next(100);
            if (answer != null || !isRunning()) {
                return answer;
            }
        }
        throw new AssertionError("no answer");
    }

    private static Answer next(Replies replies) throws InterruptedException {
        return Objects.requireNonNull(replies.next(1000 * LIMIT_S), "no answer");
    }

    NodeAction.StartCoordination started() throws InterruptedException {
        return Objects.requireNonNull(started.poll(LIMIT_S, TimeUnit.SECONDS), "no coordinator was asked");
    }

    Rotation rotation() throws InterruptedException {
        return Objects.requireNonNull(rotations.poll(LIMIT_S, TimeUnit.SECONDS), "no other key was asked for");
    }

    NodeKey usedKey() throws InterruptedException {
        return Objects.requireNonNull(used.poll(LIMIT_S, TimeUnit.SECONDS), "no other key is used");
    }

    int undone() {
        return undone.get();
    }

    boolean isRunning() {
        return !failure.isDone();
    }

    /** Why it ended; empty if it was asked to. */
    String awaitFailure() throws InterruptedException, ExecutionException, TimeoutException {
        return failure.get(LIMIT_S, TimeUnit.SECONDS);
    }

    void end() throws InterruptedException, IOException {
        Objects.requireNonNull(daemon).end();
        Objects.requireNonNull(thread).join();
        Objects.requireNonNull(folder).close();
    }
}
