package io.penstock.engine.uapi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Mutated control scripts: whatever is sent, the session replies as the protocol has it or closes. */
class UapiFuzzTest {
    private static final int SCRIPTS = 100_000;
    private static final int SCRIPTS_PER_DEVICE = 500;

    @Test
    void answersMutatedScriptsOrCloses() {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        TestInterface wg = new TestInterface(seed);
        for (int i = 0; i < SCRIPTS; i++) {
            if (i % SCRIPTS_PER_DEVICE == 0) {
                wg = new TestInterface(seed + i);
                if (random.nextBoolean()) {
                    wg.device.up(wg.nowNs);
                }
            }
            String script = ControlScripts.next(random);
            SessionDriver driver = new SessionDriver(wg);
            try {
                sendInPieces(driver, script.getBytes(ISO_8859_1), random);
                driver.end();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("-Dpenstock.seed=" + seed + ", script " + i + ": " + script, e);
            }
            String replies = driver.replies();
            assertTrue(
                    ControlScripts.REPLIES.matcher(replies).matches(),
                    () -> "-Dpenstock.seed=" + seed + ": " + script + "\ngot: " + replies);
            wg.actions.clear();
            wg.nowNs += random.nextInt(1_000_000_000);
        }
    }

    private static void sendInPieces(SessionDriver driver, byte[] bytes, Random random) {
        int at = 0;
        while (at < bytes.length && driver.isOpen()) {
            int length = Math.min(bytes.length - at, 1 + random.nextInt(200));
            driver.send(bytes, at, length);
            at += length;
        }
    }
}
