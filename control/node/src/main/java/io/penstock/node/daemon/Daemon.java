package io.penstock.node.daemon;

import io.penstock.engine.uapi.Change;
import io.penstock.engine.uapi.Secret;
import io.penstock.node.api.ApiError;
import io.penstock.node.api.NodeState;
import io.penstock.node.api.PingResult;
import io.penstock.node.api.PlanResult;
import io.penstock.node.api.Preferences;
import io.penstock.node.api.PreferencesChange;
import io.penstock.node.api.PresharedKeyResult;
import io.penstock.node.api.Request;
import io.penstock.node.api.StaticPeer;
import io.penstock.node.api.Status;
import io.penstock.node.api.UpEvent;
import io.penstock.node.api.VersionResult;
import io.penstock.node.config.PresharedKey;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.daemon.core.MachineFacts;
import io.penstock.node.daemon.core.Names;
import io.penstock.node.daemon.core.NodeAction;
import io.penstock.node.daemon.core.NodeCore;
import io.penstock.node.daemon.core.PathReport;
import io.penstock.node.daemon.core.Readings;
import io.penstock.node.daemon.core.StatusView;
import io.penstock.node.daemon.state.KeptMap;
import io.penstock.node.daemon.state.NodeFile;
import io.penstock.node.daemon.state.NodeKeys;
import io.penstock.node.daemon.state.PresharedKeys;
import io.penstock.node.daemon.state.StateFolder;
import io.penstock.node.host.HostPlan;
import io.penstock.node.host.HostWatch;
import io.penstock.node.route.Networks;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.X25519;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A node in its process: one thread owns the core and all that it decides over, and everybody else hands in what happened.
 * {@link #run} is that thread's life.
 */
public final class Daemon implements Requests {
    private static final Logger LOG = System.getLogger(Daemon.class.getName());

    /** What happened and was not looked at yet; those who hand in more wait. */
    private static final int MAX_INBOX = 8192;

    /** How often the host is looked at where its changes are not told, and the watchdog is told that this thread works. */
    private static final long TICK_NS = Duration.ofSeconds(5).toNanos();

    /** How often they are where changes are told: settings of the kernel change without a word. */
    private static final int TICKS_WHILE_WATCHED = 12;

    /**
     * What a daemon is made of.
     *
     * @param keepsHost whether the host stays as it is when the daemon ends
     */
    record Parts(
            StateFolder folder,
            MachineFacts facts,
            Entropy entropy,
            X25519 x25519,
            DataPlane.Factory planes,
            HostPort.Factory hosts,
            Coordinating.Factory coordinators,
            Supervisor supervisor,
            boolean keepsHost) {}

    private final Parts parts;
    private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>(MAX_INBOX);
    private final Callers callers = new Callers();
    private final NodeKeys keys;
    private final PresharedKeys presharedKeys;
    private final NodeCore core;
    private @Nullable HostPort host;
    private @Nullable HostWatch watch;
    private int ticks;
    private @Nullable DataPlane plane;
    private @Nullable Coordinating coordination;
    private long planeNumber; // of the interface that events are of
    private volatile boolean isEnding;

    /**
     * Reads what was kept.
     *
     * @throws IOException with the cure, if it cannot be read
     */
    Daemon(Parts parts) throws IOException {
        this.parts = parts;
        keys = NodeKeys.open(parts.folder(), parts.entropy(), parts.x25519());
        presharedKeys = PresharedKeys.open(parts.folder());
        NodeFile file = NodeFile.read(parts.folder());
        Optional<KeptMap> kept = file.isRegistered() ? KeptMap.read(parts.folder(), keys) : Optional.empty();
        core = new NodeCore(parts.facts(), file, keys.nodeKey(), kept, presharedKeys, parts.entropy());
    }

    /** Works until {@link #end}; on the thread, and in the network namespace, that the node lives in. */
    void run() throws IOException {
        HostPort opened = parts.hosts().open(parts.folder().path());
        host = opened;
        try {
            watchHost(opened);
            if (!core.isWantedUp()) {
                opened.undo(); // of a daemon that was killed
            }
            core.start(Instant.now());
            carryOut();
            parts.supervisor().ready();
            work();
        } finally {
            finish();
        }
    }

    private void work() {
        long tickedNs = System.nanoTime() - TICK_NS;
        while (!isEnding) {
            long nowNs = System.nanoTime();
            if (nowNs - tickedNs >= TICK_NS) {
                tickedNs = nowNs;
                tick();
            }
            core.onTime(nowNs, Instant.now());
            carryOut();
            callers.settle(core.state(), core.isLeaving(), nowNs, this::status);
            long leftNs = Math.min(tickedNs + TICK_NS - nowNs, Math.min(core.leftNs(nowNs), callers.leftNs(nowNs)));
            try {
                Runnable next = inbox.poll(leftNs, TimeUnit.NANOSECONDS);
                if (next != null) {
                    next.run();
                    carryOut();
                }
            } catch (InterruptedException e) {
                isEnding = true;
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "a fault of the daemon", e); // the next event may be what it needs
            }
        }
    }

    private void tick() {
        parts.supervisor().alive(core.state().toString());
        ticks++;
        if (watch == null || ticks % TICKS_WHILE_WATCHED == 0) {
            core.onHostChanged(System.nanoTime());
        }
    }

    private void watchHost(HostPort opened) {
        try {
            watch = opened.watch(() -> post(() -> core.onHostChanged(System.nanoTime())), () -> post(this::endWatch));
        } catch (IOException e) {
            LOG.log(Level.WARNING, "changes of the host are seen after five seconds only: {0}", e.getMessage());
        }
    }

    private void endWatch() {
        if (watch != null) {
            watch.close();
            watch = null;
        }
    }

    private void lookAround() {
        HostPort opened = host;
        if (opened != null) {
            try {
                core.onLookedAround(opened.networks(core.preferences().interfaceName()));
            } catch (IOException e) {
                LOG.log(Level.WARNING, "the networks around cannot be read: {0}", e.getMessage());
            }
        }
    }

    /** Ends it, from any thread; the host is put back unless it was told to stay. */
    void end() {
        post(() -> isEnding = true);
    }

    private void post(Runnable what) {
        try {
            inbox.put(what);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void finish() {
        parts.supervisor().stopping();
        callers.end();
        core.stop(Instant.now());
        carryOut();
        closeCoordination();
        parts.coordinators().close();
        endWatch();
        if (host != null) {
            host.close();
        }
        keys.wipe();
        presharedKeys.wipe();
    }

    /** What went wrong first, or null; all the rest is done nevertheless. */
    private @Nullable String carryOut() {
        String trouble = null;
        for (NodeAction action = core.poll(); action != null; action = core.poll()) {
            try {
                perform(action);
            } catch (IOException e) {
                LOG.log(Level.ERROR, "{0}: {1}", action.getClass().getSimpleName(), e.getMessage());
                callers.tell(new UpEvent.Trouble(String.valueOf(e.getMessage()), 0));
                trouble = trouble == null ? String.valueOf(e.getMessage()) : trouble;
            }
        }
        return trouble;
    }

    private void perform(NodeAction action) throws IOException {
        switch (action) {
            case NodeAction.OpenTunnel(String name, int port, int fwmark) -> openTunnel(name, port, fwmark);
            case NodeAction.CloseTunnel() -> closeTunnel();
            case NodeAction.UseKey(NodeKey key) -> useKey(key);
            case NodeAction.MakeNextKey() -> core.onNextKey(keys.nextKey());
            case NodeAction.RenewKey() -> {
                keys.renew();
                core.onNewKey(keys.nodeKey());
            }
            case NodeAction.Configure(List<Change> changes) -> {
                if (plane == null) {
                    changes.forEach(Change::wipe);
                } else {
                    plane.configure(changes);
                }
            }
            case NodeAction.Filter filter -> {
                if (plane != null) {
                    plane.filter(filter);
                }
            }
            case NodeAction.LookAround() -> lookAround();
            case NodeAction.HostMoved(boolean isElsewhere) -> {
                if (plane != null) {
                    plane.hostMoved(isElsewhere);
                }
                if (isElsewhere && coordination != null) {
                    coordination.retryNow();
                }
            }
            case NodeAction.ShapeHost shape -> shapeHost(shape);
            case NodeAction.RestoreHost() -> restoreHost();
            case NodeAction.FollowPaths(NetMap map) -> {
                if (plane != null) {
                    plane.followPaths(map);
                }
            }
            case NodeAction.StartCoordination start -> startCoordination(start);
            case NodeAction.StopCoordination() -> closeCoordination();
            case NodeAction.Report report -> {
                if (coordination != null) {
                    coordination.report(report.status());
                }
            }
            case NodeAction.RotateTo(NodeKey key, String authKey) -> {
                if (coordination != null) {
                    coordination.rotateTo(key, authKey);
                }
            }
            case NodeAction.LogOut() -> {
                if (coordination != null) {
                    coordination.logout();
                }
            }
            case NodeAction.Save(NodeFile file) -> file.write(parts.folder());
            case NodeAction.SaveMap(KeptMap map) -> map.write(parts.folder(), keys);
            case NodeAction.ForgetMap() -> KeptMap.delete(parts.folder());
            case NodeAction.Tell(UpEvent event) -> {
                LOG.log(Level.INFO, () -> describe(event));
                callers.tell(event);
            }
            case NodeAction.TellRefused(String text) -> {
                LOG.log(Level.WARNING, text);
                callers.refuse(ApiError.Code.REFUSED, text);
            }
            case NodeAction.StatusChanged() -> callers.changed();
        }
    }

    private static String describe(UpEvent event) {
        return switch (event) {
            case UpEvent.State(NodeState state) -> "the node is " + state;
            case UpEvent.LoginNeeded(String url) -> "to log in, open " + url;
            case UpEvent.Trouble(String text, long retryInMs) -> text + " (again in " + retryInMs + " ms)";
        };
    }

    private void openTunnel(String name, int port, int fwmark) {
        closeTunnel();
        long number = ++planeNumber;
        try {
            plane = parts.planes().open(name, port, fwmark, keys.node(), keys.disco(), new OfPlane(number));
            HostPort opened = host;
            core.onTunnelOpened(opened == null ? Networks.NONE : opened.networks(name));
        } catch (IOException e) {
            closeTunnel();
            core.onTunnelFailed(String.valueOf(e.getMessage()), System.nanoTime());
        }
    }

    private void closeTunnel() {
        planeNumber++;
        if (plane != null) {
            plane.close();
            plane = null;
        }
    }

    /** What an interface tells, handed to the node's thread; of one that is gone, nothing. */
    private final class OfPlane implements DataPlane.Listener {
        private final long number;

        OfPlane(long number) {
            this.number = number;
        }

        private void hand(Runnable what) {
            post(() -> {
                if (number == planeNumber) {
                    what.run();
                }
            });
        }

        @Override
        public void onPort(int port) {
            hand(() -> core.onPort(port));
        }

        @Override
        public void onUseEndpoint(NodeKey peer, Endpoint endpoint) {
            hand(() -> core.onUseEndpoint(peer, endpoint));
        }

        @Override
        public void onPaths(PathReport report) {
            hand(() -> core.onPaths(report));
        }

        @Override
        public void onRelayAddresses(int region, List<Endpoint> addresses) {
            List<Prefix> hosts = Bypass.hosts(addresses);
            hand(() -> core.onRelayHosts(region, hosts));
        }

        @Override
        public void onEnded() {
            hand(() -> {
                closeTunnel();
                core.onTunnelEnded(System.nanoTime());
            });
        }
    }

    private void useKey(NodeKey key) throws IOException {
        if (!keys.use(key)) {
            throw new IOException("the coordinator has registered a key that is not ours");
        }
        if (plane != null) {
            plane.useKey(keys.node());
        }
    }

    private void shapeHost(NodeAction.ShapeHost shape) {
        HostPort opened = host;
        if (opened == null || plane == null) {
            return;
        }
        plane.routes(shape.settings().routes());
        long startNs = System.nanoTime();
        String trouble = null;
        List<String> notes = List.of();
        List<String> putBack = List.of();
        boolean isChanged = true;
        try {
            HostPlan done = opened.apply(shape.settings());
            notes = done.notes();
            isChanged = !done.changes().isEmpty();
            putBack =
                    done.putBack().stream().map(change -> change.item().text()).toList();
        } catch (IOException e) {
            trouble = String.valueOf(e.getMessage());
        }
        long endNs = System.nanoTime();
        core.onHost(trouble, notes, putBack, isChanged ? 0 : endNs - startNs, endNs, Instant.now());
    }

    private void restoreHost() throws IOException {
        if (host != null && !(isEnding && parts.keepsHost())) {
            host.undo();
        }
    }

    private void startCoordination(NodeAction.StartCoordination start) throws IOException {
        closeCoordination();
        coordinatorUrl = start.url();
        resolveBypass();
        long number = ++coordinationNumber;
        coordination =
                parts.coordinators().start(start, keys.machine(), event -> post(() -> onCoordination(number, event)));
    }

    private long coordinationNumber;
    private String coordinatorUrl = "";

    /** The next try goes to whatever address its name has by then. */
    private void resolveBypass() {
        Bypass.resolve(coordinatorUrl, hosts -> post(() -> core.onBypass(hosts)));
    }

    private void onCoordination(long number, CoordinationEvent event) {
        if (number == coordinationNumber) {
            if (event instanceof CoordinationEvent.Failed) {
                resolveBypass();
            }
            core.onCoordination(event, System.nanoTime(), Instant.now());
        }
    }

    private void closeCoordination() {
        coordinationNumber++;
        if (coordination != null) {
            coordination.close();
            coordination = null;
        }
    }

    @Override
    public void ask(Request request, Replies replies) {
        post(() -> {
            try {
                answer(request, replies);
            } catch (IllegalArgumentException e) {
                replies.error(ApiError.Code.BAD_REQUEST, String.valueOf(e.getMessage()));
            } catch (IOException e) {
                replies.error(ApiError.Code.FAILED, String.valueOf(e.getMessage()));
            } catch (RuntimeException e) {
                LOG.log(Level.ERROR, "a request failed", e);
                replies.error(ApiError.Code.FAILED, "an error of ours, which the log has: " + e);
            }
        });
    }

    private void answer(Request request, Replies replies) throws IOException {
        switch (request) {
            case Request.Version version ->
                replies.result(new VersionResult(
                        parts.facts().version(), ProcessHandle.current().pid()));
            case Request.GetStatus status -> replies.result(status());
            case Request.Watch watch -> callers.watch(replies, status());
            case Request.Get get -> replies.result(core.preferences());
            case Request.Ping ping -> ping(ping, replies);
            case Request.Plan plan -> plan(plan.changes(), replies);
            case Request.Up up -> up(up, replies);
            case Request.Down down -> {
                core.down(Instant.now());
                String trouble = carryOut();
                if (trouble == null) {
                    replies.result(status());
                } else {
                    replies.error(
                            ApiError.Code.FAILED,
                            "the node is down, but not all is as it was: " + trouble + "; run `penstock down` again");
                }
            }
            case Request.Set set -> set(set.changes().apply(core.preferences()), replies);
            case Request.Logout logout -> {
                core.logout(System.nanoTime(), Instant.now());
                callers.await(replies, true, 0, System.nanoTime());
            }
            case Request.ImportPeers peers -> importPeers(peers, replies);
            case Request.RemovePeer(String peer) -> removePeer(peer, replies);
            case Request.GetPresharedKey(String peer) -> presharedKey(peer, replies);
        }
    }

    private Status status() {
        Readings readings = plane == null ? Readings.NONE : plane.readings();
        return StatusView.of(core, parts.facts().version(), readings, Instant.now());
    }

    private void up(Request.Up up, Replies replies) {
        Preferences wanted = up.changes().apply(core.preferences());
        String authKey = up.authKey() == null ? "" : up.authKey().strip();
        String refused = core.up(wanted, authKey, up.newLogin(), System.nanoTime(), Instant.now());
        if (refused != null) {
            replies.error(ApiError.Code.BAD_REQUEST, refused);
            return;
        }
        callers.await(replies, false, up.timeoutMs(), System.nanoTime());
        if (core.loginUrl() != null) {
            replies.event(new UpEvent.LoginNeeded(core.loginUrl()));
        }
    }

    private void set(Preferences wanted, Replies replies) {
        String refused = core.set(wanted, System.nanoTime(), Instant.now());
        if (refused != null) {
            replies.error(ApiError.Code.BAD_REQUEST, refused);
            return;
        }
        String trouble = carryOut();
        if (trouble == null) {
            replies.result(core.preferences());
        } else {
            replies.error(ApiError.Code.FAILED, trouble);
        }
    }

    private void plan(PreferencesChange changes, Replies replies) throws IOException {
        Preferences wanted = changes.apply(core.preferences());
        HostPort opened = host;
        if (opened == null) {
            throw new IOException("the host is not open yet");
        }
        HostPlan plan = opened.plan(core.planned(wanted));
        List<String> notes = new ArrayList<>(plan.notes());
        if (core.map() == null) {
            notes.add("the routes of peers, and this node's addresses, are known when the coordinator has sent a map");
        }
        replies.result(new PlanResult(
                plan.changes().stream().map(change -> change.line()).toList(), notes));
    }

    private void ping(Request.Ping ping, Replies replies) {
        NetMap map = core.map();
        DataPlane through = plane;
        if (through == null || map == null || core.state() == NodeState.STOPPED) {
            replies.error(ApiError.Code.NOT_UP, "the node is not up: run `penstock up`");
            return;
        }
        Optional<Node> peer = Names.find(map, ping.target());
        if (peer.isEmpty()) {
            replies.error(
                    ApiError.Code.NOT_FOUND,
                    "no peer is called " + ping.target() + " or has that address; `penstock peers` lists them");
            return;
        }
        Node target = peer.get();
        List<String> addresses = Names.addresses(target);
        if (ping.timeoutMs() > 0) {
            endAfter(ping.timeoutMs(), replies);
        }
        through.ping(target.key(), ping.type(), outcome -> {
            switch (outcome) {
                case DataPlane.PingOutcome.Answered answered ->
                    replies.result(new PingResult(
                            Names.brief(target),
                            addresses.isEmpty() ? "" : addresses.getFirst(),
                            ping.type(),
                            answered.path()));
                case DataPlane.PingOutcome.Failed failed -> replies.error(ApiError.Code.TIMED_OUT, failed.reason());
            }
        });
    }

    /** An answer that comes before wins: only the first one is told. */
    private static void endAfter(int timeoutMs, Replies replies) {
        Thread.ofVirtual().name("ping-timeout").start(() -> {
            try {
                Thread.sleep(timeoutMs);
                replies.error(ApiError.Code.TIMED_OUT, "no answer within " + timeoutMs + " ms");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void importPeers(Request.ImportPeers request, Replies replies) throws IOException {
        Map<NodeKey, byte[]> secrets = secrets(request);
        List<StaticPeer> all = new ArrayList<>(core.preferences().staticPeers());
        for (StaticPeer peer : request.peers()) {
            if (peer.endpoint() != null) {
                Endpoint.parse(peer.endpoint()); // of an address: names are not asked for again when they move
            }
            all.removeIf(other -> other.key().equals(peer.key()));
            all.add(peer);
        }
        Preferences wanted = core.preferences().withStaticPeers(all);
        Set<NodeKey> without = new HashSet<>();
        request.peers().forEach(peer -> without.add(peer.key()));
        without.removeAll(secrets.keySet());
        presharedKeys.change(secrets, without);
        set(wanted, replies);
    }

    private static Map<NodeKey, byte[]> secrets(Request.ImportPeers request) {
        Map<NodeKey, byte[]> secrets = new HashMap<>();
        for (StaticPeer peer : request.peers()) {
            String text = request.presharedKeys().get(peer.name());
            if (text != null) {
                secrets.put(peer.key(), Base64.getDecoder().decode(new PresharedKey(text).base64()));
            }
        }
        if (secrets.size() != request.presharedKeys().size()) {
            throw new IllegalArgumentException("a pre-shared key is of no peer that is imported");
        }
        return secrets;
    }

    private void presharedKey(String name, Replies replies) {
        Optional<StaticPeer> peer = staticPeer(name);
        if (peer.isEmpty()) {
            replies.error(ApiError.Code.NOT_FOUND, "no static peer is called " + name);
            return;
        }
        Secret secret = presharedKeys.of(peer.get().key());
        replies.result(
                new PresharedKeyResult(secret == null ? "" : Base64.getEncoder().encodeToString(secret.bytes())));
        if (secret != null) {
            secret.wipe();
        }
    }

    private Optional<StaticPeer> staticPeer(String nameOrKey) {
        return core.preferences().staticPeers().stream()
                .filter(peer ->
                        peer.name().equals(nameOrKey) || peer.key().toString().equals(nameOrKey))
                .findFirst();
    }

    private void removePeer(String name, Replies replies) throws IOException {
        Optional<StaticPeer> peer = staticPeer(name);
        if (peer.isEmpty()) {
            replies.error(ApiError.Code.NOT_FOUND, "no static peer is called " + name);
            return;
        }
        List<StaticPeer> left = new ArrayList<>(core.preferences().staticPeers());
        left.remove(peer.get());
        set(core.preferences().withStaticPeers(left), replies);
        presharedKeys.change(
                Map.of(), Set.of(peer.get().key())); // after the peer, which without it would be open to others
    }
}
