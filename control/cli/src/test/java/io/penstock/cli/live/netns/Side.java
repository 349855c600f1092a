package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Dump;
import io.penstock.cli.live.KeyPair;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Shell;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.WgInterface;
import java.time.Duration;

/** One end of a tunnel: its program, the room that its interface is in, its keys, port and addresses inside. */
final class Side implements AutoCloseable {
    /** For what a first handshake may need on a busy machine, and one that is lost. */
    static final Duration HANDSHAKE = Duration.ofSeconds(12);

    /** Seconds for an answer, and for a handshake before it; that one of them comes at all is the rule. */
    private static final String PATIENCE = "4";

    final WgInterface wg;
    final Site room;
    final KeyPair keys = KeyPair.make();
    final String inner4;
    final String inner6;
    final int port;

    private Side(WgInterface wg, Site room, int network, int number) {
        this.wg = wg;
        this.room = room;
        inner4 = "10." + network + ".0." + number;
        inner6 = "fd" + network + "::" + number;
        port = 51_000 + 10 * network + number;
    }

    /**
     * Starts the program in one site and has its interface in another, or the same.
     *
     * @param network 10 to 99: which network the interface is in, inside
     * @param number the last part of its addresses there
     */
    static Side start(Site home, Site room, int network, int number) {
        Side side = new Side(WgInterface.start(Program.subject(), home), room, network, number);
        if (home != room) {
            home.ip("link set " + side.wg.name() + " netns " + room.name());
        }
        return side;
    }

    /** Gives the interface its key, port and addresses, and brings it up. */
    void configure() {
        wg.wg("set", "private-key " + room.file(keys.privateKey()) + " listen-port " + port);
        room.ip("addr add " + inner4 + "/24 dev " + wg.name());
        room.ip("addr add " + inner6 + "/64 dev " + wg.name() + " nodad");
        room.ip("link set " + wg.name() + " up");
    }

    /** Adds a peer, or changes it. The words are those of {@code wg set}. */
    void peer(String publicKey, String words) {
        wg.wg("set", "peer " + publicKey + " " + words);
    }

    /** Says where the other side is. */
    void learn(Side other, String endpoint) {
        peer(other.keys.publicKey(), "endpoint " + endpoint);
    }

    /** What it shows of its only peer. */
    Dump.Peer onlyPeer() {
        return wg.dump().onlyPeer();
    }

    void setMtu(int mtu) {
        room.ip("link set " + wg.name() + " mtu " + mtu);
    }

    int mtu() {
        String[] words = room.ip("-o link show dev " + wg.name()).split(" +");
        for (int i = 0; i < words.length - 1; i++) {
            if (words[i].equals("mtu")) {
                return Integer.parseInt(words[i + 1]);
            }
        }
        throw new AssertionError(String.join(" ", words));
    }

    void awaitReach(Side other) {
        room.awaitReach(other.inner4, HANDSHAKE);
    }

    /** One ping, which is answered. */
    void mustReach(String address) {
        Shell.Outcome ping = room.run("ping", "-n", "-c", "1", "-W", PATIENCE, address);
        assertEquals(0, ping.status(), () -> ping + "\n" + wg.dump());
    }

    /** So many pings as fast as they are answered, and all of them are. */
    void mustFlood(String address, int count) {
        String out = room.need("ping", "-n", "-q", "-f", "-c", "" + count, "-W", PATIENCE, address);
        assertTrue(out.contains(" " + count + " received, 0% packet loss"), out);
    }

    /** Whether all of so many pings are answered, sent as fast as they are. */
    boolean floods(String address, int count) {
        return room.run("ping", "-n", "-q", "-f", "-c", "" + count, "-W", PATIENCE, address)
                .out()
                .contains(" " + count + " received, 0% packet loss");
    }

    void awaitPort(boolean isOpen) {
        Await.until(
                "port " + port + (isOpen ? " is open" : " is closed"),
                HANDSHAKE,
                () -> isOpen == wg.site().need("ss", "-ulnH").contains(":" + port + " "));
    }

    @Override
    public void close() {
        wg.close();
    }
}
