package io.penstock.node.daemon;

import io.penstock.engine.uapi.Secret;
import io.penstock.node.api.ApiError;
import io.penstock.node.api.PathDebug;
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
import io.penstock.node.daemon.core.Names;
import io.penstock.node.daemon.core.NodeCore;
import io.penstock.node.daemon.core.Readings;
import io.penstock.node.daemon.core.StatusView;
import io.penstock.node.daemon.state.PresharedKeys;
import io.penstock.node.host.HostPlan;
import io.penstock.node.route.Networks;
import io.penstock.protocol.key.NodeKey;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What callers of the local API ask for, done by the core and said to them. The node's thread. */
final class Verbs {
    /** What the daemon has besides its core. */
    interface Inside {
        /** Null before it was opened. */
        @Nullable HostPort host();

        /** Null while there is no interface. */
        @Nullable DataPlane plane();

        /** Does what the core wants done; says what went wrong first, or null. */
        @Nullable String carryOut();
    }

    private final NodeCore core;
    private final Callers callers;
    private final PresharedKeys presharedKeys;
    private final String version;
    private final Inside inside;

    Verbs(NodeCore core, Callers callers, PresharedKeys presharedKeys, String version, Inside inside) {
        this.core = core;
        this.callers = callers;
        this.presharedKeys = presharedKeys;
        this.version = version;
        this.inside = inside;
    }

    /** Does what a caller asks, or has them told why not. */
    void answer(Request request, Replies replies) throws IOException {
        switch (request) {
            case Request.Version asked ->
                replies.result(
                        new VersionResult(version, ProcessHandle.current().pid()));
            case Request.GetStatus status -> replies.result(status());
            case Request.Watch watch -> callers.watch(replies, status());
            case Request.Get get -> replies.result(core.preferences());
            case Request.GetRelays relays -> replies.result(StatusView.relays(core));
            case Request.Ping ping -> ping(ping, replies);
            case Request.DebugPath(String target) -> debugPath(target, replies);
            case Request.Plan plan -> plan(plan.changes(), replies);
            case Request.Up up -> up(up, replies);
            case Request.Down down -> {
                core.down(Instant.now());
                String trouble = inside.carryOut();
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
                callers.await(replies, Callers.Goal.LEFT, 0, System.nanoTime());
            }
            case Request.ImportPeers peers -> importPeers(peers, replies);
            case Request.RemovePeer(String peer) -> removePeer(peer, replies);
            case Request.GetPresharedKey(String peer) -> presharedKey(peer, replies);
        }
    }

    /** The node as it is. */
    Status status() {
        DataPlane plane = inside.plane();
        Readings readings = plane == null ? Readings.NONE : plane.readings();
        return StatusView.of(core, version, readings, Instant.now());
    }

    /** To be asked before a name is taken over: what runs would be ended for an interface that cannot be made. */
    private void refuseTaken(Preferences wanted) {
        String name = wanted.interfaceName();
        if (name.equals(core.preferences().interfaceName())) {
            return;
        }
        boolean isTaken;
        try {
            isTaken = NetworkInterface.getByName(name) != null;
        } catch (SocketException e) {
            return; // whoever makes the interface will see
        }
        if (isTaken) {
            throw new IllegalArgumentException("this host has an interface " + name + " already: choose another name");
        }
    }

    private void up(Request.Up up, Replies replies) {
        Preferences wanted = up.changes().apply(core.preferences());
        refuseTaken(wanted);
        String authKey = up.authKey() == null ? "" : up.authKey().strip();
        String refused = core.up(wanted, authKey, up.newLogin(), System.nanoTime(), Instant.now());
        if (refused != null) {
            replies.error(ApiError.Code.BAD_REQUEST, refused);
            return;
        }
        Callers.Goal goal = up.newLogin() ? Callers.Goal.RENEWED : Callers.Goal.RUNNING;
        callers.await(replies, goal, up.timeoutMs(), System.nanoTime());
        UpEvent.LoginNeeded login = core.loginNeeded();
        if (login != null) {
            replies.event(login);
        }
    }

