package io.penstock.relay;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.penstock.protocol.key.NodeKey;
import io.penstock.relay.acme.CertificateKeeper;
import io.penstock.relay.acme.CertificateState;
import io.penstock.relay.core.RelayCounters;
import io.penstock.relay.edge.MeshDialer;
import io.penstock.relay.edge.MeshKey;
import io.penstock.relay.edge.MeshPeer;
import io.penstock.relay.edge.RelayListener;
import io.penstock.relay.edge.RelayService;
import io.penstock.relay.stun.StunCounters;
import io.penstock.relay.stun.StunServer;
import io.penstock.relay.tls.CertificateChoice;
import io.penstock.relay.tls.ChallengeCertificates;
import io.penstock.relay.tls.TlsEntrance;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A relay that runs by itself: its listener, its server of STUN and its threads. Thread-safe. */
public final class RelayServer implements AutoCloseable {
    private static final Duration RECONNECT_IN = Duration.ofSeconds(1);
    private static final Duration MESH_RETRY = Duration.ofSeconds(5);
    private static final Duration TRY_FOR = Duration.ofSeconds(30);

    private final EventLoopGroup loops;
    private final RelayService service;
    private final RelayListener listener;
    private final StunServer stun;
    private final @Nullable CertificateKeeper keeper;
    private final @Nullable MeshKey meshKey;
    private final List<MeshDialer> mesh = new CopyOnWriteArrayList<>();
    private final Duration goodbye;

    private RelayServer(
            EventLoopGroup loops,
            RelayService service,
            RelayListener listener,
            StunServer stun,
            @Nullable CertificateKeeper keeper,
            @Nullable MeshKey meshKey,
            Duration goodbye) {
        this.loops = loops;
        this.service = service;
        this.listener = listener;
        this.stun = stun;
        this.keeper = keeper;
        this.meshKey = meshKey;
        this.goodbye = goodbye;
    }

    /**
     * Serves from here on, until {@link #close}.
     *
     * @param entropy thread-safe
     * @throws IOException if an address is taken, or the certificate is of no use
     */
    public static RelayServer start(RelaySettings settings, InstantSource clock, Entropy entropy) throws IOException {
        CertificateChoice choice = new CertificateChoice(settings.identity().publicKey(), clock);
        ChallengeCertificates proofs = new ChallengeCertificates();
        if (settings.tls() instanceof RelaySettings.Tls given) {
            choice.show(given.key(), given.chain());
        }
        TlsEntrance tls = settings.tls() == null ? null : new TlsEntrance(choice, proofs);
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(settings.eventLoops(), NioIoHandler.newFactory());
        RelayService service = new RelayService(
                settings.identity(), settings.limits(), settings.meshKey(), settings.admission(), entropy);
        RelayListener listener = null;
        try {
            listener = RelayListener.open(loops, settings.address(), tls, settings.balancers(), service);
            StunServer stun = StunServer.open(loops, settings.stunAddresses(), settings.stunAlternate(), entropy);
            CertificateKeeper keeper = settings.tls() instanceof RelaySettings.Automatic automatic
                    ? CertificateKeeper.start(automatic.acme(), choice, proofs, clock, entropy)
                    : null;
            RelayServer server =
                    new RelayServer(loops, service, listener, stun, keeper, settings.meshKey(), settings.goodbye());
            for (MeshPeer peer : settings.meshPeers()) {
                server.connect(peer, MESH_RETRY);
            }
            return server;
        } catch (IOException e) {
            close(listener, service, loops);
            throw e;
        }
    }

    private static void close(@Nullable RelayListener listener, RelayService service, EventLoopGroup loops) {
        if (listener != null) {
            listener.close();
        }
        service.close();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Keeps a connection to another relay of the region from here on. */
    void connect(MeshPeer peer, Duration retry) throws IOException {
        if (meshKey == null) {
            throw new IllegalStateException("relays of one region share a key");
        }
        mesh.add(MeshDialer.start(loops, peer, service, meshKey, retry.toMillis()));
    }

    /** Where it listens for clients, with the port that was chosen. */
    public InetSocketAddress address() {
        return listener.address();
    }

    /** Where it answers STUN, with the ports that were chosen. */
    public List<InetSocketAddress> stunAddresses() {
        return stun.addresses();
    }

    public RelayCounters counters() {
        return service.counters();
    }

    /** The keys of the clients that were let in and are here; a copy. */
    public Set<NodeKey> clientKeys() {
        return service.clientKeys();
    }

    /** Ends all connections of a client that may no longer be here, soon. */
    public void expel(NodeKey key) {
        service.expel(key);
    }

    /** How it is with the certificate of an authority; empty if it was given otherwise. */
    public Optional<CertificateState> certificate() {
        return Optional.ofNullable(keeper).map(CertificateKeeper::state);
    }

    public StunCounters stunCounters() {
        return stun.counters();
    }

    /** Takes no more clients, tells those that are there to come back soon, and ends. Again does nothing. */
    @Override
    public void close() {
        if (loops.isShuttingDown()) {
            return;
        }
        if (keeper != null) {
            keeper.close();
        }
        listener.close();
        stun.close();
        mesh.forEach(MeshDialer::close);
        service.announceRestart(RECONNECT_IN, TRY_FOR);
        service.awaitDeparture(goodbye);
        close(null, service, loops);
    }
}
