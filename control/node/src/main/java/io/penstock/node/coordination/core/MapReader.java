package io.penstock.node.coordination.core;

import io.penstock.protocol.json.MalformedMessageException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.function.Consumer;

/** Reads one map stream from its beginning. On the thread of the node's coordination. */
public interface MapReader extends AutoCloseable {
    /**
     * Takes all of {@code in}, which holds any part of the stream, and tells what came to its end with it.
     *
     * @throws MalformedMessageException if it is no map stream, or one that breaks the rules: it is finished
     */
    void read(ByteBuffer in, Instant now, Consumer<MapNews> news) throws MalformedMessageException;

    /** Gives back what the reader holds. */
    @Override
    void close();

    /** Makes a reader for each stream. */
    interface Factory {
        MapReader open();
    }
}
