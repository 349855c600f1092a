package io.penstock.server;

import io.penstock.server.admin.Administration;
import io.penstock.server.admin.PolicyCheck;
import io.penstock.server.api.Api;
import io.penstock.server.http.Doors;
import io.penstock.server.http.HttpListener;
import io.penstock.server.http.ListenSettings;
import io.penstock.server.http.LocalListener;
import io.penstock.server.http.Pages;
import io.penstock.server.http.RelaysDoor;
import io.penstock.server.http.Takeover;
import io.penstock.server.login.GrantWatch;
import io.penstock.server.login.OidcLogin;
import io.penstock.server.login.Providers;
import io.penstock.server.machine.LoginLinks;
import io.penstock.server.machine.Pings;
import io.penstock.server.map.MapSource;
import io.penstock.server.metrics.MetricSource;
import io.penstock.server.metrics.ProcessMetrics;
import io.penstock.server.metrics.StoreMetrics;
import io.penstock.server.model.Token;
import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.registry.PolicySource;
import io.penstock.server.relay.InsideRelay;
import io.penstock.server.store.StateFolder;
import io.penstock.server.store.Store;
import io.penstock.server.store.StoreException;
import io.penstock.wireguard.Entropy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A coordinator that runs: its parts, put together and taken apart in the right order. At the first start there is nothing to
 * configure; {@link #firstLink} is the way in. Thread-safe.
 */
public final class Coordinator implements AutoCloseable {
    /** How often it looks whether a provider is to be asked for somebody. */
    private static final Duration GRANTS_INTERVAL = Duration.ofSeconds(2);

    private final Parts parts;
    private final Store store;
    private final NodeRegistry registry;
    private final Administration administration;
    private final MachineEdge machines;
    private final Pings pings;
    private final Pages pages;
    private final GrantWatch grants;
    private final HttpListener listener;
    private final LocalListener local;
    private final Optional<InsideRelay> relay;
    private final Optional<Token> firstLink;

    private Coordinator(
            Parts parts,
            Store store,
            NodeRegistry registry,
            Administration administration,
            MachineEdge machines,
            Pings pings,
            Pages pages,
            GrantWatch grants,
            HttpListener listener,
            LocalListener local,
            Optional<InsideRelay> relay,
            Optional<Token> firstLink) {
        this.parts = parts;
        this.store = store;
        this.registry = registry;
        this.administration = administration;
        this.machines = machines;
        this.pings = pings;
        this.pages = pages;
        this.grants = grants;
        this.listener = listener;
        this.local = local;
        this.relay = relay;
        this.firstLink = firstLink;
    }

    /**
     * What the coordinator is told from outside.
     *
     * @param joins what policies say about those who join
     * @param check whether a policy may come into force
     * @param maps makes the source of the nodes' maps over the coordinator's store
     * @param pages makes what browsers see
     * @param relay makes the relay inside
     */
    public record Seams(
            PolicySource joins,
            PolicyCheck check,
            Function<Store, MapSource> maps,
            PageMaker pages,
            RelayMaker relay) {}

    /** Makes the relay of a coordinator. */
    public interface RelayMaker {
        /** No relay. */
        RelayMaker NONE = (store, clock, entropy) -> Optional.empty();

        /**
         * The relay, which runs from here on and which the coordinator closes; empty for none. Called before maps are made, so they
         * may tell of it.
         *
         * @throws IOException if it cannot listen
         */
        Optional<InsideRelay> open(Store store, InstantSource clock, Entropy entropy) throws IOException;
    }

    /** Makes the pages of a coordinator, of which they may use all that is given here. */
    public interface PageMaker {
        Pages make(Administration administration, NodeRegistry registry, Store store, OidcLogin login);
    }

    /**
     * Starts a coordinator; it serves from here on.
     *
     * @throws StoreException if its state cannot be used; the message has the remedy
     * @throws IOException if it cannot listen
     */
    public static Coordinator start(CoordinatorSettings settings, Seams seams) throws IOException {
        return start(settings, seams, InstantSource.system(), new SystemEntropy());
    }

    static Coordinator start(CoordinatorSettings settings, Seams seams, InstantSource clock, Entropy entropy)
            throws IOException {
        try (Parts parts = new Parts()) {
            Store store = parts.add(Store.open(StateFolder.open(settings.stateFolder()), clock, entropy), Store::close);
            Providers providers = parts.add(new Providers(clock), Providers::close);
            Parts served = parts.add(new Parts(), Parts::close); // ends after the relay, though made after it
            Optional<InsideRelay> relay =
                    parts.add(seams.relay.open(store, clock, entropy), inside -> inside.ifPresent(InsideRelay::close));
            NodeRegistry registry = new NodeRegistry(store, seams.joins, entropy);
            Administration administration = new Administration(store, seams.check, providers, entropy);
            Optional<Token> firstLink = administration.signIn().firstStart();
            MapSource maps = seams.maps.apply(store);
            Pings pings = new Pings(settings.publicUrl(), maps::ping, entropy);
            LoginLinks links = new LoginLinks(settings.publicUrl());
            MachineEdge machines =
                    served.add(MachineEdge.of(store, registry, maps, pings, links, clock, entropy), MachineEdge::close);
            Api api = new Api(administration, maps::isConnected, pings);
            LocalListener local = served.add(LocalListener.open(localSocket(settings), api), LocalListener::close);
            Maintenance maintenance =
                    served.add(new Maintenance(store, registry, maps::isConnected), Maintenance::close);
            OidcLogin login = new OidcLogin(store, providers, administration, settings.publicUrl(), clock, entropy);
            GrantWatch grants =
                    served.add(new GrantWatch(store, providers, administration.providerGrants()), GrantWatch::close);
            Pages pages = seams.pages.make(administration, registry, store, login);
            Doors doors = new Doors(api, pages, takeovers(relay, machines, maps));
            HttpListener listener = served.add(listen(settings, relay, doors), HttpListener::close);
            served.add(pings, Pings::close); // before the listeners, so that who waits is told
            maintenance.start(settings.maintenanceInterval());
            grants.start(GRANTS_INTERVAL);
            return new Coordinator(
                    parts.keep(),
                    store,
                    registry,
                    administration,
                    machines,
                    pings,
                    pages,
                    grants,
                    listener,
                    local,
                    relay,
                    firstLink);
        }
    }

    private static Path localSocket(CoordinatorSettings settings) {
        return settings.stateFolder().toAbsolutePath().normalize().resolve(LocalListener.SOCKET_FILE);
    }

    private static List<Takeover> takeovers(Optional<InsideRelay> relay, MachineEdge machines, MapSource maps) {
        List<Takeover> takeovers = new ArrayList<>();
        relay.ifPresent(inside -> takeovers.addAll(inside.takeovers()));
        takeovers.add(machines.door());
        takeovers.add(machines.verifyDoor());
        takeovers.add(new RelaysDoor(maps::relays));
        return takeovers;
    }

    private static HttpListener listen(CoordinatorSettings settings, Optional<InsideRelay> relay, Doors doors)
            throws IOException {
        ListenSettings listen =
                settings.listen().alsoCalled(settings.publicUrl().getHost());
        return HttpListener.open(
                relay.flatMap(InsideRelay::sharedKey).map(listen::withRelay).orElse(listen), doors);
    }

    /** The secret by which the first administrator comes in; empty once there is one. Shown here and nowhere else. */
    public Optional<Token> firstLink() {
        return firstLink;
    }

    public Administration administration() {
        return administration;
    }

    public NodeRegistry registry() {
        return registry;
    }

    public Store store() {
        return store;
    }

    public MachineEdge machines() {
        return machines;
    }

    /** The pings that wait for an answer. */
    public Pings pings() {
        return pings;
    }

    public HttpListener listener() {
        return listener;
    }

    /** Where root on this machine is served. */
    public LocalListener local() {
        return local;
    }

    /** The relay inside, if there is one. */
    public Optional<InsideRelay> relay() {
        return relay;
    }

    /** What it tells of itself to a monitoring system; good while it runs. */
    public List<MetricSource> metrics() {
        List<MetricSource> sources = new ArrayList<>(List.of(
                new StoreMetrics(store),
                out -> listener.counters().write(out, "api"),
                out -> local.counters().write(out, "local"),
                out -> out.counter(
                        "penstock_unauthenticated_calls_total",
                        "Calls by nobody that is known.",
                        administration.unauthenticatedCalls()),
                machines.connectionCounters()::write,
                machines.counters()::write,
                machines.mapCounters(),
                pings,
                pages,
                grants,
                new ProcessMetrics()));
        relay.ifPresent(sources::add);
        return sources;
    }

    /**
     * Ends the relay first, whose clients are told, then the listeners, and the store last, so that what was acknowledged is kept and
     * nothing else begins.
     */
    @Override
    public void close() {
        parts.close();
    }
}
