package io.penstock.cli.live.nat;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Iperf3;
import io.penstock.cli.live.KeyPair;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.WgInterface;
import io.penstock.node.api.PathDebug;
import io.penstock.node.api.PeerPath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What path finding costs a direct path: two daemons that reach each other directly, and beside them, in the same two namespaces, two
 * interfaces of {@code penstock wg} with the same MTU; one TCP stream through this and that in turns. By {@code perf/direct}; by its name no
 * build runs it. What came out is in {@code target/direct-speed.md}.
 */
@Tag("live")
class DirectSpeedByHand {
    private static final int REPEATS = Integer.getInteger("penstock.test.repeats", 10);
    private static final int SECONDS = Integer.getInteger("penstock.test.seconds", 8);
    private static final double LEAST_RATIO = 0.97;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int MTU = 1280;
    private static final int WG_PORT = 51_820;
    private static final Pattern RECEIVED =
            Pattern.compile("(?s)\"sum_received\"\\s*:\\s*\\{.*?\"bits_per_second\"\\s*:\\s*([0-9.e+]+)");

    @TempDir
    private Path folder = Path.of("");

    @Test
    void pathFindingCostsNothing() throws Exception {
        try (Internet internet = new Internet();
                Coordination coordination = new Coordination(internet.site, folder);
                Site left = Site.make("left");
                Site right = Site.make("right")) {
            internet.plug(left, 11, Internet.NETWORK + 11);
            internet.plug(right, 12, Internet.NETWORK + 12);
            try (NatGateway one = new NatGateway("left", left, folder.resolve("left"));
                    NatGateway two = new NatGateway("right", right, folder.resolve("right"));
                    WgInterface plainLeft = WgInterface.start(Program.subject(), left);
                    WgInterface plainRight = WgInterface.start(Program.subject(), right)) {
                one.join(coordination, 41_641);
                two.join(coordination, 41_641);
                Await.until("both know each other", LIMIT, () -> one.knows("right") && two.knows("left"));
                connect(plainLeft, plainRight);
                String overlay = one.peer("right").overlay().getFirst().replaceAll("/.*", "");
                left.awaitReach(overlay, LIMIT);
                left.awaitReach("10.66.0.2", LIMIT);
                Await.until("a direct path", LIMIT, () -> {
                    left.reaches(overlay);
                    return isDirect(one, two);
                });
                List<Double> node = new ArrayList<>();
                List<Double> plain = new ArrayList<>();
                for (int i = 0; i < REPEATS; i++) {
                    long before = kept(one);
                    node.add(mbit(right, left, overlay));
                    assertTrue(isDirect(one, two), "still direct");
                    assertTrue(kept(one) > before, "the path was looked after meanwhile");
                    plain.add(mbit(right, left, "10.66.0.2"));
                }
                report(node, plain);
            }
        }
    }

    private static void connect(WgInterface left, WgInterface right) {
        KeyPair leftKeys = KeyPair.make();
        KeyPair rightKeys = KeyPair.make();
        set(left, leftKeys, rightKeys, 1, 2);
        set(right, rightKeys, leftKeys, 2, 1);
    }

    private static void set(WgInterface made, KeyPair own, KeyPair other, int number, int otherNumber) {
        made.configure("setconf", """
                        [Interface]
                        PrivateKey = %s
                        ListenPort = %d
                        [Peer]
                        PublicKey = %s
                        AllowedIPs = 10.66.0.%d/32
                        Endpoint = %s%d:%d
                        """.formatted(
                                own.privateKey(),
                                WG_PORT,
                                other.publicKey(),
                                otherNumber,
                                Internet.NETWORK,
                                10 + otherNumber,
                                WG_PORT))
                .mustSucceed();
        made.site().ip("addr add 10.66.0." + number + "/24 dev " + made.name());
        made.site().ip("link set " + made.name() + " mtu " + MTU + " up");
    }

    private static boolean isDirect(NatGateway one, NatGateway two) {
        return one.path("right").kind() == PeerPath.Kind.DIRECT
                && two.path("left").kind() == PeerPath.Kind.DIRECT;
    }

    /** How many pings of the path in use were answered lately. */
    private static long kept(NatGateway gateway) {
        return gateway.debugPath("right").candidates().stream()
                .mapToLong(PathDebug.Candidate::answers)
                .sum();
    }

    private static double mbit(Site server, Site client, String to) {
        String json = Iperf3.run(server, client, to, "-t", "" + SECONDS, "-O", "1", "--json");
        Matcher received = RECEIVED.matcher(json);
        assertTrue(received.find(), json);
        return Double.parseDouble(received.group(1)) / 1e6;
    }

    private static void report(List<Double> node, List<Double> plain) throws Exception {
        double ratio = median(node) / median(plain);
        String page = String.format(
                Locale.ROOT,
                "| | Mbit/s, in turns | median |%n| --- | --- | --: |%n| direct path of `penstock daemon` | %s | %.0f |%n"
                        + "| `penstock wg` | %s | %.0f |%n%nRatio of the medians: %.3f (at least %.2f is asked for).%n",
                text(node),
                median(node),
                text(plain),
                median(plain),
                ratio,
                LEAST_RATIO);
        System.out.println(page);
        Files.writeString(Path.of("target", "direct-speed.md"), page);
        assertTrue(ratio >= LEAST_RATIO, page);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }

    private static String text(List<Double> values) {
        return String.join(
                " ",
                values.stream()
                        .map(each -> String.format(Locale.ROOT, "%.0f", each))
                        .toList());
    }
}
