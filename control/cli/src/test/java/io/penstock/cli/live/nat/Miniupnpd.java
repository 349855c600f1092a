package io.penstock.cli.live.nat;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Site;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The distribution's miniupnpd on a router whose link to the internet is {@code wan}. It puts its rules into the table {@code inet filter},
 * into chains that have to be there: {@code miniupnpd}, {@code prerouting_miniupnpd} and {@code postrouting_miniupnpd}.
 */
final class Miniupnpd implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String SETTINGS = """
            ext_ifname=wan
            listening_ip=LINK
            http_port=0
            enable_natpmp=yes
            enable_upnp=yes
            min_lifetime=20
            max_lifetime=86400
            secure_mode=yes
            system_uptime=yes
            uuid=3f2c1d60-7c6e-4a51-9d0e-5e4f7b1a9c22
            allow 1024-65535 NETWORK 1024-65535
            deny 0-65535 0.0.0.0/0 0-65535
            """;

    private final Process process;
    private final Path log;

    /**
     * Starts it, and waits until it listens.
     *
     * @param link to the network inside
     * @param network whose hosts may ask
     */
    Miniupnpd(Site router, String link, String network, Path folder) throws IOException {
        Path settings = Files.writeString(
                folder.resolve("miniupnpd.conf"), SETTINGS.replace("LINK", link).replace("NETWORK", network));
        log = folder.resolve("miniupnpd.log");
        process = new ProcessBuilder(router.inside(
                        List.of("miniupnpd", "-d", "-f", "" + settings, "-P", "" + folder.resolve("miniupnpd.pid"))))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Await.until("miniupnpd listens", PATIENCE, () -> {
            if (!process.isAlive()) {
                throw new AssertionError("miniupnpd ended:\n" + log());
            }
            String sockets = router.need("ss", "-Huln");
            return sockets.contains(":5351") && sockets.contains(":1900");
        });
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
