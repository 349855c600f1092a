package io.penstock.server.admin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Seeded;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TotpTest {
    private static final byte[] SEED = "12345678901234567890".getBytes(StandardCharsets.US_ASCII);

    /** RFC 6238 appendix B, the rows of SHA-1. */
    @ParameterizedTest
    @CsvSource({
        "59, 94287082",
        "1111111109, 07081804",
        "1111111111, 14050471",
        "1234567890, 89005924",
        "2000000000, 69279037",
        "20000000000, 65353130"
    })
    void givesTheCodesOfTheStandard(long seconds, String code) {
        assertEquals(code, Totp.code(SEED, seconds / 30, 8));
    }

    @Test
    void takesThePresentStepAndItsNeighbours() {
        Instant now = Instant.ofEpochSecond(1_000_000_000L);
        long step = now.getEpochSecond() / 30;
        for (int offset = -1; offset <= 1; offset++) {
            assertEquals(
                    OptionalLong.of(step + offset), Totp.matchingStep(SEED, Totp.code(SEED, step + offset, 6), now));
        }
        assertEquals(OptionalLong.empty(), Totp.matchingStep(SEED, Totp.code(SEED, step + 2, 6), now));
        assertEquals(OptionalLong.empty(), Totp.matchingStep(SEED, Totp.code(SEED, step - 2, 6), now));
        assertEquals(OptionalLong.empty(), Totp.matchingStep(SEED, "", now));
    }

    /** RFC 4648 section 10 has no vector of twenty bytes; this is the common form of the seed above. */
    @Test
    void writesSeedsAsAppsReadThem() {
        assertEquals("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Totp.toBase32(SEED));
        byte[] seed = new byte[Totp.SEED_LENGTH];
        Seeded random = new Seeded(1);
        for (int i = 0; i < 1000; i++) {
            random.fill(seed);
            assertArrayEquals(seed, Totp.parseBase32(Totp.toBase32(seed)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "GEZDGNBVGY3TQOJQ", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1"})
    void refusesWhatIsNoSeed(String text) {
        assertThrows(IllegalArgumentException.class, () -> Totp.parseBase32(text));
    }

    @Test
    void passwordMatchesItsHashOnly() {
        String hash = PasswordHash.of("correct horse battery", new Seeded(1));
        assertTrue(hash.startsWith("$argon2id$v=19$m=19456,t=2,p=1$"), hash);
        assertTrue(PasswordHash.matches("correct horse battery", hash));
        assertFalse(PasswordHash.matches("correct horse batter", hash));
        assertFalse(PasswordHash.matches("x".repeat(1000), hash));
        assertFalse(hash.equals(PasswordHash.of("correct horse battery", new Seeded(2))), "each has its own salt");
        assertThrows(IllegalArgumentException.class, () -> PasswordHash.of("short", new Seeded(1)));
        assertThrows(IllegalArgumentException.class, () -> PasswordHash.matches("x", "plain"));
    }
}
