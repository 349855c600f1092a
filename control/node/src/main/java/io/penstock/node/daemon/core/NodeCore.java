package io.penstock.node.daemon.core;

import io.penstock.engine.uapi.Change;
import io.penstock.node.api.CoordinatorStatus;
import io.penstock.node.api.NodeState;
import io.penstock.node.api.Preferences;
import io.penstock.node.api.UpEvent;
import io.penstock.node.coordination.core.CoordinationEvent;
import io.penstock.node.coordination.core.NodeSettings;
import io.penstock.node.coordination.core.NodeStatus;
import io.penstock.node.coordination.core.Problem;
import io.penstock.node.core.Backoff;
import io.penstock.node.core.Deadline;
import io.penstock.node.daemon.state.KeptMap;
import io.penstock.node.daemon.state.NodeFile;
import io.penstock.node.daemon.state.PeerSecrets;
import io.penstock.node.host.HostSettings;
import io.penstock.node.route.Networks;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.protocol.ts2021.CapabilityVersion;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One node: what the operator wants, what the coordinator says, and what follows for tunnel, host and paths. It goes on by the last map
 * whatever happens to the coordinator. Pure; for the one thread that carries its actions out, to be asked for them after each call.
 */
public final class NodeCore {
    /** A coordinator that does not answer a logout by then is not told. */
    static final long LOGOUT_NS = Duration.ofSeconds(10).toNanos();

    /** The longest wait before the interface, or the host, is tried again. */
    static final long RETRY_NS = Duration.ofSeconds(30).toNanos();

    private final MachineFacts facts;
    private final Queue<NodeAction> actions = new ArrayDeque<>(); // a few for each input
    private final PeerSecrets secrets;
    private final PeerTable peers;
    private final CoordinatorView coordinator = new CoordinatorView();
    private final Backoff backoff;
    private final Deadline retry = new Deadline();
    private final Deadline logout = new Deadline();
    private List<String> toldCollisions = List.of();
    private final OwnHost host = new OwnHost();
    private final ClockJumps clock = new ClockJumps();
    private final Login login = new Login();
    private final LastMap last = new LastMap();
    private final BypassHosts bypass = new BypassHosts();
    private final Faults faults = new Faults();
    private final Undone undone;

    private NodeFile file;
    private NodeKey key;
    private @Nullable Instant renewedAt; // since the start of the daemon
    private boolean isCoordinating;

    private boolean isTunnelOpen;
    private int port;
    private String tunnelTrouble = "";
    private PathReport paths = PathReport.NONE;

    private @Nullable Shape shape; // as it was carried out
    private @Nullable NetMap followed; // by the paths
    private NodeState toldState = NodeState.STOPPED;

    /**
     * A node as it was when it was kept.
     *
     * @param kept the last map, if there is one
     * @param secrets of static peers; of a change {@link #set} is told by a call with the same preferences
     */
    public NodeCore(
            MachineFacts facts,
            NodeFile file,
            NodeKey key,
            Optional<KeptMap> kept,
            PeerSecrets secrets,
            Entropy entropy) {
        this.facts = facts;
        this.file = file;
        this.key = key;
        this.secrets = secrets;
        peers = new PeerTable(secrets);
        backoff = new Backoff(entropy, RETRY_NS);
        undone = new Undone(entropy);
        if (file.isRegistered()
                && kept.isPresent()
                && kept.get().map().self().key().equals(key)) {
            last.restore(kept.get());
        }
    }

    /** The next thing to do, or null. */
    public @Nullable NodeAction poll() {
        return actions.poll();
    }

    /** Nanoseconds until {@link #onTime} has something to do; {@code Long.MAX_VALUE} if it waits for somebody else. */
    public long leftNs(long nowNs) {
        return Math.min(
                Math.min(retry.leftNs(nowNs), host.rounds().leftNs(nowNs)),
                Math.min(undone.leftNs(nowNs), Math.min(last.leftNs(nowNs), logout.leftNs(nowNs))));
    }

    public Preferences preferences() {
        return file.preferences();
    }

    /** Whether it was told to be up. */
    public boolean isWantedUp() {
        return file.isUp();
    }

