package io.penstock.server;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * Parts of a whole, each of which has to be closed: all of them are, the last first, also if some fail. Used in a
 * try-with-resources while a whole is put together, which keeps them when it is ({@link #keep}). Of one thread at a time.
 */
final class Parts implements AutoCloseable {
    private final Deque<Runnable> ends = new ArrayDeque<>();

    /** Takes a part, which is closed before those that were added until now. */
    <T> T add(T part, Consumer<? super T> end) {
        ends.push(() -> end.accept(part));
        return part;
    }

    /** The parts, for the whole; closing this does nothing from here on. */
    Parts keep() {
        Parts kept = new Parts();
        kept.ends.addAll(ends);
        ends.clear();
        return kept;
    }

    /** Closes what is left; what the first failure was is thrown, and has the others with it. Again does nothing. */
    @Override
    public void close() {
        Runnable last = ends.poll();
        if (last != null) {
            try (Parts _ = this) {
                last.run();
            }
        }
    }
}
