package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Site;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that has left its network looks as before, however its daemon ended in between. */
@Tag("live")
class UndoTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"]},
              "grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}],
              "autoApprovers": {"routes": {"10.0.0.0/8": ["tag:gateway"]}},
            }""";

    @TempDir
    private Path folder = Path.of("");

    /** Links, addresses, routes, rules, nftables, kernel settings, resolver. */
    private static String look(Site site) {
        String sysctl = site.need("sysctl", "-a")
                .lines()
                .filter(line -> line.matches("net\\.ipv[46]\\.(conf|ip_|route).*"))
                .collect(Collectors.joining("\n"));
        return String.join(
                "\n--\n",
                site.need("ip", "-o", "link"),
                site.need("ip", "-o", "addr"),
                site.need("ip", "route", "show", "table", "all"),
                site.need("ip", "-6", "route", "show", "table", "all"),
                site.need("ip", "rule"),
                site.need("ip", "-6", "rule"),
                site.need("nft", "list", "ruleset"),
                sysctl,
                site.need("cat", "/etc/resolv.conf"));
    }

    private static void join(Gateway a) throws Exception {
        a.up("tag:gateway", "--lan", "10.1.0.0/24");
        a.await("10.2.0.0/24 b active", "routes");
    }

    @Test
    void nothingOfANodeStaysOnItsHost() throws Exception {
        try (Internet internet = new Internet(folder, POLICY)) {
            Gateway a = internet.gateway("a", 1);
            Gateway b = internet.gateway("b", 2);
            a.lan("10.1.0.");
            b.lan("10.2.0.");
            b.up("tag:gateway", "--lan", "10.2.0.0/24");
            Await.until("addresses are settled", LIMIT, () -> !a.site.need("ip", "-o", "addr")
                    .contains("tentative"));
            String before = look(a.site);

            join(a);
            assertNotEquals(before, look(a.site));
            a.run("down");
            assertEquals(before, look(a.site), "down");

            join(a);
            a.kill();
            assertNotEquals(before, look(a.site), "what was killed has put nothing back");
            a.start();
            a.await("10.2.0.0/24 b active", "routes"); // it is up again by itself
            a.run("down");
            assertEquals(before, look(a.site), "kill -9, start, down");

            join(a);
            a.stop();
            assertEquals(before, look(a.site), "SIGTERM");
        }
    }
}
