package io.penstock.protocol.ts2021;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.penstock.protocol.Bytes;
import io.penstock.protocol.Seeded;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.key.ChallengeKey;
import io.penstock.protocol.ts2021.EarlyPayloadReader.Outcome;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class EarlyPayloadTest {
    private static final String SETTINGS = "000006040000000000000300000064"; // how HTTP/2 begins

    @Test
    void readsWhatItWritesHoweverItArrives() throws MalformedMessageException {
        Seeded seeded = Seeded.create();
        for (int round = 0; round < 50; round++) {
            ChallengeKey key = ChallengeKey.of(seeded.bytes(32));
            byte[] early = new EarlyPayload(key).encode();
            byte[] stream = Arrays.copyOf(early, early.length + 20);
            ByteBuffer in = ByteBuffer.wrap(stream).limit(0);
            EarlyPayloadReader reader = new EarlyPayloadReader();
            Outcome outcome = new Outcome.NeedsMore();
            while (outcome instanceof Outcome.NeedsMore) {
                in.limit(Math.min(stream.length, in.limit() + seeded.below(30)));
                outcome = reader.consume(in);
            }
            assertEquals(new Outcome.Found(new EarlyPayload(key)), outcome, seeded::toString);
            assertEquals(early.length, in.position(), seeded::toString);
        }
    }

    @Test
    void hasMagicLengthAndJson() {
        String key = "chalpub:" + "ab".repeat(32);
        String json = "{\"nodeKeyChallenge\":\"" + key + "\"}";
        assertEquals(
                "ffffff5453" + String.format("%08x", json.length()) + Bytes.hex(json.getBytes(UTF_8)),
                Bytes.hex(new EarlyPayload(ChallengeKey.parse(key)).encode()));
    }

    @Test
    void givesBackWhatBelongsToHttp2() throws MalformedMessageException {
        byte[] settings = Bytes.hex(SETTINGS);
        for (int first = 1; first <= settings.length; first++) {
            EarlyPayloadReader reader = new EarlyPayloadReader();
            ByteBuffer in = ByteBuffer.wrap(settings, 0, first);
            Outcome.None none = assertInstanceOf(Outcome.None.class, reader.consume(in));
            byte[] all = new byte[none.taken().remaining() + in.remaining()];
            int taken = none.taken().remaining();
            none.taken().get(all, 0, taken);
            in.get(all, taken, in.remaining());
            assertEquals(SETTINGS.substring(0, 2 * first), Bytes.hex(all));
        }
    }

    @Test
    void waitsWhileItCannotTell() throws MalformedMessageException {
        EarlyPayloadReader reader = new EarlyPayloadReader();
        assertInstanceOf(Outcome.NeedsMore.class, reader.consume(ByteBuffer.allocate(0)));
        assertInstanceOf(Outcome.NeedsMore.class, reader.consume(ByteBuffer.wrap(Bytes.hex("ffffff54"))));
        Outcome.None none = assertInstanceOf(Outcome.None.class, reader.consume(ByteBuffer.wrap(Bytes.hex("54"))));
        byte[] taken = new byte[none.taken().remaining()];
        none.taken().get(taken);
        assertEquals("ffffff5454", Bytes.hex(taken));
    }

    @Test
    void refusesTooMuchAndWhatIsNoJson() {
        assertThrows(MalformedMessageException.class, () -> read("ffffff5453" + "00a00001"));
        assertThrows(MalformedMessageException.class, () -> read("ffffff5453" + "ffffffff"));
        assertThrows(MalformedMessageException.class, () -> read("ffffff5453" + "00000000"));
        assertThrows(MalformedMessageException.class, () -> read("ffffff5453" + "00000002" + "7b7b"));
    }

    @Test
    void keepsNoMoreMemoryThanArrived() throws MalformedMessageException {
        // Ten thousand connections that announce 10 MiB each: this would need 100 GB.
        EarlyPayloadReader[] readers = new EarlyPayloadReader[10_000];
        for (int i = 0; i < readers.length; i++) {
            readers[i] = new EarlyPayloadReader();
            assertInstanceOf(
                    Outcome.NeedsMore.class, readers[i].consume(ByteBuffer.wrap(Bytes.hex("ffffff545300a0000020"))));
        }
    }

    @Test
    void ignoresWhatIsNewInIt() throws MalformedMessageException {
        String json = "{\"somethingNew\":[1,{}]}";
        Outcome outcome = read("ffffff5453" + String.format("%08x", json.length()) + Bytes.hex(json.getBytes(UTF_8)));
        assertEquals(new Outcome.Found(new EarlyPayload(null)), outcome);
    }

    private static Outcome read(String hex) throws MalformedMessageException {
        return new EarlyPayloadReader().consume(ByteBuffer.wrap(Bytes.hex(hex)));
    }
}
