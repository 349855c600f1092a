package io.penstock.server.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Whether requests are still to be answered. */
class UnderWayTest {
    private final UnderWay underWay = new UnderWay();

    @Test
    void isWaitedForUntilTheLastIsAnsweredOrTheTimeIsOver() {
        assertTrue(underWay.awaitNone(Duration.ZERO));
        underWay.begin();
        underWay.begin();
        underWay.end();
        assertFalse(underWay.awaitNone(Duration.ofMillis(20)));
        underWay.end();
        assertTrue(underWay.awaitNone(Duration.ofSeconds(20)));
    }

    @Test
    void isNotWaitedForByAnInterruptedThread() {
        underWay.begin();
        Thread.currentThread().interrupt();
        assertFalse(underWay.awaitNone(Duration.ofSeconds(20)));
        assertTrue(Thread.interrupted(), "it stays interrupted");
    }
}
