package io.penstock.protocol.ts2021;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Bytes;
import io.penstock.protocol.Seeded;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.protocol.ts2021.RecordOpener.Status;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.junit.jupiter.api.Test;

class RecordsTest {
    private static final byte[] K1 = Bytes.hex("97bb1ff1b3c0030ed1e8f7d54ad3728ad885ba618751ae88d5a752c3c5f31027");
    private static final byte[] K2 = Bytes.hex("67e4e0ae881d024a7aef742740ca594e486443a61ac5362959c6b1350e8e5ab0");

    @Test
    void handshakeLeavesTheRecordsOfTheVector() {
        SessionKeys[] keys = new Sides(
                        PrivateKey.of(Bytes.repeated(0x11, 32)),
                        PrivateKey.of(Bytes.repeated(0x22, 32)),
                        new Scripted(0x33),
                        145)
                .shakeHands(new Scripted(0x44));
        RecordSealer client = keys[0].sealer();
        assertEquals("04001514a9f922c148802d01a653ad5bc589a481c5458acc", seal(client, "hello"));
        assertEquals("0400153c89e3a3a5fd9087e1aef36a9762884ffe4b001b80", seal(client, "world"));
        RecordSealer server = keys[1].sealer();
        assertEquals("0400159f21fcc5ff6d62c30f202a451b042053172347c44a", seal(server, "hello"));
        for (int i = 1; i < 256; i++) {
            seal(server, "-");
        }
        assertEquals("0400111f0320a50518ba3a90cf705b38725d565a", seal(server, "x"));
    }

    @Test
    void keysOfTheVectorOpenItsRecords() {
        RecordOpener opener = new RecordOpener(K1.clone());
        assertEquals("hello", open(opener, "04001514a9f922c148802d01a653ad5bc589a481c5458acc"));
        assertEquals("world", open(opener, "0400153c89e3a3a5fd9087e1aef36a9762884ffe4b001b80"));
        assertEquals("x", open(new RecordOpener(K2.clone(), 256), "0400111f0320a50518ba3a90cf705b38725d565a"));
    }

