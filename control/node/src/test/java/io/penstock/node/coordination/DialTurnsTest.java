package io.penstock.node.coordination;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DialTurnsTest {
    private final DialTurns turns = new DialTurns();

    @Test
    void theNextDialGoesOnWhereTheOneBeforeEnded() {
        assertEquals(0, turns.next(3));
        assertEquals(1, turns.next(3)); // and then there was no more time
        assertEquals(2, turns.next(3));
        assertEquals(0, turns.next(3));
    }

    @Test
    void whoWorkedIsTriedFirst() {
        turns.next(3);
        assertEquals(1, turns.next(3));
        turns.worked();
        assertEquals(1, turns.next(3));
        assertEquals(0, turns.next(2), "there may be fewer by then");
    }
}
