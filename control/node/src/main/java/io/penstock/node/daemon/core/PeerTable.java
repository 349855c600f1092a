package io.penstock.node.daemon.core;

import io.penstock.engine.uapi.Change;
import io.penstock.engine.uapi.Secret;
import io.penstock.node.daemon.state.PeerSecrets;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The tunnel's peers as we have made them: says what to change so that they look otherwise. Nothing else is touched. */
final class PeerTable {
    private static final int REMOVAL_LENGTH = 3;

    private final PeerSecrets secrets;
    private Map<NodeKey, PeerWish> peers = new LinkedHashMap<>();
    private Map<NodeKey, PeerWish> wanted = Map.of();
    private final Set<NodeKey> missing = new LinkedHashSet<>();
    private final Map<NodeKey, Endpoint> moved = new HashMap<>(); // where managed peers are, for one that is made anew

    PeerTable(PeerSecrets secrets) {
        this.secrets = secrets;
    }

    boolean has(NodeKey key) {
        return wanted.containsKey(key);
    }

    /** The tunnel is a new one. */
    void clear() {
        peers = new LinkedHashMap<>();
        wanted = Map.of();
        missing.clear();
        moved.clear();
    }

    /** The tunnel has none of them any more, and they are where they were when they come back. */
    void takeOff() {
        peers = new LinkedHashMap<>();
        missing.clear();
    }

    /** Peers that could not be made as they should be, and are not there, or not to be relied on. */
    Set<NodeKey> missing() {
        return missing;
    }

    /**
     * A change has failed, somewhere in its midst. What it spoke of is made anew, each peer by itself, so that one that cannot be does
     * not take the others along; that one is left out, and {@link #retry} tries it again.
     *
     * @return what to do instead, each in one step
     */
    List<List<Change>> onFailed(List<Change> failed) {
        Set<NodeKey> keys = new LinkedHashSet<>();
        for (Change change : failed) {
            if (change instanceof Change.SelectPeer(PublicKey key)) {
                keys.add(new NodeKey(key));
            } else if (change instanceof Change.RenewKey(PublicKey successor)) {
                keys.add(new NodeKey(successor));
            }
        }
        if (keys.size() > 1) {
            return keys.stream().map(this::anew).toList();
        }
        boolean isRemoval = failed.size() == REMOVAL_LENGTH && failed.get(1) instanceof Change.Remove;
        List<List<Change>> instead = new ArrayList<>();
        for (NodeKey key : keys) {
            missing.add(key);
            peers.remove(key);
            if (!isRemoval) {
                List<Change> removal = new ArrayList<>();
                remove(key, removal);
                instead.add(removal);
            }
        }
        return instead;
    }

    /** What makes each peer that is missing, or rids the tunnel of what is left of it, each in one step. */
    List<List<Change>> retry() {
        List<NodeKey> keys = List.copyOf(missing);
        return keys.stream().map(this::anew).toList();
    }

    private List<Change> anew(NodeKey key) {
        missing.remove(key);
        peers.remove(key);
        List<Change> changes = new ArrayList<>();
        remove(key, changes);
        PeerWish wish = wanted.get(key);
        if (wish != null) {
            change(key, wish, changes);
            peers.put(key, wish);
        }
        return changes;
    }

    /**
     * What makes the peers look like this. Those that go do so first; a node with another key stays the same peer. Those that are missing
     * wait for {@link #retry}.
     */
    List<Change> become(Map<NodeKey, PeerWish> all) {
        List<Change> changes = new ArrayList<>();
        wanted = all;
        Map<NodeKey, PeerWish> next = new LinkedHashMap<>(all);
        next.keySet().removeAll(missing);
        renewKeys(next, changes);
        for (NodeKey key : peers.keySet()) {
            if (!next.containsKey(key)) {
                remove(key, changes);
            }
        }
        next.forEach((key, wish) -> change(key, wish, changes));
        peers = next;
        moved.keySet().retainAll(all.keySet());
        return changes;
    }

