package io.penstock.server.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.model.Role;
import io.penstock.server.model.Token;
import io.penstock.server.model.User;
import io.penstock.server.store.CredentialTable;
import io.penstock.server.store.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CVE-2025-10678: no default credentials; the first administrator comes by a one-time link, and always with a second factor. */
class SignInTest {
    private static final String PASSWORD = "correct horse battery";

    @TempDir
    private Path parent;

    private final TestClock clock = new TestClock();
    private Store store;
    private SignIn signIn;

    @BeforeEach
    void open() {
        store = Samples.store(parent, clock);
        signIn = new SignIn(store, new Seeded(3));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void firstAdministratorComesByALinkThatWorksOnce() {
        Token link = signIn.firstStart().orElseThrow();
        String seed = seed(link);

        User user = done(accept(link, "alice", seed, code(seed, 0))).user();

        assertEquals(Role.OWNER, user.role());
        assertTrue(user.operator());
        assertEquals(
                "default",
                store.read(
                        tx -> tx.domains().find(user.domainId()).orElseThrow().name()));
        assertInstanceOf(Outcome.NotFound.class, accept(link, "mallory", seed, code(seed, 0)));
        assertEquals(Optional.empty(), signIn.firstStart());
    }

    @Test
    void everyStartBeforeThatMakesTheFormerLinkUseless() {
        Token first = signIn.firstStart().orElseThrow();
        Token second = signIn.firstStart().orElseThrow();

        assertNotEquals(first.prefix(), second.prefix());
        assertInstanceOf(Outcome.NotFound.class, signIn.proposeSeed(first));
        assertInstanceOf(Outcome.Done.class, signIn.proposeSeed(second));
        assertEquals(1, store.read(tx -> tx.domains().list()).size());
    }

    @Test
    void linkIsGoodForADay() {
        Token link = signIn.firstStart().orElseThrow();
        String seed = seed(link);
        clock.advance(Duration.ofHours(24));

        assertInstanceOf(Outcome.NotFound.class, accept(link, "alice", seed, code(seed, 0)));
    }

    @Test
    void linkNeedsAnAppThatWorksAndAGoodPassword() {
        Token link = signIn.firstStart().orElseThrow();
        String seed = seed(link);

        assertInstanceOf(Outcome.Invalid.class, accept(link, "alice", seed, "000000"));
        assertInstanceOf(Outcome.Invalid.class, accept(link, "alice", "AAAA", "000000"));
        assertInstanceOf(Outcome.Invalid.class, accept(link, "Alice Liddell", seed, code(seed, 0)));
        assertInstanceOf(Outcome.Invalid.class, signIn.acceptLink(link, "alice", "too short", seed, code(seed, 0)));

        assertInstanceOf(Outcome.Done.class, accept(link, "alice", seed, code(seed, 0)));
    }

    @Test
    void signsInByPasswordAndCodeBothRight() {
        String seed = administrator();

        assertInstanceOf(Outcome.Unauthenticated.class, signIn("alice", "wrong password!", code(seed, 0)));
        assertInstanceOf(Outcome.Unauthenticated.class, signIn("bob", PASSWORD, code(seed, 0)));
        assertInstanceOf(Outcome.Unauthenticated.class, signIn("", PASSWORD, code(seed, 0)));
        assertInstanceOf(Outcome.Unauthenticated.class, signIn("alice", PASSWORD, ""));
        assertInstanceOf(Outcome.Unauthenticated.class, signIn.signIn("other", "alice", PASSWORD, code(seed, 0)));

        Token session = done(signIn("alice", PASSWORD, code(seed, 0))).session();

        assertTrue(store.read(tx -> Authority.read(tx, new Caller.WithSession(session)))
                .isPresent());
        signIn.signOut(session);
        assertTrue(store.read(tx -> Authority.read(tx, new Caller.WithSession(session)))
                .isEmpty());
    }

    @Test
    void codeWorksOnce() {
        String seed = administrator();
        String code = code(seed, 0);

        assertInstanceOf(Outcome.Done.class, signIn("alice", PASSWORD, code));
        assertInstanceOf(Outcome.Unauthenticated.class, signIn("alice", PASSWORD, code));

        clock.advance(Duration.ofSeconds(30));
        assertInstanceOf(Outcome.Done.class, signIn("alice", PASSWORD, code(seed, 0)));
    }

    @Test
    void codeOfAnEarlierStepDoesNotWorkAfterALaterOne() {
        String seed = administrator();

        assertInstanceOf(Outcome.Done.class, signIn("alice", PASSWORD, code(seed, 1)));
        assertInstanceOf(Outcome.Unauthenticated.class, signIn("alice", PASSWORD, code(seed, 0)));
        assertInstanceOf(Outcome.Unauthenticated.class, signIn("alice", PASSWORD, code(seed, 2)));
    }

    @Test
    void wrongCodesAfterTheRightPasswordCloseTheAccountForAWhile() {
        String seed = administrator();
        for (int i = 0; i < CredentialTable.MAX_FAILURES; i++) {
            assertInstanceOf(Outcome.Unauthenticated.class, signIn("alice", PASSWORD, "000000"));
        }

        assertInstanceOf(Outcome.Unauthenticated.class, signIn("alice", PASSWORD, code(seed, 0)));

        clock.advance(CredentialTable.FAILURE_WINDOW);
        assertInstanceOf(Outcome.Done.class, signIn("alice", PASSWORD, code(seed, 0)));
    }

    @Test
    void wrongPasswordsCloseNobodyElsesAccount() {
        String seed = administrator();
        for (int i = 0; i < 2 * CredentialTable.MAX_FAILURES; i++) {
            signIn("alice", "guess number " + i, "000000");
        }

        assertInstanceOf(Outcome.Done.class, signIn("alice", PASSWORD, code(seed, 0)));
    }

    @Test
    void disabledAdministratorStaysOut() {
        String seed = administrator();
        store.write(tx -> {
            User user = tx.users().list(1).getFirst();
            tx.users().setActive(user, false);
            return null;
        });

        assertInstanceOf(Outcome.Unauthenticated.class, signIn("alice", PASSWORD, code(seed, 0)));
        assertTrue(signIn.firstStart().isPresent(), "who has the machine gets in again");
    }

    @Test
    void sessionEndsByItself() {
        String seed = administrator();
        Token session = done(signIn("alice", PASSWORD, code(seed, 0))).session();
        clock.advance(Duration.ofHours(12));

        assertTrue(store.read(tx -> Authority.read(tx, new Caller.WithSession(session)))
                .isEmpty());
    }

    private String administrator() {
        Token link = signIn.firstStart().orElseThrow();
        String seed = seed(link);
        done(accept(link, "alice", seed, code(seed, 0)));
        clock.advance(Duration.ofMinutes(2));
        return seed;
    }

    private String seed(Token link) {
        Outcome<String> proposed = signIn.proposeSeed(link);
        assertInstanceOf(Outcome.Done.class, proposed);
        return ((Outcome.Done<String>) proposed).value();
    }

    private String code(String seed, int stepsAhead) {
        return Totp.code(Totp.parseBase32(seed), clock.instant().getEpochSecond() / 30 + stepsAhead, 6);
    }

    private Outcome<SignIn.SignedIn> accept(Token link, String name, String seed, String code) {
        return signIn.acceptLink(link, name, PASSWORD, seed, code);
    }

    private Outcome<SignIn.SignedIn> signIn(String name, String password, String code) {
        return signIn.signIn("default", name, password, code);
    }

    private static SignIn.SignedIn done(Outcome<SignIn.SignedIn> outcome) {
        assertInstanceOf(Outcome.Done.class, outcome);
        return ((Outcome.Done<SignIn.SignedIn>) outcome).value();
    }
}
