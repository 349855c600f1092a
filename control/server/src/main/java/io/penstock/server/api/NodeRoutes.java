package io.penstock.server.api;

import io.penstock.server.admin.Outcome;
import io.penstock.server.admin.Permission;
import io.penstock.server.model.Tags;
import io.penstock.wireguard.route.Prefix;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Nodes, their routes and tags. */
final class NodeRoutes {
    private static final String NODES = "/api/v1/domains/{domain}/nodes";
    private static final String NODE = NODES + "/{node}";

    private NodeRoutes() {}

    record Name(String name) {}

    record ApprovedRoutes(List<String> prefixes) {}

    record TagNames(List<String> tags) {}

    static List<Route> routes() {
        return List.of(
                Route.list(NODES, Permission.NODES_READ, NodeView.class, "Lists nodes", call -> call.administration()
                        .nodes()
                        .list(call.caller(), call.domain())
                        .map(nodes -> nodes.stream().map(call::view).toList())),
                Route.get(NODE, Permission.NODES_READ, NodeView.class, "Shows a node", call -> call.administration()
                        .nodes()
                        .get(call.caller(), call.domain(), call.id("node"))
                        .map(call::view)),
                Route.change(
                        Method.PATCH,
                        NODE,
                        Permission.NODES_WRITE,
                        Name.class,
                        NodeView.class,
                        "Renames a node",
                        call -> call.administration()
                                .nodes()
                                .rename(call.caller(), call.domain(), call.id("node"), call.body(Name.class).name)
                                .map(call::view)),
                Route.change(
                        Method.DELETE,
                        NODE,
                        Permission.NODES_WRITE,
                        Void.class,
                        NodeView.class,
                        "Removes a node; it is cut off and has to join anew",
                        call -> call.administration()
                                .nodes()
                                .remove(call.caller(), call.domain(), call.id("node"))
                                .map(call::view)),
                Route.change(
                        Method.POST,
                        NODE + "/expire",
                        Permission.NODES_WRITE,
                        Void.class,
                        NodeView.class,
                        "Ends a node's key; somebody has to log it in again",
                        call -> call.administration()
                                .nodes()
                                .expire(call.caller(), call.domain(), call.id("node"))
                                .map(call::view)),
                Route.change(
                        Method.PUT,
                        NODE + "/routes",
                        Permission.ROUTES_WRITE,
                        ApprovedRoutes.class,
                        NodeView.class,
                        "Approves exactly these routes of a node",
                        NodeRoutes::approve),
                Route.change(
                        Method.PUT,
                        NODE + "/tags",
                        Permission.TAGS_WRITE,
                        TagNames.class,
                        NodeView.class,
                        "Tags a node, which then belongs to no user",
                        call -> call.administration()
                                .nodes()
                                .tag(
                                        call.caller(),
                                        call.domain(),
                                        call.id("node"),
                                        Tags.of(call.body(TagNames.class).tags))
                                .map(call::view)));
    }

    private static Outcome<NodeView> approve(Call call) {
        Set<Prefix> prefixes = call.body(ApprovedRoutes.class).prefixes.stream()
                .map(Prefix::parse)
                .collect(Collectors.toSet());
        return call.administration()
                .nodes()
                .approveRoutes(call.caller(), call.domain(), call.id("node"), prefixes)
                .map(call::view);
    }
}
