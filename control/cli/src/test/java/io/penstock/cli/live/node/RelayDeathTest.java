package io.penstock.cli.live.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two sites that have no UDP between them, and a region of two relays that freeze and die under their traffic, one after the other;
 * at last the coordinator's own relay is left. What is printed is for how long hosts heard nothing.
 */
@Tag("live")
class RelayDeathTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int REGION = 901;

    /** The goals, and how many times of them a busy machine may take. */
    private static final double RESET_S = 1;

    private static final double SILENT_S = 3;
    private static final double BUSY = 4;

    private static final String POLICY = """
            {
              "tagOwners": {"tag:gateway": ["autogroup:admin"]},
              "grants": [
                {"src": ["tag:gateway"], "dst": ["tag:gateway"], "ip": ["*"]},
                {"src": ["tag:gateway", "10.0.0.0/8"], "dst": ["10.1.0.0/24", "10.2.0.0/24"], "ip": ["*"]},
              ],
              "autoApprovers": {"routes": {"10.0.0.0/8": ["tag:gateway"]}},
            }""";

    /** For the coordinator's start, before the relays are there and have said their pins. */
    private static final String NOT_YET = """
            {"Name": "901a", "RegionID": 901, "HostName": "172.31.0.254", "DERPPort": 8443, "STUNPort": -1}""";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void sitesTalkOnThoughRelaysFreezeAndDie() throws Exception {
        Path map = folder.resolve("derp-map.json");
        writeMap(map, NOT_YET);
        try (Internet internet = new Internet(folder, POLICY, "--no-stun", "--derp-map", map.toString());
                RelayProgram one = internet.relay("one", 8443, 3481);
                RelayProgram two = internet.relay("two", 8444, 3482)) {
            writeMap(map, one.node(REGION, "901a") + ", " + two.node(REGION, "901b"));
            internet.blockUdp();
            Gateway a = internet.gateway("a", 1);
            Gateway b = internet.gateway("b", 2);
            Site hostA = a.lan("10.1.0.");
            Site hostB = b.lan("10.2.0.");
            a.up("tag:gateway", "--lan", "10.1.0.0/24");
            b.up("tag:gateway", "--lan", "10.2.0.0/24");
            a.await("10.2.0.0/24 b active", "routes");
            hostA.awaitReach("10.2.0.2", LIMIT);
            a.await(" relay mortal ", "status");
            b.await(" relay mortal ", "status");

            try (Watch watch = Watch.start(hostA, hostB, "10.2.0.2")) {
                TimeUnit.SECONDS.sleep(2);
                tell("before", watch.take(), RESET_S);

                internet.coordinator().kill();
                TimeUnit.SECONDS.sleep(2);
                tell("coordinator gone", watch.take(), RESET_S);
                internet.restartCoordinator();
                a.await(", connected since", "status");
                b.await(", connected since", "status");

                one.freeze();
                TimeUnit.SECONDS.sleep(4);
                tell("relay frozen", watch.take(), SILENT_S);
                one.thaw();

                two.kill();
                TimeUnit.SECONDS.sleep(3);
                tell("relay killed", watch.take(), RESET_S);

                one.kill();
                a.await(" relay penstock ", "status");
                b.await(" relay penstock ", "status");
                hostA.awaitReach("10.2.0.2", LIMIT);
                tell("region lost", watch.take(), SILENT_S);
            }
        }
    }

    private static void writeMap(Path file, String nodes) throws IOException {
        String region = """
                {"RegionID": %d, "RegionCode": "mortal", "RegionName": "mortal", "Nodes": [%s]}""".formatted(REGION, nodes);
        Files.writeString(file, "{\"Regions\": {\"" + REGION + "\": " + region + "}}");
    }

    private static void tell(String what, Watch.Gaps gaps, double goalS) {
        System.out.printf("%s: %s (goal %.0f s)%n", what, gaps, goalS);
        assertTrue(gaps.longestNs() < BUSY * goalS * 1e9, () -> what + ": " + gaps);
    }
}
