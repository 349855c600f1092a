package io.penstock.cli.live.nat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Capture;
import io.penstock.cli.live.Packet;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Site;
import io.penstock.lab.nat.FirewallRules;
import io.penstock.lab.nat.NatRules;
import io.penstock.node.api.PeerPath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gateways face each other, each behind its host's firewall and its router's; neither lets anything in that was not asked for.
 *
 * <pre>
 *   2.2.2.2:1234 ── firewall ── router, firewall ── internet ── router, firewall ── firewall ── 7.7.7.7:5678
 *                 of its host                          coordinator                   of its host
 * </pre>
 *
 * The first datagram dies at the other's router, and opens both firewalls of its own side by leaving; the second and the third pass.
 */
@Tag("live")
class FaceOffTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String LEFT = "2.2.2.2:1234";
    private static final String RIGHT = "7.7.7.7:5678";

    @TempDir
    private Path folder = Path.of("");

    /** One side: what is behind its router, which has a public network instead of a translation. */
    private static final class Side implements AutoCloseable {
        final Site router;
        final Site host;

        /** With the gateway at N.N.N.N. */
        Side(Internet internet, String name, int number, int other) throws Exception {
            router = Site.make(name + "-router");
            host = Site.make(name);
            String network = "%1$d.%1$d.%1$d.".formatted(number);
            internet.plug(router, number, Internet.NETWORK + number);
            router.ip("link add lan0 type veth peer name eth0 netns " + host.name());
            router.ip("addr add " + network + "1/24 dev lan0");
            router.ip("link set lan0 up");
            host.ip("addr add " + network + number + "/24 dev eth0");
            host.ip("link set eth0 up");
            host.ip("route add default via " + network + "1");
            router.sysctl("net.ipv4.ip_forward", "1");
            router.ip("route add %1$d.%1$d.%1$d.0/24 via %2$s%1$d".formatted(other, Internet.NETWORK));
            internet.site.ip("route add " + network + "0/24 via " + Internet.NETWORK + number);
            NatSite.load(router, FirewallRules.router());
            NatSite.load(host, FirewallRules.host(List.of("pn-" + name), List.of()));
        }

        long dropped(Site site) {
            return NatSite.counter(site, "firewall", FirewallRules.DROPPED);
        }

        /** What the firewall of a machine remembers of the two ports, the one that began first. */
        String remembered(Site site) {
            String all = site.need("conntrack", "-L", "-p", "udp");
            return all.lines()
                    .filter(line -> line.contains("=2.2.2.2 ") && line.contains("=7.7.7.7 "))
                    .map(line -> line.replaceAll(".*?(src=\\S+) (dst=\\S+) (sport=\\S+) (dport=\\S+).*", "$1 $3 $2 $4"))
                    .reduce((one, two) -> one + "; " + two)
                    .orElse("nothing of them in\n" + all);
        }

        @Override
        public void close() {
            host.close();
            router.close();
        }
    }

    @Test
    void theFirstPacketIsLostAndOpensTheWayForTheOthers() throws Exception {
        try (Internet internet = new Internet();
                Side left = new Side(internet, "left", 2, 7);
                Side right = new Side(internet, "right", 7, 2);
                Coordination coordination = new Coordination(internet.site, folder);
                NatGateway one = new NatGateway("left", left.host, folder.resolve("left"));
                NatGateway two = new NatGateway("right", right.host, folder.resolve("right"))) {
            one.join(coordination, 1234);
            two.join(coordination, 5678);
            Await.until("both know each other", LIMIT, () -> one.knows("right") && two.knows("left"));
            assertEquals(0, left.dropped(left.router) + right.dropped(right.router), "nothing was sent yet");

            List<FaceOff.Step> steps = meet(left, right, one, two);

            System.out.println(FaceOff.draw(steps.subList(0, 3)));
            assertEquals(
                    new FaceOff.Step(true, "ping", 3), steps.get(0), "it reaches the other's router, and ends there");
            assertEquals(new FaceOff.Step(false, "ping", 4), steps.get(1), "it comes in as an answer");
            assertEquals(new FaceOff.Step(true, "pong", 4), steps.get(2), "it comes in as an answer");
            assertTrue(steps.stream().skip(1).allMatch(FaceOff.Step::hasArrived), "nothing else is lost: " + steps);
            assertEquals(1, left.dropped(left.router) + right.dropped(right.router), "a router dropped the first one");
            assertEquals(0, left.dropped(left.host) + right.dropped(right.host), "no host had to");
            for (Site site : List.of(left.router, left.host)) {
                assertEquals("src=2.2.2.2 sport=1234 dst=7.7.7.7 dport=5678", left.remembered(site));
            }
            for (Site site : List.of(right.router, right.host)) {
                assertEquals("src=7.7.7.7 sport=5678 dst=2.2.2.2 dport=1234", right.remembered(site));
            }
            String page = Files.readString(Program.checkout().resolve("docs/nat.md"));
            String drawing = FaceOff.draw(steps.subList(0, 3));
            assertTrue(page.contains(drawing), "docs/nat.md has another drawing than\n" + drawing);
        }
    }

    private static List<FaceOff.Step> meet(Side left, Side right, NatGateway one, NatGateway two) throws Exception {
        String filter = "udp and host 2.2.2.2 and host 7.7.7.7";
        try (Capture a = Capture.start(left.host, "eth0", filter);
                Capture b = Capture.start(left.router, NatRules.OUTSIDE, filter);
                Capture c = Capture.start(right.router, NatRules.OUTSIDE, filter);
                Capture d = Capture.start(right.host, "eth0", filter)) {
            String overlay = one.peer("right").overlay().getFirst();
            left.host.awaitReach(overlay, LIMIT);
            Await.until("both have a direct path", LIMIT, () -> {
                left.host.reaches(overlay);
                return isDirect(one.path("right"), RIGHT) && isDirect(two.path("left"), LEFT);
            });
            List<List<Packet>> captures = new ArrayList<>();
            for (Capture capture : List.of(a, b, c, d)) {
                captures.add(capture.all());
            }
            return FaceOff.steps(captures, LEFT);
        }
    }

    private static boolean isDirect(PeerPath path, String address) {
        return path.kind() == PeerPath.Kind.DIRECT && address.equals(path.addr());
    }
}
