package io.penstock.lab.demo;

import io.penstock.lab.demo.DemoException.Reason;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Both gateways and the tunnel between them. Started and restarted by one thread at a time. */
final class GatewayPair {
    private static final long SESSION_NS = 20_000_000_000L;

    private final Topology topology;
    private final SiteNetworks networks;
    private final Journal journal;
    private final DemoSettings settings;
    private final int keepaliveSeconds;
    private final Gateway a;
    private final Gateway b;
    private @Nullable Keys keys; // made while the programs start

    private record Keys(TunnelKeys a, TunnelKeys b) {}

    /** @param keepaliveSeconds of B, and of A once it was restarted; 0 for none */
    GatewayPair(
            Topology topology, SiteNetworks networks, Journal journal, DemoSettings settings, int keepaliveSeconds) {
        this.topology = topology;
        this.networks = networks;
        this.journal = journal;
        this.settings = settings;
        this.keepaliveSeconds = keepaliveSeconds;
        a = gateway(topology.a());
        b = gateway(topology.b());
    }

    private Gateway gateway(Topology.Site site) {
        return new Gateway(
                site, settings.stateDirectory().resolve("demo-" + topology.id() + "-" + site.letter() + ".log"));
    }

    Gateway a() {
        return a;
    }

    Gateway b() {
        return b;
    }

    /** Starts both programs at once and joins them. */
    void start() throws Exception {
        for (Gateway gateway : List.of(a, b)) {
            startProgram(gateway);
        }
        Keys made = new Keys(TunnelKeys.generate(), TunnelKeys.generate());
        journal.record(Journal.Kind.KEY, made.a().noteName());
        journal.record(Journal.Kind.KEY, made.b().noteName());
        keys = made;
        // One side speaks first, and hosts are silent until it was heard: of two initiations that cross WireGuard uses
        // none, and
        // tries again only after five seconds.
        join(a, made, 0);
        join(b, made, keepaliveSeconds);
        connect(a);
        connect(b);
        if (keepaliveSeconds > 0) {
            awaitSession();
        }
    }

    private void awaitSession() throws Exception {
        long startNs = System.nanoTime();
        while (a.state().handshakeSeconds() == 0 || b.state().handshakeSeconds() == 0) {
            if (System.nanoTime() - startNs > SESSION_NS) {
                throw new DemoException(
                        Reason.NOT_THROUGH_TUNNEL,
                        "the gateways made no handshake within " + SESSION_NS / 1_000_000_000 + " s");
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** Ends one program and starts it again: the same keys, a new interface, no session. */
    void restart(Gateway gateway) throws Exception {
        Keys made = keys;
        if (made == null) {
            throw new IllegalStateException("not started");
        }
        gateway.stop();
        startProgram(gateway);
        join(gateway, made, keepaliveSeconds);
        connect(gateway);
    }

    private void startProgram(Gateway gateway) throws Exception {
        gateway.start(journal, networks.namespace(gateway.site().gatewayNamespace()), settings.interfaceProgram());
    }

    private void join(Gateway gateway, Keys made, int seconds) throws Exception {
        gateway.awaitReady();
        boolean isA = gateway == a;
        gateway.configure(isA ? made.a() : made.b(), isA ? made.b() : made.a(), other(gateway), seconds);
    }

    private void connect(Gateway gateway) throws Exception {
        networks.connectTunnel(gateway.site(), other(gateway));
    }

    private Topology.Site other(Gateway gateway) {
        return gateway == a ? topology.b() : topology.a();
    }
}
