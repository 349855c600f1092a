package io.penstock.cli.live.nat;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Site;
import io.penstock.lab.nat.NatKind;
import io.penstock.node.api.PeerPath;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long traffic stops when a path dies, comes back, or when one end is elsewhere all of a sudden. Two port-restricted routers with a
 * gateway behind each, which ping each other fifty times a second; what is printed are the longest silences of some tries, twenty in a
 * full run.
 */
@Tag("live")
class GapsTest {
    private static final int TRIES = Boolean.getBoolean("penstock.test.full") ? 20 : 3;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** Wide enough for a machine that does much else. */
    private static final long BOUND_MS = 20_000;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void trafficGoesOnWhateverHappensToAPath() throws Exception {
        try (Internet internet = new Internet();
                Coordination coordination = new Coordination(internet.site, folder);
                NatSite left = NatSite.make(internet, "left", NatKind.PORT_RESTRICTED, 10);
                NatSite right = NatSite.make(internet, "right", NatKind.PORT_RESTRICTED, 20);
                NatGateway one = new NatGateway("left", left.gateway, folder.resolve("left"));
                NatGateway two = new NatGateway("right", right.gateway, folder.resolve("right"))) {
            one.join(coordination, 41_641);
            two.join(coordination, 41_641);
            Await.until("both know each other", LIMIT, () -> one.knows("right") && two.knows("left"));
            String overlay = one.peer("right").overlay().getFirst();
            try (PingLog pings = new PingLog(left.gateway, overlay, folder.resolve("pings"))) {
                BooleanSupplier isDirect = () -> is(PeerPath.Kind.DIRECT, one, two);
                Await.until("a direct path", LIMIT, () -> isDirect.getAsBoolean() && pings.flows());
                deathAndReturn(left.router, right.publicAddress(), pings, isDirect);
                newPublicAddress(
                        left.router,
                        pings,
                        () -> isDirect.getAsBoolean() && isAt(two.path("left"), publicAddress(left.router)));
                newOwnAddress(left.gateway, left.network(), pings, isDirect);
            }
        }
    }

    private static boolean is(PeerPath.Kind kind, NatGateway one, NatGateway two) {
        return one.path("right").kind() == kind && two.path("left").kind() == kind;
    }

    private static boolean isAt(PeerPath path, String address) {
        return path.addr() != null && path.addr().startsWith(address + ":");
    }

    /** A router between drops datagrams from one side to the other without a word, and later lets them pass again. */
    private static void deathAndReturn(Site router, String other, PingLog pings, BooleanSupplier isDirect) {
        List<Long> deaths = new ArrayList<>();
        List<Long> returns = new ArrayList<>();
        List<Long> upgrades = new ArrayList<>();
        for (int i = 0; i < TRIES; i++) {
            long cutUs = PingLog.nowUs();
            router.need(
                    "nft",
                    "add table ip cut; add chain ip cut ways { type filter hook forward priority -10 ; };"
                            + " add rule ip cut ways ip daddr " + other + " meta l4proto udp drop;"
                            + " add rule ip cut ways ip saddr " + other + " meta l4proto udp drop");
            Await.until("traffic by the relay", LIMIT, () -> !isDirect.getAsBoolean() && pings.flows());
            Await.millis(2000);
            deaths.add(pings.gapMs(cutUs));

            long healedUs = PingLog.nowUs();
            router.need("nft", "delete table ip cut");
            Await.until("a direct path again", LIMIT, () -> isDirect.getAsBoolean() && pings.flows());
            returns.add((PingLog.nowUs() - healedUs) / 1000);
            Await.millis(1000);
            upgrades.add(pings.gapMs(healedUs));
        }
        report("the direct path dies: silence", deaths);
        report("it is back: time until it is used", returns);
        report("it is back: silence", upgrades);
    }

    /** The site's router is given another public address, which nobody at the site notices. */
    private static void newPublicAddress(Site router, PingLog pings, BooleanSupplier isDirect) {
        List<Long> gaps = new ArrayList<>();
        for (int i = 0; i < TRIES; i++) {
            long movedUs = PingLog.nowUs();
            String address = Internet.NETWORK + (100 + i);
            router.ip("addr flush dev wan");
            router.ip("addr add " + address + "/24 dev wan");
            router.ip("route add default via " + Internet.NETWORK + "254");
            Await.until("a direct path to the new address", LIMIT, () -> isDirect.getAsBoolean() && pings.flows());
            Await.millis(500);
            gaps.add(pings.gapMs(movedUs));
        }
        report("another public address: silence", gaps);
    }

    private static String publicAddress(Site router) {
        return router.ip("-4 -br addr show dev wan").replaceAll("(?s).* ([0-9.]+)/24.*", "$1");
    }

    /** The gateway itself is given another address, as after a move to another network. */
    private static void newOwnAddress(Site gateway, String network, PingLog pings, BooleanSupplier isDirect) {
        List<Long> gaps = new ArrayList<>();
        for (int i = 0; i < TRIES; i++) {
            long movedUs = PingLog.nowUs();
            gateway.ip("addr flush dev eth0");
            gateway.ip("addr add " + network + (100 + i) + "/24 dev eth0");
            gateway.ip("route add default via " + network + "1");
            Await.millis(2000);
            Await.until("a direct path", LIMIT, () -> isDirect.getAsBoolean() && pings.flows());
            Await.millis(500);
            gaps.add(pings.gapMs(movedUs));
        }
        report("another address of its own: silence", gaps);
    }

    private static void report(String what, List<Long> ms) {
        List<Long> sorted = ms.stream().sorted().toList();
        int last = sorted.size() - 1;
        System.out.printf(
                "%-36s p50 %d ms, p95 %d ms, max %d ms (%d tries)%n",
                what, sorted.get(last / 2), sorted.get((int) Math.round(last * 0.95)), sorted.get(last), sorted.size());
        assertTrue(sorted.getLast() <= BOUND_MS, what + ": " + ms);
    }
}
