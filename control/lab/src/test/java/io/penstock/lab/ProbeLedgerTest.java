package io.penstock.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.lab.ProbeLedger.Outage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProbeLedgerTest {
    private static final long MS = 1_000_000;

    private final ProbeLedger ledger = new ProbeLedger();
    private long nowNs = -5_000 * MS; // nanoTime may be negative

    @Test
    void measuresRoundTrips() {
        for (int i = 1; i <= 3; i++) {
            long number = send();
            pass(i);
            ledger.onAnswer(number, nowNs);
        }

        assertEquals(2 * MS, ledger.takeMedianNs());
        assertEquals(0, ledger.takeMedianNs(), "nothing since");
        assertEquals(3 * MS, ledger.sortedNs()[2]);
        assertEquals(0, ledger.lost());
    }

    @Test
    void countsALossOnceItIsSure() {
        send();
        long answered = send();
        pass(10);
        ledger.onAnswer(answered, nowNs);

        pass(980);
        ledger.onTime(nowNs);
        assertEquals(0, ledger.lost());
        pass(20);
        ledger.onTime(nowNs);
        assertEquals(1, ledger.lost());
        assertEquals(2, ledger.sent());
    }

    @Test
    void ignoresAnswersThatAreLateDoubleOrMadeUp() {
        long late = send();
        pass(2_000);
        ledger.onAnswer(late, nowNs);
        long twice = send();
        pass(1);
        ledger.onAnswer(twice, nowNs);
        ledger.onAnswer(twice, nowNs);
        ledger.onAnswer(77, nowNs);
        ledger.onAnswer(-1, nowNs);

        assertEquals(1, ledger.summary().samples());
        assertEquals(1, ledger.lost());
    }

    @Test
    void timesAnOutageFromTheFirstSilentProbeToTheNextAnswer() {
        run(10, 100);
        long fromNs = nowNs;
        for (int i = 0; i < 60; i++) {
            send();
            pass(10);
        }
        assertEquals(600 * MS, ledger.silentNs(nowNs));
        long number = send();
        pass(3);
        ledger.onAnswer(number, nowNs);

        assertEquals(new Outage(fromNs, nowNs - fromNs, 60), ledger.poll());
        assertNull(ledger.poll());
        assertEquals(0, ledger.silentNs(nowNs));
    }

    @Test
    void answersToWhatWasHeldBackAreOneOutageOnly() {
        run(10, 100);
        long first = ledger.sent();
        for (int i = 0; i < 80; i++) {
            send();
            pass(10);
        }
        assertTrue(ledger.silentNs(nowNs) > 0);
        for (long number = first; number < first + 80; number++) {
            ledger.onAnswer(number, nowNs);
            nowNs += 1_000;
        }
        run(10, 100);

        assertEquals(800 * MS, durationNs(ledger.poll()));
        assertNull(ledger.poll());
    }

    @Test
    void lostProbesAloneAreNoOutage() {
        for (int i = 0; i < 200; i++) {
            long number = send();
            pass(10);
            if (i % 10 == 0) {
                ledger.onAnswer(number, nowNs);
            }
        }

        assertEquals(0, ledger.silentNs(nowNs));
        assertNull(ledger.poll());
    }

    @Test
    void anOutageFromTheBeginningCounts() {
        for (int i = 0; i < 6_000; i++) { // more than it remembers
            send();
            pass(10);
        }
        long number = send();
        ledger.onAnswer(number, nowNs);

        assertEquals(60_000 * MS, durationNs(ledger.poll()));
        assertTrue(ledger.lost() >= 5_899, () -> "lost " + ledger.lost());
    }

    private static long durationNs(@Nullable Outage outage) {
        return outage == null ? -1 : outage.durationNs();
    }

    private long send() {
        return ledger.onSent(nowNs);
    }

    private void pass(long ms) {
        nowNs += ms * MS;
    }

    private void run(int stepMs, int probes) {
        for (int i = 0; i < probes; i++) {
            long number = send();
            ledger.onAnswer(number, nowNs + MS);
            pass(stepMs);
        }
    }
}
