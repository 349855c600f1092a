package io.penstock.cli.live.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Site;
import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.lab.nat.NatRouter;
import io.penstock.node.api.PeerPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gateways behind symmetric routers, which never meet by themselves ({@link GridTest}). One router runs the distribution's miniupnpd:
 * the daemon behind it asks it for a port and tells the mapping to its peers, and the other one reaches it there, directly.
 *
 * <pre>
 *   a 192.168.1.10 ── lan router-a wan 2.2.2.2 ──╮
 *                     miniupnpd                  ├── internet 2.2.2.254, coordinator
 *   b 192.168.2.10 ── lan router-b wan 2.2.2.3 ──╯
 * </pre>
 */
@Tag("live")
class MappedPortTest {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final String OUTSIDE = "2.2.2."; // miniupnpd refuses the addresses that are kept for documentation
    private static final int PORT = 41_720;

    /** Another port outside for each destination, and room for what miniupnpd does. */
    private static final String RULES = """
            table inet filter {
              chain input {
                type filter hook input priority filter; policy drop
                ct state established,related accept
                iifname { "lan", "lo" } accept
              }
              chain forward {
                type filter hook forward priority filter; policy drop
                ct state established,related accept
                iifname "lan" accept
                jump miniupnpd
              }
              chain prerouting {
                type nat hook prerouting priority dstnat; policy accept
                jump prerouting_miniupnpd
              }
              chain postrouting {
                type nat hook postrouting priority srcnat; policy accept
                jump postrouting_miniupnpd
                oifname "wan" meta l4proto udp masquerade random,fully-random
                oifname "wan" masquerade
              }
              chain miniupnpd { }
              chain prerouting_miniupnpd { }
              chain postrouting_miniupnpd { }
            }
            """;

    @TempDir
    private Path folder = Path.of("");

    private final List<AutoCloseable> open = new ArrayList<>();

    @Test
    void aPeerReachesTheMappedPortWhereBothRoutersAreSymmetric() throws Exception {
        try {
            run();
        } finally {
            for (AutoCloseable each : open.reversed()) {
                each.close();
            }
        }
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        open.add(closeable);
        return closeable;
    }

    private void run() throws Exception {
        Site internet = opened(Site.make("internet"));
        internet.ip("link add switch type bridge");
        internet.ip("addr add " + OUTSIDE + "254/24 dev switch");
        internet.ip("link set switch up");
        Site routerA = router(internet, 1);
        Site routerB = router(internet, 2);
        Site hostA = host(1, routerA);
        Site hostB = host(2, routerB);
        Coordination coordination = opened(new Coordination(internet, folder));
        opened(new Miniupnpd(routerA, "lan", "192.168.1.0/24", folder));
        NatGateway a = opened(new NatGateway("a", hostA, folder.resolve("a")));
        NatGateway b = opened(new NatGateway("b", hostB, folder.resolve("b")));
        a.join(coordination, PORT);
        b.join(coordination, PORT);

        Await.until("the router of a gave a port:\n" + a.log(), PATIENCE, () -> !mapped(a)
                .isEmpty());
        String mapped = mapped(a);
        Await.until("a and b know each other", PATIENCE, () -> a.knows("b") && b.knows("a"));
        String overlay = a.peer("b").overlay().getFirst();
        // Traffic, so that a path is looked for; it goes through the relay until there is one.
        Await.until("both send directly:\n" + a.log() + b.log(), PATIENCE, () -> {
            hostA.run("ping", "-c", "1", "-W", "1", overlay);
            return a.path("b").kind() == PeerPath.Kind.DIRECT && b.path("a").kind() == PeerPath.Kind.DIRECT;
        });
        System.out.printf(
                "a is told as %s, b sends to %s and a to %s%n",
                mapped, b.path("a").addr(), a.path("b").addr());
        assertEquals(mapped, Objects.requireNonNull(b.path("a").addr()), "b reaches a at its mapping");
        assertTrue(Objects.requireNonNull(a.path("b").addr()).startsWith(OUTSIDE + "3:"));
        assertEquals(0, hostA.run("ping", "-c", "3", "-W", "5", overlay).status(), "traffic passes");
    }

    private Site router(Site internet, int number) throws Exception {
        Site router = opened(Site.make("router" + number));
        internet.ip("link add to-" + number + " type veth peer name wan netns " + router.name());
        internet.ip("link set to-" + number + " master switch up");
        router.ip("addr add " + OUTSIDE + (1 + number) + "/24 dev wan");
        router.ip("link set wan up");
        router.ip("route add default via " + OUTSIDE + "254");
        router.sysctl("net.ipv4.ip_forward", "1");
        try (NetworkNamespace namespace = NetworkNamespace.open(router.name())) {
            NatRouter.load(namespace, RULES);
        }
        return router;
    }

    private Site host(int number, Site router) {
        Site host = opened(Site.make("host" + number));
        host.ip("link add eth0 type veth peer name lan netns " + router.name());
        host.ip("addr add 192.168." + number + ".10/24 dev eth0");
        host.ip("link set eth0 up");
        router.ip("addr add 192.168." + number + ".1/24 dev lan");
        router.ip("link set lan up");
        host.ip("route add default via 192.168." + number + ".1");
        return host;
    }

    /** The endpoint that is the mapping: the log has it; empty if there is none yet. It has to be among those that are told. */
    private static String mapped(NatGateway gateway) {
        String start = "the router leads ";
        return gateway.log()
                .lines()
                .filter(line -> line.contains(start))
                .map(line ->
                        line.substring(line.indexOf(start) + start.length()).split(" ", 2)[0])
                .filter(endpoint -> Objects.requireNonNull(gateway.status().self(), "it has joined")
                        .endpoints()
                        .contains(endpoint))
                .reduce("", (earlier, later) -> later);
    }
}
