package io.penstock.server.saml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SpKeyTest {
    @Test
    void certificateHoldsTheKeyAndSignsItself() throws Exception {
        SpKey key = SpKey.create(Instant.parse("2026-11-26T12:00:00Z"));

        key.certificate().verify(key.certificate().getPublicKey());
        assertEquals("SHA256withRSA", key.certificate().getSigAlgName());
        assertEquals("CN=penstock", key.certificate().getSubjectX500Principal().getName());
        assertEquals(
                3072,
                ((RSAPublicKey) key.certificate().getPublicKey()).getModulus().bitLength());
        assertEquals(
                Instant.parse("2026-11-26T11:00:00Z"),
                key.certificate().getNotBefore().toInstant());
    }

    @Test
    void isKeptAsText() {
        SpKey key = SpKey.create(Instant.parse("2026-11-26T12:00:00Z"));
        SpKey read = SpKey.parse(key.secret());

        assertEquals(key.key(), read.key());
        assertEquals(key.certificate(), read.certificate());
        assertEquals("SpKey", key.toString());
    }
}
