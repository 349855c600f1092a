package io.penstock.node.daemon.core;

import io.penstock.node.api.CoordinatorStatus;
import io.penstock.node.api.HealthItem;
import io.penstock.node.api.HealthItem.Severity;
import io.penstock.node.api.Preferences;
import io.penstock.node.api.StaticPeer;
import io.penstock.node.route.ChosenRoutes;
import io.penstock.node.route.Prefixes;
import io.penstock.node.route.StaticChoice;
import io.penstock.protocol.json.GoTime;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is wrong with a node, and what to do about it. */
final class HealthView {
    private static final Duration EXPIRES_SOON = Duration.ofDays(7);

    private static final Duration JUMP_TOLD = Duration.ofMinutes(10);
    private static final Duration PUT_BACK_TOLD = Duration.ofMinutes(10);

    private static final String OTHER_ADDRESSES = "two sites use the same addresses: one of them needs others";
    private static final int MOST_NAMED = 5;

    private final List<HealthItem> items = new ArrayList<>();

    private HealthView() {}

    static List<HealthItem> of(NodeCore core, Readings readings, Instant now) {
        HealthView health = new HealthView();
        health.daemon(core);
        if (!core.file().isUp()) {
            return List.copyOf(health.items);
        }
        health.host(core, now);
        health.login(core, now);
        health.clock(core, now);
        health.coordinator(core);
        health.relays(readings);
        health.narrowPaths(core, readings);
        health.network(core);
        health.peers(core);
        health.routes(core);
        health.staticPeers(core, readings);
        health.items.sort(Comparator.comparing(HealthItem::severity));
        return List.copyOf(health.items);
    }

    private void daemon(NodeCore core) {
        if (!core.host().left().isEmpty()) {
            add(
                    "host-left",
                    Severity.ERROR,
                    "This host is not as it was: " + core.host().left(),
                    "run `penstock down` again");
        }
        Faults faults = core.faults();
        if (faults.count() > 0) {
            add(
                    "internal-fault",
                    Severity.WARNING,
                    "The daemon has had " + faults.count() + " faults of its own since it started, the last at "
                            + faults.lastAt() + ": " + faults.last() + '.',
                    "please report what `journalctl -u penstockd` has of it; `systemctl restart penstockd` starts anew");
        }
    }

    private void host(NodeCore core, Instant now) {
        if (!core.tunnelTrouble().isEmpty()) {
            add("no-interface", Severity.ERROR, core.tunnelTrouble(), "it is tried again; see the daemon's log");
        }
        if (!core.host().trouble().isEmpty()) {
            add(
                    "host",
                    Severity.ERROR,
                    core.host().trouble(),
                    "it is tried again; `penstock up --dry-run` shows what is missing");
        }
        if (!core.undone().filter().isEmpty()) {
            add(
                    "filter",
                    Severity.ERROR,
                    "The packet filter cannot be set, so nothing is let in from peers: "
                            + core.undone().filter() + '.',
                    "it is tried again; please report what the daemon's log has of it");
        }
        if (!core.undone().keyTrouble().isEmpty()) {
            add(
                    "key-not-used",
                    Severity.ERROR,
                    "The node's new key cannot be taken into use, and peers do not know the old one any more: "
                            + core.undone().keyTrouble() + '.',
                    "it is tried again; see that the state folder can be written to");
        }
        List<String> missing = core.missingPeers();
        if (!missing.isEmpty()) {
            add(
                    "peers-left-out",
                    Severity.ERROR,
                    missing.size() + " peers could not be set and are not talked to: "
                            + some(missing) + ". The last reason: "
                            + core.undone().peers() + '.',
                    "it is tried again; the daemon's log has what was refused");
        }
        if (!core.last().trouble().isEmpty()) {
            add(
                    "map-not-kept",
                    Severity.WARNING,
                    "The network map cannot be kept: " + core.last().trouble()
                            + ". After a restart the node goes by an older one until its coordinator answers.",
                    "see that the disk of the state folder has room; it is tried again");
        }
        int wantedPort = core.preferences().port();
        if (wantedPort != 0 && core.port() != 0 && core.port() != wantedPort) {
            add(
                    "port-taken",
                    Severity.WARNING,
                    "Another program has UDP port " + wantedPort + ": this node listens at " + core.port()
                            + ", which a firewall may not let through.",
                    "`ss -ulpn sport = :" + wantedPort
                            + "` names it; end it, then `penstock down` and `penstock up`, or have"
                            + " another port by `penstock set --port PORT`");
        }
        HostRounds rounds = core.host().rounds();
        Instant at = rounds.at();
        if (at != null && Duration.between(at, now).compareTo(PUT_BACK_TOLD) < 0) {
            String what = String.join(", ", rounds.last());
            add(
                    "put-back",
                    rounds.isQuarrel() ? Severity.WARNING : Severity.NOTE,
                    "Somebody changes what this node has set at the host: " + rounds.count()
                            + " times something was put back, last: " + what + '.',
                    "find the program that does it; what the node needs is in `penstock up --dry-run`");
        }
        core.host().notes().forEach(note -> add("host-note", Severity.NOTE, note, ""));
        for (String collision : core.collisions()) {
            add("collision", Severity.ERROR, collision, "");
        }
    }

