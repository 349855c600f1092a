package io.penstock.cli.live.node;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A machine with {@code penstock daemon}, and the networks behind it, each with one host. */
final class Gateway implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(40);

    final String name;
    final Site site;
    private final Internet internet;
    private final Path folder;
    private final Path socket;
    private final Path log;
    private final List<Site> hosts = new ArrayList<>();
    private Process daemon;

    Gateway(Internet internet, String name, Path folder) throws IOException {
        this.internet = internet;
        this.name = name;
        this.folder = Files.createDirectory(folder);
        socket = folder.resolve("penstock.sock");
        log = folder.resolve("log");
        site = Site.make(name);
        daemon = new ProcessBuilder("true").start();
    }

    /** Starts the daemon and waits until it listens. */
    void start() throws IOException {
        List<String> command = site.inside(List.of(
                penstock(),
                "daemon",
                "--socket",
                socket.toString(),
                "--state",
                folder.resolve("state").toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        daemon = builder.start();
        Await.until("the daemon of " + name + " listens", LIMIT, () -> {
            if (!daemon.isAlive()) {
                throw new AssertionError("the daemon of " + name + " ended:\n" + log());
            }
            return tryRun("status", "--json").status() == 0;
        });
    }

    /** A network behind this gateway, which is its .1, and a host in it, the .2. */
    Site lan(String network) {
        Site host = Site.make(name + "-lan" + hosts.size());
        String link = "lan" + hosts.size();
        hosts.add(host);
        site.ip("link add " + link + " type veth peer name eth0 netns " + host.name());
        site.ip("addr add " + network + "1/24 dev " + link);
        site.ip("link set " + link + " up");
        host.ip("addr add " + network + "2/24 dev eth0");
        host.ip("link set eth0 up");
        host.ip("route add default via " + network + "1");
        return host;
    }

    /** The same network in IPv6, whose prefix ends in {@code ::}, for the host that this gateway has made last. */
    void lan6(String prefix) {
        String link = "lan" + (hosts.size() - 1);
        Site host = hosts.getLast();
        site.ip("addr add " + prefix + "1/64 dev " + link + " nodad");
        host.ip("addr add " + prefix + "2/64 dev eth0 nodad");
        host.ip("route add default via " + prefix + "1");
    }

    /** Joins with a key, and fails unless it works. The interface is named after the gateway: all share one folder of sockets. */
    void up(String tag, String... flags) throws IOException {
        List<String> words =
                new ArrayList<>(List.of("up", "--server", internet.coordinator().url()));
        words.addAll(List.of("--auth-key", "file:" + internet.authKey(tag)));
        words.addAll(List.of("--hostname", name, "--interface-name", "pn-" + name, "--timeout", "25s"));
        words.addAll(List.of(flags));
        Shell.Outcome outcome = tryRun(words.toArray(String[]::new));
        if (outcome.status() != 0) {
            throw new AssertionError(outcome + "\n" + log());
        }
    }

    String run(String... words) {
        return tryRun(words).mustSucceed();
    }

    Shell.Outcome tryRun(String... words) {
        List<String> command = new ArrayList<>(List.of(penstock()));
        command.addAll(List.of(words));
        command.addAll(List.of("--socket", socket.toString()));
        if (List.of("up", "set", "get", "reload").contains(words[0])) {
            command.addAll(List.of("--config", folder.resolve("penstock.conf").toString()));
        }
        return site.run(Map.of(), command);
    }

    /** Its IPv4 address in the network that it has joined. */
    String overlayAddress() {
        String line = site.need("ip", "-4", "-o", "addr", "show", "dev", "pn-" + name);
        return line.replaceFirst("(?s).* inet ([0-9.]+)/.*", "$1");
    }

    /** Waits until something is in what a verb prints, with single blanks between words. */
    void await(String text, String... words) {
        String[] last = {""};
        try {
            Await.until("'" + text + "'", LIMIT, () -> {
                last[0] = tryRun(words).out();
                return last[0].replaceAll(" +", " ").contains(text);
            });
        } catch (AssertionError e) {
            throw new AssertionError(
                    "'" + String.join(" ", words) + "' on " + name + " shows no '" + text + "' but\n" + last[0] + log(),
                    e);
        }
    }

    String log() {
        try {
            return "log of " + name + ":\n" + Files.readString(log);
        } catch (IOException e) {
            return "no log of " + name + ": " + e;
        }
    }

    /** Asks the daemon to end, and waits. */
    void stop() throws InterruptedException {
        daemon.destroy();
        if (!daemon.waitFor(20, TimeUnit.SECONDS)) {
            throw new AssertionError("the daemon does not end on SIGTERM\n" + log());
        }
    }

    void kill() throws InterruptedException {
        daemon.destroyForcibly().waitFor();
    }

    private static String penstock() {
        return Program.checkout().resolve("penstock").toString();
    }

    @Override
    public void close() {
        daemon.destroyForcibly();
        hosts.forEach(Site::close);
        site.close();
    }
}
