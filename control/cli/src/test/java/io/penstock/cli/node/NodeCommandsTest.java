package io.penstock.cli.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.CommandFailure;
import io.penstock.cli.ExitCode;
import io.penstock.cli.Subcommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The verbs against a daemon that says what the test wants. */
class NodeCommandsTest {
    private static final String PREFERENCES = """
            {"server":"https://vpn.example.org","lan":["10.1.0.0/24"],"accept_routes":["all"],"mtu":0,"port":41641,\
            "snat":false,"interface_name":"penstock0","static_peers":[]}""";

    private static final String STATUS = """
            {"schema":1,"version":"0.1","state":"running","login_url":null,"self":{"name":"hq","full_name":"hq.example.org",\
            "overlay":["100.64.0.1","fd7a:1:2::1"],"node_key":"nodekey:%s","interface_name":"penstock0","mtu":1280,\
            "port":41641,"endpoints":["192.0.2.1:41641"],"lan":["10.1.0.0/24","10.9.0.0/24"],"approved":["10.1.0.0/24"],\
            "key_expiry":null,"online":true},"peers":[{"name":"branch","overlay":["100.64.0.2"],"online":true,\
            "is_static":false,"is_exit_node":false,"routes":["10.2.0.0/24"],"path":{"kind":"direct",\
            "addr":"198.51.100.7:41641","relay":null,"since":null,"rtt_ms":12.34,"mtu":null},"last_handshake":null,\
            "rx_bytes":1234567,"tx_bytes":999},{"name":"laptop","overlay":["10.1.0.77"],"online":null,"is_static":true,\
            "routes":[],"path":{"kind":"none"},"rx_bytes":0,"tx_bytes":0}],"routes":[{"prefix":"10.2.0.0/24","via":"branch",\
            "state":"active","why":""},{"prefix":"10.1.0.0/16","via":"branch","state":"rejected","why":"this host is in it"}],\
            "coordinator":{"state":"connected","url":"https://vpn.example.org","cached":false},\
            "health":[{"code":"x","severity":"warning","text":"UDP is slow","fix":"ethtool -K eth0 rx-udp-gro-forwarding on"}]}""".formatted("01".repeat(32));

    private static final String NOT_APPROVED = """
            {"code":"routes-not-approved","severity":"warning","text":"Peers may not use 10.9.0.0/24 yet.",\
            "fix":"on the coordinator: `penstock server routes approve hq 10.9.0.0/24`"}""";

    @TempDir
    private Path folder = Path.of("");

    private Path socket = Path.of("");
    private Path config = Path.of("");

    private record Outcome(int status, String out, String err, List<String> requests) {}

    @BeforeEach
    void place() {
        socket = folder.resolve("penstock.sock");
        config = folder.resolve("penstock.conf");
    }

    @Test
    void saysHowToStartADaemonThatIsNotThere() {
        Outcome outcome = run(new StatusCommand());

        assertEquals(ExitCode.NOT_RUNNING, outcome.status);
        assertTrue(outcome.err.contains("sudo systemctl start penstockd"), outcome.err);
    }

    @Test
    void showsTheNodeItsPeersAndWhatIsWrong() throws Exception {
        Outcome outcome = run(new StatusCommand(), request -> List.of("{\"result\":" + STATUS + "}"));

        assertEquals(ExitCode.OK, outcome.status, outcome.err);
        assertEquals(List.of("{\"verb\": \"status\"}"), outcome.requests);
        assertEquals("""
                hq.example.org  100.64.0.1  fd7a:1:2::1  running
                  coordinator  https://vpn.example.org, connected
                  interface    penstock0, MTU 1280, UDP port 41641
                  lan          10.1.0.0/24
                  lan          10.9.0.0/24, waits for approval at the coordinator

                PEER    ADDRESS     ONLINE  PATH                       RTT      HANDSHAKE  RX      TX     ROUTES
                branch  100.64.0.2  yes     direct 198.51.100.7:41641  12.3 ms  -          1.2 MB  999 B  10.2.0.0/24
                laptop  10.1.0.77   static  -                          -        -          0 B     0 B    -

                warning: UDP is slow
                  cure: ethtool -K eth0 rx-udp-gro-forwarding on
                """, outcome.out);
    }