    public NodeState state() {
        if (!file.isUp()) {
            return NodeState.STOPPED;
        }
        if (login.url() != null && (last.map() == null || login.isKeyExpired())) {
            return NodeState.NEEDS_LOGIN;
        }
        boolean isAlone = preferences().server().isEmpty();
        boolean hasShape = isTunnelOpen
                && shape != null
                && host.trouble().isEmpty()
                && undone.filter().isEmpty()
                && collisions().isEmpty();
        return hasShape && (last.map() != null || isAlone) ? NodeState.RUNNING : NodeState.STARTING;
    }

    /** Goes on as before the restart. */
    public void start(Instant now) {
        if (file.isUp()) {
            bringUp("", now);
        }
    }

    /**
     * Joins, or goes on with these preferences.
     *
     * @param authKey used once; empty for none
     * @param newLogin to log in again although the key is good
     * @return why not, with the cure; null if it is done
     */
    public @Nullable String up(Preferences preferences, String authKey, boolean newLogin, long nowNs, Instant now) {
        String refused = refusal(preferences);
        if (refused != null) {
            return refused;
        }
        if (isLeaving()) {
            return "a logout is under way, for ten seconds at most: try again when it has ended";
        }
        if (preferences.server().isEmpty() && preferences.staticPeers().isEmpty()) {
            return "which coordinator? Give it by --server https://...";
        }
        boolean wasUp = file.isUp();
        Preferences before = preferences();
        save(new NodeFile(true, file.isRegistered(), coordinatorKey(preferences), preferences));
        if (!wasUp) {
            bringUp(authKey, now);
        } else {
            become(before, nowNs, now);
            if (!file.isRegistered() && !authKey.isEmpty()) {
                startCoordination(authKey, now);
            }
        }
        if (file.isRegistered() && (newLogin || (login.isKeyExpired() && !authKey.isEmpty()))) {
            login.renew(authKey);
            if (!preferences().staticPeers().isEmpty()) {
                actions.add(new NodeAction.Tell(new UpEvent.Trouble(
                        "the node gets another public key, of which nobody tells its static peers: they are cut off three minutes"
                                + " later, until they have what `penstock peer export --wg-quick PEER` writes then",
                        0)));
            }
            actions.add(new NodeAction.MakeNextKey());
        }
        tellState();
        return null;
    }

    /**
     * Changes preferences.
     *
     * @return why not, with the cure; null if it is done
     */
    public @Nullable String set(Preferences preferences, long nowNs, Instant now) {
        String refused = refusal(preferences);
        if (refused != null) {
            return refused;
        }
        Preferences before = preferences();
        save(new NodeFile(file.isUp(), file.isRegistered(), coordinatorKey(preferences), preferences));
        if (file.isUp()) {
            become(before, nowNs, now);
            tellState();
        }
        return null;
    }

    private @Nullable String refusal(Preferences wanted) {
        boolean isElsewhere = !preferences().server().isEmpty()
                && !sameUrl(wanted.server(), preferences().server());
        return isElsewhere && file.isRegistered()
                ? "this node is in the network of " + preferences().server()
                        + ": run `penstock logout` first, then join the other one"
                : null;
    }

    private static boolean sameUrl(String a, String b) {
        return a.replaceFirst("/$", "").equalsIgnoreCase(b.replaceFirst("/$", ""));
    }

    /** Another coordinator has another key. */
    private @Nullable MachineKey coordinatorKey(Preferences wanted) {
        return sameUrl(wanted.server(), preferences().server()) ? file.coordinator() : null;
    }

    private void save(NodeFile next) {
        if (!next.equals(file)) {
            file = next;
            actions.add(new NodeAction.Save(next));
            actions.add(new NodeAction.StatusChanged());
        }
    }

    /** After a change of preferences while up. */
    private void become(Preferences before, long nowNs, Instant now) {
        Preferences after = preferences();
        if (!after.interfaceName().equals(before.interfaceName()) || after.port() != before.port()) {
            takeDown();
            openTunnel();
        } else {
            if (isTunnelOpen && after.mapsPort() != before.mapsPort()) {
                actions.add(new NodeAction.MapPort(after.mapsPort()));
            }
            apply();
        }
        boolean isOtherServer =
                !after.server().equals(before.server()) || !after.serverPin().equals(before.serverPin());
        if (isOtherServer || after.ephemeral() != before.ephemeral()) {
            startCoordination("", now);
        } else if (isCoordinating) {
            actions.add(new NodeAction.Report(nodeStatus()));
        }
        retry.clear();
        if (!isTunnelOpen) {
            retry.set(nowNs + backoff.nextNs());
        } else if (!host.trouble().isEmpty()) {
            reshape(); // whoever asks again has mended it, perhaps
        }
    }

