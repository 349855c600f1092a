package io.penstock.sim.path;

import java.util.List;

/**
 * A bug of finding paths that is put into a copy of a source at test time, to see whether the checkers find it. The sources
 * themselves know nothing of it; one that has changed so that the text is not there exactly once fails the test.
 *
 * @param name what goes wrong
 * @param file the source, by its class name below {@code io.penstock.node.path.core}
 * @param text what stands there
 * @param bug what stands there instead
 * @param checkers which of them may find it
 */
record PathBug(String name, String file, String text, String bug, List<String> checkers) {
    private static PathBug bug(String name, String file, String text, String bug, String... checkers) {
        return new PathBug(name, file, text, bug, List.of(checkers));
    }

    static final List<PathBug> ALL = List.of(
            bug(
                    "a dead path is noticed only when its time of trust is over",
                    "PathWatch",
                    "if (isBusy && nowNs - deadNs >= 0) {",
                    "if (isBusy && nowNs - deadNs >= 30_000_000_000L) {",
                    "silence"),
            bug(
                    "a path that is not trusted stays in use",
                    "PeerPath",
                    "if (best != null && !(mayUseRelay && (!isTrusted(nowNs) || best.isNarrow()))) {",
                    "if (best != null) {",
                    "silence",
                    "calm",
                    "hole"),
            bug(
                    "only one address is tried at a time",
                    "PeerPath",
                    "if (!candidate.wasPingedWithin(PING_GAP_NS, nowNs)) {",
                    "if (candidate == candidates.all().iterator().next()) {",
                    "direct"),
            bug(
                    "there is no search but the first",
                    "PeerPath",
                    "        search.set(nowNs);",
                    "        if (search.isWithin(Long.MAX_VALUE / 2, nowNs)) { return; }\n        search.set(nowNs);",
                    "direct"),
            bug(
                    "a path that died stays at rest for ever",
                    "Candidate",
                    "return deaths > 1 &&",
                    "return deaths > 0 ||",
                    "direct"),
            bug(
                    "an answer is late before it can be there",
                    "Candidate",
                    "return Math.clamp(ns, LEAST_PATIENCE_NS, MOST_PATIENCE_NS);",
                    "return Math.clamp(ns - LEAST_SPREAD_NS, 1, 2) - 600_000_000L;",
                    "flapping",
                    "calm",
                    "direct",
                    "rate",
                    "hole"),
            bug(
                    "pings are answered at another port",
                    "PeerPath",
                    "actions.add(new PeerAction.Send(source, new Pong(ping.id(), source.withoutLocal())));",
                    "actions.add(new PeerAction.Send(io.penstock.wireguard.Endpoint.v4((int) source.low(),"
                            + " source.port() ^ 1), new Pong(ping.id(), source.withoutLocal())));",
                    "offered"),
            bug(
                    "a peer without traffic is watched for ever",
                    "Traffic",
                    "if (isActive && nowNs - lastNs < SESSION_NS) {",
                    "if (isActive && nowNs - lastNs < 100 * SESSION_NS) {",
                    "rest"),
            bug(
                    "every answer changes the path",
                    "PeerPath",
                    "if (!answered.isBetterThan(before)) {",
                    "if (false) {",
                    "flapping",
                    "calm",
                    "rate"),
            bug(
                    "an answer is asked for without a pause",
                    "PathWatch",
                    "static final long AGAIN_NS = 100_000_000L;",
                    "static final long AGAIN_NS = 1_000_000L;",
                    "rate"),
            bug(
                    "a node tells that it is at its neighbour's port",
                    "OwnEndpoints",
                    "                all.putIfAbsent(endpoint, MapRequest.ENDPOINT_STUN);",
                    "                all.putIfAbsent(withPort(endpoint, endpoint.port() ^ 2), MapRequest.ENDPOINT_STUN);",
                    "direct",
                    "offered",
                    "calm"),
            bug(
                    "what STUN servers saw in another network is told for ever",
                    "OwnEndpoints",
                    "            mapped.put(endpoint, nowNs);",
                    "            mapped.putIfAbsent(withPort(endpoint, port), nowNs);",
                    "direct"),
            bug(
                    "nobody minds that full packets do not get through",
                    "PathFit",
                    "return inUse.hasAnsweredSince(askedNs)",
                    "return tries > 1_000",
                    "hole"),
            bug(
                    "where a ping came from is forgotten",
                    "PeerPath",
                    "Candidate candidate = candidates.onPingSeen(source, best, nowNs);\n        actions.add",
                    "Candidate candidate = candidates.get(source);\n        actions.add",
                    "direct"),
            bug(
                    "the relay is left for a path that was answered the other way only",
                    "PeerPath",
                    "        actions.add(new PeerAction.Send(source, new Pong(ping.id(), source.withoutLocal())));",
                    "        actions.add(new PeerAction.Send(source, new Pong(ping.id(), source.withoutLocal())));\n"
                            + "        if (candidate != null && traffic.isActive()) { use(candidate, nowNs); }",
                    "silence",
                    "flapping",
                    "calm"));
}