    @Test
    void printsJsonAsItCame() throws Exception {
        Outcome outcome = run(new StatusCommand(), request -> List.of("{\"result\":" + STATUS + "}"), "--json");

        assertEquals(STATUS + "\n", outcome.out);
    }

    @Test
    void aCheckTellsByItsStatusAndSaysWhy() throws Exception {
        Function<String, List<String>> answers = request -> List.of("{\"result\":" + STATUS + "}");

        assertEquals(ExitCode.OK, run(new StatusCommand(), answers, "--check", "ready").status);
        Outcome active = run(new StatusCommand(), answers, "--check", "active");
        assertEquals(ExitCode.NOT_MET, active.status);
        assertEquals("penstock status: not active: 10.9.0.0/24 waits for approval at the coordinator\n", active.err);
        assertEquals("", active.out);
    }

    @Test
    void upJoinsShowsTheLoginAndEndsWithWhatTheRouterHasToKnow() throws Exception {
        Outcome outcome = run(
                new UpCommand(),
                request -> request.contains("\"get\"")
                        ? List.of("{\"result\":{\"server\":\"\"}}")
                        : List.of(
                                "{\"event\":{\"kind\":\"state\",\"state\":\"starting\"}}",
                                "{\"event\":{\"kind\":\"login-needed\",\"url\":\"https://vpn.example.org/a/1\"}}",
                                "{\"result\":" + STATUS.replace("\"health\":[", "\"health\":[" + NOT_APPROVED + ",")
                                        + "}"),
                "--server",
                "https://vpn.example.org",
                "--lan",
                "10.1.0.0/24",
                "10.9.0.0/24",
                "--no-clamp-mss");

        assertEquals(ExitCode.OK, outcome.status, outcome.err);
        assertEquals(
                "{\"verb\": \"up\",\"changes\": {\"reset\": false,\"server\": \"https://vpn.example.org\","
                        + "\"lan\": [\"10.1.0.0/24\",\"10.9.0.0/24\"],\"clamp_mss\": false},\"new_login\": false,\"timeout_ms\": 0}",
                outcome.requests.getLast());
        assertTrue(outcome.err.contains("https://vpn.example.org/a/1"), outcome.err);
        assertFalse(outcome.err.contains("█"), "a code is for a terminal");
        assertTrue(outcome.out.startsWith("up: hq.example.org 100.64.0.1"), outcome.out);
        assertTrue(outcome.out.contains("branch  direct 198.51.100.7:41641  12.3 ms"), outcome.out);
        assertTrue(
                outcome.out.contains("ip route add 10.2.0.0/24 via (this gateway's address in 10.1.0.0/24)"),
                outcome.out);
        assertEquals(
                1,
                outcome.out
                        .lines()
                        .filter(line -> line.contains("penstock server routes approve hq 10.9.0.0/24"))
                        .count(),
                outcome.out);
    }

    @Test
    void aFirstUpSaysThatPathsAreFoundLater() throws Exception {
        Outcome outcome = run(
                new UpCommand(),
                request -> request.contains("\"get\"")
                        ? List.of("{\"result\":{\"server\":\"\"}}")
                        : List.of(
                                "{\"event\":{\"kind\":\"trouble\",\"text\":\"so it is\",\"retry_in_ms\":0}}",
                                "{\"result\":" + STATUS.replace("\"kind\":\"direct\"", "\"kind\":\"none\"") + "}"),
                "--server",
                "https://vpn.example.org");
        assertTrue(
                outcome.out.contains(
                        "  no path yet to branch: it is found with the first packets, or by `penstock ping NODE`\n"),
                outcome.out);
        assertTrue(outcome.err.contains("so it is\n"), outcome.err);
    }

    @Test
    void importsAFileOfManyPeersInParts() throws Exception {
        StringBuilder file = new StringBuilder();
        for (int n = 0; n < 200; n++) {
            byte[] key = new byte[32];
            key[0] = (byte) n;
            key[1] = 1;
            file.append("[Peer] # p%d\nPublicKey = %s\nAllowedIPs = 10.1.0.%d/32\n"
                    .formatted(n, Base64.getEncoder().encodeToString(key), n));
        }
        Path many = Files.writeString(folder.resolve("wg0.conf"), file);
        Function<String, List<String>> answers = request -> List.of(
                request.contains("\"p199\"")
                        ? "{\"error\":{\"code\":\"failed\",\"text\":\"the disk is full\"}}"
                        : "{\"result\":" + PREFERENCES + "}");

        Outcome outcome = run(new PeerCommand(), answers, "import", many.toString());

        assertTrue(outcome.requests.size() > 1, "several");
        outcome.requests.forEach(request -> assertTrue(request.length() < 64 * 1024));
        assertTrue(
                outcome.err.contains("the disk is full") && outcome.err.contains("import the file again"), outcome.err);
    }

