package io.penstock.server.map;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdInputStream;
import io.penstock.protocol.json.MalformedMessageException;
import io.penstock.protocol.mapstream.MapFrameDecoder;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.netmap.MapSession;
import io.penstock.server.model.Node;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/** A node that follows its maps, and looks at each frame as the wire has it. Closed by who opened it. */
final class Receiver implements AutoCloseable {
    /** More frames than this in a row, while nothing happens, come of a source that does not know when it is done. */
    private static final int MOST_FRAMES = 50;

    private static final int LENGTH_LENGTH = 4;

    private final Marks foreign;
    private final AtomicBoolean woken = new AtomicBoolean();
    private final MapFrameDecoder decoder = new MapFrameDecoder();
    private final MapSession session = new MapSession();
    private final MapStream stream;
    private boolean saidNothing;

    /** Opens a stream, which the source has to grant. */
    Receiver(MapSource source, Node node, Marks foreign) {
        this.foreign = foreign;
        MapRequest request = MapRequest.builder().version(node.host().capability()).nodeKey(node.nodeKey()).stream(true)
                .keepAlive(true)
                .compress("zstd")
                .build();
        MapSource.Opened opened = source.open(node.machineKey(), request, () -> woken.set(true));
        if (!(opened instanceof MapSource.Opened.Stream(MapStream granted))) {
            throw new AssertionError(opened + " for " + node.name());
        }
        stream = granted;
    }

    /** Reads until there is nothing more. */
    void drain(Instant now) {
        for (int frames = 0; ; frames++) {
            boolean calledFor = woken.getAndSet(false);
            ByteBuffer frame = stream.poll();
            if (frame == null) {
                saidNothing = true;
                return;
            }
            check(!saidNothing || calledFor, "a stream that had nothing to say has news and wakes nobody");
            check(frames < MOST_FRAMES, "a stream does not come to its end");
            saidNothing = false;
            take(frame, now);
        }
    }

    private void take(ByteBuffer frame, Instant now) {
        foreign.checkAbsent(json(frame));
        try {
            MapResponse message =
                    Objects.requireNonNull(decoder.decode(frame.duplicate()), "a frame that is shorter than it says");
            boolean isFirst = session.map() == null;
            check(!isFirst || message.node() != null, "the first map has no node in it");
            MapSession.Outcome outcome = session.apply(message, now);
            check(!(outcome instanceof MapSession.Outcome.Refused), "refused: " + outcome);
        } catch (MalformedMessageException e) {
            throw new AssertionError(e);
        }
    }

    private static String json(ByteBuffer frame) {
        byte[] zstd = new byte[frame.remaining() - LENGTH_LENGTH];
        frame.get(frame.position() + LENGTH_LENGTH, zstd);
        try (ZstdInputStream in = new ZstdInputStream(new ByteArrayInputStream(zstd))) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads to the end, and fails unless the stream is over and said so to whom it had told nothing more. */
    void expectEnd(Instant now) {
        boolean waits = saidNothing;
        boolean calledFor = woken.get();
        drain(now);
        check(stream.isEnded(), "a stream goes on that has to end");
        check(!waits || calledFor, "a stream ends and wakes nobody");
    }

    void expect(View expected) {
        check(!stream.isEnded(), "a stream ended by itself");
        String differences = View.differences(expected, View.of(Objects.requireNonNull(session.map(), "no map yet")));
        check(differences.isEmpty(), differences);
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    @Override
    public void close() {
        stream.close();
        decoder.close();
    }
}
