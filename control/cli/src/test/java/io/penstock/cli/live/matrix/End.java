package io.penstock.cli.live.matrix;

import io.penstock.cli.live.Dump;
import io.penstock.cli.live.Host;
import io.penstock.cli.live.KeyPair;
import io.penstock.cli.live.Underlay;
import io.penstock.cli.live.WgDevice;
import java.util.function.Function;

/** One end of a tunnel: a host, its interface, and where it is just now. */
final class End {
    final Host host;
    final KeyPair keys = KeyPair.make();
    final String inner4;
    final String inner6;

    private final Function<Host, WgDevice> program;
    private final boolean v6Outside;
    private final String presharedKey;
    private int number;
    private int port;
    private WgDevice device;

    /**
     * Starts the program; the interface has no key yet.
     *
     * @param number the last part of all its addresses
     * @param presharedKey empty for none
     */
    End(Function<Host, WgDevice> program, Host host, int number, boolean v6Outside, String presharedKey) {
        this.program = program;
        this.host = host;
        this.number = number;
        this.v6Outside = v6Outside;
        this.presharedKey = presharedKey;
        port = 51_820 + number;
        inner4 = "10.66.0." + number;
        inner6 = "fd66::" + number;
        device = program.apply(host);
    }

    WgDevice device() {
        return device;
    }

    String endpoint() {
        return Underlay.endpoint(v6Outside, number, port);
    }

    String outsideAddress() {
        return Underlay.address(v6Outside, number);
    }

    int port() {
        return port;
    }

    /** What it shows of the other end. */
    Dump.Peer peer() {
        return device.dump().onlyPeer();
    }

    /** Gives the interface its key, port and addresses, and brings it up. */
    void configure() {
        device.wg("set", "private-key " + host.file(keys.privateKey()) + " listen-port " + port);
        host.ip("addr add " + inner4 + "/24 dev " + device.name());
        host.ip("addr add " + inner6 + "/64 dev " + device.name() + " nodad");
        host.ip("link set " + device.name() + " up");
    }

    /** Makes the other end a peer whose endpoint is not known. */
    void accept(End other) {
        String psk = presharedKey.isEmpty() ? "" : " preshared-key " + host.file(presharedKey);
        device.wg(
                "set",
                "peer " + other.keys.publicKey() + psk + " allowed-ips " + other.inner4 + "/32," + other.inner6
                        + "/128");
    }

    /** Says where the other end is. */
    void learnEndpoint(End other) {
        device.wg("set", "peer " + other.keys.publicKey() + " endpoint " + other.endpoint());
    }

    /** Forgets all sessions with the other end, and where it is. */
    void forget(End other) {
        device.wg("set", "peer " + other.keys.publicKey() + " remove");
        accept(other);
    }

    /** Ends its sessions for sending, and only here: the other end keeps its own. */
    void setKeyAgain() {
        device.wg("set", "private-key /dev/null");
        device.wg("set", "private-key " + host.file(keys.privateKey()));
    }

    /** Ends the program and starts it again: it knows the other end's key and nothing else of it. */
    void restart(End other) {
        device.close();
        device = program.apply(host);
        configure();
        accept(other);
    }

    void setKeepalive(End other, int seconds) {
        device.wg("set", "peer " + other.keys.publicKey() + " persistent-keepalive " + seconds);
    }

    void setMtu(int mtu) {
        host.ip("link set " + device.name() + " mtu " + mtu);
    }

    void moveTo(int newNumber) {
        Underlay.moveAddress(host, number, newNumber);
        number = newNumber;
    }

    void listenOn(int newPort) {
        device.wg("set", "listen-port " + newPort);
        port = newPort;
    }
}
