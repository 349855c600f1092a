package io.penstock.bench;

import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.Prefix;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The longest matching prefix by looking at one after the other, longest first. Immutable. */
final class NaiveRoutes {
    private final long[] high;
    private final long[] low;
    private final long[] highMask;
    private final long[] lowMask;
    private final Peer[] owners;

    /** @param prefixes of one family, without doubles */
    NaiveRoutes(List<Prefix> prefixes, List<Peer> owners) {
        int count = prefixes.size();
        Integer[] order = new Integer[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        Arrays.sort(order, Comparator.comparingInt(i -> -prefixes.get(i).length()));
        high = new long[count];
        low = new long[count];
        highMask = new long[count];
        lowMask = new long[count];
        this.owners = new Peer[count];
        for (int i = 0; i < count; i++) {
            Prefix prefix = prefixes.get(order[i]);
            // An IPv4 address lies in the lowest 32 of the 128 bits.
            int length = prefix.isV6() ? prefix.length() : 96 + prefix.length();
            high[i] = prefix.high();
            low[i] = prefix.low();
            highMask[i] = length == 0 ? 0 : length >= 64 ? -1L : -1L << (64 - length);
            lowMask[i] = length <= 64 ? 0 : -1L << (128 - length);
            this.owners[i] = owners.get(order[i]);
        }
    }

    @Nullable Peer lookup(long addressHigh, long addressLow) {
        for (int i = 0; i < owners.length; i++) {
            if (((addressHigh ^ high[i]) & highMask[i]) == 0 && ((addressLow ^ low[i]) & lowMask[i]) == 0) {
                return owners[i];
            }
        }
        return null;
    }
}
