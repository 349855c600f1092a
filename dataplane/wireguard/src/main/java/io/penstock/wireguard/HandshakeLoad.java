package io.penstock.wireguard;

import static io.penstock.wireguard.Protocol.RATE_LIMIT_BURST;
import static io.penstock.wireguard.Protocol.RATE_LIMIT_PER_SECOND;
import static io.penstock.wireguard.Protocol.UNDER_LOAD_HOLD_NS;
import static io.penstock.wireguard.Protocol.UNDER_LOAD_QUEUE_DIVISOR;

/**
 * Whether the device is under load, and who may still handshake then: a token bucket for each source address, IPv6 by its
 * first 64 bits, and who comes by a relay by itself. Owned by the control agent. Whitepaper section 5.3; figures as in Linux.
 *
 * <p>The table has a fixed size. A source hashes, under a secret, to a set of a few entries, of which those idle for a
 * second are free; when none is, the source is refused. Only sources that have answered a cookie get here.
 */
final class HandshakeLoad {
    private static final int SETS = 1 << 10;
    private static final int WAYS = 8;
    private static final long TOKEN_NS = 1_000_000_000L / RATE_LIMIT_PER_SECOND; // tokens are nanoseconds
    private static final long FULL_NS = TOKEN_NS * RATE_LIMIT_BURST;
    private static final long IDLE_NS = 1_000_000_000L;
    private static final byte RELAYED = 1; // beside the families, 4 and 6

    private final long secret;
    private boolean loaded;
    private long loadedUntilNs;

    // By entry; empty until the first load.
    private long[] addresses = {};
    private byte[] families = {}; // 0 for an entry never used
    private long[] tokens = {};
    private long[] seenNs = {};

    HandshakeLoad(Entropy entropy) {
        secret = (long) entropy.nextInt() << 32 | Integer.toUnsignedLong(entropy.nextInt());
    }

    /** Takes note of the queue and says whether messages need a cookie. */
    boolean isUnderLoad(int queuedMessages, int queueCapacity, long nowNs) {
        if ((long) queuedMessages * UNDER_LOAD_QUEUE_DIVISOR >= queueCapacity) {
            loaded = true;
            loadedUntilNs = nowNs + UNDER_LOAD_HOLD_NS;
        }
        loaded = loaded && nowNs - loadedUntilNs < 0;
        return loaded;
    }

    /** Takes a token from the source's bucket; false if there is none. */
    boolean admit(Endpoint source, long nowNs) {
        if (addresses.length == 0) {
            addresses = new long[SETS * WAYS];
            families = new byte[SETS * WAYS];
            tokens = new long[SETS * WAYS];
            seenNs = new long[SETS * WAYS];
        }
        long address = source.isV6() && !source.isRelay() ? source.high() : source.low();
        byte family = source.isRelay() ? RELAYED : (byte) (source.isV6() ? 6 : 4);
        int first = hash(address + family) * WAYS;
        int free = -1;
        for (int entry = first; entry < first + WAYS; entry++) {
            boolean idle = families[entry] == 0 || nowNs - seenNs[entry] > IDLE_NS;
            if (idle) {
                free = entry;
            } else if (addresses[entry] == address && families[entry] == family) {
                return take(entry, nowNs);
            }
        }
        if (free < 0) {
            return false;
        }
        addresses[free] = address;
        families[free] = family;
        tokens[free] = FULL_NS;
        seenNs[free] = nowNs;
        return take(free, nowNs);
    }

    private boolean take(int entry, long nowNs) {
        long filled = Math.min(FULL_NS, tokens[entry] + nowNs - seenNs[entry]);
        seenNs[entry] = nowNs;
        boolean admitted = filled >= TOKEN_NS;
        tokens[entry] = admitted ? filled - TOKEN_NS : filled;
        return admitted;
    }

    private int hash(long address) {
        long mixed = (address ^ secret) * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ mixed >>> 29 ^ Long.rotateLeft(secret, 32)) * 0xBF58_476D_1CE4_E5B9L;
        return (int) (mixed >>> 32) & SETS - 1;
    }
}
