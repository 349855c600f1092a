package io.penstock.node.daemon;

import io.penstock.engine.uapi.Change;
import io.penstock.node.api.ApiError;
import io.penstock.node.api.NodeState;
import io.penstock.node.api.Request;
import io.penstock.node.api.UpEvent;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.daemon.core.MachineFacts;
import io.penstock.node.daemon.core.NodeAction;
import io.penstock.node.daemon.core.NodeCore;
import io.penstock.node.daemon.core.PathReport;
import io.penstock.node.daemon.state.KeptMap;
import io.penstock.node.daemon.state.NodeFile;
import io.penstock.node.daemon.state.NodeKeys;
import io.penstock.node.daemon.state.PresharedKeys;
import io.penstock.node.daemon.state.StateFolder;
import io.penstock.node.host.HostPlan;
import io.penstock.node.host.HostWatch;
import io.penstock.node.route.Networks;
import io.penstock.protocol.key.NodeKey;
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
import java.util.List;
import java.util.Optional;
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

    /** Before it goes on after a fault, so that one that comes again and again does not take a processor. */
    private static final long AFTER_FAULT_NS = Duration.ofSeconds(1).toNanos();

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
    private final Verbs verbs;
    private int ticks;
    private long tickedNs;
    private boolean isBeyondHope;
    private volatile @Nullable DataPlane plane; // the watch of the host looks at it
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
        verbs = new Verbs(core, callers, presharedKeys, parts.facts().version(), new Inside());
    }

    private final class Inside implements Verbs.Inside {
        @Override
        public @Nullable HostPort host() {
            return host;
        }

        @Override
        public @Nullable DataPlane plane() {
            return plane;
        }

        @Override
        public @Nullable String carryOut() {
            return Daemon.this.carryOut();
        }
    }

    /**
     * Works until {@link #end}; on the thread, and in the network namespace, that the node lives in. A fault of ours is said, counted and
     * survived.
     *
     * @throws IOException if it cannot begin, or if there were too many faults to go on
     */
    void run() throws IOException {
        HostPort opened = parts.hosts().open(parts.folder().path());
        host = opened;
        try {
            watchHost(opened);
            if (!core.isWantedUp()) {
                undo(opened); // what a daemon that was killed has left
            }
            core.start(Instant.now());
            carryOut();
            parts.supervisor().ready();
            work();
        } finally {
            finish();
        }
    }

    /** A host that cannot be put back whole is no reason not to be there and say so. */
    private void undo(HostPort opened) {
        try {
            opened.undo();
        } catch (IOException e) {
            LOG.log(Level.ERROR, "what the daemon before this one did to the host: {0}", e.getMessage());
            core.onHostRestored(String.valueOf(e.getMessage()));
        }
    }

    private void work() throws IOException {
        tickedNs = System.nanoTime() - TICK_NS;
        while (!isEnding) {
            long leftNs = AFTER_FAULT_NS;
            try {
                leftNs = doDue();
            } catch (RuntimeException e) {
                onFault(e);
            }
            try {
                Runnable next = inbox.poll(leftNs, TimeUnit.NANOSECONDS);
                if (next != null) {
                    next.run();
                    carryOut();
                }
            } catch (InterruptedException e) {
                isEnding = true;
            } catch (RuntimeException e) {
                onFault(e); // the next event may be what it needs
            }
            if (isBeyondHope) {
                throw new IOException(
                        "too many faults within a minute, which the log has: the daemon ends, to be started anew");
            }
        }
    }

    /** What its time has come for; says how long nothing is due then, in nanoseconds. */
    private long doDue() {
        long nowNs = System.nanoTime();
        if (nowNs - tickedNs >= TICK_NS) {
            tickedNs = nowNs;
            tick();
        }
        core.onTime(nowNs, Instant.now());
        carryOut();
        callers.settle(new Callers.Standing(core.state(), core.isRenewingKey(), core.loginUrl()), nowNs, verbs::status);
        return Math.min(tickedNs + TICK_NS - nowNs, Math.min(core.leftNs(nowNs), callers.leftNs(nowNs)));
    }

    private void onFault(RuntimeException fault) {
        LOG.log(Level.ERROR, "a fault of the daemon", fault);
        isBeyondHope |= core.onFault(String.valueOf(fault), System.nanoTime(), Instant.now());
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
            watch = opened.watch(this::hostStirred, () -> post(this::endWatch));
        } catch (IOException e) {
            LOG.log(Level.WARNING, "changes of the host are seen after five seconds only: {0}", e.getMessage());
        }
    }

    /** On the watch's thread. Paths are told past the node's own thread, which looks around in turns, and slowly if it has much to see. */
    private void hostStirred() {
        DataPlane told = plane;
        if (told != null) {
            told.hostStirred();
        }
        post(() -> core.onHostChanged(System.nanoTime()));
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
        List<Runnable> steps = List.of(
                callers::end,
                () -> core.stop(Instant.now()),
                this::carryOut,
                this::closeCoordination,
                parts.coordinators()::close,
                this::endWatch,
                this::closeHost,
                keys::wipe,
                presharedKeys::wipe);
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (RuntimeException e) {
                LOG.log(
                        Level.ERROR,
                        "a fault of the daemon at its end",
                        e); // the other steps are to be done all the more
            }
        }
    }

    private void closeHost() {
        if (host != null) {
            host.close();
        }
    }

    /** What went wrong first, or null; all the rest is done nevertheless. */
    private @Nullable String carryOut() {
        String trouble = null;
        for (NodeAction action = core.poll(); action != null; action = core.poll()) {
            try {
                perform(action, trouble);
            } catch (IOException e) {
                LOG.log(Level.ERROR, "{0}: {1}", action.getClass().getSimpleName(), e.getMessage());
                callers.tell(new UpEvent.Trouble(String.valueOf(e.getMessage()), 0));
                trouble = trouble == null ? String.valueOf(e.getMessage()) : trouble;
            } catch (RuntimeException e) {
                onFault(e);
                trouble = trouble == null ? ours(e) : trouble;
            }
        }
        return trouble;
    }

    /** Does one; {@code before} is what went wrong with those before it, or null. */
    private void perform(NodeAction action, @Nullable String before) throws IOException {
        switch (action) {
            case NodeAction.OpenTunnel(String name, int port, int fwmark) -> openTunnel(name, port, fwmark);
            case NodeAction.CloseTunnel() -> closeTunnel();
            case NodeAction.UseKey(NodeKey key) -> useKey(key);
            case NodeAction.MakeNextKey() -> makeNextKey();
            case NodeAction.RenewKey() -> {
                keys.renew();
                core.onNewKey(keys.nodeKey());
            }
            case NodeAction.Configure(List<Change> changes) -> configure(changes);
            case NodeAction.Filter filter -> filter(filter);
            case NodeAction.LookAround() -> lookAround();
            case NodeAction.HostMoved(boolean isElsewhere) -> {
                if (plane != null) {
                    plane.hostMoved(isElsewhere);
                }
                if (coordination != null) {
                    coordination.onNetworkChanged(isElsewhere);
                }
            }
            case NodeAction.ShapeHost shape -> shapeHost(shape);
            case NodeAction.RestoreHost() -> restoreHost();
            case NodeAction.FollowPaths(NetMap map) -> {
                if (plane != null) {
                    plane.followPaths(map);
                }
            }
            case NodeAction.MapPort(boolean isAsked) -> {
                if (plane != null) {
                    plane.mapPort(isAsked);
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
            case NodeAction.SaveMap(KeptMap map) -> saveMap(map);
            case NodeAction.ForgetMap() -> KeptMap.delete(parts.folder());
            case NodeAction.Tell(UpEvent event) -> {
                LOG.log(Level.INFO, () -> describe(event));
                callers.tell(event);
            }
            case NodeAction.TellRefused(String text) -> {
                LOG.log(Level.WARNING, text);
                callers.refuse(ApiError.Code.REFUSED, text);
            }
            case NodeAction.TellLeft(String trouble) -> tellLeft(trouble, before);
            case NodeAction.StatusChanged() -> callers.changed();
        }
    }

    /** What could not be forgotten or put back is no secret of the log. */
    private void tellLeft(@Nullable String trouble, @Nullable String before) {
        String undone = before == null
                ? null
                : "the node is logged out, but not all is as it was: " + before + "; run `penstock logout` again";
        String all = trouble == null ? undone : undone == null ? trouble : trouble + "; and " + undone;
        if (all != null) {
            LOG.log(Level.WARNING, all);
        }
        callers.left(all, verbs::status);
    }

    private static String describe(UpEvent event) {
        return switch (event) {
            case UpEvent.State(NodeState state) -> "the node is " + state;
            case UpEvent.LoginNeeded needed -> "to log in, open " + needed.url();
            case UpEvent.Trouble(String text, long retryInMs) -> text + " (again in " + retryInMs + " ms)";
        };
    }

    // What could not be done is told to the core, which would go by it otherwise; a fault of ours is counted besides.

    private static String ours(RuntimeException fault) {
        return "an error of ours, which the log has: " + fault;
    }

    private void openTunnel(String name, int port, int fwmark) {
        closeTunnel();
        long number = ++planeNumber;
        Networks around;
        try {
            plane = parts.planes().open(name, port, fwmark, keys.node(), keys.disco(), new OfPlane(number));
            HostPort opened = host;
            around = opened == null ? Networks.NONE : opened.networks(name);
        } catch (IOException e) {
            closeTunnel();
            core.onTunnelFailed(String.valueOf(e.getMessage()), System.nanoTime());
            return;
        } catch (RuntimeException e) {
            closeTunnel();
            core.onTunnelFailed(ours(e), System.nanoTime());
            throw e;
        }
        core.onTunnelOpened(around);
    }

    private void configure(List<Change> changes) throws IOException {
        DataPlane of = plane;
        if (of == null) {
            changes.forEach(Change::wipe);
            return;
        }
        try {
            of.configure(changes);
        } catch (IOException e) {
            core.onPeersFailed(changes, String.valueOf(e.getMessage()), System.nanoTime());
            throw e;
        } catch (RuntimeException e) {
            core.onPeersFailed(changes, ours(e), System.nanoTime());
            throw e;
        }
    }

    private void filter(NodeAction.Filter filter) {
        DataPlane of = plane;
        if (of == null) {
            return;
        }
        try {
            of.filter(filter);
        } catch (RuntimeException e) {
            core.onFilterFailed(ours(e), isShut(of), System.nanoTime());
            throw e;
        }
        core.onFiltered();
    }

    /** The filter of before may let in what nobody may any more. */
    private boolean isShut(DataPlane of) {
        try {
            of.shut();
            return true;
        } catch (RuntimeException e) {
            onFault(e);
            return false;
        }
    }

    private void saveMap(KeptMap map) throws IOException {
        try {
            map.write(parts.folder(), keys);
        } catch (IOException e) {
            core.onMapNotKept(String.valueOf(e.getMessage()));
            throw e;
        }
        core.onMapKept(map);
    }

    private void makeNextKey() throws IOException {
        NodeKey next;
        try {
            next = keys.nextKey();
        } catch (IOException e) {
            core.onNextKeyFailed(String.valueOf(e.getMessage()));
            throw e;
        }
        core.onNextKey(next);
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
        public void onFault(String what) {
            post(() -> isBeyondHope |= core.onFault(what, System.nanoTime(), Instant.now()));
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
        try {
            if (!keys.use(key)) {
                throw new IOException("the coordinator has registered a key that is not ours");
            }
            if (plane != null) {
                plane.useKey(keys.node());
            }
        } catch (IOException e) {
            core.onUseKeyFailed(key, String.valueOf(e.getMessage()), System.nanoTime());
            throw e;
        } catch (RuntimeException e) {
            core.onUseKeyFailed(key, ours(e), System.nanoTime());
            throw e;
        }
    }

    private void shapeHost(NodeAction.ShapeHost shape) {
        HostPort opened = host;
        if (opened == null || plane == null) {
            return;
        }
        long startNs = System.nanoTime();
        String trouble = null;
        List<String> notes = List.of();
        List<String> putBack = List.of();
        boolean isChanged = true;
        RuntimeException fault = null;
        try {
            plane.routes(shape.settings().routes());
            plane.mtu(shape.settings().mtuBytes());
            HostPlan done = opened.apply(shape.settings());
            notes = done.notes();
            isChanged = !done.changes().isEmpty();
            putBack =
                    done.putBack().stream().map(change -> change.item().text()).toList();
        } catch (IOException e) {
            trouble = String.valueOf(e.getMessage());
        } catch (RuntimeException e) {
            trouble = ours(e);
            fault = e;
        }
        long endNs = System.nanoTime();
        core.onHost(trouble, notes, putBack, isChanged ? 0 : endNs - startNs, endNs, Instant.now());
        if (fault != null) {
            throw fault;
        }
    }

    private void restoreHost() throws IOException {
        if (host == null || (isEnding && parts.keepsHost())) {
            return;
        }
        try {
            host.undo();
            core.onHostRestored(null);
        } catch (IOException e) {
            core.onHostRestored(String.valueOf(e.getMessage()));
            throw e;
        } catch (RuntimeException e) {
            core.onHostRestored(ours(e));
            throw e;
        }
    }

    private void startCoordination(NodeAction.StartCoordination start) throws IOException {
        closeCoordination();
        coordinatorUrl = start.url();
        resolveBypass();
        long number = ++coordinationNumber;
        String authKey = start.settings().authKey();
        try {
            coordination = parts.coordinators()
                    .start(
                            start.followedBy(keys.nextKeyMade()),
                            keys.machine(),
                            event -> post(() -> onCoordination(number, event)));
        } catch (IOException e) {
            core.onCoordinationFailed(authKey, String.valueOf(e.getMessage()), System.nanoTime(), Instant.now());
            throw e;
        } catch (RuntimeException e) {
            core.onCoordinationFailed(authKey, ours(e), System.nanoTime(), Instant.now());
            throw e;
        }
    }

    private long coordinationNumber;
    private String coordinatorUrl = "";

    /** The next try goes to whatever address its name has by then. */
    private void resolveBypass() {
        Bypass.resolve(coordinatorUrl, hosts -> post(() -> core.onBypass(hosts)));
    }

    private void onCoordination(long number, CoordinationEvent event) {
        if (event instanceof CoordinationEvent.Faulted(String what)) {
            isBeyondHope |= core.onFault(what, System.nanoTime(), Instant.now());
        } else if (number == coordinationNumber) {
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
                verbs.answer(request, replies);
            } catch (IllegalArgumentException e) {
                replies.error(ApiError.Code.BAD_REQUEST, String.valueOf(e.getMessage()));
            } catch (IOException e) {
                replies.error(ApiError.Code.FAILED, String.valueOf(e.getMessage()));
            } catch (RuntimeException e) {
                onFault(e);
                replies.error(ApiError.Code.FAILED, ours(e));
            }
        });
    }
}