    private void bringUp(String authKey, Instant now) {
        openTunnel();
        startCoordination(authKey, now);
        tellState();
    }

    private void openTunnel() {
        actions.add(new NodeAction.OpenTunnel(
                preferences().interfaceName(), preferences().port(), HostSettings.FWMARK));
    }

    /** The interface is there; nothing is in it. */
    public void onTunnelOpened(Networks around) {
        if (!file.isUp()) {
            actions.add(new NodeAction.CloseTunnel());
            return;
        }
        isTunnelOpen = true;
        tunnelTrouble = "";
        backoff.reset();
        if (preferences().mapsPort()) {
            actions.add(new NodeAction.MapPort(true));
        }
        peers.clear();
        undone.releaseTunnel();
        shape = null;
        followed = null;
        host.networks(around);
        apply();
        tellState();
    }

    /** The interface could not be made; it is tried again. */
    public void onTunnelFailed(String text, long nowNs) {
        isTunnelOpen = false;
        tunnelTrouble = text;
        long waitNs = backoff.nextNs();
        retry.set(nowNs + waitNs);
        actions.add(new NodeAction.Tell(
                new UpEvent.Trouble(text, Duration.ofNanos(waitNs).toMillis())));
        tellState();
    }

    /** Somebody has taken the interface away; it is made anew. */
    public void onTunnelEnded(long nowNs) {
        if (isTunnelOpen) {
            onTunnelFailed("the interface " + preferences().interfaceName() + " was removed by somebody", nowNs);
        }
    }

    /** The tunnel listens there; 0: its interface is down. */
    public void onPort(int now) {
        if (now != port) {
            port = now;
            if (now != 0) {
                apply();
            }
        }
    }

    /** Something at the host may be other than before. */
    public void onHostChanged(long nowNs) {
        if (isTunnelOpen) {
            host.rounds().onChange(nowNs);
        }
    }

    /** What {@link NodeAction.LookAround} has seen; what somebody took away from us meanwhile is put back. */
    public void onLookedAround(Networks around) {
        if (!isTunnelOpen) {
            return;
        }
        Networks before = host.networks();
        Shape shaped = shape;
        host.networks(around);
        boolean isElsewhere = !around.ways().equals(before.ways());
        if (isElsewhere || !around.addresses().equals(before.addresses())) {
            actions.add(new NodeAction.HostMoved(isElsewhere));
        }
        if (!around.equals(before)) {
            apply();
            tellState();
        }
        boolean isBeingShaped = shaped != null && shape != null && !shape.host().equals(shaped.host());
        if (!isBeingShaped && host.trouble().isEmpty()) { // what failed is tried again in its own time
            reshape();
        }
    }

    /** Where the coordinator is, which must not be reached through the tunnel. */
    public void onBypass(List<Prefix> hosts) {
        if (bypass.onCoordinator(hosts)) {
            apply();
        }
    }

    /** Where the relay of a region is, likewise; its region may leave the map, which then forgets it. */
    public void onRelayHosts(int region, List<Prefix> hosts) {
        if (bypass.onRelay(region, hosts)) {
            apply();
        }
    }

    /**
     * The host looks as it was asked, or does not.
     *
     * @param trouble why not, or null
     * @param putBack what had been done before, and somebody had undone, as text
     * @param tookNs how long it took to find nothing to do; 0 if there was something
     */
    public void onHost(
            @Nullable String trouble, List<String> notes, List<String> putBack, long tookNs, long nowNs, Instant now) {
        host.onShaped(trouble, notes, putBack, tookNs, nowNs, now);
        if (trouble != null) {
            long waitNs = backoff.nextNs();
            retry.set(nowNs + waitNs);
            actions.add(new NodeAction.Tell(
                    new UpEvent.Trouble(trouble, Duration.ofNanos(waitNs).toMillis())));
        }
        actions.add(new NodeAction.StatusChanged());
        tellState();
    }

    /** What {@link NodeAction.RestoreHost} has come to: null, or what is not as it was. */
    public void onHostRestored(@Nullable String trouble) {
        host.onRestored(trouble);
        actions.add(new NodeAction.StatusChanged());
    }

