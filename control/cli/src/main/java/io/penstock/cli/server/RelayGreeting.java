package io.penstock.cli.server;

import io.penstock.server.Coordinator;
import io.penstock.server.relay.InsideRelay;
import io.penstock.server.relay.OwnRegion;
import java.io.PrintWriter;
import java.net.InetSocketAddress;

/** What a coordinator that has started says of its relay. */
final class RelayGreeting {
    private RelayGreeting() {}

    static void print(RelayPlan plan, Coordinator started, PrintWriter out) {
        started.relay().ifPresent(relay -> print(relay, out));
        if (plan.isWithout()) {
            out.println("  NO RELAY: machines that cannot reach each other directly stay apart");
        }
    }

    private static void print(InsideRelay relay, PrintWriter out) {
        OwnRegion region = relay.region();
        String pin = region.pinned()
                .map(tls -> ", certificate SHA-256 " + tls.fingerprint())
                .orElse("");
        String where = relay.ownAddress().map(address -> text(address) + pin).orElse("the coordinator's own port");
        out.println("  relay at    " + where);
        for (InetSocketAddress stun : relay.stunAddresses()) {
            out.println("  STUN at     " + text(stun) + " over UDP");
        }
        relay.stunFault().ifPresent(fault -> {
            out.println("  NO STUN: " + fault);
            out.println(
                    "           machines find their own addresses worse, and may go by the relay. End what has the port and start"
                            + " again, or say --stun-listen ADDR:PORT or --no-stun");
        });
    }

    private static String text(InetSocketAddress address) {
        return ListenAddress.host(address.getAddress()) + ":" + address.getPort();
    }
}
