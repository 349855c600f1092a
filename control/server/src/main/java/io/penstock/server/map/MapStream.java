package io.penstock.server.map;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The maps of one node, from the first whole one on. A frame is made when it is asked for, of all that has changed by then, so a
 * slow receiver costs no queue: it gets less often what is newest. Polled by one thread at a time.
 */
public interface MapStream extends AutoCloseable {
    /**
     * The next frame of the stream, length and all, to be sent as it is and not written to (its bytes may be shared); null if there is nothing to say
     * at the moment, and then the stream's {@code wake} is called once there is.
     */
    @Nullable ByteBuffer poll();

    /** Whether nothing will come any more: a one-shot map was given, another stream took this one's place, or the node is gone. */
    boolean isEnded();

    /** Ends it, from any thread and any number of times. */
    @Override
    void close();
}
