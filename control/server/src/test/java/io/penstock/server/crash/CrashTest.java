package io.penstock.server.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.server.Seeded;
import io.penstock.server.store.StateFolder;
import io.penstock.server.store.Store;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} at any instant loses nothing that was acknowledged. Thirty times, or three hundred with
 * {@code -Dpenstock.test.full}. What a power cut does to the disk is not in this test: that is what {@code synchronous=FULL}
 * is for.
 */
class CrashTest {
    private static final int KILLS = Boolean.getBoolean("penstock.test.full") ? 300 : 30;
    private static final int MAX_LIFE_MS = 800;
    private static final int MACHINES_PER_LIFE = 1_000_000;

    @TempDir
    private Path parent;

    private final long startMs = System.currentTimeMillis();

    @Test
    void losesNothingThatWasAcknowledgedWhenKilled() throws Exception {
        long seed = Long.getLong("penstock.seed", System.nanoTime());
        Random random = new Random(seed);
        Acknowledged acknowledged = new Acknowledged();
        for (int life = 0; life < KILLS; life++) {
            liveAndDie(random, life, acknowledged);
            try (Store store = openStore()) {
                assertEquals(List.of(), acknowledged.check(store), "after life " + life + " of seed " + seed);
            }
        }
        assertTrue(acknowledged.acknowledgements() > 5 * KILLS, acknowledged.acknowledgements() + " lines");
    }

    @Test
    void checkNoticesWhatIsLost() throws Exception {
        Acknowledged acknowledged = new Acknowledged();
        liveAndDie(new Random(1), 0, acknowledged);
        try (Store store = openStore()) {
            acknowledged.check(store);
            store.write(tx -> {
                long domainId = tx.domains().find("home").orElseThrow().id();
                tx.nodes().remove(tx.nodes().list(domainId).getFirst());
                return null;
            });

            List<String> faults = acknowledged.check(store);

            assertEquals(1, faults.size(), faults.toString());
            assertTrue(faults.getFirst().endsWith("is lost"), faults.toString());
        }
    }

    private Store openStore() {
        return Store.open(StateFolder.open(parent.resolve("state")), CrashWriter.clock(startMs), new Seeded(1));
    }

    private void liveAndDie(Random random, int life, Acknowledged acknowledged) throws Exception {
        Path errors = parent.resolve("errors");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-exports",
                        "java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashWriter.class.getName(),
                        parent.resolve("state").toString(),
                        Long.toString(random.nextLong()),
                        Integer.toString(1 + life * MACHINES_PER_LIFE),
                        Long.toString(startMs))
                .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                .start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertEquals("ready", lines.readLine(), () -> "the writer starts: " + read(errors));
            Thread killer = Thread.ofVirtual().start(() -> killAfter(process, 20 + random.nextInt(MAX_LIFE_MS)));
            readWholeLines(lines, acknowledged);
            killer.join();
        } finally {
            process.destroyForcibly();
            assertTrue(process.waitFor(20, TimeUnit.SECONDS), "the writer is dead");
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void killAfter(Process process, int ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        process.toHandle().destroyForcibly(); // SIGKILL, and what the writer had written can still be read
    }

    /** The last line may be cut by the kill; what has no line feed was not acknowledged. */
    private static void readWholeLines(BufferedReader lines, Acknowledged acknowledged) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = lines.read(); c >= 0; c = lines.read()) {
            if (c == '\n') {
                acknowledged.read(line.toString());
                line.setLength(0);
            } else {
                line.append((char) c);
            }
        }
    }
}
