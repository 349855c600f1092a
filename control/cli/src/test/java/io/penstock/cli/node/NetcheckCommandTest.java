package io.penstock.cli.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.node.netcheck.core.NetcheckReport;
import io.penstock.node.netcheck.core.StunServerName;
import io.penstock.node.path.core.CheckReport;
import io.penstock.node.portmap.core.PortMapKind;
import io.penstock.node.portmap.core.PortMapView;
import io.penstock.protocol.message.DerpMap;
import io.penstock.protocol.stun.discovery.NatBehaviour;
import io.penstock.protocol.stun.discovery.NatBehaviour.Filtering;
import io.penstock.protocol.stun.discovery.NatBehaviour.Hairpin;
import io.penstock.protocol.stun.discovery.NatBehaviour.Mapping;
import io.penstock.wireguard.Endpoint;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What is said before and after a look; looks themselves are in the simulator and in the lab of NATs. */
class NetcheckCommandTest {
    private static final String MAP = """
            {"Regions":{"901":{"RegionID":901,"RegionCode":"fra","RegionName":"Frankfurt","Nodes":[{"Name":"901a","RegionID":901,\
            "HostName":"relay.example.org"}]},"902":{"RegionID":902,"RegionCode":"nyc","RegionName":"nyc","Nodes":[{"Name":"902a",\
            "RegionID":902,"HostName":"far.example.org"}]}}}""";

    private static final NatBehaviour EASY = new NatBehaviour(
            true,
            true,
            Mapping.ENDPOINT_INDEPENDENT,
            Filtering.ADDRESS_AND_PORT_DEPENDENT,
            Hairpin.NO,
            List.of(Endpoint.parse("192.0.2.77:41873")),
            3,
            2,
            Endpoint.parse("198.51.100.1:3478"));

    private static final NetcheckReport REPORT = new NetcheckReport(
            EASY,
            NatBehaviour.NOTHING,
            false,
            new CheckReport(Map.of(901, 12_345_678L), Map.of(), Map.of(), List.of(), null, true),
            901,
            new PortMapView(false, Set.of(PortMapKind.UPNP, PortMapKind.PCP), null, null, Map.of()));

    @TempDir
    private Path folder = Path.of("");

    private record Outcome(int status, String out, String err) {}

    private Outcome run(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(new NetcheckCommand());
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        line.setExecutionExceptionHandler((exception, of, parsed) -> {
            err.append(String.valueOf(exception.getMessage()));
            return exception instanceof CommandFailure failure ? failure.exitCode() : -1;
        });
        String[] all = new String[arguments.length + 2];
        all[0] = "--socket";
        all[1] = folder.resolve("penstock.sock").toString();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return new Outcome(line.execute(all), out.toString(), err.toString());
    }

    private KnownRelays relays() throws Exception {
        return KnownRelays.ofFile(Files.writeString(folder.resolve("relays.json"), MAP));
    }

    @Test
    void withoutADaemonItSaysWhatElseTellsTheRelays() {
        Outcome outcome = run();
        assertEquals(ExitCode.NOT_RUNNING, outcome.status());
        assertTrue(outcome.err().contains("--server, --derp-map or --stun"), outcome.err());
    }

    @Test
    void aDaemonWithoutRelaysIsToBeLoggedIn() throws Exception {
        try (FakeDaemon daemon = new FakeDaemon(
                folder.resolve("penstock.sock"), request -> List.of("{\"result\":{\"map\":null,\"home\":0}}"))) {
            Outcome outcome = run();
            assertEquals(ExitCode.NOT_LOGGED_IN, outcome.status(), outcome.err());
            assertEquals(List.of("{\"verb\": \"relays\"}"), daemon.requests());
        }
    }

    @Test
    void takesTheRelaysAndTheHomeOfTheDaemon() throws Exception {
        Path socket = folder.resolve("penstock.sock");
        try (FakeDaemon daemon =
                new FakeDaemon(socket, request -> List.of("{\"result\":{\"map\":" + MAP + ",\"home\":902}}"))) {
            KnownRelays known = KnownRelays.ofDaemon(new Daemon(socket), false);
            assertEquals(902, known.home());
            assertEquals(relays().map(), known.map());
            assertEquals(1, daemon.requests().size());
        }
    }

    @Test
    void aServerOfStunIsEnough() throws Exception {
        assertEquals(
                0,
                KnownRelays.ofDaemon(new Daemon(folder.resolve("nobody")), true).home());
    }

    @Test
    void refusesFilesThatAreNoMap() throws Exception {
        Path file = Files.writeString(folder.resolve("bad.json"), "{\"Regions\":{}}");
        Outcome outcome = run("--derp-map", file.toString());
        assertEquals(ExitCode.FAILED, outcome.status());
        assertTrue(outcome.err().contains("names no region"), outcome.err());
        assertTrue(run("--derp-map", folder.resolve("none").toString()).err().contains("cannot read it"));
        Files.writeString(file, "{\"Regions\":[]}");
        assertEquals(ExitCode.FAILED, run("--derp-map", file.toString()).status());
    }

