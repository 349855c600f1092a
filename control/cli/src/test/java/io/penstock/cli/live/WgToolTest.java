package io.penstock.cli.live;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The distribution's {@code wg} does the same to us and to wireguard-go, and then shows the same. */
@Tag("live")
class WgToolTest {
    private static final int EPHEMERAL = 32768;

    private final KeyPair own = KeyPair.make();
    private final String a = KeyPair.make().publicKey();
    private final String b = KeyPair.make().publicKey();
    private final String c = KeyPair.make().publicKey();
    private final String presharedKey = KeyPair.presharedKey();

    private final Site oursSite = Site.make("ours");
    private final Site theirsSite = Site.make("theirs");
    private final WgInterface ours = WgInterface.start(Program.subject(), oursSite);
    private final WgInterface theirs = WgInterface.start(Program.WIREGUARD_GO, theirsSite);

    @AfterEach
    void endBoth() {
        try (oursSite;
                theirsSite;
                ours;
                theirs) {
            // in reverse order
        }
    }

    @Test
    void setsOneThingAfterTheOther() {
        for (boolean up : new boolean[] {false, true}) {
            if (up) {
                bringUp();
            }
            setsDevice();
            setsPeers();
            set("peer " + a + " remove peer " + b + " remove peer " + c + " remove");
            assertTrue(ours.dump().peers().isEmpty());
        }
    }

    private void bringUp() {
        oursSite.ip("link set " + ours.name() + " up");
        theirsSite.ip("link set " + theirs.name() + " up");
    }

    private void setsDevice() {
        set("listen-port 21000");
        set("fwmark 0xca6c");
        set("private-key " + file(own.privateKey()));
        set("fwmark 17 listen-port 21001");
        set("fwmark off");
        set("private-key /dev/null");
        set("private-key " + file(own.privateKey()));
    }

    private void setsPeers() {
        set("peer " + a + " allowed-ips 10.1.0.0/16,fd01::/48,192.168.7.9");
        set("peer " + a + " endpoint 192.0.2.7:1234 persistent-keepalive 25");
        set("peer " + a + " preshared-key " + file(presharedKey));
        set("peer " + b + " endpoint [2001:db8::7]:65535 allowed-ips 10.1.2.0/24,0.0.0.0/0,::/0");
        set("peer " + b + " allowed-ips 10.1.0.0/16,10.1.2.3/24,fd01:0:0:1::1/64"); // one from a, some with host bits
        set("peer " + c + " persistent-keepalive 65535 peer " + a + " allowed-ips ");
        set("peer " + a + " preshared-key /dev/null persistent-keepalive off");
        set("peer " + c + " allowed-ips 10.1.2.0/24 endpoint 127.0.0.1:1");
        set("peer " + own.publicKey() + " allowed-ips 10.77.0.0/16"); // ourselves: ignored
        set("peer " + b + " remove");
        set("peer " + b + " remove");
        set("peer " + b);
    }

    @Test
    void readsConfigurations() {
        bringUp(); // wireguard-go does not notice on newer kernels that it is down, and opens a port all the same
        String first = interfaceSection(22000)
                + peer(a, "10.1.0.0/16, fd01::/48", "192.0.2.7:1234")
                + peer(b, "10.2.0.0/16", "[2001:db8::7]:7");
        configure("setconf", first);
        configure("addconf", peer(c, "10.2.3.0/24", "192.0.2.8:1") + "PersistentKeepalive = 20\n");
        configure("addconf", peer(a, "10.9.0.0/16", "192.0.2.9:1"));
        configure("syncconf", first);
        configure("syncconf", interfaceSection(22001) + peer(b, "10.2.0.0/16,10.3.0.0/16", "192.0.2.1:7"));
        configure("setconf", interfaceSection(22000) + peer(c, "", "192.0.2.8:1"));
        configure("setconf", "[Interface]\nFwMark = 0x10\n");
        configure("setconf", first);
        assertEquals(showconf(theirs), showconf(ours));

        configure("setconf", ours.wg("showconf", ""));
        assertEquals(showconf(theirs), showconf(ours));
    }

    /** The sections in a stable order: wireguard-go lists peers in an accidental one. */
    private static List<String> showconf(WgInterface wg) {
        return List.of(wg.wg("showconf", "").split("\n\\[")).stream()
                .map(String::strip)
                .sorted()
                .toList();
    }

    @Test
    void refusesWhatWireguardGoRefuses() {
        theirs.wg("set", "listen-port 23000");
        ours.wg("set", "listen-port 23000");
        compare(wg -> {
            // A port that another socket of this namespace has.
            try (WgInterface other = WgInterface.start(Program.WIREGUARD_GO, wg.site())) {
                wg.site().ip("link set " + wg.name() + " up");
                other.wg("set", "listen-port 23001");
                other.site().ip("link set " + other.name() + " up");
                return failure(wg.tryWg("set", "listen-port 23001"), wg);
            }
        });
        compare(wg -> failure(wg.tryWg("set", "peer nonsense"), wg));
        compare(wg -> failure(wg.tryWg("set", "listen-port 70000"), wg));
    }

