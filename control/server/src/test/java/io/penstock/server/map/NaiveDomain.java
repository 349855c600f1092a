package io.penstock.server.map;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.penstock.protocol.json.GoTime;
import io.penstock.protocol.json.Json;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.message.DnsConfig;
import io.penstock.protocol.message.DnsRecord;
import io.penstock.protocol.message.DnsResolver;
import io.penstock.protocol.message.Hostinfo;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.UserProfile;
import io.penstock.protocol.policy.Policy;
import io.penstock.protocol.policy.PolicyIndex;
import io.penstock.protocol.policy.PolicyNode;
import io.penstock.protocol.policy.PolicyOwner;
import io.penstock.protocol.policy.PolicyResult;
import io.penstock.protocol.policy.PolicyUser;
import io.penstock.server.model.DnsSettings;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Nameserver;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Role;
import io.penstock.server.model.Routes;
import io.penstock.server.model.User;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.route.Prefix;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The naive twin of what makes maps: a domain read from the store as a whole, and each node's map made from that, from scratch. It
 * keeps nothing from one moment to the next but what time decides: who is online, and who is primary.
 */
final class NaiveDomain {
    /** The user of tagged nodes. */
    static final UserProfile TAGGED = new UserProfile(1L << 52, "tagged-devices", "Tagged devices", "", List.of());

    private final Domain domain;
    private final List<Node> all;
    private final List<Node> nodes;
    private final Map<Long, User> users;
    private final List<io.penstock.server.model.DnsRecord> records;
    private final DnsSettings settings;
    private final NaiveElection election;
    private final LongPredicate online;
    private final String policy;
    private @Nullable PolicyIndex index; // made with the first map

    private NaiveDomain(
            Domain domain,
            List<Node> all,
            List<Node> nodes,
            Map<Long, User> users,
            List<io.penstock.server.model.DnsRecord> records,
            DnsSettings settings,
            NaiveElection election,
            LongPredicate online,
            String policy) {
        this.domain = domain;
        this.all = all;
        this.nodes = nodes;
        this.users = users;
        this.records = records;
        this.settings = settings;
        this.election = election;
        this.online = online;
        this.policy = policy;
    }

    private PolicyIndex index() {
        PolicyIndex known = index;
        if (known == null) {
            known = new PolicyIndex(parse(policy));
            for (Node node : nodes) {
                known.put(policyNode(node));
            }
            index = known;
        }
        return known;
    }

    /** Reads the domain, and holds the election over it. */
    static NaiveDomain read(Transaction tx, long domainId, NaiveElection election, LongPredicate online) {
        Map<Long, User> users =
                tx.users().list(domainId).stream().collect(Collectors.toMap(User::id, Function.identity()));
        List<Node> all = tx.nodes().list(domainId);
        List<Node> nodes = all.stream()
                .filter(node -> isIn(node, users, tx.now()))
                .sorted(Comparator.comparing(Node::id))
                .toList();
        election.update(nodes, online);
        String policy = tx.policies().current(domainId).orElseThrow().text();
        Domain domain = tx.domains().find(domainId).orElseThrow();
        return new NaiveDomain(
                domain,
                all,
                nodes,
                users,
                tx.dnsRecords().list(domainId),
                tx.dnsSettings().get(domainId),
                election,
                online,
                policy);
    }

    private static boolean isIn(Node node, Map<Long, User> users, Instant now) {
        return !node.isExpired(now)
                && switch (node.owner()) {
                    case Owner.OfTags tagged -> true;
                    case Owner.OfUser(long userId) -> user(users, userId).isActive();
                };
    }

    private static User user(Map<Long, User> users, long id) {
        return Objects.requireNonNull(users.get(id)); // a node's user is there as long as the node is
    }

    private static Policy parse(String text) {
        return switch (Policy.parse(text)) {
            case PolicyResult.Good good -> good.policy();
            case PolicyResult.Bad bad -> throw new IllegalStateException(bad.errors() + " in " + text);
        };
    }

    /** Every node, also those that are out. */
    List<Node> all() {
        return all;
    }

    /** The nodes that are neither expired nor a disabled user's. */
    List<Node> nodes() {
        return nodes;
    }

    boolean has(long nodeId) {
        return nodes.stream().anyMatch(node -> node.id() == nodeId);
    }

    /** The whole map of one of the {@link #nodes}. */
    MapResponse mapOf(long nodeId) {
        List<io.penstock.protocol.message.Node> peers = new ArrayList<>();
        List<UserProfile> profiles = new ArrayList<>(List.of(TAGGED));
        io.penstock.protocol.message.Node self = null;
        for (Node node : nodes) {
            if (node.id() == nodeId) {
                self = told(node, this::servesPrimary, node.routes().isExitNode());
            } else if (index().sees(nodeId, node.id())) {
                peers.add(told(
                        node,
                        (peer, route) -> servesPrimary(peer, route) && uses(nodeId, route),
                        isExitFor(nodeId, node)));
            }
        }
        if (self == null) {
            throw new IllegalArgumentException("no such node: " + nodeId);
        }
        users.values()
                .forEach(user ->
                        profiles.add(new UserProfile(user.id(), user.loginName(), user.displayName(), "", List.of())));
        return MapResponse.builder()
                .node(self.toBuilder().machineAuthorized(true).build())
                .peers(peers)
                .packetFilter(index().packetFilter(nodeId))
                .dnsConfig(dns())
                .domain(domain.dnsSuffix())
                .userProfiles(profiles)
                .build();
    }

