package io.penstock.server.map;

import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.mapstream.MapFrame;
import io.penstock.protocol.mapstream.PieceCompressor;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.message.MapRequest;
import io.penstock.protocol.message.MapResponse;
import io.penstock.protocol.message.PingRequest;
import io.penstock.server.TestClock;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Node;
import io.penstock.server.store.Store;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Maps without any engine: for whatever happens, each node's whole map once more, if it is another. Right, and as slow as it gets. Its
 * faults are for the tests of tests. For one thread.
 */
class WholeMaps implements MapsUnderTest, MapSource {
    private final Store store;
    private final TestClock clock;
    private final Presence presence;
    private final Map<Long, NaiveElection> elections = new HashMap<>();
    private final Map<Long, NaiveDomain> domains = new HashMap<>();
    private final Map<Long, Stream> streams = new HashMap<>();
    private final PieceCompressor compressor = new PieceCompressor();

    WholeMaps(Store store, TestClock clock, Presence presence) {
        this.store = store;
        this.clock = clock;
        this.presence = presence;
    }

    NaiveElection newElection() {
        return new NaiveElection();
    }

    /** The message that says {@code whole} to who was told {@code before}. */
    MapResponse message(@Nullable MapResponse before, MapResponse whole) {
        if (before == null || !whole.peers().isEmpty()) {
            return whole;
        }
        List<Long> gone = before.peers().stream().map(peer -> peer.id()).toList(); // an empty list is no list
        return whole.toBuilder().peersRemoved(gone).build();
    }

    void wake(Runnable stream) {
        stream.run();
    }

    boolean endsWhoIsOut() {
        return true;
    }

    boolean endsReplaced() {
        return true;
    }

    final class Stream implements MapStream {
        private final long domainId;
        private final long nodeId;
        private final Runnable wake;
        private @Nullable MapResponse told;
        private boolean ended;

        private Stream(Node node, Runnable wake) {
            domainId = node.domainId();
            nodeId = node.id();
            this.wake = wake;
        }

        @Override
        public @Nullable ByteBuffer poll() {
            MapResponse whole = ended ? null : current();
            if (whole == null || whole.equals(told)) {
                return null;
            }
            MapResponse message = message(told, whole);
            told = whole;
            return MapFrame.of(message, compressor);
        }

        private @Nullable MapResponse current() {
            NaiveDomain domain = Objects.requireNonNull(domains.get(domainId));
            return domain.has(nodeId) ? domain.mapOf(nodeId) : null;
        }

        private void look() {
            MapResponse whole = current();
            if (whole == null && endsWhoIsOut()) {
                end();
            } else if (whole != null && !whole.equals(told)) {
                wake(wake);
            }
        }

        private void end() {
            if (!ended) {
                ended = true;
                wake(wake);
            }
        }

        @Override
        public boolean isEnded() {
            return ended;
        }

        @Override
        public void close() {
            ended = true;
            if (streams.remove(nodeId, this)) {
                presence.ended(nodeId, clock.instant());
            }
        }
    }

    @Override
    public MapSource source() {
        return this;
    }

    @Override
    public Opened open(MachineKey machine, MapRequest request, Runnable wake) {
        Optional<Node> found = store.read(tx -> tx.nodes().find(request.nodeKey()))
                .filter(node -> node.machineKey().equals(machine));
        if (found.isEmpty()) {
            return new Opened.UnknownNode();
        }
        Stream stream = new Stream(found.get(), wake);
        Stream before = streams.put(stream.nodeId, stream);
        if (before != null && endsReplaced()) {
            before.end();
        }
        presence.began(stream.nodeId);
        return new Opened.Stream(stream);
    }

    @Override
    public DerpMap relays() {
        return new DerpMap(null, Map.of(), true);
    }

    @Override
    public boolean ping(Node node, PingRequest ping) {
        throw new UnsupportedOperationException("a twin of the maps only");
    }

    @Override
    public boolean isConnected(long nodeId) {
        return presence.isOnline(nodeId, clock.instant());
    }

    @Override
    public void write(MetricsText out) {}

    @Override
    public void settle() {
        List<Long> ids =
                store.read(tx -> tx.domains().list().stream().map(Domain::id).toList());
        for (long id : ids) {
            NaiveElection election = elections.computeIfAbsent(id, first -> newElection());
            domains.put(id, store.read(tx -> NaiveDomain.read(tx, id, election, this::isConnected)));
        }
        for (Stream stream : new ArrayList<>(streams.values())) {
            stream.look();
        }
    }

    @Override
    public void close() {
        compressor.close();
    }
}
