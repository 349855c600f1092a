package io.penstock.wireguard.peer;

import static io.penstock.wireguard.Protocol.REJECT_AFTER_MESSAGES;
import static io.penstock.wireguard.Protocol.REPLAY_WINDOW;

import java.util.Arrays;

/**
 * Which counters of a keypair have been received: a ring of bits behind the highest one (RFC 6479). Owned by the
 * receiving lane. Asked only about messages that were authentic. Counters are unsigned. Whitepaper section 5.4.6.
 */
public final class ReplayWindow {
    private static final int WORDS = (REPLAY_WINDOW + Long.SIZE) / Long.SIZE;

    private final long[] words = new long[WORDS];
    private long highest;

    /** Takes the counter as received; false if it was received before, lies behind the window, or must never be used. */
    public boolean accept(long counter) {
        if (Long.compareUnsigned(counter, REJECT_AFTER_MESSAGES) >= 0) {
            return false;
        }
        long word = counter >>> 6;
        if (Long.compareUnsigned(counter, highest) > 0) {
            clearAfter(highest >>> 6, word);
            highest = counter;
        } else if (isBehind(counter)) {
            return false;
        }
        int slot = (int) word & WORDS - 1;
        long bit = 1L << counter;
        boolean fresh = (words[slot] & bit) == 0;
        words[slot] |= bit;
        return fresh;
    }

    /**
     * Whether the counter lies so far behind the highest one that nobody can tell if it was received: what {@link #accept}
     * has rejected for that was late rather than doubled.
     */
    public boolean isBehind(long counter) {
        return Long.compareUnsigned(counter, highest) < 0 && Long.compareUnsigned(highest - counter, REPLAY_WINDOW) > 0;
    }

    private void clearAfter(long from, long to) {
        if (to - from >= WORDS) {
            Arrays.fill(words, 0);
            return;
        }
        for (long word = from + 1; word <= to; word++) { // words are below 2^58: signed is fine
            words[(int) word & WORDS - 1] = 0;
        }
    }
}