    /** Against a twin written straight from the description over another cipher, cut anywhere, in both directions. */
    @Test
    void agreesWithANaiveTwinHoweverTheStreamIsCut() {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 60; round++) {
            byte[] key = seeded.bytes(32);
            byte[] plaintext = seeded.bytes(seeded.pick(java.util.List.of(1, 100, 4076, 4077, 4078, 8154, 30_000)));
            ByteBuffer sealed = ByteBuffer.allocate((int) RecordSealer.sealedLength(plaintext.length));
            assertTrue(new RecordSealer(key.clone()).seal(ByteBuffer.wrap(plaintext), sealed));
            assertFalse(sealed.hasRemaining(), "the length is as announced");
            assertArrayEquals(naive(key, plaintext), sealed.array(), seeded::toString);

            RecordOpener opener = new RecordOpener(key.clone());
            ByteBuffer in = sealed.flip().limit(0);
            ByteBuffer out = ByteBuffer.allocate(plaintext.length + 4096);
            while (in.limit() < in.capacity()) {
                in.limit(Math.min(in.capacity(), in.limit() + seeded.below(3000)));
                Status status = opener.open(in, out);
                while (status == Status.OPENED) {
                    status = opener.open(in, out);
                }
                assertEquals(Status.NEEDS_MORE, status, seeded::toString);
                assertFalse(in.hasRemaining(), "everything was taken");
            }
            assertArrayEquals(plaintext, Arrays.copyOf(out.array(), out.position()), seeded::toString);
        }
    }

    @Test
    void opensEmptyRecordsAndSealsNone() {
        byte[] key = Bytes.repeated(7, 32);
        ByteBuffer sealed = ByteBuffer.allocate(100);
        new RecordSealer(key.clone()).seal(ByteBuffer.allocate(0), sealed);
        assertEquals(0, sealed.position());
        byte[] record = naiveRecord(key, 0, new byte[0]);
        RecordOpener opener = new RecordOpener(key.clone());
        ByteBuffer out = ByteBuffer.allocate(4096);
        assertEquals(Status.OPENED, opener.open(ByteBuffer.wrap(record), out));
        assertEquals(0, out.position());
    }

    @Test
    void refusesEveryChangedBitAndStaysFailed() {
        byte[] key = Bytes.repeated(9, 32);
        byte[] record = naiveRecord(key, 0, "packet".getBytes(US_ASCII));
        ByteBuffer out = ByteBuffer.allocate(4096);
        for (int bit = 0; bit < 8 * record.length; bit++) {
            byte[] changed = Bytes.flipped(record, bit);
            RecordOpener opener = new RecordOpener(key.clone());
            Status status = opener.open(ByteBuffer.wrap(Arrays.copyOf(changed, 8192)), out.clear());
            assertTrue(status.isFailure(), "bit " + bit + " " + status);
            assertEquals(0, out.position(), "nothing of it is let out");
            assertEquals(status, opener.open(ByteBuffer.wrap(record), out));
        }
    }

    @Test
    void refusesRepeatedAndMissingRecords() {
        byte[] key = Bytes.repeated(9, 32);
        byte[] first = naiveRecord(key, 0, new byte[] {1});
        byte[] second = naiveRecord(key, 1, new byte[] {2});
        RecordOpener repeated = new RecordOpener(key.clone());
        ByteBuffer out = ByteBuffer.allocate(8192);
        assertEquals(Status.OPENED, repeated.open(ByteBuffer.wrap(first), out));
        assertEquals(Status.NOT_AUTHENTIC, repeated.open(ByteBuffer.wrap(first), out));
        assertEquals(Status.NOT_AUTHENTIC, new RecordOpener(key.clone()).open(ByteBuffer.wrap(second), out));
    }

    @Test
    void refusesTypesAndLengthsAtTheHeader() {
        assertEquals(Status.BAD_TYPE, statusOf("020030"));
        assertEquals(Status.BAD_TYPE, statusOf("030005"));
        assertEquals(Status.BAD_LENGTH, statusOf("04000f"));
        assertEquals(Status.BAD_LENGTH, statusOf("040000"));
        assertEquals(Status.BAD_LENGTH, statusOf("040ffe"));
        assertEquals(Status.BAD_LENGTH, statusOf("04ffff"));
        assertEquals(Status.NEEDS_MORE, statusOf("040ffd"));
        assertEquals(Status.NEEDS_MORE, statusOf("040010"));
        assertEquals(Status.NEEDS_MORE, statusOf("04"));
        assertEquals(Status.NEEDS_MORE, statusOf(""));
    }

    @Test
    void neverUsesTheLastCounter() {
        RecordSealer sealer = new RecordSealer(Bytes.repeated(1, 32), -2);
        ByteBuffer out = ByteBuffer.allocate(100);
        assertTrue(sealer.seal(ByteBuffer.wrap(new byte[] {1}), out));
        byte[] record = Arrays.copyOf(out.array(), out.position());
        assertFalse(sealer.seal(ByteBuffer.wrap(new byte[] {1}), out));
        RecordOpener opener = new RecordOpener(Bytes.repeated(1, 32), -2);
        ByteBuffer plain = ByteBuffer.allocate(9000);
        assertEquals(Status.OPENED, opener.open(ByteBuffer.wrap(record), plain));
        assertEquals(Status.EXHAUSTED, opener.open(ByteBuffer.wrap(record), plain));
    }

    @Test
    void wantsRoomBeforeItTakesAnything() {
        RecordOpener opener = new RecordOpener(K1.clone());
        assertThrows(
                IllegalArgumentException.class, () -> opener.open(ByteBuffer.allocate(1), ByteBuffer.allocate(4076)));
        RecordSealer sealer = new RecordSealer(K1.clone());
        assertThrows(
                IllegalArgumentException.class, () -> sealer.seal(ByteBuffer.allocate(1), ByteBuffer.allocate(19)));
    }

    private static Status statusOf(String hex) {
        return new RecordOpener(K1.clone()).open(ByteBuffer.wrap(Bytes.hex(hex)), ByteBuffer.allocate(4096));
    }

    private static String seal(RecordSealer sealer, String text) {
        ByteBuffer out = ByteBuffer.allocate(100);
        assertTrue(sealer.seal(ByteBuffer.wrap(text.getBytes(US_ASCII)), out));
        return Bytes.hex(Arrays.copyOf(out.array(), out.position()));
    }

    private static String open(RecordOpener opener, String hex) {
        ByteBuffer out = ByteBuffer.allocate(4096);
        assertEquals(Status.OPENED, opener.open(ByteBuffer.wrap(Bytes.hex(hex)), out));
        return new String(out.array(), 0, out.position(), US_ASCII);
    }

    private static byte[] naive(byte[] key, byte[] plaintext) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int i = 0; i * 4077 < plaintext.length; i++) {
            int end = Math.min(plaintext.length, (i + 1) * 4077);
            stream.writeBytes(naiveRecord(key, i, Arrays.copyOfRange(plaintext, i * 4077, end)));
        }
        return stream.toByteArray();
    }

    private static byte[] naiveRecord(byte[] key, long counter, byte[] plaintext) {
        ChaCha20Poly1305 cipher = new ChaCha20Poly1305();
        byte[] nonce = ByteBuffer.allocate(12).putLong(4, counter).array();
        cipher.init(true, new ParametersWithIV(new KeyParameter(key), nonce));
        byte[] record = new byte[3 + plaintext.length + 16];
        ByteBuffer.wrap(record).put((byte) 4).putShort((short) (plaintext.length + 16));
        int done = cipher.processBytes(plaintext, 0, plaintext.length, record, 3);
        try {
            cipher.doFinal(record, 3 + done);
        } catch (InvalidCipherTextException e) {
            throw new AssertionError(e);
        }
        return record;
    }
}