    @Test
    void upDropsNothingInSilenceUnlessItIsTold() throws Exception {
        Function<String, List<String>> answers =
                request -> List.of("{\"result\":" + (request.contains("\"get\"") ? PREFERENCES : STATUS) + "}");

        Outcome refused = run(new UpCommand(), answers, "--server", "https://vpn.example.org", "--snat");
        Outcome reset = run(new UpCommand(), answers, "--server", "https://vpn.example.org", "--snat", "--reset");
        Outcome plain = run(new UpCommand(), answers);

        assertEquals(ExitCode.USAGE, refused.status);
        assertTrue(
                refused.err.contains("penstock up --server=https://vpn.example.org --snat=true --lan=10.1.0.0/24"),
                refused.err);
        assertEquals(1, refused.requests.size(), "nothing was changed");
        assertEquals(ExitCode.OK, reset.status, reset.err);
        assertTrue(reset.requests.getLast().contains("\"reset\": true"), reset.requests.toString());
        assertEquals(ExitCode.OK, plain.status, plain.err);
    }

    @Test
    void upTakesNoSecretFromTheCommandLineAndOneFromAFile() throws Exception {
        Path key = Files.writeString(folder.resolve("key"), "tskey-auth-1\n");
        Function<String, List<String>> answers =
                request -> List.of("{\"result\":" + (request.contains("\"get\"") ? "{}" : STATUS) + "}");

        Outcome literal = run(new UpCommand(), answers, "--auth-key", "tskey-auth-1");
        Outcome file = run(new UpCommand(), answers, "--auth-key", "file:" + key);

        assertEquals(ExitCode.USAGE, literal.status);
        assertFalse(literal.err.contains("tskey-auth-1"), "and does not repeat it");
        assertEquals(List.of(), literal.requests);
        assertEquals(ExitCode.OK, file.status, file.err);
        assertTrue(file.requests.getLast().contains("\"auth_key\": \"tskey-auth-1\""), file.requests.toString());
    }

    @Test
    void whatTheFileSaysCannotBeSetElsewhere() throws Exception {
        Files.writeString(config, "{\n  \"mtu\": 1400,\n}");
        Function<String, List<String>> answers = request -> List.of("{\"result\":{\"mtu\":1400,\"snat\":true}}");

        Outcome refused = run(new SetCommand(), answers, "--mtu", "1300");
        Outcome same = run(new SetCommand(), answers, "--snat");

        assertEquals(ExitCode.USAGE, refused.status);
        assertTrue(refused.err.contains(config + ":2:3"), refused.err);
        assertEquals(List.of(), refused.requests);
        assertEquals("snat = true\n", same.out);
        assertEquals(
                "{\"verb\": \"set\",\"changes\": {\"reset\": false,\"snat\": true,\"mtu\": 1400}}",
                same.requests.getFirst());
    }

    @Test
    void reloadSendsWhatDiffersAndNothingIfNothingDoes() throws Exception {
        Files.writeString(config, "{\"mtu\": 1400, \"lan\": [\"10.1.0.0/24\"]}");
        Function<String, List<String>> answers = request -> List.of("{\"result\":" + PREFERENCES + "}");

        Outcome changed = run(new ReloadCommand(), answers);
        Files.writeString(config, "{\"lan\": [\"10.1.0.0/24\"]}");
        Outcome same = run(new ReloadCommand(), answers);
        Files.writeString(config, "{\"lam\": 1}");
        Outcome wrong = run(new ReloadCommand(), answers);

        assertEquals("mtu: 0 -> 1400\n", changed.out);
        assertEquals("{\"verb\": \"set\",\"changes\": {\"reset\": false,\"mtu\": 1400}}", changed.requests.getLast());
        assertEquals("nothing to change\n", same.out);
        assertEquals(ExitCode.USAGE, wrong.status);
        assertTrue(wrong.err.contains(config + ":1:2: unknown setting 'lam'; did you mean 'lan'?"), wrong.err);
        assertEquals(List.of(), wrong.requests);
    }