    private void set(Preferences wanted, Replies replies) {
        refuseTaken(wanted);
        String refused = core.set(wanted, System.nanoTime(), Instant.now());
        if (refused != null) {
            replies.error(ApiError.Code.BAD_REQUEST, refused);
            return;
        }
        String trouble = inside.carryOut();
        if (trouble == null) {
            replies.result(core.preferences());
        } else {
            replies.error(ApiError.Code.FAILED, trouble);
        }
    }

    private void plan(PreferencesChange changes, Replies replies) throws IOException {
        Preferences wanted = changes.apply(core.preferences());
        HostPort opened = inside.host();
        if (opened == null) {
            throw new IOException("the host is not open yet");
        }
        // Networks at the interface that may be there by its present name are ours.
        Networks around = opened.networks(core.preferences().interfaceName());
        HostPlan plan = opened.plan(core.planned(wanted, around));
        List<String> notes = new ArrayList<>(plan.notes());
        if (core.map() == null) {
            notes.add("the routes of peers, and this node's addresses, are known when the coordinator has sent a map");
        }
        replies.result(new PlanResult(
                plan.changes().stream().map(change -> change.line()).toList(), notes));
    }

    private void ping(Request.Ping ping, Replies replies) {
        DataPlane through = planeIfUp(replies);
        if (through == null) {
            return;
        }
        NetMap map = core.map();
        Optional<Node> peer = map == null ? Optional.empty() : Names.find(map, ping.target());
        if (peer.isEmpty()) {
            refusePeer(
                    ping.target(),
                    "is a plain WireGuard peer, which knows no such ping: `ping` to its address goes through the tunnel",
                    replies);
            return;
        }
        if (ping.timeoutMs() > 0 && !callers.endPing(replies, ping.timeoutMs(), System.nanoTime())) {
            return;
        }
        Node target = peer.get();
        List<String> addresses = Names.addresses(target);
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

    private void debugPath(String name, Replies replies) {
        DataPlane through = planeIfUp(replies);
        if (through == null) {
            return;
        }
        NetMap map = core.map();
        Optional<Node> peer = map == null ? Optional.empty() : Names.find(map, name);
        PathDebug debug = peer.isEmpty() ? null : through.debugPath(peer.get(), Instant.now());
        if (debug != null) {
            replies.result(debug);
        } else {
            refusePeer(name, "is a plain WireGuard peer: no path is looked for, it is where it says", replies);
        }
    }

    /** The interface of a node that is up; otherwise null, and the caller is told. */
    private @Nullable DataPlane planeIfUp(Replies replies) {
        DataPlane plane = inside.plane();
        if (!core.isWantedUp()) {
            replies.error(ApiError.Code.NOT_UP, "the node is not up: run `penstock up`");
            return null;
        }
        if (plane == null) {
            replies.error(ApiError.Code.NOT_UP, "the node has no interface yet; `penstock status` says why");
        }
        return plane;
    }

    /** Why nothing is known of who is called so. */
    private void refusePeer(String name, String ifStatic, Replies replies) {
        String url = core.loginUrl();
        if (core.preferences().staticPeers().stream().anyMatch(peer -> isCalled(peer, name))) {
            replies.error(ApiError.Code.BAD_REQUEST, name + " " + ifStatic);
        } else if (core.map() != null || core.preferences().server().isEmpty()) {
            replies.error(
                    ApiError.Code.NOT_FOUND,
                    "no peer is called " + name + " or has that address; `penstock peers` lists them");
        } else if (url != null) {
            replies.error(ApiError.Code.NOT_LOGGED_IN, "the node waits for its login: open " + url);
        } else {
            replies.error(
                    ApiError.Code.NOT_UP,
                    "the coordinator has not said yet who the peers are; `penstock status` says how it stands");
        }
    }

    private static boolean isCalled(StaticPeer peer, String nameKeyOrAddress) {
        return peer.name().equals(nameKeyOrAddress)
                || peer.key().toString().equals(nameKeyOrAddress)
                || peer.allowedIps().stream()
                        .map(Prefix::toString)
                        .anyMatch(prefix ->
                                prefix.equals(nameKeyOrAddress + "/32") || prefix.equals(nameKeyOrAddress + "/128"));
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
