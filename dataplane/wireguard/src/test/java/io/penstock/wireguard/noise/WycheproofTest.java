package io.penstock.wireguard.noise;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.wireguard.Bytes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** All cases of Project Wycheproof for our three primitives. */
class WycheproofTest {
    private final ChaCha20Poly1305 aead = new ChaCha20Poly1305();

    @Test
    void x25519() throws IOException {
        BouncyCastleX25519 x25519 = new BouncyCastleX25519();
        List<String[]> cases = cases("x25519.txt");
        assertEquals(518, cases.size());
        for (String[] fields : cases) {
            byte[] shared = new byte[32];
            boolean contributory = x25519.agree(Bytes.hex(fields[3]), Bytes.hex(fields[2]), shared);
            assertEquals(fields[4], Bytes.hex(shared), "case " + fields[0]);
            assertEquals(!fields[1].contains("ZeroSharedSecret"), contributory, "case " + fields[0]);
        }
    }

    @Test
    void chaCha20Poly1305() throws IOException {
        List<String[]> cases = cases("chacha20-poly1305.txt");
        assertEquals(316, cases.size());
        for (String[] fields : cases) {
            ByteBuffer nonce = ByteBuffer.wrap(bytes(fields[3])).order(ByteOrder.LITTLE_ENDIAN);
            int head = nonce.getInt();
            long tail = nonce.getLong();
            check(
                    fields,
                    (key, plaintext, additional, output) -> aead.seal(key, head, tail, plaintext, additional, output),
                    (key, input, additional, plaintext) -> aead.open(key, head, tail, input, additional, plaintext));
        }
    }

    @Test
    void xChaCha20Poly1305() throws IOException {
        List<String[]> cases = cases("xchacha20-poly1305.txt");
        assertEquals(306, cases.size());
        for (String[] fields : cases) {
            byte[] nonce = bytes(fields[3]);
            check(
                    fields,
                    (key, plaintext, additional, output) ->
                            aead.sealExtended(key, nonce, plaintext, additional, output),
                    (key, input, additional, plaintext) -> aead.openExtended(key, nonce, input, additional, plaintext));
        }
    }

    private interface Sealer {
        void seal(byte[] key, byte[] plaintext, byte[] additional, byte[] sealed);
    }

    private interface Opener {
        boolean open(byte[] key, byte[] sealed, byte[] additional, byte[] plaintext);
    }

    private static void check(String[] fields, Sealer sealer, Opener opener) {
        byte[] key = bytes(fields[2]);
        byte[] additional = bytes(fields[4]);
        byte[] plaintext = bytes(fields[5]);
        byte[] sealed = Bytes.hex(fields[6].replace("-", "") + fields[7]);
        boolean valid = fields[1].equals("valid");
        byte[] opened = new byte[plaintext.length];
        assertEquals(valid, opener.open(key, sealed, additional, opened), "case " + fields[0]);
        if (valid) {
            assertEquals(Bytes.hex(plaintext), Bytes.hex(opened), "case " + fields[0]);
            byte[] ours = new byte[sealed.length];
            sealer.seal(key, plaintext, additional, ours);
            assertEquals(Bytes.hex(sealed), Bytes.hex(ours), "case " + fields[0]);
        }
    }

    private static byte[] bytes(String field) {
        return field.equals("-") ? new byte[0] : Bytes.hex(field);
    }

    private static List<String[]> cases(String file) throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(WycheproofTest.class.getResourceAsStream("/wycheproof/" + file)), US_ASCII))) {
            List<String[]> cases = lines.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split(" ", -1))
                    .toList();
            assertTrue(cases.stream().allMatch(fields -> fields.length >= 5), file);
            return cases;
        }
    }
}
