package io.penstock.server.http;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often one place may try to get in: so many attempts, then one more for each interval that passes. A place is an IPv4
 * address or an IPv6 /64. Remembers a bounded number of places, those that tried last. Pure but for its lock: time comes in.
 * Thread-safe.
 */
public final class AttemptLimiter {
    private final int burst;
    private final long intervalNs;
    private final int maxPlaces;

    /** When a place has its whole burst again; guarded by this. */
    private final LinkedHashMap<Long, Long> fullAgainNs = new LinkedHashMap<>(16, 0.75f, true);

    public AttemptLimiter(int burst, long intervalNs, int maxPlaces) {
        this.burst = burst;
        this.intervalNs = intervalNs;
        this.maxPlaces = maxPlaces;
    }

    /** Whether the place may try now; if so, it has one attempt less. */
    public synchronized boolean tryOnce(InetAddress from, long nowNs) {
        if (!mayTry(from, nowNs)) {
            return false;
        }
        long place = placeOf(from);
        fullAgainNs.put(place, nowNs + waitNs(place, nowNs) + intervalNs);
        if (fullAgainNs.size() > maxPlaces) {
            Iterator<Map.Entry<Long, Long>> eldest = fullAgainNs.entrySet().iterator();
            eldest.next();
            eldest.remove();
        }
        return true;
    }

    /** Whether the place may try now, which takes nothing. */
    public synchronized boolean mayTry(InetAddress from, long nowNs) {
        return waitNs(placeOf(from), nowNs) <= (burst - 1) * intervalNs;
    }

    private synchronized long waitNs(long place, long nowNs) {
        Long known = fullAgainNs.get(place);
        return known == null ? 0 : Math.max(0, known - nowNs); // by subtraction: nanoTime may wrap
    }

    /** The place of an address, the same for a whole IPv6 /64. */
    static long placeOf(InetAddress address) {
        byte[] bytes = address.getAddress();
        // An IPv4 address cannot be the start of an IPv6 one that is in use: 0000::/32 is reserved.
        return bytes.length == 4
                ? ByteBuffer.wrap(bytes).getInt() & 0xffff_ffffL
                : ByteBuffer.wrap(bytes).getLong();
    }

    synchronized int places() {
        return fullAgainNs.size();
    }
}
