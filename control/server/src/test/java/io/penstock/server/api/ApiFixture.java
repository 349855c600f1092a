package io.penstock.server.api;

import io.penstock.protocol.message.PingRequest;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.admin.Caller;
import io.penstock.server.machine.Pings;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.Identity;
import io.penstock.server.model.IdentityProvider;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.Role;
import io.penstock.server.model.SecondFactor;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.store.NodeTable;
import io.penstock.server.store.Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** A coordinator with two domains, red and blue, each with somebody of every role. */
final class ApiFixture implements AutoCloseable {
    final TestClock clock = new TestClock();
    final Seeded entropy = new Seeded(5);
    final Store store;
    final Administration administration;
    final Api api;
    final Map<Role, User> red = new EnumMap<>(Role.class);
    final Map<Role, User> blue = new EnumMap<>(Role.class);
    final User operator;
    final Set<Long> connected = ConcurrentHashMap.newKeySet();
    final Set<Long> silent = ConcurrentHashMap.newKeySet();
    final Set<Long> away = ConcurrentHashMap.newKeySet();
    private final Pings pings = new Pings(Samples.PUBLIC_URL, this::send, entropy);
    private int nextMachine = 1;
    private int nextProvider = 1;

    ApiFixture(Path parent) {
        store = Samples.store(parent, clock);
        administration = new Administration(
                store,
                (text, users, nodes) -> text.contains("bad") ? Optional.of("line 1, column 1: bad") : Optional.empty(),
                provider -> Optional.empty(),
                entropy);
        api = new Api(administration, connected::contains, pings);
        Domain redDomain = store.write(tx -> Samples.domain(tx, "red"));
        Domain blueDomain = store.write(tx -> Samples.domain(tx, "blue"));
        for (Role role : Role.values()) {
            red.put(role, addUser(redDomain.id(), role.toString(), role, false));
            blue.put(role, addUser(blueDomain.id(), role.toString(), role, false));
        }
        operator = addUser(redDomain.id(), "operator", Role.MEMBER, true);
    }

    User addUser(long domainId, String name, Role role, boolean isOperator) {
        return store.write(tx ->
                tx.users().add(domainId, new Identity("https://idp.example", name), name, name, role, isOperator));
    }

    User user(String domain, Role role) {
        User user = (domain.equals("red") ? red : blue).get(role);
        if (user == null) {
            throw new AssertionError(role);
        }
        return user;
    }

    Caller session(User user) {
        Token token = Token.create(TokenKind.SESSION, entropy);
        store.write(tx -> tx.sessions().add(user.id(), token));
        return new Caller.WithSession(token);
    }

    Caller apiKey(User user, String... scopes) {
        Token token = Token.create(TokenKind.API, entropy);
        Set<String> set = Arrays.stream(scopes).collect(Collectors.toSet());
        store.write(tx -> tx.apiKeys()
                .add(user.domainId(), user.id(), token, "test", set, tx.now().plus(Duration.ofHours(1))));
        return new Caller.WithApiKey(token);
    }

    /** A new node of this user. */
    long addNode(User owner) {
        int machine = nextMachine++;
        return store.write(tx -> {
            Domain domain = tx.domains().find(owner.domainId()).orElseThrow();
            NodeTable.Joining joining = Samples.joining(new Owner.OfUser(owner.id()), machine, "node-" + machine);
            return ((NodeTable.Added.Done) tx.nodes().add(domain, joining))
                    .node()
                    .id();
        });
    }

    /** A node that answers at once, unless it is said to be {@link #silent} or {@link #away}. */
    private boolean send(Node node, PingRequest ping) {
        if (silent.contains(node.id())) {
            return true;
        }
        if (away.contains(node.id())) {
            return false;
        }
        String id = ping.url().substring(ping.url().indexOf('=') + 1);
        if (ping.types().isEmpty()) {
            return pings.alive(id);
        }
        String request = new String(Base64.getDecoder().decode(ping.payload()), StandardCharsets.US_ASCII);
        return pings.echoed(id, 200, request.substring(request.indexOf("\r\n\r\n") + 4));
    }

    /** A new provider of this domain, which the fixture's check finds good; its name. */
    String addProvider(long domainId) {
        String name = "provider-" + nextProvider++;
        IdentityProvider provider = new IdentityProvider(
                0,
                domainId,
                name,
                name,
                "https://" + name + ".example",
                "penstock",
                List.of("openid"),
                Set.of("RS256"),
                IdentityProvider.Admits.USERS,
                Set.of(),
                "",
                Set.of(),
                false,
                IdentityProvider.DEFAULT_REFRESH,
                IdentityProvider.OffBoarding.NODES,
                SecondFactor.NONE,
                null,
                null,
                clock.instant());
        store.write(tx -> tx.providers().add(provider, "secret-of-" + name));
        return name;
    }

    void setHost(long domainId, long node, Host host) {
        store.write(tx -> {
            tx.nodes().setHost(tx.nodes().find(domainId, node).orElseThrow(), host);
            return null;
        });
    }

    long addKey(User owner) {
        Token token = Token.create(TokenKind.PRE_AUTH, entropy);
        return store.write(tx -> tx.preAuthKeys()
                        .add(
                                owner.domainId(),
                                owner.id(),
                                token,
                                false,
                                false,
                                Tags.NONE,
                                tx.now().plus(Duration.ofHours(1))))
                .id();
    }

    long addApiKey(User owner) {
        Token token = Token.create(TokenKind.API, entropy);
        return store.write(tx -> tx.apiKeys()
                        .add(
                                owner.domainId(),
                                owner.id(),
                                token,
                                "of the test",
                                Set.of("nodes:read"),
                                tx.now().plus(Duration.ofHours(1))))
                .id();
    }

    ApiResponse call(Method method, String path, Caller caller, String body) {
        return api.handle(method, path, Map.of(), caller, body.getBytes(StandardCharsets.UTF_8))
                .join();
    }

    List<String> audit(String domain) {
        return store
                .read(tx ->
                        tx.audit().list(tx.domains().find(domain).orElseThrow().id(), Long.MAX_VALUE, 100))
                .stream()
                .map(entry -> entry.actor() + "|" + entry.action() + "|" + entry.target() + "|" + entry.decision() + "|"
                        + entry.detail())
                .toList();
    }

    @Override
    public void close() {
        store.close();
    }
}
