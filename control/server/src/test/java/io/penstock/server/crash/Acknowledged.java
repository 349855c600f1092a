package io.penstock.server.crash;

import io.penstock.server.model.Change;
import io.penstock.server.model.Node;
import io.penstock.server.model.PreAuthKey;
import io.penstock.server.store.Store;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a {@link CrashWriter} has acknowledged in all its lives, and whether a store still knows it. */
final class Acknowledged {
    private record Joined(long keyId, String nodeKey, String v4, String v6) {}

    private final Map<Long, Joined> nodes = new HashMap<>();
    private final Map<Long, Integer> ports = new HashMap<>();
    private final Set<Long> keys = new HashSet<>();
    private final Set<Long> gone = new HashSet<>();
    private long lastSeq;
    private int lines;

    /** Of the write under way, which may or may not have happened. */
    private @Nullable Long maybeGone;

    private @Nullable Long maybeMoved;
    private int maybePort;

    private final List<String> bad = new ArrayList<>();

    void read(String line) {
        lines++;
        String[] words = line.split(" ");
        switch (words[0]) {
            case "ready", "full" -> {}
            case "key" -> keys.add(Long.parseLong(words[1]));
            case "node" -> joined(words);
            case "try-gone" -> maybeGone = Long.parseLong(words[1]);
            case "gone" -> {
                maybeGone = null;
                forget(Long.parseLong(words[1]));
            }
            case "try-port" -> {
                maybeMoved = Long.parseLong(words[1]);
                maybePort = Integer.parseInt(words[2]);
            }
            case "port" -> {
                maybeMoved = null;
                ports.put(Long.parseLong(words[1]), Integer.parseInt(words[2]));
            }
            default -> bad.add(line);
        }
    }

    private void joined(String[] words) {
        long id = Long.parseLong(words[1]);
        if (nodes.put(id, new Joined(Long.parseLong(words[2]), words[3], words[4], words[5])) != null
                || gone.contains(id)) {
            bad.add("the id " + id + " came back");
        }
        long seq = Long.parseLong(words[6]);
        if (seq <= lastSeq) {
            bad.add("change " + seq + " came after " + lastSeq);
        }
        lastSeq = seq;
    }

    private void forget(long id) {
        nodes.remove(id);
        ports.remove(id);
        gone.add(id);
    }

    int acknowledgements() {
        return lines;
    }

    /** Compares with what is there; after it, what was open is settled by what is found. */
    List<String> check(Store store) {
        List<String> faults = new ArrayList<>(bad);
        faults.addAll(store.faults());
        store.read(tx -> {
            long domainId = tx.domains().find("home").orElseThrow().id();
            checkNodes(tx.nodes().list(domainId), faults);
            checkKeys(tx.preAuthKeys().list(domainId), tx.nodes().list(domainId), faults);
            checkChanges(
                    tx.changes().since(0, Integer.MAX_VALUE).orElseThrow(),
                    tx.changes().last(),
                    faults);
            return null;
        });
        return faults;
    }

    private void checkNodes(List<Node> found, List<String> faults) {
        Map<Long, Node> byId = new HashMap<>();
        Set<String> addresses = new HashSet<>();
        for (Node node : found) {
            byId.put(node.id(), node);
            if (!addresses.add(node.v4().toString()) || !addresses.add(node.v6().toString())) {
                faults.add("an address of node " + node.id() + " was given twice");
            }
            if (gone.contains(node.id())) {
                faults.add("node " + node.id() + " is back");
            }
        }
        if (maybeGone != null && !byId.containsKey(maybeGone)) {
            forget(maybeGone);
        }
        maybeGone = null;
        nodes.forEach((id, joined) -> {
            Node node = byId.get(id);
            if (node == null) {
                faults.add("node " + id + " is lost");
            } else if (!node.nodeKey().toString().equals(joined.nodeKey)
                    || !node.v4().toString().equals(joined.v4)
                    || !node.v6().toString().equals(joined.v6)) {
                faults.add("node " + id + " has become another");
            }
        });
        checkPorts(byId, faults);
    }

    private void checkPorts(Map<Long, Node> byId, List<String> faults) {
        Long moved = maybeMoved;
        if (moved != null && byId.containsKey(moved)) {
            List<Integer> now = portsOf(byId.get(moved));
            if (now.equals(List.of(maybePort))) {
                ports.put(moved, maybePort);
            }
        }
        maybeMoved = null;
        ports.forEach((id, port) -> {
            Node node = byId.get(id);
            if (node != null && !portsOf(node).equals(List.of(port))) {
                faults.add("node " + id + " is at " + portsOf(node) + " and not at " + port);
            }
        });
    }

    private static List<Integer> portsOf(@Nullable Node node) {
        return node == null
                ? List.of()
                : node.contact().endpoints().stream()
                        .map(endpoint -> endpoint.port())
                        .toList();
    }

    private void checkKeys(List<PreAuthKey> found, List<Node> present, List<String> faults) {
        Map<Long, PreAuthKey> byId = new HashMap<>();
        found.forEach(key -> byId.put(key.id(), key));
        for (long id : keys) {
            if (!byId.containsKey(id)) {
                faults.add("key " + id + " is lost");
            }
        }
        for (PreAuthKey key : found) {
            long admitted = present.stream()
                    .filter(node -> Long.valueOf(key.id()).equals(node.preAuthKeyId()))
                    .count();
            if (key.uses() > 1 || admitted > 1) {
                faults.add("key " + key.id() + " was used twice");
            }
            if (admitted > key.uses()) {
                faults.add("key " + key.id() + " admitted a node without being used");
            }
        }
        nodes.forEach((id, joined) -> {
            PreAuthKey key = byId.get(joined.keyId);
            if (key != null && key.uses() != 1) {
                faults.add("the use of key " + key.id() + " by node " + id + " is lost");
            }
        });
    }

    private void checkChanges(List<Change> found, long last, List<String> faults) {
        long expected = 1;
        for (Change change : found) {
            if (change.seq() != expected) {
                faults.add("change " + change.seq() + " where " + expected + " should be");
                return;
            }
            expected++;
        }
        if (last != expected - 1 || last < lastSeq) {
            faults.add("the last change is " + last + ", of " + (expected - 1) + " found and " + lastSeq + " told");
        }
    }
}
