package io.penstock.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.HexFormat;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.junit.jupiter.api.Test;

class TunnelKeysTest {
    @Test
    void thePublicKeyBelongsToThePrivateOne() {
        for (int i = 0; i < 20; i++) {
            TunnelKeys keys = TunnelKeys.generate();
            byte[] expected = new byte[32];
            X25519.scalarMultBase(HexFormat.of().parseHex(keys.privateHex()), 0, expected, 0);

            assertEquals(HexFormat.of().formatHex(expected), keys.publicHex());
        }
    }

    @Test
    void doesNotShowThePrivateKey() {
        TunnelKeys keys = TunnelKeys.generate();

        assertFalse(keys.toString().contains(keys.privateHex().substring(0, 8)));
    }
}
