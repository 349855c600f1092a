package io.penstock.node.daemon;

import io.penstock.node.api.Answer;
import io.penstock.node.api.ApiError;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The answers to one request on their way from the node's thread to the caller's. A caller who does not read them in time gets no more:
 * his connection is ended. Thread-safe.
 */
final class Replies {
    private static final int MAX_WAITING = 256;

    private final BlockingQueue<Supplier<@Nullable Answer>> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
    private final AtomicReference<@Nullable Answer> newest = new AtomicReference<>();
    private volatile boolean isOver;

    void event(Object event) {
        add(Answer.event(event));
    }

    void result(Object result) {
        add(Answer.result(result));
    }

    void error(ApiError.Code code, String text) {
        add(Answer.error(code, text));
    }

    /** An event that takes the place of the last one of its kind, unless the caller has read that: statuses may be long. */
    void newest(Answer event) {
        if (newest.getAndSet(event) == null) {
            offer(() -> newest.getAndSet(null));
        }
    }

    private void add(Answer answer) {
        offer(() -> answer);
    }

    private void offer(Supplier<@Nullable Answer> answer) {
        if (!isOver && !waiting.offer(answer)) {
            isOver = true;
        }
    }

    /** Nobody waits for them any more. */
    void end() {
        isOver = true;
    }

    /** Whether there is nobody who waits for them. */
    boolean isOver() {
        return isOver;
    }

    /** The next one, or null if there is none for so long. */
    @Nullable Answer next(long timeoutMs) throws InterruptedException {
        Supplier<@Nullable Answer> next = waiting.poll(timeoutMs, TimeUnit.MILLISECONDS);
        return next == null ? null : next.get();
    }
}
