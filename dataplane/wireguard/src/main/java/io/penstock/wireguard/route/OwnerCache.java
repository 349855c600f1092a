package io.penstock.wireguard.route;

import io.penstock.wireguard.peer.Peer;
import org.jspecify.annotations.Nullable;

/**
 * Who owned the addresses that were looked up last, so that a gateway with thousands of peers does not walk a trie for each packet, whose
 * lower nodes are in no cache by then. Answers as {@link AllowedIps} does at the moment of the question: every change there makes all that
 * is kept here worthless at once. Keeps peers that were removed from being collected until their places are taken, a few thousand at most.
 *
 * <p>Direct-mapped: an address has one place. An address that nobody owns has none, so that a scan displaces no traffic. Owned by one
 * thread at a time.
 */
public final class OwnerCache {
    private static final int BITS = 12;
    private static final int PLACE = 4; // longs of one: high and low half of the address, the state, and nothing
    private static final int HIGH = 0;
    private static final int LOW = 1;
    private static final int STATE = 2;

    private final AllowedIps routes;
    private final long[] keys = new long[PLACE << BITS];
    private final @Nullable Peer[] owners = new Peer[1 << BITS];

    public OwnerCache(AllowedIps routes) {
        this.routes = routes;
    }

    /** The peer that owns this IPv4 address, or null. */
    public @Nullable Peer lookup4(int address) {
        long low = Integer.toUnsignedLong(address);
        long state = stateOf(false);
        int place = place(0, low);
        return isKept(place, 0, low, state) ? owners[place] : keep(place, 0, low, state, routes.lookup4(address));
    }

    /** The peer that owns this IPv6 address, or null. */
    public @Nullable Peer lookup6(long high, long low) {
        long state = stateOf(true);
        int place = place(high, low);
        return isKept(place, high, low, state)
                ? owners[place]
                : keep(place, high, low, state, routes.lookup6(high, low));
    }

    /** With the family in it, and never 0, which an empty place holds; odd states of the table have their third bit set. */
    private long stateOf(boolean isV6) {
        return routes.state() << 2 | 2 | (isV6 ? 1 : 0);
    }

    private static boolean isChanging(long state) {
        return (state & 4) != 0;
    }

    private static int place(long high, long low) {
        long mixed = (low ^ Long.rotateLeft(high, 29)) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> (Long.SIZE - BITS));
    }

    private boolean isKept(int place, long high, long low, long state) {
        int at = place * PLACE;
        return keys[at + LOW] == low && keys[at + HIGH] == high && keys[at + STATE] == state;
    }

    private @Nullable Peer keep(int place, long high, long low, long state, @Nullable Peer owner) {
        if (owner != null && !isChanging(state)) {
            int at = place * PLACE;
            keys[at + HIGH] = high;
            keys[at + LOW] = low;
            keys[at + STATE] = state;
            owners[place] = owner;
        }
        return owner;
    }
}
