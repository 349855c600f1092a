package io.penstock.node.coordination;

/**
 * Whose turn it is among the addresses of a name. One that is silent takes seconds, and whoever dials has a limit for all of them: the next
 * dial goes on where the one before ended, so that each gets its turn. Not thread-safe.
 */
final class DialTurns {
    private int next;

    /** The index of the one to try. */
    int next(int count) {
        int turn = Math.floorMod(next, count);
        next = turn + 1;
        return turn;
    }

    /** The last one that was tried is good: it is the first one to try again. */
    void worked() {
        next--;
    }
}
