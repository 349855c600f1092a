package io.penstock.server;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.mapstream.MapFrame;
import io.penstock.protocol.mapstream.PieceCompressor;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.PingRequest;
import io.penstock.server.map.MapSource;
import io.penstock.server.map.MapStream;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.model.Node;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Maps of whatever a test wants to be said. Everybody is known, unless the test says otherwise. */
public final class ScriptedMaps implements MapSource {
    private final Map<MachineKey, Script> open = new HashMap<>(); // guarded by this

    private final Semaphore held = new Semaphore(1);

    /** Every request for a stream, in their order. */
    public final List<MapRequest> requests = new CopyOnWriteArrayList<>();

    /** What {@link #open} answers in place of a stream, if it is not null. */
    public volatile @Nullable Opened answer;

    /** What each stream says first, if it is not null. */
    public volatile @Nullable Supplier<ByteBuffer> greeting;

    public volatile boolean isClosed;

    /** One node's stream. */
    public static final class Script implements MapStream {
        private final Runnable wake;
        private final Queue<ByteBuffer> frames = new ArrayDeque<>(); // guarded by this
        private boolean ended; // guarded by this
        private int polls; // guarded by this
        private boolean closed; // guarded by this

        private Script(Runnable wake) {
            this.wake = wake;
        }

        public void say(ByteBuffer frame) {
            synchronized (this) {
                frames.add(frame);
            }
            wake.run();
        }

        public void end() {
            synchronized (this) {
                ended = true;
            }
            wake.run();
        }

        /** How often a frame was asked for. */
        public synchronized int polls() {
            return polls;
        }

        public synchronized boolean isClosed() {
            return closed;
        }

        @Override
        public synchronized @Nullable ByteBuffer poll() {
            polls++;
            return frames.poll();
        }

        @Override
        public synchronized boolean isEnded() {
            return ended && frames.isEmpty();
        }

        @Override
        public synchronized void close() {
            closed = true;
        }
    }

    @Override
    public Opened open(MachineKey machine, MapRequest request, Runnable wake) {
        requests.add(request);
        held.acquireUninterruptibly();
        held.release();
        Opened other = answer;
        if (other != null) {
            return other;
        }
        Script script = new Script(wake);
        Supplier<ByteBuffer> first = greeting;
        if (first != null) {
            script.frames.add(first.get());
        }
        Script before;
        synchronized (this) {
            before = open.put(machine, script);
        }
        if (before != null) {
            before.end();
        }
        return new Opened.Stream(script);
    }

    /** The stream of a machine, null if it has opened none. */
    public synchronized @Nullable Script of(MachineKey machine) {
        return open.get(machine);
    }

    /** From here on whoever opens a stream waits. */
    public void hold() {
        held.acquireUninterruptibly();
    }

    public void release() {
        held.release();
    }

    /** The stream of the only machine that has opened one. */
    public synchronized Script only() {
        if (open.size() != 1) {
            throw new AssertionError(open.size() + " streams");
        }
        return open.values().iterator().next();
    }

    @Override
    public boolean isConnected(long nodeId) {
        return false;
    }

    @Override
    public DerpMap relays() {
        return new DerpMap(null, Map.of(), true);
    }

    @Override
    public boolean ping(Node node, PingRequest ping) {
        Script script = of(node.machineKey());
        if (script == null || script.isClosed()) {
            return false;
        }
        script.say(frame(MapResponse.builder().pingRequest(ping).build()));
        return true;
    }

    private static ByteBuffer frame(MapResponse message) {
        try (PieceCompressor compressor = new PieceCompressor()) {
            return new MapFrame().fields(message, compressor).finish();
        }
    }

    @Override
    public void write(MetricsText out) {}

    @Override
    public void close() {
        isClosed = true;
    }
}