    private void login(NodeCore core, Instant now) {
        String url = core.loginUrl();
        if (core.login().isKeyExpired()) {
            add(
                    "key-expired",
                    Severity.ERROR,
                    "The node's key has expired, and peers do not talk to it any more.",
                    url == null ? "run `penstock up`" : "log in at " + url);
            return;
        }
        if (url != null) {
            add("login-needed", Severity.ERROR, "The node waits for its user to log in.", "log in at " + url);
        }
        NetMap map = core.map();
        if (map == null) {
            return;
        }
        boolean expires = !GoTime.isZero(map.self().keyExpiry());
        if (expires && Duration.between(now, map.self().keyExpiry()).compareTo(EXPIRES_SOON) < 0) {
            add(
                    "key-expires-soon",
                    Severity.WARNING,
                    "The node's key expires at " + map.self().keyExpiry() + ".",
                    "run `penstock up --login-again`, or have the coordinator's administrator extend it");
        }
        if (!map.self().machineAuthorized()) {
            add(
                    "not-authorized",
                    Severity.ERROR,
                    "The coordinator has not let this machine into the network yet.",
                    "ask its administrator to approve the node");
        }
    }

    private void clock(NodeCore core, Instant now) {
        Instant at = core.clock().at();
        if (at == null || Duration.between(at, now).abs().compareTo(JUMP_TOLD) > 0) {
            return;
        }
        Duration jump = core.clock().jump();
        add(
                "clock-jumped",
                Severity.NOTE,
                jump.isNegative()
                        ? "The clock went back by " + jump.abs().toSeconds() + " s at " + at + '.'
                        : "The clock went ahead by " + jump.toSeconds() + " s at " + at
                                + ": somebody has set it, or this host slept.",
                "certificates and keys expire by it: see `timedatectl status`");
    }

    private void relays(Readings readings) {
        readings.lostRelays()
                .forEach((name, problem) -> add(
                        "relay-unreachable",
                        Severity.WARNING,
                        "The relay " + name + " cannot be reached: " + problem
                                + ". Peers without a direct path are not reached either.",
                        "it is tried again; check that this host may open connections to it, TCP port 443 mostly"));
    }

    private void narrowPaths(NodeCore core, Readings readings) {
        NetMap map = core.map();
        if (map == null) {
            return;
        }
        for (Node peer : map.peers().values()) {
            Readings.Narrow narrow = readings.narrow().get(peer.key());
            if (narrow != null) {
                add(
                        "path-narrow",
                        Severity.WARNING,
                        "Full packets of the tunnel, " + narrow.fullBytes() + " bytes with headers, do not get to "
                                + Names.brief(peer) + " at " + narrow.addr()
                                + ", though small ones do: a router between drops them. They go by the relay, which is slower.",
                        "`penstock debug path " + Names.brief(peer)
                                + "` shows how much the path carries; a lower MTU on both sides fits (`penstock set --mtu`,"
                                + " 1280 at least), or routers that let fragments pass");
            }
        }
    }

    private void peers(NodeCore core) {
        NetMap map = core.map();
        if (map == null) {
            return;
        }
        for (Node peer : map.peers().values()) {
            if (peer.expired()) {
                add(
                        "peer-expired",
                        Severity.NOTE,
                        "The key of " + Names.brief(peer) + " has expired: it is not talked to.",
                        "run `penstock up` on it and log in, or have the coordinator's administrator extend it");
            } else if (peer.isJailed()) {
                add(
                        "peer-jailed",
                        Severity.NOTE,
                        "The coordinator lets this node talk to " + Names.brief(peer)
                                + " and not the other way round, which is not possible here: it is not talked to.",
                        "ask the coordinator's administrator");
            }
        }
    }

