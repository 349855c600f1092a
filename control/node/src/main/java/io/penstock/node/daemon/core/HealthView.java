package io.penstock.node.daemon.core;

import io.penstock.node.api.CoordinatorStatus;
import io.penstock.node.api.HealthItem;
import io.penstock.node.api.HealthItem.Severity;
import io.penstock.node.api.Preferences;
import io.penstock.protocol.json.GoTime;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What is wrong with a node, and what to do about it. */
final class HealthView {
    private static final Duration EXPIRES_SOON = Duration.ofDays(7);

    private static final Duration PUT_BACK_TOLD = Duration.ofMinutes(10);

    private final List<HealthItem> items = new ArrayList<>();

    private HealthView() {}

    static List<HealthItem> of(NodeCore core, Instant now) {
        if (!core.file().isUp()) {
            return List.of();
        }
        HealthView health = new HealthView();
        health.host(core, now);
        health.login(core, now);
        health.coordinator(core);
        health.network(core);
        health.items.sort(Comparator.comparing(HealthItem::severity));
        return List.copyOf(health.items);
    }

    private void host(NodeCore core, Instant now) {
        if (!core.tunnelTrouble().isEmpty()) {
            add("no-interface", Severity.ERROR, core.tunnelTrouble(), "it is tried again; see the daemon's log");
        }
        if (!core.hostTrouble().isEmpty()) {
            add(
                    "host",
                    Severity.ERROR,
                    core.hostTrouble(),
                    "it is tried again; `penstock up --dry-run` shows what is missing");
        }
        HostRounds rounds = core.rounds();
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
        core.hostNotes().forEach(note -> add("host-note", Severity.NOTE, note, ""));
        for (String collision : core.collisions()) {
            add("collision", Severity.ERROR, collision, "");
        }
    }

    private void login(NodeCore core, Instant now) {
        String url = core.loginUrl();
        if (core.isKeyExpired()) {
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
        if (map == null || GoTime.isZero(map.self().keyExpiry())) {
            return;
        }
        Duration left = Duration.between(now, map.self().keyExpiry());
        if (left.compareTo(EXPIRES_SOON) < 0) {
            add(
                    "key-expires-soon",
                    Severity.WARNING,
                    "The node's key expires at " + map.self().keyExpiry() + ".",
                    "run `penstock up --new-login`, or have the coordinator's administrator extend it");
        }
        if (!map.self().machineAuthorized()) {
            add(
                    "not-authorized",
                    Severity.ERROR,
                    "The coordinator has not let this machine into the network yet.",
                    "ask its administrator to approve the node");
        }
    }

    private void coordinator(NodeCore core) {
        CoordinatorView view = core.coordinator();
        if (view.state() == CoordinatorStatus.State.UNREACHABLE) {
            String goesOn = core.map() == null ? "" : " Traffic goes on by the last map.";
            add(
                    "coordinator-unreachable",
                    core.map() == null ? Severity.ERROR : Severity.WARNING,
                    "The coordinator " + core.preferences().server() + " cannot be reached: " + view.trouble() + "."
                            + goesOn,
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
        Shape shape = core.shape();
        if (shape != null && !shape.exitNodeTrouble().isEmpty()) {
            add("exit-node", Severity.ERROR, "The exit node is not used: " + shape.exitNodeTrouble() + ".", "");
        }
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

    private void add(String code, Severity severity, String text, String fix) {
        items.add(new HealthItem(code, severity, text, fix));
    }
}
