package io.penstock.cli.live.nat;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.CoordinatorProgram;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import io.penstock.node.api.LocalApiException;
import io.penstock.node.api.LocalClient;
import io.penstock.node.api.PeerPath;
import io.penstock.node.api.PeerStatus;
import io.penstock.node.api.Request;
import io.penstock.node.api.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code penstock daemon} on a machine. Started and joined by its verbs, and then asked over its socket, which is cheaper. */
final class NatGateway implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(120);

    final String name;
    final Site site;
    private final Path folder;
    private final Path socket;
    private final Path log;
    private final Process daemon;

    /** Starts the daemon; {@link #join} waits for it. */
    NatGateway(String name, Site site, Path folder) throws IOException {
        this.name = name;
        this.site = site;
        this.folder = Files.createDirectory(folder);
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

    /** Joins, and waits until that is done. */
    void join(CoordinatorProgram coordinator, Path authKey, String... flags) {
        Await.until("the daemon of " + name + " listens", LIMIT, () -> {
            if (!daemon.isAlive()) {
                throw new AssertionError("the daemon of " + name + " ended:\n" + log());
            }
            return Files.exists(socket);
        });
        List<String> command = new ArrayList<>(List.of(penstock(), "up", "--server", coordinator.url()));
        command.addAll(List.of("--auth-key", "file:" + authKey, "--hostname", name));
        command.addAll(List.of("--interface-name", link(), "--timeout", "28s"));
        command.addAll(List.of("--socket", socket.toString()));
        command.addAll(List.of("--config", folder.resolve("penstock.conf").toString()));
        command.addAll(List.of(flags));
        Shell.Outcome outcome = site.run(Map.of(), command);
        if (outcome.status() != 0) {
            throw new AssertionError(outcome + "\n" + log());
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

    PeerPath path(String peer) {
        return peer(peer).path();
    }

    boolean knows(String peer) {
        return status().peers().stream().anyMatch(other -> other.name().equals(peer));
    }

    String log() {
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