    @Test
    void getShowsValuesAndWhereTheyComeFrom() throws Exception {
        Files.writeString(config, "{\n  \"mtu\": 1400,\n}");
        Function<String, List<String>> answers = request -> List.of("{\"result\":" + PREFERENCES + "}");

        Outcome all = run(new GetCommand(), answers);
        Outcome one = run(new GetCommand(), answers, "lan");
        Outcome none = run(new GetCommand(), answers, "lam");

        assertTrue(all.out.contains("lan              10.1.0.0/24              set"), all.out);
        assertTrue(all.out.contains(config + ":2:3, which says 1400: 'penstock reload' takes it over"), all.out);
        assertEquals("10.1.0.0/24\n", one.out);
        assertEquals(ExitCode.USAGE, none.status);
        assertTrue(none.err.contains("did you mean 'lan'?"), none.err);
    }

    @Test
    void pingNamesThePathAndTellsADirectOneFromARelayed() throws Exception {
        List<String> kinds = new ArrayList<>(List.of("relay", "direct"));
        Function<String, List<String>> answers = request -> List.of(
                "{\"result\":{\"peer\":\"hub\",\"overlay\":\"100.64.0.3\",\"type\":\"disco\",\"path\":{\"kind\":\"%s\",\"addr\":\"192.0.2.9:1\",\"relay\":\"fra\",\"rtt_ms\":7.0}}}"
                        .formatted(kinds.removeFirst()));

        Outcome outcome = run(new PingCommand(), answers, "--until-direct", "hub");

        assertEquals(ExitCode.OK, outcome.status, outcome.err);
        assertEquals("""
                pong from hub (100.64.0.3) by relay fra in 7.0 ms
                pong from hub (100.64.0.3) by direct 192.0.2.9:1 in 7.0 ms
                """, outcome.out);
    }

    @Test
    void pingWithoutAnyAnswerIsNotInTime() throws Exception {
        Outcome outcome = run(
                new PingCommand(),
                request -> List.of("{\"error\":{\"code\":\"timed-out\",\"text\":\"no answer\"}}"),
                "-c",
                "1",
                "hub");

        assertEquals(ExitCode.TIMED_OUT, outcome.status);
    }

    @Test
    void waitEndsWithTheNetworkAndSaysWhatItLacksOtherwise() throws Exception {
        Outcome ready = run(
                new WaitCommand(),
                request -> List.of("{\"event\":{\"state\":\"starting\"}}", "{\"event\":{\"state\":\"running\"}}", ""));
        Outcome login = run(
                new WaitCommand(),
                request -> List.of("{\"event\":{\"state\":\"needs-login\"}}", ""),
                "--timeout",
                "300ms");

        assertEquals(ExitCode.OK, ready.status, ready.err);
        assertEquals(ExitCode.NOT_LOGGED_IN, login.status);
        assertTrue(login.err.contains("the node is needs-login"), login.err);
    }

    @Test
    void errorsOfTheDaemonHaveTheirCodes() throws Exception {
        Outcome root = run(
                new DownCommand(),
                request -> List.of("{\"error\":{\"code\":\"not-permitted\",\"text\":\"down takes root\"}}"));
        Outcome down = run(
                new PingCommand(),
                request -> List.of("{\"error\":{\"code\":\"not-up\",\"text\":\"the node is not up\"}}"),
                "hub");
        Outcome gone = run(new DownCommand(), request -> List.of());

        assertEquals(ExitCode.NEEDS_ROOT, root.status);
        assertEquals("down takes root\n", root.err);
        assertEquals(ExitCode.NOT_LOGGED_IN, down.status);
        assertEquals(ExitCode.FAILED, gone.status);
        assertTrue(gone.err.contains("hung up"), gone.err);
    }

