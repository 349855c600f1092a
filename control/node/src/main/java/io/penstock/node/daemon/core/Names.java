package io.penstock.node.daemon.core;

import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.UserProfile;
import io.penstock.protocol.netmap.NetMap;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.Optional;

/** What nodes of a map are called. */
public final class Names {
    private Names() {}

    /** With the domain, without a final dot. */
    public static String full(Node node) {
        String name = node.name();
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    /** The first part of the name, or the id of a node without a name. */
    public static String brief(Node node) {
        String name = full(node);
        int dot = name.indexOf('.');
        String first = dot < 0 ? name : name.substring(0, dot);
        return first.isEmpty() ? "node-" + node.id() : first;
    }

    /** Who owns a node: its user's login, or its tags. */
    static String owner(NetMap map, Node node) {
        if (!node.tags().isEmpty()) {
            return String.join(",", node.tags());
        }
        UserProfile user = map.users().get(node.user());
        return user == null ? "" : user.loginName();
    }

    /** Its addresses, without lengths. */
    public static List<String> addresses(Node node) {
        return node.addresses().stream().map(Names::address).toList();
    }

    private static String address(Prefix prefix) {
        String text = prefix.toString();
        return text.substring(0, text.indexOf('/'));
    }

    /** The peer that somebody means by a name, an address or a stable id. */
    public static Optional<Node> find(NetMap map, String meant) {
        String name = meant.endsWith(".") ? meant.substring(0, meant.length() - 1) : meant;
        return map.peers().values().stream()
                .filter(peer -> name.equalsIgnoreCase(full(peer))
                        || name.equalsIgnoreCase(brief(peer))
                        || name.equals(peer.stableId())
                        || addresses(peer).contains(name))
                .findFirst();
    }
}
