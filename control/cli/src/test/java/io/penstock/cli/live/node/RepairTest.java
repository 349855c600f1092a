package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway whose host somebody else changes: what it needs comes back, and what it is told of its addresses gets around. */
@Tag("live")
class RepairTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"]},
              "grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}],
              "autoApprovers": {"routes": {"10.0.0.0/8": ["tag:gateway"]}},
            }""";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void whatSomebodyTakesFromAGatewayComesBack() throws Exception {
        try (Internet internet = new Internet(folder, POLICY)) {
            Gateway a = internet.gateway("a", 1);
            Gateway b = internet.gateway("b", 2);
            Site hostA = a.lan("10.1.0.");
            Site hostB = b.lan("10.2.0.");
            b.up("tag:gateway", "--lan", "10.2.0.0/24");
            a.up("tag:gateway", "--lan", "10.1.0.0/24");
            a.await("10.2.0.0/24 b active", "routes");
            b.await("10.1.0.0/24 a active", "routes");
            hostA.awaitReach("10.2.0.2", LIMIT);
            assertFalse(a.run("status", "--json").contains("put-back"), "nobody has touched it");
            String routes = routes(a);
            String rules = a.site.need("ip", "rule");
            String address = a.overlayAddress();

            List<String> took = List.of(
                    comesBack(a, "a route", "ip route flush table 52800", () -> routes(a)
                            .equals(routes)),
                    comesBack(a, "a rule", "ip rule del priority 5180", () -> a.site.need("ip", "rule")
                            .equals(rules)),
                    comesBack(
                            a,
                            "the table of nftables",
                            "nft delete table inet penstock",
                            () -> a.site.run(Map.of(), List.of("nft", "list", "table", "inet", "penstock"))
                                            .status()
                                    == 0),
                    comesBack(a, "the address", "ip addr del " + address + "/32 dev pn-a", () -> a.site.need(
                                    "ip", "addr", "show", "dev", "pn-a")
                            .contains(address)));
            System.out.println("put back after (ms): " + String.join(", ", took));

            Transfer.mustPass(hostA, "10.1.0.2", hostB, "10.2.0.2", 1 << 20);
            String health = a.run("status", "--json");
            assertTrue(health.contains("\"put-back\""), health);
            assertTrue(health.contains(" times something was put back"), health);
            assertTrue(a.log().contains("somebody has changed what is ours, it is put back: nft"), a.log());

            a.site.ip("addr add 172.31.0.101/24 dev outside");
            a.await("172.31.0.101:", "status", "--json");
            a.run("down");
            assertFalse(a.site.need("ip", "rule").contains("5180"));
            assertEquals("", routes(a));
        }
    }

    private static String routes(Gateway gateway) {
        return gateway.site
                .run(Map.of(), List.of("ip", "route", "show", "table", "52800"))
                .out();
    }

    private interface Question {
        boolean isSo();
    }

    private static String comesBack(Gateway gateway, String what, String command, Question isBack) {
        Shell.Outcome done = gateway.site.run(Map.of(), List.of(command.split(" ")));
        done.mustSucceed();
        long startNs = System.nanoTime();
        Await.until(what + " is back", LIMIT, isBack::isSo);
        return what + " " + (System.nanoTime() - startNs) / 1_000_000;
    }
}