    @Test
    void importsPeersOfAFileWithTheirPresharedKeysAndRefusesNames() throws Exception {
        String key = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
        Path file = Files.writeString(folder.resolve("wg0.conf"), """
                [Interface]
                PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=
                [Peer] # Laptop
                PublicKey = %s
                AllowedIPs = 10.1.0.77/32
                """.formatted(key));
        Function<String, List<String>> answers = request -> List.of("{\"result\":" + PREFERENCES + "}");

        Outcome taken = run(new PeerCommand(), answers, "import", file.toString());
        String plain = Files.readString(file);
        Files.writeString(file, plain + "Endpoint = gw.example.org:51820");
        Outcome named = run(new PeerCommand(), answers, "import", file.toString());
        Files.writeString(file, plain + "PresharedKey = " + key);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Outcome secret = run(new PeerCommand(), answers, "import", file.toString());

        assertEquals("took laptop\n", taken.out, taken.err);
        assertFalse(taken.requests.getFirst().contains("yAnz5"), "the interface's key stays where it is");
        assertTrue(
                taken.requests.getFirst().contains("\"allowed_ips\": [\"10.1.0.77/32\"],\"endpoint\": null"),
                taken.requests.toString());
        assertEquals(ExitCode.FAILED, named.status);
        assertTrue(named.err.contains("needs an address"), named.err);
        assertEquals(ExitCode.OK, secret.status, secret.err);
        assertTrue(
                secret.requests.getFirst().contains("\"preshared_keys\": {\"laptop\": \"" + key + "\"}"),
                secret.requests.toString());
        assertTrue(secret.err.contains("chmod 600"), secret.err);
    }

    @Test
    void exportsThePresharedKeyOfAPeerThatHasOne() throws Exception {
        String key = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
        String status = STATUS.replace("\"is_static\":true", "\"is_static\":true,\"has_preshared_key\":true");
        Outcome outcome = run(
                new PeerCommand(),
                request -> List.of(
                        request.contains("preshared-key")
                                ? "{\"result\":{\"key\":\"" + key + "\"}}"
                                : "{\"result\":" + status + "}"),
                "export",
                "--wg-quick",
                "laptop");
        Outcome refused = run(
                new PeerCommand(),
                request -> List.of(
                        request.contains("preshared-key")
                                ? "{\"error\":{\"code\":\"not-permitted\",\"text\":\"use sudo\"}}"
                                : "{\"result\":" + status + "}"),
                "export",
                "--wg-quick",
                "laptop");

        assertTrue(outcome.out.contains("\nPresharedKey = " + key + "\n"), outcome.out + outcome.err);
        assertEquals(ExitCode.NEEDS_ROOT, refused.status);
        assertEquals("", refused.out, "a file without it would never work");
    }

    @Test
    void exportsWhatAPeerNeedsWithoutAPrivateKey() throws Exception {
        Outcome outcome = run(
                new PeerCommand(), request -> List.of("{\"result\":" + STATUS + "}"), "export", "--wg-quick", "laptop");

        assertEquals("""
                [Interface]
                Address = 10.1.0.77
                # The key stays where it was made: umask 077; wg genkey > /etc/wireguard/NAME.key
                PostUp = wg set %i private-key /etc/wireguard/%i.key

                # hq
                [Peer]
                PublicKey = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
                AllowedIPs = 100.64.0.1/32, fd7a:1:2::1/128, 10.1.0.0/24, 10.9.0.0/24
                Endpoint = 192.0.2.1:41641
                PersistentKeepalive = 25
                """, outcome.out, outcome.err);
    }

    private Outcome run(Subcommand command, Function<String, List<String>> answers, String... words)
            throws IOException {
        try (FakeDaemon daemon = new FakeDaemon(socket, answers)) {
            Outcome outcome = run(command, words);
            return new Outcome(outcome.status, outcome.out, outcome.err, List.copyOf(daemon.requests()));
        } finally {
            Files.delete(socket);
        }
    }

    private Outcome run(Subcommand command, String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = new CommandLine(command);
        command.addSubcommands(line, "");
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        line.setExecutionExceptionHandler((failure, failed, parsed) -> {
            if (!(failure instanceof CommandFailure known)) {
                throw failure;
            }
            failed.getErr().println(known.getMessage());
            return known.exitCode();
        });
        List<String> arguments = new ArrayList<>(Arrays.asList(words));
        arguments.add("--socket=" + socket);
        if (line.getCommandSpec().findOption("--config") != null) {
            arguments.add("--config=" + config);
        }
        int status = line.execute(arguments.toArray(String[]::new));
        return new Outcome(status, out.toString(), err.toString(), List.of());
    }
}
