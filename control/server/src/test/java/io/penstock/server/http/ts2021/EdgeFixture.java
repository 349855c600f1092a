package io.penstock.server.http.ts2021;

import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.penstock.protocol.key.MachineKey;
import io.penstock.protocol.key.PrivateKey;
import io.penstock.server.Samples;
import io.penstock.server.ScriptedMaps;
import io.penstock.server.Seeded;
import io.penstock.server.TestClock;
import io.penstock.server.admin.Administration;
import io.penstock.server.api.Api;
import io.penstock.server.http.Doors;
import io.penstock.server.http.HttpListener;
import io.penstock.server.http.ListenSettings;
import io.penstock.server.http.Pages;
import io.penstock.server.http.TlsIdentity;
import io.penstock.server.login.OidcLogin;
import io.penstock.server.login.Providers;
import io.penstock.server.machine.JoinDecisions;
import io.penstock.server.machine.LoginLinks;
import io.penstock.server.machine.MachineCounters;
import io.penstock.server.machine.Pings;
import io.penstock.server.machine.Registrations;
import io.penstock.server.machine.Reports;
import io.penstock.server.map.MapSource;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Node;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.registry.NodeRegistry;
import io.penstock.server.registry.PolicySource;
import io.penstock.server.store.Store;
import io.penstock.server.web.WebPages;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A listener with the door for machines and the pages, over a store with one domain and one user, and maps that the test writes. */
final class EdgeFixture implements AutoCloseable {
    static final int MAX_CONNECTIONS = 1000;
    static final String PUBLIC_URL = "https://coordinator.example";

    final TestClock clock = new TestClock();
    final Seeded entropy = new Seeded(7);
    final ScriptedMaps maps = new ScriptedMaps();
    private final MapSource source;
    final MachineCounters machineCounters = new MachineCounters();
    final Store store;
    final NodeRegistry registry;
    final Administration administration;
    final Domain domain;
    final User user;
    final JoinDecisions decisions;
    final Pings pings;
    final Ts2021Door door;
    final Providers providers = new Providers();
    final OidcLogin login;
    final HttpListener listener;
    final MachineKey key;
    private final NoiseIdentity identity;
    private final @Nullable TlsIdentity tls;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final List<TestNode> nodes = Collections.synchronizedList(new ArrayList<>());

    EdgeFixture(Path parent, Ts2021Limits limits) throws Exception {
        this(parent, limits, null);
    }

    EdgeFixture(Path parent, Ts2021Limits limits, @Nullable TlsIdentity tls) throws Exception {
        this(parent, limits, tls, null);
    }

    /** With maps of this source in place of {@link #maps}, which the fixture closes. */
    EdgeFixture(
            Path parent,
            Ts2021Limits limits,
            @Nullable TlsIdentity tls,
            @Nullable BiFunction<Store, TestClock, MapSource> makesMaps)
            throws Exception {
        this.tls = tls;
        store = Samples.store(parent, clock);
        source = makesMaps == null ? maps : makesMaps.apply(store, clock);
        registry = new NodeRegistry(store, PolicySource.NONE, entropy);
        domain = store.write(tx -> Samples.domain(tx, "home", "100.64.0.0/10"));
        user = store.write(tx -> tx.users()
                .add(domain.id(), new Identity("https://idp.example", "a"), "alice", "Alice", Role.MEMBER, false));
        identity = new NoiseIdentity(store.read(tx -> tx.secrets().noiseKey()));
        key = identity.publicKey();
        pings = new Pings(URI.create(PUBLIC_URL), source::ping, entropy);
        decisions = new JoinDecisions(store, machineCounters);
        Machines machines = new Machines(
                new Registrations(store, registry, new LoginLinks(URI.create(PUBLIC_URL)), machineCounters),
                decisions,
                new Reports(store, registry, machineCounters),
                source,
                pings);
        door = new Ts2021Door(identity, machines, limits, clock, entropy);
        ListenSettings settings = new ListenSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Set.of("localhost"),
                tls,
                Duration.ofSeconds(20),
                MAX_CONNECTIONS);
        administration = new Administration(store, (text, users, seen) -> Optional.empty(), providers, entropy);
        login = new OidcLogin(store, providers, administration, URI.create("http://localhost"), clock, entropy);
        Pages pages = new WebPages(administration, registry, login, URI.create("http://localhost"), entropy);
        listener = HttpListener.open(
                settings, new Doors(new Api(administration, source::isConnected, pings), pages, List.of(door)));
    }

    TestNode connect() throws Exception {
        return connect(PrivateKey.generate(entropy), 131);
    }

    TestNode connect(PrivateKey machine, int version) throws Exception {
        return add(new TestNode(loops, tls != null, listener.address(), key, version, machine, entropy, null));
    }

    /** A node that speaks something else than HTTP/2. */
    TestNode connect(Consumer<ChannelPipeline> inside) throws Exception {
        PrivateKey machine = PrivateKey.generate(entropy);
        return add(new TestNode(loops, tls != null, listener.address(), key, 131, machine, entropy, inside));
    }

    private TestNode add(TestNode node) {
        nodes.add(node);
        return node;
    }

    /** The secret of a key for any number of nodes. */
    String authKey() {
        Token token = Token.create(TokenKind.PRE_AUTH, entropy);
        Instant expires = clock.instant().plus(Duration.ofHours(1));
        store.write(tx -> tx.preAuthKeys().add(domain.id(), user.id(), token, true, false, Tags.NONE, expires));
        return token.reveal();
    }

    List<Node> members() {
        return store.read(tx -> tx.nodes().list(domain.id()));
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 2000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(10);
        }
        if (!condition.getAsBoolean()) {
            throw new AssertionError("has not happened");
        }
    }

    @Override
    public void close() {
        nodes.forEach(TestNode::close);
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
        pings.close();
        listener.close();
        door.close();
        decisions.close();
        source.close();
        identity.close();
        providers.close();
        store.close();
    }
}