    /** Whether a node is told of a route of another. */
    private interface RouteChoice {
        boolean isTold(Node of, Prefix route);
    }

    private io.penstock.protocol.message.Node told(Node node, RouteChoice choice, boolean isExit) {
        List<Prefix> routes = node.routes().serving().stream()
                .filter(route -> choice.isTold(node, route))
                .sorted(Comparator.comparing(Prefix::toString))
                .toList();
        List<Prefix> allowed = new ArrayList<>(addresses(node));
        allowed.addAll(routes);
        if (isExit) {
            allowed.addAll(Routes.EXIT);
        }
        io.penstock.protocol.message.Node.Builder told = io.penstock.protocol.message.Node.builder();
        if (node.contact().disco() != null) {
            told.discoKey(node.contact().disco());
        }
        return told.id(node.id())
                .stableId("n" + node.id())
                .name(node.name() + "." + domain.dnsSuffix() + ".")
                .user(node.owner() instanceof Owner.OfUser(long userId) ? userId : TAGGED.id())
                .key(node.nodeKey())
                .keyExpiry(node.expires() == null ? GoTime.ZERO : node.expires())
                .addresses(addresses(node))
                .allowedIps(allowed)
                .primaryRoutes(routes)
                .endpoints(node.contact().endpoints().stream()
                        .map(endpoint -> Endpoint.parse(endpoint.toString()))
                        .toList())
                .homeDerp(node.contact().homeRelay())
                .hostinfo(hostinfo(node))
                .cap(node.host().capability())
                .tags(List.copyOf(node.tags().names()))
                .created(node.created())
                .online(online.test(node.id()))
                .build();
    }

    private boolean servesPrimary(Node node, Prefix route) {
        return election.isPrimary(node.id(), route);
    }

    private boolean uses(long viewer, Prefix route) {
        return index().mayUseRoute(viewer, route);
    }

    private boolean isExitFor(long viewer, Node node) {
        return node.routes().isExitNode() && Routes.EXIT.stream().allMatch(route -> uses(viewer, route));
    }

    private DnsConfig dns() {
        DnsConfig.Builder dns = DnsConfig.builder();
        List<String> domains = new ArrayList<>();
        domains.add(domain.dnsSuffix());
        domains.addAll(settings.search());
        Map<String, List<DnsResolver>> routes = new HashMap<>();
        routes.put(domain.dnsSuffix(), List.of());
        for (String suffix : settings.split().keySet()) {
            routes.put(suffix, resolvers(settings.split().get(suffix)));
        }
        if (settings.overrideLocal()) {
            dns.resolvers(resolvers(settings.nameservers()));
        } else {
            dns.fallbackResolvers(resolvers(settings.nameservers()));
        }
        return dns.proxied(true)
                .domains(domains)
                .routes(routes)
                .extraRecords(records.stream()
                        .map(record -> new DnsRecord(record.name(), record.type(), record.value()))
                        .toList())
                .build();
    }

    private static List<DnsResolver> resolvers(@Nullable List<Nameserver> nameservers) {
        List<DnsResolver> all = new ArrayList<>();
        for (Nameserver nameserver : Objects.requireNonNull(nameservers)) {
            all.add(new DnsResolver(nameserver.text(), List.of()));
        }
        return all;
    }

    private static List<Prefix> addresses(Node node) {
        return List.of(node.v4().toPrefix(), node.v6().toPrefix());
    }

    private static Hostinfo hostinfo(Node node) {
        try {
            return Json.read(node.host().info().getBytes(UTF_8), 1 << 20, Hostinfo.class);
        } catch (MalformedMessageException e) {
            throw new IllegalStateException(e);
        }
    }

    private PolicyNode policyNode(Node node) {
        List<Prefix> routes = new ArrayList<>(node.routes().serving());
        if (node.routes().isExitNode()) {
            routes.addAll(Routes.EXIT);
        }
        return new PolicyNode(
                node.id(),
                switch (node.owner()) {
                    case Owner.OfTags tagged ->
                        new PolicyOwner.OfTags(tagged.tags().names());
                    case Owner.OfUser(long userId) -> new PolicyOwner.OfUser(policyUser(user(users, userId)));
                },
                addresses(node),
                routes);
    }

    private static PolicyUser policyUser(User user) {
        return new PolicyUser(
                user.id(), user.loginName(), user.groups(), user.role().compareTo(Role.ADMIN) >= 0);
    }
}
