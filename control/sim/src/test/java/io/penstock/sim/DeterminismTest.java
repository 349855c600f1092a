package io.penstock.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** A seed says everything: the same events in the same order, also in another process. */
class DeterminismTest {
    private static final long FIRST = 100;
    private static final long END = 106;

    @Test
    void otherProcessSeesTheSame() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-exports",
                        "java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "--seeds",
                        FIRST + ".." + END,
                        "--digest")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> here = LongStream.range(FIRST, END)
                .mapToObj(seed -> Main.digestLine(Simulation.run(seed)))
                .toList();
        String there = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        assertEquals(here, there.lines().toList());
    }

    @Test
    void otherSeedIsAnotherRun() {
        assertNotEquals(Simulation.run(1).digest(), Simulation.run(2).digest());
    }
}
