package io.penstock.engine;

import java.util.concurrent.TimeUnit;

/**
 * How much of what strangers may send the control agent handles: so many datagrams a second, and under a load in turns with a
 * pause between, since waking for a few at a time costs more than handling them. Pure.
 */
final class InboxPace {
    /** Of one turn: timers and configuration want theirs. */
    static final int PER_TURN = 512;

    /** What may be made up for after a time without the processor. */
    static final long MAKES_UP_NS = TimeUnit.MILLISECONDS.toNanos(8);

    /** Fewer in a turn are no load. */
    static final int FEW = 32;

    static final long PAUSE_NS = TimeUnit.MICROSECONDS.toNanos(700);

    private final long tokenNs; // tokens are nanoseconds
    private long tokensNs = MAKES_UP_NS;
    private long filledNs;
    private long untilNs;

    /** @param perSecond datagrams that are handled at most */
    InboxPace(int perSecond, long nowNs) {
        tokenNs = TimeUnit.SECONDS.toNanos(1) / perSecond;
        filledNs = nowNs;
        untilNs = nowNs;
    }

    /** Nanoseconds until the next turn; 0 for at once. */
    long pausesForNs(long nowNs) {
        return Math.max(0, untilNs - nowNs);
    }

    /** Datagrams of this turn at most, more only by the last receive; at least one. */
    int allowance(long nowNs) {
        tokensNs = Math.min(MAKES_UP_NS, tokensNs + nowNs - filledNs);
        filledNs = nowNs;
        return Math.clamp(tokensNs / tokenNs, 1, PER_TURN);
    }

    /** So many were handled in a turn that began at {@code nowNs}. */
    void onTurn(int handled, long nowNs) {
        tokensNs -= handled * tokenNs; // below zero too: a receive is not cut short
        long debtNs = Math.max(0, -tokensNs);
        untilNs = nowNs + (handled < FEW ? debtNs : Math.max(PAUSE_NS, debtNs));
    }
}
