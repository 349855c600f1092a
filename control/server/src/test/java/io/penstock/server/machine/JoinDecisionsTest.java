package io.penstock.server.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Samples;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.model.Host;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.UserCode;
import io.penstock.server.store.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JoinDecisionsTest {
    @TempDir
    private Path parent;

    private final TestClock clock = new TestClock();
    private final Seeded entropy = new Seeded(3);
    private final MachineCounters counters = new MachineCounters();
    private Store store;
    private JoinDecisions decisions;

    @BeforeEach
    void open() {
        store = Samples.store(parent, clock);
        decisions = new JoinDecisions(store, counters);
    }

    @AfterEach
    void close() {
        decisions.close();
        store.close();
    }

    private long ask(int machine) {
        return store.write(tx -> tx.joinRequests()
                .add(
                        Token.create(TokenKind.LINK, entropy),
                        UserCode.create(entropy),
                        Samples.machine(machine),
                        Samples.nodeKey(machine),
                        new Host("a", "{}", 131),
                        Tags.NONE,
                        false,
                        null)
                .orElseThrow()
                .id());
    }

    private void decide(long id) {
        boolean decided = store.write(tx -> tx.joinRequests().decide(id, null));
        assertTrue(decided);
    }

    private static void assertWoken(CountDownLatch woken) throws InterruptedException {
        assertTrue(woken.await(20, TimeUnit.SECONDS));
    }

    @Test
    void wakesTheOneWhoseRequestIsDecided() throws Exception {
        long first = ask(1);
        long second = ask(2);
        CountDownLatch firstWoken = new CountDownLatch(1);
        CountDownLatch secondWoken = new CountDownLatch(1);
        decisions.await(first, firstWoken::countDown);
        decisions.await(second, secondWoken::countDown);

        decide(second);
        assertWoken(secondWoken);
        assertEquals(1, firstWoken.getCount());
        assertEquals(1, decisions.waiting());

        decide(first);
        assertWoken(firstWoken);
    }

    @Test
    void doesNotReadWhatHappenedWhileNobodyWaited() throws Exception {
        for (int i = 10; i < 40; i++) {
            decide(ask(i));
        }
        long id = ask(1);
        CountDownLatch woken = new CountDownLatch(1);
        decisions.await(id, woken::countDown);
        decide(id);
        assertWoken(woken);
    }

    @Test
    void wakesEverybodyWhenChangesWereLost() throws Exception {
        long first = ask(1);
        long second = ask(2);
        CountDownLatch woken = new CountDownLatch(2);
        decisions.await(first, woken::countDown);
        decisions.await(second, woken::countDown);
        store.write(
                tx -> { // decided, forgotten, and something else happens: all in one transaction, so that none is read
                    // before
                    tx.joinRequests().decide(first, null);
                    tx.joinRequests().decide(second, null);
                    tx.changes().trim(tx.now().plus(Duration.ofHours(1)));
                    return null;
                });
        assertWoken(woken);
    }

    @Test
    void whoeverLeavesIsNotWokenAndALaterPlaceIsItsOwn() throws Exception {
        long id = ask(1);
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch second = new CountDownLatch(1);
        JoinDecisions.Waiter place = decisions.await(id, first::countDown).orElseThrow();
        decisions.await(id, second::countDown);
        place.leave(); // its successor stays
        assertEquals(1, decisions.waiting());

        decide(id);
        assertWoken(second);
        assertEquals(1, first.getCount());
    }

    @Test
    void moreThanMayWaitAreRefused() {
        for (long id = 0; id < JoinDecisions.MAX_WAITING; id++) {
            assertTrue(decisions.await(-id, () -> {}).isPresent());
        }
        assertFalse(decisions.await(1, () -> {}).isPresent());
        assertEquals(1, counters.waitersRefused());
    }
}