    private void routes(NodeCore core) {
        Shape shape = core.shape();
        if (shape == null) {
            return;
        }
        NetMap map = core.map();
        ChosenRoutes routes = shape.routes();
        if (map != null && routes != null) {
            routes.rejected().stream()
                    .filter(ChosenRoutes.Rejected::isOverlap)
                    .forEach(rejected -> overlap(rejected, map.peers().get(rejected.peer())));
        }
        for (StaticChoice.Refused refused : shape.refused()) {
            if (refused.isOverlap()) {
                add("route-overlaps", Severity.WARNING, refused.reason(), OTHER_ADDRESSES);
            } else if (Prefixes.isDefault(refused.prefix())) {
                add("default-route", Severity.NOTE, refused.reason(), "");
            }
        }
        if (!shape.exitNodeTrouble().isEmpty()) {
            add("exit-node", Severity.ERROR, "The exit node is not used: " + shape.exitNodeTrouble() + ".", "");
        }
    }

    private void overlap(ChosenRoutes.Rejected rejected, @Nullable Node peer) {
        if (peer != null && peer.addresses().contains(rejected.prefix())) {
            add(
                    "peer-address-in-use",
                    Severity.WARNING,
                    rejected.reason(),
                    "give the network another range of addresses, or that interface");
        } else {
            add("route-overlaps", Severity.WARNING, rejected.reason(), OTHER_ADDRESSES);
        }
    }

    /** A session of the old key lives on for three minutes; a handshake after that is one of the new key. */
    private void staticPeers(NodeCore core, Readings readings) {
        Instant renewedAt = core.renewedAt();
        if (renewedAt == null) {
            return;
        }
        List<String> cutOff = core.preferences().staticPeers().stream()
                .filter(peer -> {
                    Readings.Counters counters = readings.counters().get(peer.key());
                    Instant last = counters == null ? null : counters.lastHandshake();
                    return last == null || last.isBefore(renewedAt);
                })
                .map(StaticPeer::name)
                .toList();
        if (!cutOff.isEmpty()) {
            add(
                    "static-peers-old-key",
                    Severity.WARNING,
                    "The node has another public key since " + renewedAt + ", and " + some(cutOff)
                            + " have not been heard since: they are no nodes of the network, and nobody tells them of it.",
                    "give them what `penstock peer export --wg-quick PEER` writes: the key of this node is another one in it");
        }
    }

    private void coordinator(NodeCore core) {
        CoordinatorView view = core.coordinator();
        if (view.state() == CoordinatorStatus.State.UNREACHABLE) {
            String goesOn = core.map() == null ? "" : " Traffic goes on by the last map.";
            add(
                    "coordinator-unreachable",
                    core.map() == null ? Severity.ERROR : Severity.WARNING,
                    "The coordinator " + core.preferences().server() + " cannot be reached since " + view.since() + ": "
                            + view.trouble() + "." + goesOn,
                    "it is tried again; check that it runs, and that this host reaches it");
        } else if (!view.trouble().isEmpty()) {
            add("coordinator-refuses", Severity.WARNING, "The coordinator says: " + view.trouble(), "");
        }
    }

    private void network(NodeCore core) {
        NetMap map = core.map();
        if (map == null) {
            return;
        }
        map.health().forEach(text -> add("coordinator-says", Severity.WARNING, text, ""));
        Preferences preferences = core.preferences();
        List<Prefix> waiting = new ArrayList<>(Shape.offered(preferences));
        waiting.removeAll(map.self().acceptedPrefixes());
        if (!waiting.isEmpty()) {
            String routes =
                    String.join(",", waiting.stream().map(Prefix::toString).toList());
            add(
                    "routes-not-approved",
                    Severity.WARNING,
                    "Peers may not use " + routes + " yet: the coordinator has not said that it approved it.",
                    "on the coordinator: `penstock server routes approve " + Names.brief(map.self()) + ' ' + routes
                            + '`');
        }
        if (core.paths().disco().isZero()) {
            add("no-disco", Severity.NOTE, "The node is not reachable for peers yet.", "");
        }
    }

    private static String some(List<String> names) {
        return String.join(", ", names.subList(0, Math.min(MOST_NAMED, names.size())))
                + (names.size() > MOST_NAMED ? " and " + (names.size() - MOST_NAMED) + " others" : "");
    }

    private void add(String code, Severity severity, String text, String fix) {
        items.add(new HealthItem(code, severity, text, fix));
    }
}
