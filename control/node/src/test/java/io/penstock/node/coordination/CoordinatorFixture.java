package io.penstock.node.coordination;

import io.penstock.protocol.key.NodeKey;
import io.penstock.server.Coordinator;
import io.penstock.server.CoordinatorSettings;
import io.penstock.server.http.ListenSettings;
import io.penstock.server.http.Pages;
import io.penstock.server.http.TlsIdentity;
import io.penstock.server.machine.Pings;
import io.penstock.server.model.Domain;
import io.penstock.server.model.Identity;
import io.penstock.server.model.Node;
import io.penstock.server.model.Role;
import io.penstock.server.model.Tags;
import io.penstock.server.model.Token;
import io.penstock.server.model.TokenKind;
import io.penstock.server.model.User;
import io.penstock.server.registry.PolicySource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A coordinator with its real listener and store, one user, and maps of the test's. */
final class CoordinatorFixture implements AutoCloseable {
    private final Path folder;
    private final @Nullable TlsIdentity tls;
    private final Seeded entropy = new Seeded(3);
    private int port;
    private boolean running = true;
    private Coordinator coordinator;
    private SelfMaps maps;
    private final Domain domain;
    private final User user;

    CoordinatorFixture(Path parent) throws IOException {
        this(parent, null);
    }

    @SuppressWarnings("NullAway.Init") // start sets maps
    CoordinatorFixture(Path parent, @Nullable TlsIdentity tls) throws IOException {
        folder = parent.resolve("state");
        this.tls = tls;
        coordinator = start();
        domain = coordinator.store().read(tx -> tx.domains().list().getFirst());
        user = coordinator.store().write(tx -> tx.users()
                .add(domain.id(), new Identity("https://idp.example", "a"), "alice", "Alice", Role.MEMBER, false));
    }

    private Coordinator start() throws IOException {
        ListenSettings listen = new ListenSettings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                Set.of("127.0.0.1"),
                tls,
                ListenSettings.DEFAULT_READ_TIMEOUT,
                ListenSettings.DEFAULT_MAX_CONNECTIONS);
        Coordinator started = Coordinator.start(
                new CoordinatorSettings(
                        folder, listen, URI.create("https://coordinator.example"), Duration.ofMinutes(1)),
                new Coordinator.Seams(
                        PolicySource.NONE,
                        (text, users, nodes) -> Optional.empty(),
                        store -> maps = new SelfMaps(store),
                        (administration, registry, store, login) -> Pages.NONE,
                        Coordinator.RelayMaker.NONE));
        port = started.listener().address().getPort();
        return started;
    }

    void stop() {
        coordinator.close();
        running = false;
    }

    /** Starts again at the same place, with what was stored. */
    void startAgain() throws IOException {
        coordinator = start();
        running = true;
    }

    int port() {
        return port;
    }

    CoordinatorAddress address(Trust trust) {
        return new CoordinatorAddress(URI.create((tls == null ? "http" : "https") + "://127.0.0.1:" + port), trust);
    }

    SelfMaps maps() {
        return maps;
    }

    /** The secret of a key for any number of nodes. */
    String authKey() {
        Token token = Token.create(TokenKind.PRE_AUTH, entropy);
        Instant expires = Instant.now().plus(Duration.ofHours(1));
        coordinator.store().write(tx -> tx.preAuthKeys()
                .add(domain.id(), user.id(), token, true, false, Tags.NONE, expires));
        return token.reveal();
    }

    void confirm(String loginUrl) {
        coordinator.registry().confirm(link(loginUrl), user);
    }

    void deny(String loginUrl) {
        coordinator.registry().deny(link(loginUrl));
    }

    private static Token link(String url) {
        return Token.parse(TokenKind.LINK, url.substring(url.lastIndexOf('/') + 1))
                .orElseThrow();
    }

    List<Node> members() {
        return coordinator.store().read(tx -> tx.nodes().list(domain.id()));
    }

    /** Asks a node, and waits for what becomes of it. */
    Pings.Pong ping(NodeKey key, Pings.Way way) {
        return switch (coordinator.pings().ask(member(key), way, Duration.ofSeconds(20))) {
            case Pings.Asked.Sent sent -> sent.pong().join();
            case Pings.Asked refused -> throw new AssertionError(refused);
        };
    }

    Node member(NodeKey key) {
        return coordinator.store().read(tx -> tx.nodes().find(key)).orElseThrow();
    }

    void remove(NodeKey key) {
        coordinator.store().write(tx -> {
            tx.nodes().remove(tx.nodes().find(key).orElseThrow());
            return 0;
        });
    }

    @Override
    public void close() {
        if (running) {
            stop();
        }
    }
}
