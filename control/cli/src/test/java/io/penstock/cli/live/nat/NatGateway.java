package io.penstock.cli.live.nat;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import io.penstock.node.api.LocalApiException;
import io.penstock.node.api.LocalClient;
import io.penstock.node.api.PathDebug;
import io.penstock.node.api.PeerPath;
import io.penstock.node.api.PeerStatus;
import io.penstock.node.api.PreferencesChange;
import io.penstock.node.api.Request;
import io.penstock.node.api.Status;
import io.penstock.node.api.UpEvent;
import io.penstock.wireguard.route.Prefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** {@code penstock daemon} on a machine. Asked over its socket, as its verbs do, since each of those is a Java of its own. */
final class NatGateway implements MeshGateway {
    private static final Duration LIMIT = Duration.ofSeconds(180);

    private final String name;
    private final Site site;
    private final Path socket;
    private final Path log;
    private final Process daemon;

    /** Starts the daemon; {@link #join} waits for it. */
    NatGateway(String name, Site site, Path folder) throws IOException {
        this.name = name;
        this.site = site;
        Files.createDirectory(folder);
        socket = folder.resolve("penstock.sock");
        log = folder.resolve("log");
        List<String> command = site.inside(List.of(
                penstock(),
                "daemon",
                "--socket",
                socket.toString(),
                "--state",
                folder.resolve("state").toString()));
        daemon = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private static String penstock() {
        return Program.checkout().resolve("penstock").toString();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void join(Coordination coordination, int port, String... lan) {
        Await.until("the daemon of " + name + " listens", LIMIT, () -> {
            if (!daemon.isAlive()) {
                throw new AssertionError("the daemon of " + name + " ended:\n" + log());
            }
            return Files.exists(socket);
        });
        PreferencesChange changes = PreferencesChange.builder()
                .server(coordination.program.url())
                .hostname(name)
                .lan(Stream.of(lan).map(Prefix::parse).toList())
                .interfaceName(link())
                .port(port)
                .build();
        try (LocalClient client = LocalClient.connect(socket)) {
            Request up = new Request.Up(changes, coordination.authKey, false, 0);
            client.call(up, UpEvent.class, event -> true, Status.class, LIMIT);
        } catch (LocalApiException e) {
            throw new AssertionError(name + " cannot join\n" + log(), e);
        }
    }

    /** The tunnel's interface. */
    String link() {
        return "pn-" + name;
    }

    Status status() {
        try (LocalClient client = LocalClient.connect(socket)) {
            return client.call(new Request.GetStatus(), Status.class, LIMIT);
        } catch (LocalApiException e) {
            throw new AssertionError("no status of " + name + "\n" + log(), e);
        }
    }

    PeerStatus peer(String peer) {
        return status().peers().stream()
                .filter(other -> other.name().equals(peer))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " does not know " + peer + "\n" + log()));
    }

    @Override
    public PeerPath path(String peer) {
        return peer(peer).path();
    }

    @Override
    public int peers() {
        return status().peers().size();
    }

    PathDebug debugPath(String peer) {
        try (LocalClient client = LocalClient.connect(socket)) {
            return client.call(new Request.DebugPath(peer), PathDebug.class, LIMIT);
        } catch (LocalApiException e) {
            throw new AssertionError(name + " does not tell of its path\n" + log(), e);
        }
    }

    /** What a verb prints that asks this daemon. */
    String verb(String... words) {
        List<String> command = new ArrayList<>(List.of(penstock()));
        command.addAll(List.of(words));
        command.addAll(List.of("--socket", socket.toString()));
        Shell.Outcome outcome = site.run(Map.of(), command);
        if (outcome.status() != 0) {
            throw new AssertionError(outcome + "\n" + log());
        }
        return outcome.out();
    }

    boolean knows(String peer) {
        return status().peers().stream().anyMatch(other -> other.name().equals(peer));
    }

    @Override
    public String log() {
        try {
            return "log of " + name + ":\n" + Files.readString(log);
        } catch (IOException e) {
            return "no log of " + name + ": " + e;
        }
    }

    @Override
    public void close() {
        daemon.destroyForcibly();
    }
}
