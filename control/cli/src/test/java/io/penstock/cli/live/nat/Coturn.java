package io.penstock.cli.live.nat;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** coturn's STUN server with two addresses and two ports, as RFC 5780 wants it, and what its client finds out. */
final class Coturn implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int PORT = 3478;

    private final Process server;
    private final Path log;
    private final String address;

    /** What a site is behind, as a stranger's program sees it. */
    record Verdict(String mapping, String filtering, boolean hairpins) {
        /** Whether mapping and filtering are the same. */
        boolean isSameNat(Verdict other) {
            return mapping.equals(other.mapping) && filtering.equals(other.filtering);
        }
    }

    Coturn(Site site, String address, String second, Path folder) throws IOException {
        this.address = address;
        log = folder.resolve("turnserver.log");
        List<String> command = List.of(
                "turnserver",
                "-n",
                "--listening-ip=" + address,
                "--listening-ip=" + second,
                "--listening-port=" + PORT,
                "--alt-listening-port=" + (PORT + 1),
                "--stun-only",
                "--no-auth",
                "--no-tcp",
                "--no-tls",
                "--no-dtls",
                "--no-cli",
                "--relay-threads=1",
                "--userdb=" + folder.resolve("turndb"),
                "--pidfile=" + folder.resolve("turn.pid"),
                "--log-file=stdout");
        server = new ProcessBuilder(site.inside(command))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Await.until("turnserver listens", LIMIT, () -> {
            if (!server.isAlive()) {
                throw new AssertionError("turnserver ended:\n" + text());
            }
            String sockets = site.need("ss", "-Huln");
            return sockets.contains(address + ":" + PORT) && sockets.contains(second + ":" + (PORT + 1));
        });
    }

    private String text() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    /** Asks it from a machine; seconds where something is filtered. */
    Verdict discover(Site from, String local) {
        String behaviour = client(from, local, "-m", "-f");
        String hairpin = client(from, local, "-H");
        return new Verdict(
                find(behaviour, "Mapping"), find(behaviour, "Filtering"), hairpin.contains("successful hairpinning"));
    }

    private String client(Site from, String local, String... tests) {
        List<String> command = new ArrayList<>(List.of("turnutils_natdiscovery"));
        command.addAll(List.of(tests));
        command.addAll(List.of("-L", local, "-p", "" + PORT, address));
        Shell.Outcome outcome = from.run(command.toArray(String[]::new));
        return outcome.out() + outcome.err(); // its status says nothing
    }

    /** Of lines such as "NAT with Address Dependent Filtering!". */
    private static String find(String text, String what) {
        return text.lines()
                .filter(line -> line.startsWith("NAT with ") && line.endsWith(" " + what + "!"))
                .map(line -> line.substring("NAT with ".length(), line.length() - what.length() - 2))
                .map(words -> words.toUpperCase(Locale.ROOT).replace(' ', '_'))
                .findFirst()
                .orElse("NONE");
    }

    @Override
    public void close() {
        server.destroyForcibly();
    }
}
