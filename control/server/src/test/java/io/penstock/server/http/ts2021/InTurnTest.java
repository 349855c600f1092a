package io.penstock.server.http.ts2021;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class InTurnTest {
    private final Queue<Runnable> workers = new ArrayDeque<>();
    private final List<String> done = new ArrayList<>();

    @Test
    void oneWorkerDoesAllInOrder() {
        InTurn inTurn = new InTurn(workers::add, 8);
        inTurn.execute(() -> done.add("a"));
        inTurn.execute(() -> inTurn.execute(() -> done.add("c")));
        inTurn.execute(() -> done.add("b"));
        assertEquals(1, workers.size());

        runWorker();
        assertEquals(List.of("a", "b", "c"), done);

        inTurn.execute(() -> done.add("d"));
        runWorker();
        assertEquals(List.of("a", "b", "c", "d"), done);
    }

    @Test
    void refusesWhatIsMoreThanMayWait() {
        InTurn inTurn = new InTurn(workers::add, 2);
        inTurn.execute(() -> done.add("a"));
        inTurn.execute(() -> done.add("b"));
        assertThrows(RejectedExecutionException.class, () -> inTurn.execute(() -> done.add("c")));

        runWorker();
        inTurn.execute(() -> done.add("d"));
        runWorker();
        assertEquals(List.of("a", "b", "d"), done);
    }

    @Test
    void refusalOfTheWorkersLeavesNothingBehind() {
        InTurn inTurn = new InTurn(
                work -> {
                    if (workers.isEmpty()) {
                        workers.add(() -> {});
                        throw new RejectedExecutionException("busy");
                    }
                    workers.add(work);
                },
                2);
        assertThrows(RejectedExecutionException.class, () -> inTurn.execute(() -> done.add("a")));
        inTurn.execute(() -> done.add("b"));
        runWorker();
        runWorker();
        assertEquals(List.of("b"), done);
    }

    private void runWorker() {
        Objects.requireNonNull(workers.poll()).run();
    }
}
