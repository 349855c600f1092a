package io.penstock.server.policy;

import io.penstock.protocol.policy.PolicyNode;
import io.penstock.protocol.policy.PolicyOwner;
import io.penstock.protocol.policy.PolicyUser;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Role;
import io.penstock.server.model.Routes;
import io.penstock.server.model.User;
import io.penstock.wireguard.route.Prefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Nodes and users of the store as policies know them. Stateless. */
public final class PolicyNodes {
    private PolicyNodes() {}

    /**
     * A node with what it serves.
     *
     * @param user whose it is; not looked at if it is nobody's
     * @throws IllegalStateException if it is a user's and there is none
     */
    public static PolicyNode of(Node node, @Nullable User user) {
        List<Prefix> routes = new ArrayList<>(node.routes().serving());
        if (node.routes().isExitNode()) {
            routes.addAll(Routes.EXIT);
        }
        return new PolicyNode(
                node.id(),
                owner(node.owner(), user),
                List.of(node.v4().toPrefix(), node.v6().toPrefix()),
                routes);
    }

    static PolicyOwner owner(Owner owner, @Nullable User user) {
        return switch (owner) {
            case Owner.OfTags tagged -> new PolicyOwner.OfTags(tagged.tags().names());
            case Owner.OfUser of -> {
                if (user == null) {
                    throw new IllegalStateException("a node of user " + of.userId() + ", who is not there");
                }
                yield new PolicyOwner.OfUser(user(user));
            }
        };
    }

    static PolicyUser user(User user) {
        return new PolicyUser(
                user.id(), user.loginName(), user.groups(), user.role().compareTo(Role.ADMIN) >= 0);
    }
}
