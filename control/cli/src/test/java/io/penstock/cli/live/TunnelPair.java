package io.penstock.cli.live;

import java.time.Duration;
import java.util.Map;

/** Two sites joined by a tunnel: ours on the left, somebody's on the right. Neither knows the other's endpoint before it is told. */
final class TunnelPair implements AutoCloseable {
    static final int LEFT_PORT = 51820;
    static final int RIGHT_PORT = 51821;
    static final String LEFT = "10.66.0.1";
    static final String RIGHT = "10.66.0.2";
    static final String LEFT6 = "fd66::1";
    static final String RIGHT6 = "fd66::2";
    private static final Duration HANDSHAKE = Duration.ofSeconds(12);

    final Underlay<Site> underlay = Underlay.make();
    private final KeyPair leftKeys = KeyPair.make();
    private final KeyPair rightKeys = KeyPair.make();
    private final String presharedKey;
    private final Program rightProgram;
    private final Map<String, String> leftEnvironment;
    private WgInterface left;
    private WgInterface right;

    /**
     * @param presharedKey empty for none
     * @param leftEnvironment for our program
     */
    TunnelPair(Program rightProgram, String presharedKey, Map<String, String> leftEnvironment) {
        this.rightProgram = rightProgram;
        this.presharedKey = presharedKey;
        this.leftEnvironment = leftEnvironment;
        try {
            left = startLeft();
            right = startRight();
        } catch (Throwable t) {
            underlay.close();
            throw t;
        }
    }

    TunnelPair() {
        this(Program.WIREGUARD_GO, "", Map.of());
    }

    WgInterface left() {
        return left;
    }

    WgInterface right() {
        return right;
    }

    void leftKnowsRight(boolean v6) {
        left.wg("set", "peer " + rightKeys.publicKey() + " endpoint " + Underlay.endpoint(v6, 2, RIGHT_PORT));
    }

    void rightKnowsLeft(boolean v6) {
        right.wg("set", "peer " + leftKeys.publicKey() + " endpoint " + Underlay.endpoint(v6, 1, LEFT_PORT));
    }

    Dump.Peer leftsPeer() {
        return left.dump().onlyPeer();
    }

    Dump.Peer rightsPeer() {
        return right.dump().onlyPeer();
    }

    /** The left site pings first, so that it makes the handshake. */
    void awaitLeftReachesRight() {
        underlay.left.awaitReach(RIGHT, HANDSHAKE);
    }

    void awaitRightReachesLeft() {
        underlay.right.awaitReach(LEFT, HANDSHAKE);
    }

    void restartLeft() {
        left.close();
        left = startLeft();
    }

    void restartRight() {
        right.close();
        right = startRight();
    }

    private WgInterface startLeft() {
        WgInterface made = WgInterface.start(Program.subject(), underlay.left, WgInterface.newName(), leftEnvironment);
        return set(made, leftKeys, rightKeys, LEFT_PORT, LEFT, LEFT6, RIGHT + "/32," + RIGHT6 + "/128");
    }

    private WgInterface startRight() {
        WgInterface made = WgInterface.start(rightProgram, underlay.right);
        return set(made, rightKeys, leftKeys, RIGHT_PORT, RIGHT, RIGHT6, LEFT + "/32," + LEFT6 + "/128");
    }

    private WgInterface set(
            WgInterface made, KeyPair own, KeyPair other, int port, String address, String address6, String allowed) {
        String psk = presharedKey.isEmpty() ? "" : "PresharedKey = " + presharedKey + "\n";
        made.configure("setconf", """
                        [Interface]
                        PrivateKey = %s
                        ListenPort = %d
                        [Peer]
                        PublicKey = %s
                        AllowedIPs = %s
                        """.formatted(own.privateKey(), port, other.publicKey(), allowed) + psk)
                .mustSucceed();
        made.site().ip("addr add " + address + "/24 dev " + made.name());
        made.site().ip("addr add " + address6 + "/64 dev " + made.name() + " nodad");
        made.site().ip("link set " + made.name() + " up");
        return made;
    }

    @Override
    public void close() {
        WgInterface lastLeft = left;
        WgInterface lastRight = right;
        try (underlay;
                lastLeft;
                lastRight) {
            // closed in reverse: interfaces first, each of them even if another fails
        }
    }
}
