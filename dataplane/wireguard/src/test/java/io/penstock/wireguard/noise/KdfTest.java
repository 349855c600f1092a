package io.penstock.wireguard.noise;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.penstock.wireguard.Bytes;
import io.penstock.wireguard.Seeded;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.Test;

class KdfTest {
    private final Kdf kdf = new Kdf(new Blake2s());

    @Test
    void hmacOfKnownMessage() {
        byte[] mac = new byte[32];
        kdf.hmac("key".getBytes(US_ASCII), "The quick brown fox".getBytes(US_ASCII), mac);
        assertEquals("8717096fc5e7ac53d11d990acd4380c9ddd7bd8da5d8b5bc29855e6c98a866a4", Bytes.hex(mac));
    }

    @Test
    void agreesWithBouncyCastle() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 500; round++) {
            byte[] key = seeded.bytes(1 + seeded.random().nextInt(64));
            byte[] input = seeded.bytes(seeded.random().nextInt(200));
            byte[] mac = new byte[32];
            kdf.hmac(key, input, mac);
            byte[] expectedMac = new byte[32];
            HMac oracle = new HMac(new Blake2sDigest(256));
            oracle.init(new KeyParameter(key));
            oracle.update(input, 0, input.length);
            oracle.doFinal(expectedMac, 0);
            assertArrayEquals(expectedMac, mac, seeded::toString);

            byte[] expected = new byte[96];
            HKDFBytesGenerator hkdf = new HKDFBytesGenerator(new Blake2sDigest(256));
            hkdf.init(new HKDFParameters(input, key, null));
            hkdf.generateBytes(expected, 0, 96);
            byte[] first = new byte[32];
            byte[] second = new byte[32];
            byte[] third = new byte[32];
            kdf.derive(key, input, first);
            assertArrayEquals(Arrays.copyOf(expected, 32), first, seeded::toString);
            kdf.derive(key, input, first, second);
            assertArrayEquals(Arrays.copyOfRange(expected, 32, 64), second, seeded::toString);
            kdf.derive(key, input, first, second, third);
            assertArrayEquals(Arrays.copyOf(expected, 32), first, seeded::toString);
            assertArrayEquals(Arrays.copyOfRange(expected, 32, 64), second, seeded::toString);
            assertArrayEquals(Arrays.copyOfRange(expected, 64, 96), third, seeded::toString);
        }
    }

    @Test
    void writesOverItsOwnKey() {
        Seeded seeded = Seeded.create();
        byte[] key = seeded.bytes(32);
        byte[] input = seeded.bytes(32);
        byte[] separate = new byte[32];
        byte[] second = new byte[32];
        kdf.derive(key, input, separate, second);
        byte[] secondInPlace = new byte[32];
        kdf.derive(key, input, key, secondInPlace);
        assertArrayEquals(separate, key, seeded::toString);
        assertArrayEquals(second, secondInPlace, seeded::toString);
    }
}