    /** {@link NodeAction.Filter} is done. */
    public void onFiltered() {
        if (undone.filter().isEmpty()) {
            return;
        }
        boolean wasOpen = undone.isFilterOpen();
        undone.onFiltered();
        if (wasOpen && shape != null) {
            configure(peers.become(shape.peers()));
        }
        actions.add(new NodeAction.StatusChanged());
        tellState();
    }

    /**
     * {@link NodeAction.Filter} could not be done.
     *
     * @param isShut whether nothing is let in for now; otherwise nobody may be there who could send
     */
    public void onFilterFailed(String why, boolean isShut, long nowNs) {
        undone.onFilterFailed(why, !isShut, nowNs);
        if (!isShut) {
            actions.removeIf(NodeCore::isOfPeers);
            peers.takeOff();
            actions.add(new NodeAction.Configure(List.of(new Change.ReplacePeers())));
        }
        actions.add(new NodeAction.StatusChanged());
        tellState();
    }

    private static boolean isOfPeers(NodeAction action) {
        if (action instanceof NodeAction.Configure(List<Change> changes)) {
            changes.forEach(Change::wipe);
            return true;
        }
        return false;
    }

    /** {@link NodeAction.Configure} could not be done, or not all of it. */
    public void onPeersFailed(List<Change> failed, String why, long nowNs) {
        if (!isTunnelOpen) {
            return;
        }
        if (failed.contains(
                new Change
                        .ReplacePeers())) { // they were to go, and may not have: without the interface nobody is let in
            actions.add(new NodeAction.CloseTunnel());
            onTunnelFailed(why, nowNs);
            return;
        }
        peers.onFailed(failed).forEach(instead -> actions.add(new NodeAction.Configure(instead)));
        if (!peers.missing().isEmpty()) {
            undone.onPeersFailed(why, nowNs);
        }
        actions.add(new NodeAction.StatusChanged());
    }

    /** {@link NodeAction.SaveMap} is done. */
    public void onMapKept(KeptMap kept) {
        last.onKept(kept);
    }

    /** {@link NodeAction.SaveMap} could not be done. */
    public void onMapNotKept(String why) {
        last.onNotKept(why);
        actions.add(new NodeAction.StatusChanged());
    }

    /** {@link NodeAction.UseKey} could not be done; the tunnel has the key of before. */
    public void onUseKeyFailed(NodeKey unused, String why, long nowNs) {
        undone.onUseKeyFailed(unused, why, nowNs);
        actions.add(new NodeAction.StatusChanged());
    }

    /** {@link NodeAction.StartCoordination} could not be done. */
    public void onCoordinationFailed(String authKey, String why, long nowNs, Instant now) {
        if (!isCoordinating) {
            return;
        }
        long waitNs = undone.onCoordinationFailed(authKey, nowNs);
        coordinator.become(CoordinatorStatus.State.UNREACHABLE, now);
        coordinator.trouble(why);
        actions.add(new NodeAction.Tell(
                new UpEvent.Trouble(why, Duration.ofNanos(waitNs).toMillis())));
        actions.add(new NodeAction.StatusChanged());
    }

    /** Tries again what could not be done. */
    private void redo(Instant now) {
        if (isTunnelOpen && shape != null) {
            if (!undone.filter().isEmpty()) {
                filter(shape);
            }
            peers.retry().forEach(changes -> actions.add(new NodeAction.Configure(changes)));
        }
        NodeKey unused = undone.takeKey();
        if (unused != null && unused.equals(key)) {
            actions.add(new NodeAction.UseKey(unused));
        }
        String authKey = undone.takeCoordination();
        if (isCoordinating && authKey != null) {
            startCoordination(authKey, now);
        }
    }

    private void filter(Shape by) {
        actions.add(new NodeAction.Filter(by.rules(), by.local(), by.capable()));
    }

    /**
     * The daemon has a fault, and goes on.
     *
     * @return whether there were too many of them to go on
     */
    public boolean onFault(String what, long nowNs, Instant now) {
        actions.add(new NodeAction.StatusChanged());
        return faults.on(what, nowNs, now);
    }

    /** From here on the tunnel sends to this peer there. */
    public void onUseEndpoint(NodeKey peer, Endpoint endpoint) {
        if (peers.has(peer)) {
            configure(peers.move(peer, endpoint));
            actions.add(new NodeAction.StatusChanged());
        }
    }

    public void onPaths(PathReport report) {
        paths = report;
        if (isCoordinating) {
            actions.add(new NodeAction.Report(nodeStatus()));
        }
        actions.add(new NodeAction.StatusChanged());
    }

