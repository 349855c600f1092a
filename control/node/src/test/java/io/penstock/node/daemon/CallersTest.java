package io.penstock.node.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.api.Answer;
import io.penstock.node.api.NodeState;
import io.penstock.node.api.Status;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CallersTest {
    private static final Callers.Standing UP = new Callers.Standing(NodeState.RUNNING, false, null);

    private final Callers callers = new Callers();

    private static Status noStatus() {
        throw new AssertionError("nobody asks for it");
    }

    private static String error(Replies replies) throws InterruptedException {
        Answer answer = Objects.requireNonNull(replies.next(0));
        return String.valueOf(answer.error());
    }

    @Test
    void aPingEndsInItsTimeAndNeverLaterThanAMinute() throws InterruptedException {
        Replies replies = new Replies();
        assertTrue(callers.endPing(replies, Integer.MAX_VALUE, 0));
        assertEquals(60_000_000_000L, callers.leftNs(0));
        callers.settle(UP, 59_999_999_999L, CallersTest::noStatus);
        assertNull(replies.next(0));
        callers.settle(UP, 60_000_000_000L, CallersTest::noStatus);
        assertTrue(error(replies).contains("no answer within 60000 ms"));
        assertEquals(Long.MAX_VALUE, callers.leftNs(60_000_000_000L));
    }

    @Test
    void pingsThatWaitAreBoundedAndThoseThatAreOverDoNotCount() throws InterruptedException {
        Replies first = new Replies();
        assertTrue(callers.endPing(first, 1000, 0));
        for (int n = 1; n < 64; n++) {
            assertTrue(callers.endPing(new Replies(), 1000, 0));
        }
        Replies tooMany = new Replies();
        assertFalse(callers.endPing(tooMany, 1000, 0));
        assertTrue(error(tooMany).contains("too many pings"));
        first.end();
        assertTrue(callers.endPing(new Replies(), 1000, 0));
    }
}
