package io.penstock.lab.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.TimestampStore;
import io.penstock.wireguard.PublicKey;
import io.penstock.wireguard.noise.Tai64n;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    @Test
    void namesTheNoteAsTheEngineDoes(@TempDir Path directory) throws IOException {
        TunnelKeys keys = TunnelKeys.generate();
        new TimestampStore(directory)
                .reserve(PublicKey.of(HexFormat.of().parseHex(keys.publicHex())), Tai64n.ofUnix(1, 0));

        assertTrue(Files.exists(directory.resolve(keys.noteName())));
    }
}