    private NodeStatus nodeStatus() {
        return SelfDescription.of(facts, preferences(), paths);
    }

    private void startCoordination(String authKey, Instant now) {
        String url = preferences().server();
        if (url.isEmpty()) {
            stopCoordination(now);
            return;
        }
        isCoordinating = true;
        var _ = undone.takeCoordination(); // this is another try
        login.end();
        coordinator.become(CoordinatorStatus.State.CONNECTING, now);
        NodeSettings settings =
                new NodeSettings(key, file.coordinator(), authKey, preferences().ephemeral(), CapabilityVersion.OURS);
        actions.add(new NodeAction.StartCoordination(url, preferences().serverPin(), settings, nodeStatus()));
    }

    private void stopCoordination(Instant now) {
        if (isCoordinating) {
            isCoordinating = false;
            actions.add(new NodeAction.StopCoordination());
        }
        login.end();
        coordinator.become(CoordinatorStatus.State.OFF, now);
    }

    public void onCoordination(CoordinationEvent event, long nowNs, Instant now) {
        if (!isCoordinating) {
            return; // told before it was ended
        }
        switch (event) {
            case CoordinationEvent.Connected(MachineKey proved) -> {
                if (file.coordinator() == null) {
                    save(new NodeFile(file.isUp(), file.isRegistered(), proved, preferences()));
                }
            }
            case CoordinationEvent.LoginNeeded needed -> {
                UpEvent.LoginNeeded wanted = new UpEvent.LoginNeeded(needed.url(), needed.codeUrl(), needed.code());
                login.onNeeded(wanted);
                tellState();
                actions.add(new NodeAction.Tell(wanted));
            }
            case CoordinationEvent.Registered registered -> onRegistered(registered.key(), nowNs, now);
            case CoordinationEvent.MapChanged changed -> onMap(changed.map(), nowNs, now);
            case CoordinationEvent.KeyExpired expired -> {
                login.onExpired(true);
                actions.add(new NodeAction.MakeNextKey());
            }
            case CoordinationEvent.LoggedOut loggedOut -> {
                forget(now);
                actions.add(new NodeAction.TellLeft(null));
            }
            case CoordinationEvent.Failed(Problem problem, long retryInNs) -> onProblem(problem, retryInNs, now);
            case CoordinationEvent.Faulted fault -> onFault(fault.what(), nowNs, now);
        }
        actions.add(new NodeAction.StatusChanged());
    }

    private void onRegistered(NodeKey registered, long nowNs, Instant now) {
        boolean isAnother = !registered.equals(key);
        login.onRegistered(isAnother);
        if (isAnother) {
            key = registered;
            renewedAt = now;
            actions.add(new NodeAction.UseKey(registered));
            last.onOtherKey(registered, nowNs);
            keep(last.onTime(nowNs));
        }
        save(new NodeFile(file.isUp(), true, file.coordinator(), preferences()));
        tellState();
    }

    private void onMap(NetMap next, long nowNs, Instant now) {
        last.onMap(next, nowNs, now);
        login.onExpired(next.self().expired());
        coordinator.become(CoordinatorStatus.State.CONNECTED, now);
        apply();
        tellState();
    }

    private void onProblem(Problem problem, long retryInNs, Instant now) {
        boolean isAnswer = problem.kind() == Problem.Kind.REFUSED || problem.kind() == Problem.Kind.BUSY;
        if (!isAnswer) {
            coordinator.become(CoordinatorStatus.State.UNREACHABLE, now);
        }
        coordinator.trouble(problem.text());
        boolean isRefused = problem.kind() == Problem.Kind.REFUSED;
        boolean isFinal =
                isRefused || problem.kind() == Problem.Kind.WRONG_KEY || problem.kind() == Problem.Kind.VERSION_REFUSED;
        boolean isRenewalRefused = isRefused && login.onRefused();
        if (isRenewalRefused && !login.isKeyExpired()) {
            actions.add(new NodeAction.RotateTo(key, "")); // which is good
        }
        actions.add(
                isFinal && (last.map() == null || isRenewalRefused)
                        ? new NodeAction.TellRefused(problem.text())
                        : new NodeAction.Tell(new UpEvent.Trouble(
                                problem.text(), Duration.ofNanos(retryInNs).toMillis())));
    }

    /** The key that {@link NodeAction.MakeNextKey} asked for. */
    public void onNextKey(NodeKey next) {
        if (isCoordinating) {
            actions.add(new NodeAction.RotateTo(next, login.takeAuthKey()));
        }
    }

