package io.penstock.server.registry;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.NodeKey;
import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Host;
import io.penstock.server.model.Identity;
import io.penstock.server.model.JoinPolicy;
import io.penstock.server.model.Node;
import io.penstock.server.model.Owner;
import io.penstock.server.model.PreAuthKey;
import io.penstock.server.model.RegistrationRequest;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.store.Store;
import io.penstock.wireguard.route.Prefix;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A registry with one domain and one user, whose policy approves 10.1.0.0/16 and lets everybody use tag:web. */
final class RegistryFixture implements AutoCloseable {
    final TestClock clock = new TestClock();
    final Seeded entropy = new Seeded(7);
    final Store store;
    final NodeRegistry registry;
    final Domain domain;
    final User user;

    RegistryFixture(Path parent) {
        this(parent, "100.64.0.0/10");
    }

    RegistryFixture(Path parent, String v4) {
        store = Samples.store(parent, clock);
        registry = new NodeRegistry(store, inForce -> new TestPolicy(), entropy);
        domain = store.write(tx -> Samples.domain(tx, "home", v4));
        user = addUser(domain, "alice");
    }

    private static final class TestPolicy implements JoinPolicy {
        private static final Prefix APPROVED = Prefix.parse("10.1.0.0/16");

        @Override
        public boolean approvesRoute(Owner owner, @Nullable User user, Prefix prefix) {
            return prefix.length() >= APPROVED.length() && APPROVED.contains4((int) prefix.low()) && !prefix.isV6();
        }

        @Override
        public boolean mayTag(User user, Tags tags) {
            return tags.equals(Tags.of(List.of("tag:web")));
        }
    }

    User addUser(Domain where, String name) {
        return store.write(tx ->
                tx.users().add(where.id(), new Identity("https://idp.example", name), name, name, Role.MEMBER, false));
    }

    /** A key and its secret. */
    record Issued(Token token, PreAuthKey key) {}

    Issued oneOff() {
        return issue(user, false, false, Tags.NONE);
    }

    Issued reusable() {
        return issue(user, true, false, Tags.NONE);
    }

    Issued issue(@Nullable User owner, boolean reusable, boolean ephemeral, Tags tags) {
        long domainId = owner == null ? domain.id() : owner.domainId();
        Token token = Token.create(TokenKind.PRE_AUTH, entropy);
        Instant expires = clock.instant().plus(Duration.ofHours(1));
        return new Issued(token, store.write(tx -> tx.preAuthKeys()
                .add(domainId, owner == null ? null : owner.id(), token, reusable, ephemeral, tags, expires)));
    }

    Registration byKey(Issued key, int machine) {
        return byKey(key, machine, machine);
    }

    Registration byKey(Issued key, int machine, int nodeKey) {
        return registry.register(request(machine, nodeKey, key.token.reveal(), null, null));
    }

    Node joined(Issued key, int machine) {
        return joined(byKey(key, machine));
    }

    static Node joined(Registration answer) {
        return assertInstanceOf(Registration.Joined.class, answer).node();
    }

    RegistrationRequest request(
            int machine, int nodeKey, @Nullable String authKey, @Nullable String followUp, @Nullable Instant expiry) {
        return request(Samples.machine(machine), Samples.nodeKey(nodeKey), Tags.NONE, authKey, followUp, expiry);
    }

    RegistrationRequest request(
            MachineKey machine,
            NodeKey nodeKey,
            Tags wanted,
            @Nullable String authKey,
            @Nullable String followUp,
            @Nullable Instant expiry) {
        return new RegistrationRequest(
                machine, nodeKey, new Host("web", "{}", 131), wanted, false, authKey, followUp, expiry);
    }

    Optional<Node> find(long id) {
        return store.read(tx -> tx.nodes().find(domain.id(), id));
    }

    List<Node> nodes() {
        return store.read(tx -> tx.nodes().list(domain.id()));
    }

    PreAuthKey reread(Issued issued) {
        return store.read(tx ->
                tx.preAuthKeys().find(issued.key.domainId(), issued.key.id()).orElseThrow());
    }

    @Override
    public void close() {
        store.close();
    }
}
