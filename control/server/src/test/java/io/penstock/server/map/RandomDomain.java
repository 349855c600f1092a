package io.penstock.server.map;

import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.server.Samples;
import io.penstock.server.model.Contact;
import io.penstock.server.model.DnsSettings;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Nameserver;
import io.penstock.server.model.Node;
import io.penstock.server.model.NodeEndpoint;
import io.penstock.server.model.NodeName;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Role;
import io.penstock.server.model.Routes;
import io.penstock.server.model.Tags;
import io.penstock.server.model.User;
import io.penstock.server.store.NodeTable;
import io.penstock.server.store.Store;
import io.penstock.server.store.Transaction;
import io.penstock.wireguard.route.Prefix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A domain to which anything may happen, straight in the store. Two of them have the same users, host names, machines, addresses,
 * and routes; what differs is in their {@link #marks}.
 */
final class RandomDomain {
    private static final int MOST_NODES = 10;
    private static final List<String> NAMES = List.of("web", "db", "gate");
    private static final List<String> LOGINS = List.of("alice", "bob", "carol");
    private static final List<Tags> TAGS =
            List.of(Tags.of(List.of("tag:web")), Tags.of(List.of("tag:db")), Tags.of(List.of("tag:web", "tag:db")));
    private static final List<Prefix> ROUTES = List.of(
            Prefix.parse("10.1.0.0/16"),
            Prefix.parse("10.1.2.0/24"),
            Prefix.parse("10.2.0.0/16"),
            Prefix.parse("fd00:1::/64"),
            Prefix.parse("0.0.0.0/0"),
            Prefix.parse("::/0"));
    private static final List<String> POLICIES = List.of(
            "{}",
            "{'acls': []}",
            "{'acls': [{'action': 'accept', 'src': ['alice@'], 'dst': ['bob@:22', '10.1.0.0/16:*']}]}",
            "{'groups': {'group:ops': ['alice@', 'carol@']}, 'tagOwners': {'tag:web': [], 'tag:db': []}, 'acls': ["
                    + "{'action': 'accept', 'src': ['group:ops'], 'dst': ['tag:web:80', 'tag:db:5432']},"
                    + "{'action': 'accept', 'src': ['tag:web'], 'dst': ['tag:db:5432', '10.2.0.0/16:*']}]}",
            "{'acls': [{'action': 'accept', 'src': ['autogroup:member'],"
                    + " 'dst': ['autogroup:self:*', 'autogroup:internet:*']}]}",
            "{'grants': [{'src': ['*'], 'dst': ['10.1.2.0/24'], 'ip': ['tcp:443']},"
                    + "{'src': ['bob@'], 'dst': ['autogroup:member'], 'ip': ['*'],"
                    + " 'app': {'example.com/cap': [{'x': 1}]}}]}");

    final Marks marks;
    final long id;

    private final Store store;
    private final Random random;
    private final String endpoints;
    private int made; // of things that have to be new each time
    private final int firstNumber;

    /**
     * Makes a domain with its users and no node.
     *
     * @param number 0 or 1, what its marks are made from
     */
    RandomDomain(Store store, Random random, int number) {
        this.store = store;
        this.random = random;
        String name = List.of("red", "blue").get(number);
        endpoints = List.of("192.0.2.", "198.51.100.").get(number);
        firstNumber = (number + 1) * 1_000_000;
        marks = new Marks(name + ".example");
        id = store.write(tx -> {
            Domain domain = Samples.domain(
                    tx, name, List.of("100.64.0.0/10", "100.64.0.0/16").get(number));
            for (String login : LOGINS) {
                tx.users()
                        .add(domain.id(), new Identity("https://idp.example", login), login, login, Role.MEMBER, false);
            }
            tx.policies().add(domain.id(), "{}", "test");
            return domain.id();
        });
    }

    /**
     * Makes one change.
     *
     * @param mayLogIn nodes that are out and may come back
     * @return what it was, for the message of a failed test
     */
    String change(List<Node> alive, Predicate<Node> mayLogIn) {
        Node node = alive.isEmpty() ? null : alive.get(random.nextInt(alive.size()));
        int choice = random.nextInt(20);
        if (node == null || (choice < 4 && alive.size() < MOST_NODES)) {
            return store.write(this::join);
        }
        return store.write(tx -> switch (choice) {
            case 4 -> logInAgain(tx, node, mayLogIn);
            case 5 -> {
                tx.nodes().remove(node);
                yield "remove " + node.name();
            }
            case 6 -> random.nextBoolean() ? expire(tx, node, Duration.ZERO) : putOff(tx, node);
            case 7 -> expire(tx, node, Duration.ofMillis(2500)); // never at the moment at which a grace ends
            case 8 -> random.nextBoolean() ? disableOrEnable(tx) : renameUser(tx);
            case 9 -> policy(tx);
            case 10, 11 -> routes(tx, node);
            case 12 -> rename(tx, node);
            case 13 -> tag(tx, node);
            case 14 -> host(tx, node);
            case 15 -> random.nextBoolean() ? dns(tx) : dnsSettings(tx);
            default -> contact(tx, node);
        });
    }

    private String join(Transaction tx) {
        Domain domain = tx.domains().find(id).orElseThrow();
        String name = NAMES.get(random.nextInt(NAMES.size()));
        Set<String> taken = tx.nodes().namesLike(id, "");
        List<User> active = tx.users().list(id).stream().filter(User::isActive).toList();
        Owner owner = active.isEmpty() || random.nextInt(4) == 0
                ? new Owner.OfTags(TAGS.get(random.nextInt(TAGS.size())))
                : new Owner.OfUser(active.get(random.nextInt(active.size())).id());
        made++;
        NodeTable.Joining joining = new NodeTable.Joining(
                owner,
                null,
                Samples.machine(made),
                newKey(),
                NodeName.unique(name, taken::contains),
                new Host(name, "{\"OS\":\"linux\"}", 131),
                false,
                domain.expiryOf(owner, tx.now()));
        return switch (tx.nodes().add(domain, joining)) {
            case NodeTable.Added.Done(Node node) -> "join " + node.name() + " of " + owner;
            case NodeTable.Added.NoAddress none -> throw new IllegalStateException("no address left");
        };
    }

    private NodeKey newKey() {
        return marks.mark(Samples.nodeKey(firstNumber + made++));
    }

    /** With a new key: of somebody who is out, if there is one, or of one who is in. */
    private String logInAgain(Transaction tx, Node alive, Predicate<Node> mayLogIn) {
        Domain domain = tx.domains().find(id).orElseThrow();
        Set<Long> active = tx.users().list(id).stream()
                .filter(User::isActive)
                .map(User::id)
                .collect(Collectors.toSet());
        Node node = tx.nodes().list(id).stream()
                .filter(mayLogIn)
                .filter(out -> !(out.owner() instanceof Owner.OfUser(long userId)) || active.contains(userId))
                .findFirst()
                .orElse(alive);
        tx.nodes()
                .renew(
                        node,
                        new NodeTable.Joining(
                                node.owner(),
                                null,
                                node.machineKey(),
                                newKey(),
                                node.name(),
                                node.host(),
                                false,
                                domain.expiryOf(node.owner(), tx.now())));
        return "log in " + node.name();
    }

    private static String expire(Transaction tx, Node node, Duration after) {
        tx.nodes().setExpiry(node, tx.now().plus(after));
        return "expire " + node.name() + " in " + after;
    }

    private String putOff(Transaction tx, Node node) {
        tx.nodes()
                .setExpiry(node, random.nextBoolean() ? null : tx.now().plus(Duration.ofHours(1 + random.nextInt(9))));
        return "put off the end of " + node.name();
    }

    private String renameUser(Transaction tx) {
        List<User> users = tx.users().list(id);
        User user = users.get(random.nextInt(users.size()));
        String name = user.loginName();
        String other = name.endsWith(".x") ? name.substring(0, name.length() - 2) : name + ".x";
        tx.users().rename(user, user.identity(), other, "Also " + other);
        return "rename " + name;
    }

    /** Who is disabled loses the keys of all nodes, and does not get them back. */
    private String disableOrEnable(Transaction tx) {
        List<User> users = tx.users().list(id);
        User user = users.get(random.nextInt(users.size()));
        tx.users().setActive(user, !user.isActive());
        if (user.isActive()) {
            tx.nodes().list(id).stream()
                    .filter(node -> node.isOwnedBy(user.id()))
                    .forEach(node -> expire(tx, node, Duration.ZERO));
        }
        return (user.isActive() ? "disable " : "enable ") + user.loginName();
    }

    private String policy(Transaction tx) {
        String text = POLICIES.get(random.nextInt(POLICIES.size())).replace('\'', '"');
        tx.policies().add(id, text, "test");
        return "policy " + text;
    }

    private String routes(Transaction tx, Node node) {
        Set<Prefix> advertised = someRoutes();
        Routes routes = random.nextInt(3) == 0
                ? node.routes().advertise(advertised, prefix -> false)
                : node.routes().advertise(advertised, prefix -> true).approve(someRoutes());
        tx.nodes().setRoutes(node, routes);
        return "routes " + node.name() + " " + routes;
    }

    private Set<Prefix> someRoutes() {
        return ROUTES.stream().filter(route -> random.nextInt(3) > 0).collect(Collectors.toCollection(HashSet::new));
    }

    private String rename(Transaction tx, Node node) {
        String name = "n" + made++;
        tx.nodes().setName(node, name);
        return "rename " + node.name() + " to " + name;
    }

    private String tag(Transaction tx, Node node) {
        Tags tags = TAGS.get(random.nextInt(TAGS.size()));
        tx.nodes().setOwner(node, new Owner.OfTags(tags), null);
        return "tag " + node.name() + " " + tags;
    }

    private String host(Transaction tx, Node node) {
        tx.nodes()
                .setHost(node, new Host(node.host().name(), "{\"OS\":\"os" + made++ + "\"}", 113 + random.nextInt(30)));
        return "host " + node.name();
    }

    private String dns(Transaction tx) {
        List<io.penstock.server.model.DnsRecord> records = tx.dnsRecords().list(id);
        if (!records.isEmpty() && random.nextBoolean()) {
            tx.dnsRecords().remove(id, records.getFirst().id());
            return "forget " + records.getFirst();
        }
        String name = marks.mark("r" + firstNumber + made++ + ".example.org");
        return "add " + tx.dnsRecords().add(id, name, "A", "100.64.0." + (1 + random.nextInt(250)));
    }

    private String dnsSettings(Transaction tx) {
        List<Nameserver> nameservers = new ArrayList<>();
        SortedMap<String, List<Nameserver>> split = new TreeMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            nameservers.add(nameserver());
            split.put(marks.mark("s" + firstNumber + made++ + ".example.org"), List.of(nameserver()));
        }
        DnsSettings settings = new DnsSettings(
                nameservers, !nameservers.isEmpty() && random.nextBoolean(), List.copyOf(split.keySet()), split);
        tx.dnsSettings().set(id, settings);
        return settings.toString();
    }

    private Nameserver nameserver() {
        return new Nameserver(
                marks.mark(endpoints + (1 + random.nextInt(250)) + ":" + (1024 + random.nextInt(60_000))));
    }

    private String contact(Transaction tx, Node node) {
        List<NodeEndpoint> all = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            String text = endpoints + (1 + random.nextInt(250)) + ":" + (1024 + random.nextInt(60_000));
            all.add(NodeEndpoint.parse(marks.mark(text), 2));
        }
        @Nullable DiscoKey disco = node.contact().disco();
        if (disco == null || random.nextInt(4) == 0) {
            byte[] key = new byte[32];
            random.nextBytes(key);
            disco = marks.mark(DiscoKey.of(key));
        }
        Contact contact = new Contact(disco, all, Math.max(node.contact().homeRelay(), random.nextInt(2) * 900));
        tx.nodes().setContact(node, contact);
        return "contact of " + node.name() + " " + contact;
    }
}