    /** There is no key to follow; the one in use stays. */
    public void onNextKeyFailed(String why) {
        login.end();
        actions.add(new NodeAction.TellRefused(why));
    }

    /** The key that {@link NodeAction.RenewKey} asked for. */
    public void onNewKey(NodeKey made) {
        key = made;
    }

    /** Takes the interface away, and what was done to the host; the node stays registered. */
    public void down(Instant now) {
        save(new NodeFile(false, file.isRegistered(), file.coordinator(), preferences()));
        retry.clear();
        takeDown();
        stopCoordination(now);
        keep(last.takeUnkept());
        tellState();
    }

    /** Gives the registration up. The coordinator is told if it can be reached. */
    public void logout(long nowNs, Instant now) {
        boolean wasRegistered = file.isRegistered();
        if (!file.isUp() && wasRegistered) {
            startCoordination("", now);
        }
        save(new NodeFile(false, wasRegistered, file.coordinator(), preferences()));
        retry.clear();
        takeDown();
        if (isCoordinating && wasRegistered) {
            actions.add(new NodeAction.LogOut());
            logout.set(nowNs + LOGOUT_NS);
        } else {
            forget(now);
            actions.add(new NodeAction.TellLeft(null));
        }
        tellState();
    }

    /** Whether a logout is under way. */
    public boolean isLeaving() {
        return logout.isSet();
    }

    private void forget(Instant now) {
        logout.clear();
        renewedAt = null;
        takeDown();
        stopCoordination(now);
        last.forget();
        login.onExpired(false);
        actions.add(new NodeAction.ForgetMap());
        actions.add(new NodeAction.RenewKey());
        save(new NodeFile(false, false, null, preferences()));
        tellState();
    }

    /** It forgets all the same: whoever has this host from here on is not to be in that network. */
    private void forgetUnheard(Instant now) {
        NetMap map = last.map();
        String name = map == null ? SelfDescription.name(facts, preferences()) : Names.brief(map.self());
        String server = preferences().server();
        String trouble = coordinator.trouble();
        forget(now);
        actions.add(new NodeAction.TellLeft("this host has left the network and forgotten its key, but the coordinator "
                + server + " did not hear of it" + (trouble.isEmpty() ? "" : " (" + trouble + ")")
                + ": it has " + name + " still registered. Remove it there, by `penstock server nodes delete " + name
                + "` or as that coordinator does it"));
    }

    private void takeDown() {
        shape = null;
        followed = null;
        tunnelTrouble = "";
        port = 0;
        undone.releaseTunnel();
        host.release();
        // Also without an interface: one that went or failed, or a process before this one, may have left the rest.
        actions.add(new NodeAction.RestoreHost());
        if (isTunnelOpen) {
            isTunnelOpen = false;
            peers.clear();
            actions.add(new NodeAction.CloseTunnel());
        }
    }

    /** The end of the daemon: what was not kept is, and the host is put back; the node stays up for the next start. */
    public void stop(Instant now) {
        retry.clear();
        keep(last.takeUnkept());
        takeDown();
        stopCoordination(now);
    }

    public void onTime(long nowNs, Instant now) {
        if (clock.onTime(nowNs, now).isPositive() && isTunnelOpen) {
            actions.add(new NodeAction.HostMoved(true)); // it may have slept, and be elsewhere
            host.rounds().onChange(nowNs);
        }
        keep(last.onTime(nowNs));
        if (retry.take(nowNs) && file.isUp()) {
            if (!isTunnelOpen) {
                openTunnel();
            } else {
                reshape();
            }
        }
        undone.settle();
        if (undone.take(nowNs)) {
            redo(now);
        }
        if (logout.take(nowNs)) {
            forgetUnheard(now);
        }
        if (host.rounds().take(nowNs) && isTunnelOpen) {
            actions.add(new NodeAction.LookAround());
        }
    }

    private void keep(@Nullable KeptMap map) {
        if (map != null) {
            actions.add(new NodeAction.SaveMap(map));
        }
    }

    private void reshape() {
        if (shape != null) {
            actions.add(new NodeAction.ShapeHost(shape.host()));
        }
    }

