package io.penstock.engine.aead;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.penstock.engine.RecordingLogger;
import io.penstock.ffm.Memory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AeadEnginesTest {
    @Test
    void choosesTheFirstThatWorks() throws EngineUnavailableException {
        List<AeadEngines.Refusal> refused = new ArrayList<>();
        try (AeadEngine engine = AeadEngines.choose(null, refused::add)) {
            assertEquals(Processor.ofThisMachine().preference().get(0), engine.name());
        }
        assertEquals(List.of(), refused);
    }

    @Test
    void givesHelpToTheChosenEngineOnlyWhereTheProcessorHasTheVectors() throws EngineUnavailableException {
        RecordingLogger log = new RecordingLogger();
        try (AeadEngine engine = AeadEngines.choose(null, log);
                AeadEngine another = AeadEngines.another(engine);
                AeadEngine forced = AeadEngines.choose("libcrypto", log)) {
            boolean isHelped = Processor.ofThisMachine() == Processor.X86_AVX512;
            assertEquals(isHelped, engine instanceof HybridEngine);
            assertEquals(isHelped, another instanceof HybridEngine);
            assertEquals(Processor.ofThisMachine().preference().get(0), another.name());
            assertEquals(LibCryptoEngine.class, forced.getClass());
        }
        assertEquals(List.of(), log.complaints());
    }

    @Test
    void givesTheForcedEngine() throws EngineUnavailableException {
        for (String name : AeadEngines.NAMES) {
            try (AeadEngine engine = AeadEngines.choose(name, refusal -> {})) {
                assertEquals(name, engine.name());
            }
        }
    }

    @Test
    void namesWhatThereIsWhenTheForcedEngineIsUnknown() {
        EngineUnavailableException e =
                assertThrows(EngineUnavailableException.class, () -> AeadEngines.choose("aes", refusal -> {}));
        assertEquals(
                "there is no AEAD engine \"aes\"; available: ipsec-mb, boringssl, libcrypto, jce, bouncycastle, vector",
                e.getMessage());
        assertThrows(EngineUnavailableException.class, () -> AeadEngines.open("aes"));
    }

    @Test
    void listsAllInOrder() {
        assertEquals(AeadEngines.NAMES, AeadEngines.available());
    }

    @Test
    void selfTestCatchesEveryKindOfBrokenEngine() throws EngineUnavailableException {
        assertCaught(new Broken() {
            @Override
            public void seal(AeadBatch batch) {} // does nothing
        });
        assertCaught(new Broken() {
            @Override
            public void seal(AeadBatch batch) { // wrong for one length, as by a broken tail
                super.seal(batch);
                for (int i = 0; i < batch.count; i++) {
                    if (batch.length[i] == 1025) {
                        long tag = batch.destination[i] + 1025;
                        Memory.putByte(tag, (byte) ~Memory.getByte(tag));
                    }
                }
            }
        });
        assertCaught(new Broken() {
            @Override
            public void seal(AeadBatch batch) { // one key for the whole batch
                java.util.Arrays.fill(batch.key, 1, batch.count, batch.key[0]);
                super.seal(batch);
            }
        });
        assertCaught(new Broken() {
            @Override
            public long open(AeadBatch batch) { // tags unchecked
                super.open(batch);
                return -1L >>> (64 - batch.count);
            }
        });
        assertCaught(new Broken() {
            @Override
            public long open(AeadBatch batch) { // opens nothing in place
                return batch.source[0] == batch.destination[0] ? 0 : super.open(batch);
            }
        });
        assertCaught(new Broken() {
            @Override
            public void seal(AeadBatch batch) {
                throw new IllegalStateException("out of order");
            }
        });
    }

    private static void assertCaught(AeadEngine engine) {
        try (engine) {
            assertNotNull(SelfTest.failure(engine));
        }
    }

    /** A good engine for subclasses to spoil. */
    private abstract static class Broken implements AeadEngine {
        private final AeadEngine good = AeadEngines.open("libcrypto");

        Broken() throws EngineUnavailableException {}

        @Override
        public String name() {
            return "broken";
        }

        @Override
        public String describe() {
            return "broken";
        }

        @Override
        public void seal(AeadBatch batch) {
            good.seal(batch);
        }

        @Override
        public long open(AeadBatch batch) {
            return good.open(batch);
        }

        @Override
        public void close() {
            good.close();
        }
    }
}