    private void renewKeys(Map<NodeKey, PeerWish> next, List<Change> changes) {
        Map<Long, NodeKey> gone = new HashMap<>();
        peers.forEach((key, wish) -> {
            if (wish.isManaged() && !next.containsKey(key)) {
                gone.put(wish.node(), key);
            }
        });
        if (gone.isEmpty()) {
            return;
        }
        Map<NodeKey, PeerWish> renewed = new LinkedHashMap<>(peers);
        next.forEach((key, wish) -> {
            NodeKey before = wish.isManaged() && !peers.containsKey(key) ? gone.remove(wish.node()) : null;
            if (before != null) {
                renewed.put(key, Objects.requireNonNull(renewed.remove(before)));
                Endpoint endpoint = moved.remove(before);
                if (endpoint != null) {
                    moved.put(key, endpoint);
                }
                changes.add(new Change.SelectPeer(before.value()));
                changes.add(new Change.UpdateOnly());
                changes.add(new Change.RenewKey(key.value()));
                changes.add(new Change.EndOfPeer());
            }
        });
        peers = renewed;
    }

    private static void remove(NodeKey key, List<Change> changes) {
        changes.add(new Change.SelectPeer(key.value()));
        changes.add(new Change.Remove());
        changes.add(new Change.EndOfPeer());
    }

    private void change(NodeKey key, PeerWish wish, List<Change> changes) {
        PeerWish before = peers.get(key);
        if (wish.equals(before)) {
            return;
        }
        if (before != null && before.isManaged() != wish.isManaged()) {
            remove(key, changes); // whose endpoint is managed is so for good
            before = null;
        }
        List<Change> lines = new ArrayList<>();
        Endpoint endpoint = before == null && wish.isManaged() ? moved.get(key) : wish.endpoint();
        if (before == null && wish.isManaged()) {
            lines.add(new Change.ManageEndpoint());
        }
        if (before == null ? wish.preshared() != 0 : wish.preshared() != before.preshared()) {
            Secret secret = secrets.of(key);
            lines.add(new Change.PresharedKey(secret == null ? new Secret(new byte[Secret.LENGTH_BYTES]) : secret));
        }
        if (endpoint != null && (before == null || !endpoint.equals(before.endpoint()))) {
            lines.add(new Change.SetEndpoint(endpoint));
        }
        if (before == null ? wish.keepaliveSeconds() != 0 : wish.keepaliveSeconds() != before.keepaliveSeconds()) {
            lines.add(new Change.PersistentKeepalive(wish.keepaliveSeconds()));
        }
        if (before != null) {
            // Of a prefix that another peer was given meanwhile this takes nothing away.
            for (Prefix prefix : before.allowedIps()) {
                if (!wish.allowedIps().contains(prefix)) {
                    lines.add(new Change.RemoveAllowedIp(prefix));
                }
            }
        }
        for (Prefix prefix : wish.allowedIps()) {
            if (before == null || !before.allowedIps().contains(prefix)) {
                lines.add(new Change.AddAllowedIp(prefix));
            }
        }
        if (before == null || !lines.isEmpty()) {
            changes.add(new Change.SelectPeer(key.value()));
            if (before != null) {
                changes.add(new Change.UpdateOnly());
            }
            changes.addAll(lines);
            changes.add(new Change.EndOfPeer());
        }
    }

    /** What moves the endpoint of a peer that is managed; nothing if it is not there any more. */
    List<Change> move(NodeKey key, Endpoint endpoint) {
        PeerWish wish = wanted.get(key);
        if (wish == null || !wish.isManaged()) {
            return List.of();
        }
        moved.put(key, endpoint);
        if (!peers.containsKey(key)) {
            return List.of(); // it is missing, and hears of it when it is there
        }
        return List.of(
                new Change.SelectPeer(key.value()),
                new Change.UpdateOnly(),
                new Change.SetEndpoint(endpoint),
                new Change.EndOfPeer());
    }
}
