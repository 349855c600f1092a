package io.penstock.wireguard;

import java.util.Arrays;

/**
 * To whom a cookie is sent when more ask for one than may get it. A reply costs several times what its request did, and a flood from
 * spoofed sources asks for tens of thousands a second that nobody receives. So there are bounds: one for sources that have not been
 * heard of lately, and another for those that have, since an honest peer asks again after {@link Protocol#REKEY_TIMEOUT_NS} from where
 * it asked before, and a spoofed source hardly ever does. Owned by the control agent.
 *
 * <p>Who asked is kept in two sets of bits under a secret hash, the younger of which takes the other's place every few seconds. Two
 * sources may share a bit: at 50,000 new ones a second every fifth passes for one that was heard of.
 */
final class CookieBudget {
    /** For sources not heard of, and as many for the others. */
    static final int PER_SECOND = 20_000;

    /** Longer than a peer takes to ask again, with jitter. */
    static final long GENERATION_NS = 6_000_000_000L;

    private static final int BITS = 21;
    private static final long TOKEN_NS = 1_000_000_000L / PER_SECOND; // tokens are nanoseconds
    private static final long FULL_NS = 20_000_000L;

    private final long secret;
    private long unknownNs = FULL_NS;
    private long knownNs = FULL_NS;
    private long filledNs;
    private long turnedNs;

    // Empty until the first load.
    private long[] younger = {};
    private long[] older = {};

    CookieBudget(Entropy entropy) {
        secret = (long) entropy.nextInt() << 32 | Integer.toUnsignedLong(entropy.nextInt());
    }

    /** Takes note that this source asked for a cookie, and says whether it gets one. */
    boolean maySend(Endpoint to, long nowNs) {
        if (younger.length == 0) {
            younger = new long[(1 << BITS) / Long.SIZE];
            older = new long[(1 << BITS) / Long.SIZE];
            filledNs = nowNs;
            turnedNs = nowNs;
        }
        turn(nowNs);
        fill(nowNs);
        long bit = hash(to);
        int word = (int) (bit / Long.SIZE);
        long mask = 1L << (bit % Long.SIZE);
        boolean isKnown = ((younger[word] | older[word]) & mask) != 0;
        younger[word] |= mask;
        if (isKnown && knownNs >= TOKEN_NS) {
            knownNs -= TOKEN_NS;
            return true;
        }
        if (unknownNs >= TOKEN_NS) { // also for one who comes when too many are known
            unknownNs -= TOKEN_NS;
            return true;
        }
        return false;
    }

    private void turn(long nowNs) {
        long sinceNs = nowNs - turnedNs;
        if (sinceNs < GENERATION_NS) {
            return;
        }
        long[] oldest = older;
        older = younger;
        younger = oldest;
        Arrays.fill(younger, 0);
        if (sinceNs >= 2 * GENERATION_NS) {
            Arrays.fill(older, 0);
        }
        turnedNs = nowNs;
    }

    private void fill(long nowNs) {
        long passedNs = nowNs - filledNs;
        filledNs = nowNs;
        knownNs = Math.min(FULL_NS, knownNs + passedNs);
        unknownNs = Math.min(FULL_NS, unknownNs + passedNs);
    }

    private long hash(Endpoint source) {
        long mixed = (source.low() ^ secret) * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ mixed >>> 31 ^ source.high()) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ mixed >>> 29 ^ source.port() ^ Long.rotateLeft(secret, 32)) * 0x94D0_49BB_1331_11EBL;
        return mixed >>> (Long.SIZE - BITS);
    }
}
