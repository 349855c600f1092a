package io.penstock.cli.live.nat;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import io.penstock.node.api.PeerPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code tailscaled}, unmodified, on a machine: what the grid is compared with. Its /etc/resolv.conf is its own. */
final class StockGateway implements MeshGateway {
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final Pattern DIRECT = Pattern.compile("; direct ([0-9.:]+)");
    private static final String OWN_NAMES = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";

    private final Path programs;
    private final String name;
    private final Site site;
    private final Path socket;
    private final Path log;
    private final Path folder;
    private Process daemon;

    /**
     * Starts nothing yet.
     *
     * @param programs the folder with {@code tailscaled} and {@code tailscale}
     */
    StockGateway(Path programs, String name, Site site, Path folder) throws IOException {
        this.programs = programs;
        this.name = name;
        this.site = site;
        this.folder = Files.createDirectory(folder);
        socket = folder.resolve("socket");
        log = folder.resolve("log");
        daemon = new ProcessBuilder("true").start();
        site.sysctl("net.ipv4.ip_forward", "1");
    }

    private String program(String program) {
        return programs.resolve(program).toString();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void join(Coordination coordination, int port, String... lan) {
        List<String> command = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", OWN_NAMES));
        try {
            command.add(Files.writeString(folder.resolve("resolv.conf"), "").toString());
            command.addAll(List.of(program("tailscaled"), "--tun=tailscale0", "--statedir=" + folder));
            command.addAll(List.of("--socket=" + socket, "--port=" + port));
            ProcessBuilder builder = new ProcessBuilder(site.inside(command)).redirectErrorStream(true);
            builder.environment().put("TS_NO_LOGS_NO_SUPPORT", "true");
            daemon = builder.redirectOutput(log.toFile()).start();
        } catch (IOException e) {
            throw new AssertionError("tailscaled does not start", e);
        }
        Await.until("tailscaled of " + name + " listens", LIMIT, () -> Files.exists(socket));
        tailscale(
                "up",
                "--login-server=" + coordination.program.url(),
                "--auth-key=" + coordination.authKey,
                "--hostname=" + name,
                "--advertise-routes=" + String.join(",", lan),
                "--accept-routes",
                "--snat-subnet-routes=false",
                "--timeout=25s");
    }

    private String tailscale(String... words) {
        List<String> command = new ArrayList<>(List.of(program("tailscale"), "--socket=" + socket));
        command.addAll(List.of(words));
        Shell.Outcome outcome = site.run(Map.of(), command);
        if (outcome.status() != 0) {
            throw new AssertionError(outcome + "\n" + log());
        }
        return outcome.out();
    }

    /** Lines such as {@code 100.64.0.3 r0 tagged-devices linux active; direct 203.0.113.20:41720, tx 848 rx 528}. */
    private List<String> lines() {
        return tailscale("status")
                .lines()
                .filter(line -> line.matches("100\\.\\d+\\.\\d+\\.\\d+ .*"))
                .toList();
    }

    @Override
    public PeerPath path(String peer) {
        String line = lines().stream()
                .filter(one -> one.matches("\\S+ +" + Pattern.quote(peer) + " .*"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " does not know " + peer));
        Matcher direct = DIRECT.matcher(line);
        return direct.find()
                ? new PeerPath(PeerPath.Kind.DIRECT, direct.group(1), null, null, null, null)
                : line.contains("; relay ")
                        ? new PeerPath(PeerPath.Kind.RELAY, null, null, null, null, null)
                        : PeerPath.NONE;
    }

    @Override
    public int peers() {
        return lines().size() - 1; // the first one is itself
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
        daemon.destroy(); // so that it takes its rules and routes away; what is left goes with the namespace
    }
}
