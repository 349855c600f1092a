package io.penstock.relay.core;

/**
 * How often each source may do something: a fixed number of buckets, of which a source has one by its hash. Two sources may
 * share one, and then share its rate; memory does not grow, whatever comes. Thread-safe.
 */
public final class SourceLimiter {
    private final TokenBucket[] buckets;
    private final int mask;
    private final long secret;

    /**
     * @param buckets a power of two
     * @param secret random, so that nobody can choose whose bucket to share
     */
    public SourceLimiter(int buckets, double perSecond, double burst, long secret, long nowNs) {
        if (Integer.bitCount(buckets) != 1) {
            throw new IllegalArgumentException("a power of two, not " + buckets);
        }
        this.buckets = new TokenBucket[buckets];
        for (int i = 0; i < buckets; i++) {
            this.buckets[i] = new TokenBucket(perSecond, burst, nowNs);
        }
        mask = buckets - 1;
        this.secret = secret;
    }

    /**
     * Whether the source may do it once more now.
     *
     * @param address 4 or 16 bytes; of those of IPv6 the first 8 name a source, since a host has the rest
     */
    public boolean tryOnce(byte[] address, long nowNs) {
        long place = 0;
        for (int i = 0; i < Math.min(Long.BYTES, address.length); i++) {
            place = place << Byte.SIZE | (address[i] & 0xff);
        }
        long mixed = (place ^ secret) * 0x9E37_79B9_7F4A_7C15L;
        mixed = (mixed ^ mixed >>> 32) * 0xD6E8_FEB8_6659_FD93L;
        TokenBucket bucket = buckets[(int) (mixed >>> 32) & mask];
        synchronized (bucket) {
            return bucket.tryTake(1, nowNs);
        }
    }
}
