package io.penstock.cli.live.matrix;

import io.penstock.cli.live.Capture;
import io.penstock.cli.live.Host;
import io.penstock.cli.live.KeyPair;
import io.penstock.cli.live.Program;
import io.penstock.cli.live.Site;
import io.penstock.cli.live.Underlay;
import io.penstock.cli.live.WgInterface;
import java.util.Map;

/** A set-up that runs: ours at the left end, the peer at the right, and a capture of what passes between them. */
final class Tunnel implements AutoCloseable {
    /** Has our initiators renew a session early; REKEY_TIMEOUT lies between two handshakes all the same. */
    static final Map<String, String> RENEW_SOON = Map.of("PENSTOCK_JAVA_OPTS", "-Dpenstock.test.rekeyAfterSeconds=4");

    /** Another address of the left host, for what is no part of the tunnel. */
    static final int STRANGER = 77;

    private static final int OUTSIDE_MTU = 1500;

    final SetUp setUp;
    final Site left;
    final Capture capture;
    private final Underlay<? extends Host> underlay;
    private final End ours;
    private final End theirs;

    Tunnel(SetUp setUp) {
        this.setUp = setUp;
        underlay = setUp.peer().underlay();
        try {
            left = underlay.left;
            String presharedKey = setUp.withPresharedKey() ? KeyPair.presharedKey() : "";
            Underlay.addSideAddress(left, STRANGER);
            setOutsideMtu(OUTSIDE_MTU);
            capture = Capture.start(left, Underlay.CABLE, filter());
            ours = new End(
                    host -> WgInterface.start(Program.subject(), left, WgInterface.newName(), RENEW_SOON),
                    left,
                    1,
                    setUp.v6Outside(),
                    presharedKey);
            theirs = new End(setUp.peer()::start, underlay.right, 2, setUp.v6Outside(), presharedKey);
            for (End end : new End[] {ours, theirs}) {
                end.configure();
                end.accept(end == ours ? theirs : ours);
            }
        } catch (Throwable t) {
            underlay.close();
            throw t;
        }
    }

    /** Small UDP and all fragments, without a stranger's. */
    private static String filter() {
        return "(udp and less 210 or ip[6:2] & 0x3fff != 0 or ip6[6] = 44) and not host %s and not host %s"
                .formatted(Underlay.address(false, STRANGER), Underlay.address(true, STRANGER));
    }

    End initiator() {
        return setUp.weInitiate() ? ours : theirs;
    }

    End responder() {
        return setUp.weInitiate() ? theirs : ours;
    }

    End ours() {
        return ours;
    }

    End theirs() {
        return theirs;
    }

    void setOutsideMtu(int mtu) {
        left.ip("link set " + Underlay.CABLE + " mtu " + mtu);
        underlay.right.ip("link set " + Underlay.CABLE + " mtu " + mtu);
    }

    @Override
    public void close() {
        try (underlay;
                capture) {
            ours.device().close();
            theirs.device().close();
        }
    }
}
