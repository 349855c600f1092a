package io.penstock.server.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.PolicyVersion;
import io.penstock.server.model.Role;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.store.Store;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyOperationsTest {
    @TempDir
    private Path parent;

    private final Seeded entropy = new Seeded(3);
    private Store store;
    private User owner;
    private Caller caller;

    @BeforeEach
    void open() {
        store = Samples.store(parent, new TestClock());
        Domain domain = store.write(tx -> Samples.domain(tx, "home"));
        owner = store.write(tx ->
                tx.users().add(domain.id(), new Identity("https://idp.example", "o"), "o", "o", Role.OWNER, false));
        Token token = Token.create(TokenKind.SESSION, entropy);
        store.write(tx -> tx.sessions().add(owner.id(), token));
        caller = new Caller.WithSession(token);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void coordinatorReadsAndWritesWhileAPolicyIsChecked() {
        AtomicInteger seen = new AtomicInteger();
        PolicyOperations policies = new PolicyOperations(new Gate(store), (text, users, nodes) -> {
            seen.addAndGet(users.size());
            store.write(
                    tx -> tx.sessions().add(owner.id(), Token.create(TokenKind.SESSION, entropy))); // throws within one
            return Optional.empty();
        });

        Outcome<PolicyVersion> outcome = policies.set(caller, "home", "{}", null);

        assertEquals(
                1, assertInstanceOf(Outcome.Done.class, outcome).value() instanceof PolicyVersion v ? v.version() : 0);
        assertEquals(1, seen.get());
    }

    @Test
    void callerWhoLosesTheRightWhileAPolicyIsCheckedPutsNothingIntoForce() {
        PolicyOperations policies = new PolicyOperations(new Gate(store), (text, users, nodes) -> {
            store.write(tx -> {
                tx.users().setRole(owner, Role.MEMBER);
                return null;
            });
            return Optional.empty();
        });

        assertInstanceOf(Outcome.Denied.class, policies.set(caller, "home", "{}", null));

        assertEquals(Optional.empty(), store.read(tx -> tx.policies().current(owner.domainId())));
    }

    @Test
    void callerWhoMayNotGetsNoCheckOfTheirs() {
        store.write(tx -> {
            tx.users().setRole(owner, Role.MEMBER);
            return null;
        });
        AtomicInteger checks = new AtomicInteger();
        PolicyOperations policies = new PolicyOperations(new Gate(store), (text, users, nodes) -> {
            checks.incrementAndGet();
            return Optional.empty();
        });

        assertInstanceOf(Outcome.Denied.class, policies.set(caller, "home", "{}", null));

        assertEquals(0, checks.get());
        assertEquals(
                1,
                store.read(tx -> tx.audit().list(owner.domainId(), Long.MAX_VALUE, 10))
                        .size());
    }
}
