package io.penstock.server.map;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.protocol.json.GoTime;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.json.RawJson;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.PeerPatch;
import io.penstock.protocol.message.UserProfile;
import io.penstock.server.model.Contact;
import io.penstock.server.model.Host;
import io.penstock.server.model.Node;
import io.penstock.server.model.NodeEndpoint;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Role;
import io.penstock.server.model.Routes;
import io.penstock.server.model.User;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Nodes and users in the protocol's messages. Stateless. */
final class NodeMessages {
    private static final System.Logger LOG = System.getLogger(NodeMessages.class.getName());

    private static final UserProfile TAGGED =
            new UserProfile(Owner.TAGGED_USER_ID, Owner.TAGGED_USER_NAME, "Tagged devices", "", List.of());

    private static final String IS_ADMIN = "https://tailscale.com/cap/is-admin";
    private static final String FILE_SHARING = "https://tailscale.com/cap/file-sharing";
    private static final String AUTO_UPDATE = "default-auto-update";

    private NodeMessages() {}

    /** A node as its peers are shown it. */
    static io.penstock.protocol.message.Node peer(Member member, Member.Shown shown, String suffix) {
        return common(member, shown, suffix)
                .online(member.online)
                .lastSeen(member.online ? null : member.lastSeen)
                .build();
    }

    /**
     * A node as it sees itself.
     *
     * @param owner null if it is nobody's
     * @param out since when it may not take part, null while it may
     */
    static io.penstock.protocol.message.Node self(
            Member member, Member.Shown shown, String suffix, @Nullable User owner, @Nullable Instant out) {
        Map<String, List<RawJson>> capabilities = new HashMap<>();
        capabilities.put(FILE_SHARING, List.of());
        capabilities.put(AUTO_UPDATE, List.of(new RawJson("false")));
        if (owner != null && owner.role().compareTo(Role.ADMIN) >= 0) {
            capabilities.put(IS_ADMIN, List.of());
        }
        io.penstock.protocol.message.Node.Builder self =
                common(member, shown, suffix).machineAuthorized(true).capMap(capabilities);
        return out == null ? self.build() : self.keyExpiry(out).expired(true).build();
    }

    private static io.penstock.protocol.message.Node.Builder common(Member member, Member.Shown shown, String suffix) {
        Node node = member.node();
        Contact contact = node.contact();
        Instant expires = node.expires();
        DiscoKey disco = contact.disco();
        List<Prefix> addresses = List.of(node.v4().toPrefix(), node.v6().toPrefix());
        List<Prefix> allowed = new ArrayList<>(addresses);
        allowed.addAll(shown.subnets());
        if (shown.isExit()) {
            allowed.addAll(Routes.EXIT);
        }
        return io.penstock.protocol.message.Node.builder()
                .id(node.id())
                .stableId("n" + node.id())
                .name(node.name() + "." + suffix + ".")
                .user(userId(node.owner()))
                .key(node.nodeKey())
                .keyExpiry(expires == null ? GoTime.ZERO : expires)
                .discoKey(disco == null ? DiscoKey.ZERO : disco)
                .addresses(addresses)
                .allowedIps(allowed)
                .primaryRoutes(shown.subnets())
                .endpoints(endpoints(contact))
                .homeDerp(contact.homeRelay())
                .hostinfo(hostinfo(node))
                .cap(node.host().capability())
                .tags(List.copyOf(node.tags().names()))
                .created(node.created());
    }

    /** The parts of a node that changed. None of them may be at its zero, which would mean unchanged. */
    static PeerPatch patch(Member member, int parts) {
        Node node = member.node();
        PeerPatch.Builder patch = PeerPatch.builder().nodeId(node.id());
        if (Part.KEY.isIn(parts)) {
            patch.key(node.nodeKey());
        }
        if (Part.EXPIRY.isIn(parts)) {
            patch.keyExpiry(node.expires());
        }
        if (Part.DISCO.isIn(parts)) {
            patch.discoKey(node.contact().disco());
        }
        if (Part.ENDPOINTS.isIn(parts)) {
            patch.endpoints(endpoints(node.contact()));
        }
        if (Part.RELAY.isIn(parts)) {
            patch.derpRegion(node.contact().homeRelay());
        }
        if (Part.ONLINE.isIn(parts)) {
            patch.online(member.online).lastSeen(member.online ? null : member.lastSeen);
        }
        return patch.build();
    }

    private static List<Endpoint> endpoints(Contact contact) {
        return contact.endpoints().stream().map(NodeMessages::endpoint).toList();
    }

    private static Endpoint endpoint(NodeEndpoint endpoint) {
        return Endpoint.parse(endpoint.toString());
    }

    private static @Nullable Hostinfo hostinfo(Node node) {
        try {
            return Json.read(node.host().info().getBytes(UTF_8), Host.MAX_INFO_LENGTH, Hostinfo.class);
        } catch (MalformedMessageException e) {
            LOG.log(Level.WARNING, "node {0} is shown without its host information: {1}", node.id(), e.getMessage());
            return null; // one bad row must not keep its peers from their maps
        }
    }

    static long userId(Owner owner) {
        return switch (owner) {
            case Owner.OfTags tagged -> Owner.TAGGED_USER_ID;
            case Owner.OfUser(long userId) -> userId;
        };
    }

    /**
     * Who owns a peer.
     *
     * @param user null for nobody
     */
    static UserProfile profile(@Nullable User user) {
        return user == null ? TAGGED : new UserProfile(user.id(), user.loginName(), user.displayName(), "", List.of());
    }
}