    /** Makes everything as the map and the preferences say; what is so already is not touched. */
    private void apply() {
        if (!isTunnelOpen) {
            return;
        }
        Shape wanted = Shape.of(last.map(), preferences(), host.networks(), bypass.of(last.map()), port, secrets);
        Shape before = shape;
        shape = wanted;
        // What may come in is settled before anybody can send it.
        if (before == null
                || !wanted.rules().equals(before.rules())
                || !wanted.local().equals(before.local())
                || !wanted.capable().equals(before.capable())
                || !undone.filter().isEmpty()) {
            filter(wanted);
        }
        if (!undone.isFilterOpen()) { // what comes in would not be judged
            configure(peers.become(wanted.peers()));
        }
        if (before == null || !wanted.host().equals(before.host())) {
            actions.add(new NodeAction.ShapeHost(wanted.host()));
        }
        NetMap current = last.map();
        if (current != null && !current.equals(followed)) {
            followed = current;
            actions.add(new NodeAction.FollowPaths(current));
        }
        List<String> collisions = collisions();
        if (!collisions.isEmpty() && !collisions.equals(toldCollisions)) {
            collisions.forEach(text -> actions.add(new NodeAction.Tell(new UpEvent.Trouble(text, 0))));
        }
        toldCollisions = collisions;
        actions.add(new NodeAction.StatusChanged());
    }

    /** In parts that end with a peer's end. */
    private void configure(List<Change> changes) {
        int begin = 0;
        for (int i = 0; i < changes.size(); i++) {
            boolean isEnd = changes.get(i) instanceof Change.EndOfPeer;
            if (isEnd && (i + 1 == changes.size() || i + 1 - begin >= Change.BATCH / 2)) {
                actions.add(new NodeAction.Configure(changes.subList(begin, i + 1)));
                begin = i + 1;
            }
        }
    }

    private void tellState() {
        NodeState state = state();
        if (state != toldState) {
            toldState = state;
            actions.add(new NodeAction.Tell(new UpEvent.State(state)));
            actions.add(new NodeAction.StatusChanged());
        }
    }

    /**
     * What {@link #up} would make the host look like; routes only where a map is known.
     *
     * @param around what the host is connected to at this moment
     */
    public HostSettings planned(Preferences wanted, Networks around) {
        return Shape.of(last.map(), wanted, around, bypass.of(last.map()), port == 0 ? wanted.port() : port, secrets)
                .host();
    }

    // What the status is made of.

    MachineFacts facts() {
        return facts;
    }

    boolean hasPresharedKey(NodeKey peer) {
        return secrets.version(peer) != 0;
    }

    NodeFile file() {
        return file;
    }

    NodeKey key() {
        return key;
    }

    /** The map in use, or null. */
    public @Nullable NetMap map() {
        return last.map();
    }

    LastMap last() {
        return last;
    }

    Login login() {
        return login;
    }

    /** Where the user has to log in, or null. */
    public @Nullable String loginUrl() {
        return login.url();
    }

    /** What the user has to do to log in, while that is waited for. */
    public UpEvent.@Nullable LoginNeeded loginNeeded() {
        return login.needed();
    }

    /** Whether somebody has asked for another key, and it is not in use yet. */
    public boolean isRenewingKey() {
        return login.isRenewing();
    }

    /** Since when the node has another key than when the daemon started, or null. */
    @Nullable Instant renewedAt() {
        return renewedAt;
    }

    Undone undone() {
        return undone;
    }

    /** Names of the peers that are left out for now. */
    List<String> missingPeers() {
        NetMap map = last.map();
        List<String> names = new ArrayList<>();
        for (NodeKey missing : peers.missing()) {
            if (map != null) {
                map.peers().values().stream()
                        .filter(peer -> peer.key().equals(missing))
                        .forEach(peer -> names.add(Names.brief(peer)));
            }
            preferences().staticPeers().stream()
                    .filter(peer -> peer.key().equals(missing))
                    .forEach(peer -> names.add(peer.name()));
        }
        return names;
    }

    Faults faults() {
        return faults;
    }

    OwnHost host() {
        return host;
    }

    @Nullable Shape shape() {
        return shape;
    }

    CoordinatorView coordinator() {
        return coordinator;
    }

    PathReport paths() {
        return paths;
    }

    int port() {
        return port;
    }

    String tunnelTrouble() {
        return tunnelTrouble;
    }

    ClockJumps clock() {
        return clock;
    }

    List<String> collisions() {
        return shape == null || shape.routes() == null
                ? List.of()
                : shape.routes().collisions();
    }
}