    @Test
    void refusesWhatDoesNotGoTogether() throws Exception {
        Path file = Files.writeString(folder.resolve("relays.json"), MAP);
        assertEquals(
                ExitCode.USAGE,
                run("--derp-map", file.toString(), "--server", "https://vpn.example.org")
                        .status());
        assertEquals(ExitCode.USAGE, run("--server", "vpn.example.org").status());
        assertEquals(ExitCode.USAGE, run("--server", "ftp://vpn.example.org").status());
        assertEquals(ExitCode.USAGE, run("--every", "1s").status());
        assertEquals(ExitCode.USAGE, run("--every", "soon").status());
    }

    @ParameterizedTest
    @CsvSource({
        "stun.example.org, stun.example.org, 3478",
        "stun.example.org:19302, stun.example.org, 19302",
        "192.0.2.1:1, 192.0.2.1, 1",
        "[2001:db8::1], 2001:db8::1, 3478",
        "[2001:db8::1]:5, 2001:db8::1, 5",
        "2001:db8::1, 2001:db8::1, 3478"
    })
    void readsServersOfStun(String text, String host, int port) throws Exception {
        assertEquals(new StunServerName(host, port), StunServers.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":3478",
                "a:0",
                "a:65536",
                "a:b",
                "a b",
                "[::1",
                "http://a",
                "a/b",
                "[::1]:",
                "1::2::3",
                "a:123456"
            })
    void refusesOtherServersOfStun(String text) {
        assertEquals(
                ExitCode.USAGE,
                assertThrows(CommandFailure.class, () -> StunServers.parse(text))
                        .exitCode());
    }

    private static String text(NetcheckReport report, DerpMap map) {
        StringWriter out = new StringWriter();
        NetcheckText.print(report, map, new PrintWriter(out, true));
        return out.toString();
    }

    @Test
    void showsWhatWasFoundTheNearestRelayFirst() throws Exception {
        assertEquals("""
                UDP            gets through
                IPv4           seen at 192.0.2.77:41873
                IPv6           this host has no address
                mapping        endpoint-independent: the same address for all destinations
                filtering      address-and-port-dependent: only answers are let in
                hairpin        no
                port mapping   PCP, UPnP
                relay          fra (Frankfurt) is preferred

                   REGION  NAME             IPV4     IPV6  HTTPS
                *  901     fra (Frankfurt)  12.3 ms  -     -
                   902     nyc              -        -     -
                """, text(REPORT, relays().map()));
    }

    @Test
    void saysWhatAHardNatAndABlockedNetworkMean() throws Exception {
        NatBehaviour hard = new NatBehaviour(
                true,
                true,
                Mapping.DESTINATION_DEPENDENT,
                Filtering.UNKNOWN,
                Hairpin.UNKNOWN,
                List.of(Endpoint.parse("192.0.2.77:1"), Endpoint.parse("192.0.2.77:2")),
                2,
                2,
                null);
        String of = text(
                new NetcheckReport(hard, NatBehaviour.NOTHING, true, CheckReport.NOTHING, 0, null), relays().map());
        assertTrue(of.contains("IPv4           seen at 192.0.2.77:1, 192.0.2.77:2\n"), of);
        assertTrue(of.contains("IPv6           no server was asked\n"), of);
        assertTrue(of.contains("A port mapping, or a forward, makes up for it."), of);
        assertTrue(of.contains("relay          none answers\n"), of);
        String cut = text(
                new NetcheckReport(NatBehaviour.NOTHING, NatBehaviour.NOTHING, false, CheckReport.NOTHING, 0, null),
                relays().map());
        assertTrue(cut.contains("Nothing answers"), cut);
    }

    @Test
    void writesOneLineOfJson() throws Exception {
        assertEquals(
                "{\"schema\": 1,\"time\": \"2026-01-02T03:04:05Z\",\"udp\": true,"
                        + "\"ipv4\": {\"works\": true,\"addresses\": [\"192.0.2.77:41873\"],\"translated\": true,"
                        + "\"mapping\": \"endpoint-independent\",\"filtering\": \"address-and-port-dependent\","
                        + "\"hairpin\": false,\"servers\": 3,\"answered\": 2,\"judge\": \"198.51.100.1:3478\"},\"ipv6\": null,"
                        + "\"port_mapping\": {\"pcp\": true,\"nat_pmp\": false,\"upnp\": true},"
                        + "\"preferred_region\": \"fra\",\"regions\": ["
                        + "{\"id\": 901,\"code\": \"fra\",\"name\": \"Frankfurt\",\"ipv4_ms\": 12.346,\"ipv6_ms\": null,"
                        + "\"https_ms\": null},"
                        + "{\"id\": 902,\"code\": \"nyc\",\"name\": \"nyc\",\"ipv4_ms\": null,\"ipv6_ms\": null,"
                        + "\"https_ms\": null}]}",
                NetcheckJson.of(REPORT, relays().map(), Instant.parse("2026-01-02T03:04:05Z")));
    }

    @Test
    void aNameCannotCommandTheTerminal() throws Exception {
        Path file = Files.write(
                folder.resolve("relays.json"),
                MAP.replace("Frankfurt", "\\u001b[2J").getBytes(StandardCharsets.UTF_8));
        assertTrue(text(REPORT, KnownRelays.ofFile(file).map()).contains("fra (?[2J)"));
    }
}
