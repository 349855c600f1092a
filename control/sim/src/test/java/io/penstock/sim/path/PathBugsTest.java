package io.penstock.sim.path;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.sim.PatchedClasses;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The checkers of paths find what they are for: each planted bug within 200 seeds, and nothing in the sources as they are. */
class PathBugsTest {
    private static final int SEEDS = 200;
    private static final int THREADS = 2;
    private static final long TIMEOUT_SECONDS = 240;
    private static final String VIOLATION = "io.penstock.sim.Violation: ";

    private record Found(long seed, String failure) {}

    @TestFactory
    Stream<DynamicTest> everyBugIsFound() {
        ExecutorService pool = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "planted");
            thread.setDaemon(true); // a bug may be that something never ends
            return thread;
        });
        List<DynamicTest> tests = new ArrayList<>();
        for (PathBug bug : PathBug.ALL) {
            Future<@Nullable Found> running = pool.submit(() -> find(bug.file(), bug.text(), bug.bug(), SEEDS));
            tests.add(DynamicTest.dynamicTest(
                    bug.name(), () -> check(bug, running.get(TIMEOUT_SECONDS, TimeUnit.SECONDS))));
        }
        pool.shutdown();
        return tests.stream();
    }

    private static void check(PathBug bug, @Nullable Found found) {
        assertNotNull(found, () -> "not found in " + SEEDS + " seeds");
        assertTrue(
                bug.checkers().stream().anyMatch(checker -> found.failure.startsWith(VIOLATION + checker + ": ")),
                () -> "seed " + found.seed + ", but: " + found.failure);
        System.out.printf("%-70s seed %3d  %s%n", bug.name(), found.seed, found.failure.substring(VIOLATION.length()));
    }

    @Test
    void nothingIsFoundWhereNothingIsPlanted() throws Exception {
        String text = "final class PeerPath {";
        assertNull(find("PeerPath", text, text, 20));
    }

    /** The first seed that fails, or null. */
    private static @Nullable Found find(String file, String text, String bug, int seeds) throws Exception {
        ClassLoader patched = PatchedClasses.of("node.path.core." + file, text, bug);
        Class<?> simulation = Class.forName("io.penstock.sim.path.PathSimulation", true, patched);
        assertTrue(simulation != PathSimulation.class, "loaded beside ours");
        Method failureOf = simulation.getDeclaredMethod("failureOf", long.class);
        failureOf.setAccessible(true);
        for (long seed = 0; seed < seeds; seed++) {
            String failure = (String) failureOf.invoke(null, seed);
            if (failure != null) {
                return new Found(seed, failure);
            }
        }
        return null;
    }
}
