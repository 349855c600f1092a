package io.penstock.server.store;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Host;
import io.penstock.server.model.IpAddress;
import io.penstock.server.model.Node;
import io.penstock.server.model.NodeEndpoint;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Routes;
import io.penstock.server.model.Tags;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a node lies in its row. */
final class NodeRow {
    static final String SELECT = "SELECT n.*, a.address AS v4, b.address AS v6 FROM node n"
            + " JOIN address a ON a.node_id = n.id AND a.family = 4"
            + " JOIN address b ON b.node_id = n.id AND b.family = 6";

    private NodeRow() {}

    static Node read(Sql.Row row) throws SQLException {
        Long userId = row.numberOrNull("account_id");
        String disco = row.textOrNull("disco_key");
        return new Node(
                row.number("id"),
                row.number("domain_id"),
                userId == null ? new Owner.OfTags(Tags.parse(row.text("tags"))) : new Owner.OfUser(userId),
                row.numberOrNull("pre_auth_key_id"),
                MachineKey.parse(row.text("machine_key")),
                NodeKey.parse(row.text("node_key")),
                row.text("name"),
                new Host(row.text("host_name"), row.text("host_info"), (int) row.number("capability")),
                new Contact(disco == null ? null : DiscoKey.parse(disco), parseEndpoints(row.text("endpoints")), (int)
                        row.number("home_relay")),
                IpAddress.parse(row.text("v4")),
                IpAddress.parse(row.text("v6")),
                Routes.NONE,
                row.flag("ephemeral"),
                row.time("created_ms"),
                row.timeOrNull("expires_ms"),
                row.time("last_seen_ms"));
    }

    static Node withRoutes(Node node, Routes routes) {
        return new Node(
                node.id(),
                node.domainId(),
                node.owner(),
                node.preAuthKeyId(),
                node.machineKey(),
                node.nodeKey(),
                node.name(),
                node.host(),
                node.contact(),
                node.v4(),
                node.v6(),
                routes,
                node.ephemeral(),
                node.created(),
                node.expires(),
                node.lastSeen());
    }

    /** Separated by blanks, each as {@code kind@endpoint}. */
    static String format(List<NodeEndpoint> endpoints) {
        return endpoints.stream()
                .map(endpoint -> endpoint.kind() + "@" + endpoint)
                .collect(Collectors.joining(" "));
    }

    static List<NodeEndpoint> parseEndpoints(String text) {
        if (text.isEmpty()) {
            return List.of();
        }
        return Stream.of(text.split(" "))
                .map(part -> {
                    int at = part.indexOf('@');
                    return NodeEndpoint.parse(part.substring(at + 1), Integer.parseInt(part.substring(0, at)));
                })
                .toList();
    }
}
