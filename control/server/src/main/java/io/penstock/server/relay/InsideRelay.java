package io.penstock.server.relay;

import io.penstock.protocol.key.NodeKey;
import io.penstock.relay.RelayServer;
import io.penstock.relay.RelaySettings;
import io.penstock.relay.core.RelayCounters;
import io.penstock.relay.edge.RelayDoor;
import io.penstock.relay.edge.RelayService;
import io.penstock.relay.stun.StunCounters;
import io.penstock.relay.stun.StunServer;
import io.penstock.server.http.RelayTakeover;
import io.penstock.server.http.Takeover;
import io.penstock.server.http.TlsIdentity;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.metrics.MetricsText;
import io.penstock.server.relay.InsideRelaySettings.Door;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.PublicKey;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The relay inside a coordinator, with STUN beside it: behind the coordinator's listener, or at a port of its own where that has
 * no TLS. Thread-safe.
 */
public final class InsideRelay implements MetricSource, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(InsideRelay.class.getName());
    private static final Duration RECONNECT_IN = Duration.ofSeconds(1);
    private static final Duration TRY_FOR = Duration.ofSeconds(30);
    private static final int MAX_EVENT_LOOPS = 8;

    private final InsideRelaySettings settings;
    private final Running running;
    private final StunServer stun;
    private final Optional<String> stunFault;
    private final Expulsion expulsion;

    private InsideRelay(InsideRelaySettings settings, Running running, Stun stun, Expulsion expulsion) {
        this.settings = settings;
        this.running = running;
        this.stun = stun.server;
        stunFault = stun.fault;
        this.expulsion = expulsion;
    }

    /** STUN as it could be opened. */
    private record Stun(StunServer server, Optional<String> fault) {}

    /** One of the two ways to run. */
    private sealed interface Running extends AutoCloseable {
        Set<NodeKey> clientKeys();

        void expel(NodeKey key);

        @Override
        void close();

        record Shared(RelayService service) implements Running {
            @Override
            public Set<NodeKey> clientKeys() {
                return service.clientKeys();
            }

            @Override
            public void expel(NodeKey key) {
                service.expel(key);
            }

            @Override
            public void close() {
                service.announceRestart(RECONNECT_IN, TRY_FOR);
                service.awaitDeparture(RelaySettings.DEFAULT_GOODBYE);
                service.close();
            }
        }

        record OwnPort(RelayServer server) implements Running {
            @Override
            public Set<NodeKey> clientKeys() {
                return server.clientKeys();
            }

            @Override
            public void expel(NodeKey key) {
                server.expel(key);
            }

            @Override
            public void close() {
                server.close();
            }
        }
    }

    /**
     * Answers STUN from here on, and relays; behind the coordinator's listener as soon as that has {@link #takeovers}.
     *
     * @param admission who may come in, and stay: whoever loses that is closed. Its store is closed later than this
     * @param entropy thread-safe
     * @throws IOException if an address is taken, unless it is one of STUN that may be; then nothing runs
     */
    public static InsideRelay open(
            InsideRelaySettings settings, NodeAdmission admission, InstantSource clock, Entropy entropy)
            throws IOException {
        return open(settings, admission, Expulsion.INTERVAL, clock, entropy);
    }

    /** The same, with the time after which a client whose key has expired is closed. */
    static InsideRelay open(
            InsideRelaySettings settings,
            NodeAdmission admission,
            Duration expelAfter,
            InstantSource clock,
            Entropy entropy)
            throws IOException {
        Stun stun = stun(settings, entropy);
        try {
            Running running = run(settings, admission, clock, entropy);
            try {
                return new InsideRelay(
                        settings,
                        running,
                        stun,
                        Expulsion.start(admission, running::clientKeys, running::expel, expelAfter));
            } catch (RuntimeException e) {
                running.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            stun.server.close();
            throw e;
        }
    }

    private static Stun stun(InsideRelaySettings settings, Entropy entropy) throws IOException {
        try {
            return new Stun(StunServer.open(settings.stun(), entropy), Optional.empty());
        } catch (IOException e) {
            if (!settings.isStunOptional()) {
                throw e;
            }
            LOG.log(Level.WARNING, "no STUN: {0}", e.getMessage());
            return new Stun(StunServer.open(List.of(), entropy), Optional.of(String.valueOf(e.getMessage())));
        }
    }

    private static Running run(
            InsideRelaySettings settings, NodeAdmission admission, InstantSource clock, Entropy entropy)
            throws IOException {
        return switch (settings.door()) {
            case Door.Shared shared ->
                new Running.Shared(new RelayService(settings.identity(), settings.limits(), null, admission, entropy));
            case Door.OwnPort own ->
                new Running.OwnPort(RelayServer.start(server(own, settings, admission), clock, entropy));
        };
    }

    private static RelaySettings server(Door.OwnPort own, InsideRelaySettings settings, NodeAdmission admission) {
        TlsIdentity tls = own.tls();
        return new RelaySettings(
                own.address(),
                List.of(), // STUN is beside it, whichever the door
                new RelaySettings.Tls(tls.key(), tls.chain()),
                Set.of(),
                settings.identity(),
                admission,
                null,
                List.of(),
                settings.limits(),
                RelaySettings.DEFAULT_GOODBYE,
                Math.max(2, Math.min(MAX_EVENT_LOOPS, Runtime.getRuntime().availableProcessors())));
    }

    /** What the coordinator's listener has to pass on. */
    public List<Takeover> takeovers() {
        return switch (running) {
            case Running.Shared shared -> List.of(new RelayTakeover(new RelayDoor(shared.service, false)));
            case Running.OwnPort own -> List.of();
        };
    }

    /** The relay's key, if its clients come in by the coordinator's listener. */
    public Optional<PublicKey> sharedKey() {
        return running instanceof Running.Shared
                ? Optional.of(settings.identity().publicKey())
                : Optional.empty();
    }

    /** Where it listens, if at a port of its own, with the port that was chosen. */
    public Optional<InetSocketAddress> ownAddress() {
        return running instanceof Running.OwnPort own ? Optional.of(own.server.address()) : Optional.empty();
    }

    /** Where it answers STUN, with the ports that were chosen. */
    public List<InetSocketAddress> stunAddresses() {
        return stun.addresses();
    }

    /** Why STUN is not answered though it should be; empty if it is, or should not. */
    public Optional<String> stunFault() {
        return stunFault;
    }

    /** How nodes find it. */
    public OwnRegion region() {
        int stunPort = stunAddresses().stream()
                .map(InetSocketAddress::getPort)
                .findFirst()
                .orElse(OwnRegion.NO_STUN);
        return switch (settings.door()) {
            case Door.Shared shared ->
                new OwnRegion(shared.host(), shared.port(), stunPort, Optional.ofNullable(shared.pinned()));
            case Door.OwnPort own ->
                new OwnRegion(
                        own.host(),
                        ownAddress().orElseThrow().getPort(),
                        stunPort,
                        own.isPinned() ? Optional.of(own.tls()) : Optional.empty());
        };
    }

    public RelayCounters counters() {
        return switch (running) {
            case Running.Shared shared -> shared.service.counters();
            case Running.OwnPort own -> own.server.counters();
        };
    }

    public StunCounters stunCounters() {
        return stun.counters();
    }

    @Override
    public void write(MetricsText out) {
        RelayMetrics.write(counters().snapshot(), out);
        RelayMetrics.write(stunCounters(), out);
        stun(out, "open", stun.addresses().size());
        stun(out, "taken", stunFault.isPresent() ? settings.stun().size() : 0);
    }

    private static void stun(MetricsText out, String state, int count) {
        out.gauge(
                "penstock_stun_addresses",
                "Addresses at which STUN is answered, or would be if nobody else had them.",
                (long) count,
                "state",
                state);
    }

    /**
     * Tells the clients to come back soon, gives them a moment to take what waits for them, and ends. To be closed before the
     * coordinator's listener, on whose threads their connections are.
     */
    @Override
    public void close() {
        expulsion.close();
        stun.close();
        running.close();
    }
}
