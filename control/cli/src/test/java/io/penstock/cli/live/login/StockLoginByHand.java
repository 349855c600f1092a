package io.penstock.cli.live.login;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.browser.Tab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * An unmodified {@code tailscaled} on a machine of its own, let in by somebody who is signed in at the coordinator; by its name no build runs it. Drawn in
 * {@link LoginWorld}; its programs are in the folder {@code -Dpenstock.test.stock=}.
 */
@Tag("live")
@ExtendWith(LoginWorld.Resolver.class)
class StockLoginByHand {
    private static final String STOCK =
            Objects.requireNonNull(System.getProperty("penstock.test.stock"), "penstock.test.stock: a folder");
    private static final Duration LIMIT = Duration.ofSeconds(180);
    private static final Pattern LINK = Pattern.compile("(http\\S+/register/\\S+)");
    private static final String OWN_NAMES = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void personLetsAStockDeviceIn(LoginWorld world) throws Exception {
        Site site = world.plugIn("stock", 200);
        Process daemon = null;
        Process up = null;
        try {
            Path socket = folder.resolve("socket");
            List<String> command = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", OWN_NAMES));
            command.add(Files.writeString(folder.resolve("resolv.conf"), "").toString());
            command.addAll(
                    List.of(Path.of(STOCK, "tailscaled").toString(), "--tun=tailscale0", "--statedir=" + folder));
            command.add("--socket=" + socket);
            ProcessBuilder builder = new ProcessBuilder(site.inside(command)).redirectErrorStream(true);
            builder.environment().put("TS_NO_LOGS_NO_SUPPORT", "true");
            daemon = builder.redirectOutput(folder.resolve("log").toFile()).start();
            Await.until("tailscaled listens", LIMIT, () -> Files.exists(socket));

            String cli = Path.of(STOCK, "tailscale").toString();
            Path output = folder.resolve("up");
            up = new ProcessBuilder(site.inside(List.of(
                            cli, "--socket=" + socket, "up", "--login-server=" + world.url(), "--hostname=stock")))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            String[] link = {""};
            Await.until("tailscale shows a link", LIMIT, () -> {
                Matcher shown = LINK.matcher(text(output));
                link[0] = shown.find() ? shown.group(1) : "";
                return !link[0].isEmpty();
            });
            System.out.println("tailscale up printed:\n" + text(output));
            assertTrue(link[0].startsWith(world.url()), link[0]);

            Tab tab = world.administrator("keeper").open(link[0]);
            tab.awaitText("Let this device in?").picture("stock-confirm");
            System.out.println("the page said:\n" + tab.text());
            assertTrue(tab.text().contains("stock") && tab.text().contains("172.31.0.200"), tab.text());
            tab.pressText("Let it in").awaitText("The device is in");
            assertTrue(up.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS));
            System.out.println("tailscale up ended with " + up.exitValue() + " and:\n" + text(output));
            assertEquals(0, up.exitValue());
            for (String verb : List.of("status", "version")) {
                Shell.Outcome said = site.run(Map.of(), List.of(cli, "--socket=" + socket, verb));
                System.out.println("tailscale " + verb + ":\n" + said.mustSucceed());
            }
            System.out.println("penstock server nodes list:\n" + world.coordinator.need("nodes", "list"));
            assertTrue(world.coordinator.need("nodes", "list").contains("stock"));
        } finally {
            for (Process process : new Process[] {up, daemon}) {
                if (process != null) {
                    process.destroy();
                    process.waitFor(10, TimeUnit.SECONDS);
                }
            }
            site.close();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "cannot read " + file + ": " + e;
        }
    }
}