    private static String failure(Shell.Outcome outcome, WgInterface wg) {
        return outcome.status() + " " + outcome.err().replace(wg.name(), "IFACE");
    }

    @Test
    void takesManyPeersAndPrefixes() {
        StringBuilder text = new StringBuilder(interfaceSection(22000));
        for (int peer = 0; peer < 40; peer++) {
            StringBuilder prefixes = new StringBuilder();
            for (int i = 0; i < 256; i++) {
                prefixes.append(i == 0 ? "" : ",")
                        .append("10.")
                        .append(peer)
                        .append('.')
                        .append(i)
                        .append(".0/25");
            }
            text.append(peer(KeyPair.make().publicKey(), prefixes.toString(), "192.0.2.7:" + (1000 + peer)));
        }
        configure("setconf", text.toString());
        assertEquals(40, ours.dump().peers().size());
        assertEquals(
                40 * 256,
                ours.dump().peers().values().stream()
                        .mapToInt(peer -> peer.allowedIps().size())
                        .sum());
    }

    @Test
    void isShownLikeAnyInterface() {
        configure("setconf", interfaceSection(22000) + peer(a, "10.1.0.0/16", "192.0.2.7:1234"));

        assertTrue(List.of(oursSite.need("wg", "show", "interfaces").strip().split("\\s+"))
                .contains(ours.name()));
        compare(wg -> wg.wg("show", "").replace(wg.name(), "IFACE"));
        for (String field : List.of(
                "public-key",
                "private-key",
                "listen-port",
                "fwmark",
                "peers",
                "preshared-keys",
                "endpoints",
                "allowed-ips",
                "latest-handshakes",
                "transfer",
                "persistent-keepalive")) {
            compare(wg -> wg.wg("show", field));
        }
        assertFalse(ours.wg("show", "").contains(own.privateKey()));
    }

    private void set(String arguments) {
        compare(wg -> {
            List<String> words = new java.util.ArrayList<>(List.of("wg", "set", wg.name()));
            words.addAll(List.of(arguments.split(" ", -1)));
            return failure(wg.site().run(java.util.Map.of(), words), wg);
        });
        assertSame(arguments);
    }

    private void configure(String verb, String configuration) {
        compare(wg -> failure(wg.configure(verb, configuration), wg));
        assertSame(verb + "\n" + configuration);
    }

    private void compare(Function<WgInterface, String> action) {
        assertEquals(action.apply(theirs), action.apply(ours));
    }

    /** Field by field; the transfer of a peer may count a handshake try more or less. */
    private void assertSame(String after) {
        Dump expected = theirs.dump();
        Dump actual = ours.dump();
        assertEquals(expected.privateKey(), actual.privateKey(), after);
        assertEquals(expected.publicKey(), actual.publicKey(), after);
        assertSamePort(Integer.parseInt(expected.listenPort()), Integer.parseInt(actual.listenPort()), after);
        assertEquals(expected.fwmark(), actual.fwmark(), after);
        assertEquals(expected.peers().keySet(), actual.peers().keySet(), after);
        expected.peers().forEach((key, peer) -> {
            Dump.Peer other = Objects.requireNonNull(actual.peers().get(key));
            assertEquals(peer.presharedKey(), other.presharedKey(), after);
            assertEquals(peer.endpoint(), other.endpoint(), after);
            assertEquals(peer.allowedIps(), other.allowedIps(), after);
            assertEquals(peer.latestHandshake(), other.latestHandshake(), after);
            assertEquals(peer.persistentKeepalive(), other.persistentKeepalive(), after);
            assertEquals(peer.receivedBytes(), other.receivedBytes(), after);
        });
    }

    /** A port that the kernel chose is any port of its range; ours are below that. */
    private static void assertSamePort(int expected, int actual, String after) {
        if (expected < EPHEMERAL) {
            assertEquals(expected, actual, after);
        } else {
            assertTrue(actual >= EPHEMERAL, after + ": " + actual);
        }
    }

    private String interfaceSection(int port) {
        return "[Interface]\nPrivateKey = " + own.privateKey() + "\nListenPort = " + port + "\n";
    }

    private static String peer(String key, String allowedIps, String endpoint) {
        return "[Peer]\nPublicKey = " + key + "\nAllowedIPs = " + allowedIps + "\nEndpoint = " + endpoint + "\n";
    }

    private static String file(String key) {
        return TemporaryKeys.file(key);
    }
}
