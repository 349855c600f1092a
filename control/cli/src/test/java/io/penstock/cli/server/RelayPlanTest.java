package io.penstock.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.CommandFailure;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the relay inside and STUN are, by what else the coordinator is told. */
class RelayPlanTest {
    @TempDir
    private Path folder;

    private RelayPlan plan(String listen, @Nullable String url, boolean selfSigned, RelayOptions.Given given)
            throws CommandFailure {
        URI parsed = url == null ? null : URI.create(url);
        return ServerPlan.of(
                        new UpRequest(folder.resolve("state"), listen, parsed, null, null, selfSigned, null, given))
                .relay();
    }

    @Test
    void isAtTheNextPortWhereTheCoordinatorHasNoTls() throws CommandFailure {
        RelayPlan plan = plan("192.168.1.10:8480", null, false, RelayOptions.Given.NOTHING);

        assertEquals("relay at 192.168.1.10:8481, STUN at 192.168.1.10:3478", plan.toString());
    }

    @Test
    void sharesThePortWhereTheCoordinatorHasTls() throws CommandFailure {
        RelayPlan plan = plan("0.0.0.0:443", "https://vpn.example.org", true, RelayOptions.Given.NOTHING);

        assertEquals("relay at the listener, STUN at 0.0.0.0:3478", plan.toString());
    }

    @Test
    void isReachedPastAProxyByWhatTheProxyDoesNotPassOn() throws CommandFailure {
        RelayPlan behindTls = plan("127.0.0.1:8480", "https://vpn.example.org", false, RelayOptions.Given.NOTHING);
        RelayPlan behindPlain = plan("127.0.0.1:8480", "http://vpn.lan:8480", false, RelayOptions.Given.NOTHING);

        assertEquals("relay at the listener, STUN at 0.0.0.0:3478", behindTls.toString());
        assertEquals("relay at 0.0.0.0:8481, STUN at 0.0.0.0:3478", behindPlain.toString());
    }

    @Test
    void isWhereItIsTold() throws CommandFailure {
        RelayOptions.Given given = new RelayOptions.Given("192.168.1.10:443", false, "192.168.1.11:3479", false, null);

        assertEquals(
                "relay at 192.168.1.10:443, STUN at 192.168.1.11:3479",
                plan("127.0.0.1:8480", null, false, given).toString());
        assertEquals(
                "relay at 127.0.0.1:8481, no STUN",
                plan("127.0.0.1:8480", null, false, new RelayOptions.Given(null, false, null, true, null))
                        .toString());
        RelayPlan none = plan("127.0.0.1:8480", null, false, new RelayOptions.Given(null, true, null, false, null));
        assertEquals("no relay", none.toString());
        assertTrue(none.isWithout());
    }

    @Test
    void refusesOptionsThatExcludeEachOther() {
        refuses("127.0.0.1:8480", new RelayOptions.Given("127.0.0.1:1", true, null, false, null), "--no-relay");
        refuses("127.0.0.1:8480", new RelayOptions.Given(null, false, "127.0.0.1:1", true, null), "--no-stun");
        refuses("127.0.0.1:65535", RelayOptions.Given.NOTHING, "--relay-listen");
    }

    @Test
    void checksTheFurtherRelaysBeforeAnythingRuns() throws Exception {
        Path file = Files.writeString(folder.resolve("derp.json"), "{\"Regions\":{\"900\":{\"RegionID\":900}}}");

        refuses(
                "127.0.0.1:8480",
                new RelayOptions.Given(null, false, null, false, file),
                file + ": region 900 is the coordinator's own relay");
    }

    private void refuses(String listen, RelayOptions.Given given, String message) {
        CommandFailure failure = assertThrows(CommandFailure.class, () -> plan(listen, null, false, given));
        assertTrue(String.valueOf(failure.getMessage()).contains(message), failure.getMessage());
    }
}
