package io.penstock.node.daemon.core;

import io.penstock.engine.uapi.Change;
import io.penstock.engine.uapi.Secret;
import io.penstock.node.daemon.state.PeerSecrets;
import io.penstock.protocol.key.NodeKey;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The tunnel's peers as we have made them: says what to change so that they look otherwise. Nothing else is touched. */
final class PeerTable {
    private final PeerSecrets secrets;
    private Map<NodeKey, PeerWish> peers = Map.of();

    PeerTable(PeerSecrets secrets) {
        this.secrets = secrets;
    }

    boolean has(NodeKey key) {
        return peers.containsKey(key);
    }

    /** The tunnel is a new one. */
    void clear() {
        peers = Map.of();
    }

    /** What makes the peers look like this. Those that go do so first; a node with another key stays the same peer. */
    List<Change> become(Map<NodeKey, PeerWish> wanted) {
        List<Change> changes = new ArrayList<>();
        renewKeys(wanted, changes);
        for (NodeKey key : peers.keySet()) {
            if (!wanted.containsKey(key)) {
                remove(key, changes);
            }
        }
        wanted.forEach((key, wish) -> change(key, wish, changes));
        peers = new LinkedHashMap<>(wanted);
        return changes;
    }

    private void renewKeys(Map<NodeKey, PeerWish> wanted, List<Change> changes) {
        Map<Long, NodeKey> gone = new HashMap<>();
        peers.forEach((key, wish) -> {
            if (wish.isManaged() && !wanted.containsKey(key)) {
                gone.put(wish.node(), key);
            }
        });
        if (gone.isEmpty()) {
            return;
        }
        Map<NodeKey, PeerWish> renewed = new LinkedHashMap<>(peers);
        wanted.forEach((key, wish) -> {
            NodeKey before = wish.isManaged() && !peers.containsKey(key) ? gone.remove(wish.node()) : null;
            if (before != null) {
                renewed.put(key, Objects.requireNonNull(renewed.remove(before)));
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
        Endpoint endpoint = wish.endpoint();
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
        PeerWish wish = peers.get(key);
        if (wish == null || !wish.isManaged()) {
            return List.of();
        }
        return List.of(
                new Change.SelectPeer(key.value()),
                new Change.UpdateOnly(),
                new Change.SetEndpoint(endpoint),
                new Change.EndOfPeer());
    }
}
