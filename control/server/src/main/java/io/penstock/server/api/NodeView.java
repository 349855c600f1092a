package io.penstock.server.api;

import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.server.model.Host;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.wireguard.route.Prefix;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A node as the API shows it.
 *
 * @param os what the node says of its machine, as are its release and host name: any text, empty if it says nothing that can be
 *     read
 * @param capability the capability version that its program announced, 0 if none
 * @param online whether it is connected to the coordinator, or was so short a time ago that it may be changing its connection
 * @param lastSeen the end of its last connection, or the beginning of the one that goes on
 */
record NodeView(
        long id,
        String name,
        @Nullable Long userId,
        List<String> tags,
        String addressV4,
        String addressV6,
        String nodeKey,
        String machineKey,
        String hostName,
        String os,
        String release,
        int capability,
        List<String> endpoints,
        int homeRelay,
        boolean ephemeral,
        List<String> routesServing,
        List<String> routesApproved,
        List<String> routesWaiting,
        boolean exitNode,
        String created,
        @Nullable String expires,
        boolean online,
        String lastSeen) {
    static NodeView of(Node node, boolean isOnline) {
        Instant expires = node.expires();
        Optional<Hostinfo> info = info(node.host());
        return new NodeView(
                node.id(),
                node.name(),
                node.owner() instanceof Owner.OfUser user ? user.userId() : null,
                List.copyOf(node.tags().names()),
                node.v4().toString(),
                node.v6().toString(),
                node.nodeKey().toString(),
                node.machineKey().toString(),
                printable(node.host().name()),
                said(info, Hostinfo::os),
                said(info, Hostinfo::ipnVersion),
                node.host().capability(),
                node.contact().endpoints().stream().map(Object::toString).toList(),
                node.contact().homeRelay(),
                node.ephemeral(),
                texts(node.routes().serving()),
                texts(node.routes().approved()),
                texts(node.routes().waiting()),
                node.routes().isExitNode(),
                node.created().toString(),
                expires == null ? null : expires.toString(),
                isOnline,
                node.lastSeen().toString());
    }

    /** Empty if it cannot be read, which keeps nobody from the rest. */
    private static Optional<Hostinfo> info(Host host) {
        try {
            byte[] json = host.info().getBytes(StandardCharsets.UTF_8);
            return Optional.of(Json.read(json, 4 * Host.MAX_INFO_LENGTH, Hostinfo.class));
        } catch (MalformedMessageException e) {
            return Optional.empty();
        }
    }

    private static String said(Optional<Hostinfo> info, Function<Hostinfo, String> part) {
        return info.map(part).map(NodeView::printable).orElse("");
    }

    /** The host's own text, without what a terminal would obey. */
    private static String printable(String text) {
        StringBuilder printable = new StringBuilder(text.length());
        text.codePoints().forEach(c -> printable.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return printable.toString();
    }

    private static List<String> texts(Collection<Prefix> prefixes) {
        return prefixes.stream().map(Prefix::toString).sorted().toList();
    }
}
