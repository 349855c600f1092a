package io.penstock.wireguard.noise;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.Seeded;
import org.agrona.concurrent.UnsafeBuffer;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.junit.jupiter.api.Test;

class Blake2sTest {
    private final Blake2s blake2s = new Blake2s();

    @Test
    void hashesKnownMessages() {
        assertEquals("69217a3079908094e11121d042354a7c1f55b6482ca1a51e1b250dfd1ed0eef9", hash(""));
        assertEquals("508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982", hash("abc"));
    }

    @Test
    void keyedShortDigestIsNoTruncation() {
        byte[] mac = new byte[16];
        blake2s.start(16, counting(32)).update("hello".getBytes(US_ASCII)).finish(mac, 0);
        assertEquals("1f946dc212a39570bc06fd378517a91e", Bytes.hex(mac));
    }

    /** The self-test of RFC 7693, appendix E: many lengths of input, key and digest, hashed together. */
    @Test
    void passesSelfTestOfTheRfc() {
        Blake2s all = new Blake2s().start(32);
        for (int digestLength : new int[] {16, 20, 28, 32}) {
            for (int length : new int[] {0, 3, 64, 65, 255, 1024}) {
                byte[] input = sequence(length, length);
                byte[] digest = new byte[digestLength];
                blake2s.start(digestLength).update(input).finish(digest, 0);
                all.update(digest);
                blake2s.start(digestLength, sequence(digestLength, digestLength))
                        .update(input)
                        .finish(digest, 0);
                all.update(digest);
            }
        }
        byte[] digest = new byte[32];
        all.finish(digest, 0);
        assertEquals("6a411f08ce25adcdfb02aba641451cec53c598b24f4fc787fbdc88797f4c1dfe", Bytes.hex(digest));
    }

    @Test
    void agreesWithBouncyCastleHoweverTheInputIsCut() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 3000; round++) {
            int digestLength = 1 + seeded.random().nextInt(32);
            byte[] key = seeded.bytes(seeded.random().nextInt(33));
            byte[] input = seeded.bytes(seeded.random().nextInt(400));
            byte[] ours = new byte[digestLength];
            updateInParts(
                    key.length == 0 ? blake2s.start(digestLength) : blake2s.start(digestLength, key), input, seeded);
            blake2s.finish(ours, 0);

            byte[] theirs = new byte[digestLength];
            Blake2sDigest oracle = new Blake2sDigest(key.length == 0 ? null : key, digestLength, null, null);
            oracle.update(input, 0, input.length);
            oracle.doFinal(theirs, 0);
            assertEquals(Bytes.hex(theirs), Bytes.hex(ours), seeded::toString);
        }
    }

    @Test
    void refusesImpossibleLengths() {
        assertThrows(IllegalArgumentException.class, () -> blake2s.start(0));
        assertThrows(IllegalArgumentException.class, () -> blake2s.start(33));
        assertThrows(IllegalArgumentException.class, () -> blake2s.start(32, new byte[33]));
        assertThrows(IllegalArgumentException.class, () -> blake2s.start(32, new byte[0]));
    }

    private static void updateInParts(Blake2s hash, byte[] input, Seeded seeded) {
        int done = 0;
        while (done < input.length) {
            int part = 1 + seeded.random().nextInt(input.length - done);
            switch (seeded.random().nextInt(3)) {
                case 0 -> hash.update(input, done, part);
                case 1 -> hash.update(new UnsafeBuffer(input), done, part);
                default -> {
                    part = 1;
                    hash.update(input[done]);
                }
            }
            done += part;
        }
    }

    private String hash(String text) {
        byte[] digest = new byte[32];
        blake2s.start(32).update(text.getBytes(US_ASCII)).finish(digest, 0);
        return Bytes.hex(digest);
    }

    private static byte[] counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    /** The RFC's deterministic sequence. */
    private static byte[] sequence(int length, int seed) {
        byte[] bytes = new byte[length];
        int a = 0xDEAD4BAD * seed;
        int b = 1;
        for (int i = 0; i < length; i++) {
            int t = a + b;
            a = b;
            b = t;
            bytes[i] = (byte) (t >>> 24);
        }
        return bytes;
    }
}
