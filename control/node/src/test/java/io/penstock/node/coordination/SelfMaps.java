package io.penstock.node.coordination;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.mapstream.MapFrame;
import io.penstock.protocol.mapstream.PieceCompressor;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.message.PingRequest;
import io.penstock.server.map.MapSource;
import io.penstock.server.map.MapStream;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.store.Store;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Maps with nothing in them but the node itself, and behind them what a test says. Thread-safe. */
final class SelfMaps implements MapSource {
    private final Store store;
    private final Map<Long, Script> open = new HashMap<>(); // by node, guarded by this

    SelfMaps(Store store) {
        this.store = store;
    }

    @Override
    public Opened open(MachineKey machine, MapRequest request, Runnable wake) {
        Optional<io.penstock.server.model.Node> found = store.read(
                        tx -> tx.nodes().find(request.nodeKey()))
                .filter(node -> node.machineKey().equals(machine));
        if (found.isEmpty()) {
            return new Opened.UnknownNode();
        }
        Node self = Node.builder()
                .id(found.get().id())
                .name(found.get().name() + ".home.example.")
                .key(request.nodeKey())
                .machineAuthorized(true)
                .build();
        Script script = new Script(wake);
        script.say(MapResponse.builder().node(self).domain("home.example").build());
        synchronized (this) {
            Script before = open.put(found.get().id(), script);
            if (before != null) {
                before.end();
            }
        }
        return new Opened.Stream(script);
    }

    @Override
    public DerpMap relays() {
        return new DerpMap(null, Map.of(), true);
    }

    @Override
    public boolean ping(io.penstock.server.model.Node node, PingRequest ping) {
        Script script;
        synchronized (this) {
            script = open.get(node.id());
        }
        if (script != null) {
            script.say(MapResponse.builder().pingRequest(ping).build());
        }
        return script != null;
    }

    /** The only stream there is. */
    synchronized Script only() {
        if (open.size() != 1) {
            throw new AssertionError(open.size() + " streams");
        }
        return open.values().iterator().next();
    }

    @Override
    public boolean isConnected(long nodeId) {
        return true;
    }

    @Override
    public void write(MetricsText out) {}

    @Override
    public void close() {}

    static final class Script implements MapStream {
        private final Runnable wake;
        private final Queue<ByteBuffer> frames = new ArrayDeque<>(); // guarded by this
        private boolean ended; // guarded by this

        Script(Runnable wake) {
            this.wake = wake;
        }

        void say(MapResponse message) {
            try (PieceCompressor compressor = new PieceCompressor()) {
                say(MapFrame.of(message, compressor));
            }
        }

        void say(ByteBuffer frame) {
            synchronized (this) {
                frames.add(frame);
            }
            wake.run();
        }

        void end() {
            synchronized (this) {
                ended = true;
            }
            wake.run();
        }

        @Override
        public synchronized @Nullable ByteBuffer poll() {
            return frames.poll();
        }

        @Override
        public synchronized boolean isEnded() {
            return ended && frames.isEmpty();
        }

        @Override
        public void close() {
            end();
        }
    }
}
