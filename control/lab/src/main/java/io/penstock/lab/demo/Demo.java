package io.penstock.lab.demo;

import io.penstock.lab.Machine;
import io.penstock.lab.demo.DemoException.Reason;
import io.penstock.lab.demo.DemoReport.Carried;
import io.penstock.lab.terminal.Look;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Builds two sites, joins them by a plain WireGuard tunnel, runs traffic, and removes everything. One thread. */
public final class Demo {
    /** As gateways have it in practice: a restarted one speaks first, instead of waiting for the other to give up. */
    private static final int LIVE_KEEPALIVE_SECONDS = 25;

    private static final Pattern ENGINE = Pattern.compile("cipher engine is ([a-z][a-z0-9-]*)");

    private final DemoSettings settings;
    private final Consumer<String> talk;
    private final Guarded guarded;
    private final Topology topology;

    /**
     * What became of a demo that went well.
     *
     * @param leftBehind what could not be removed, for people
     */
    public record Outcome(DemoReport report, List<String> leftBehind) {}

    /**
     * What became of a live demo.
     *
     * @param text what was seen, for people
     * @param leftBehind what could not be removed, for people
     */
    public record LiveOutcome(String id, String text, List<String> leftBehind) {}

    /** What is done with the sites once they are joined. */
    private interface Act<T> {
        T play(SiteNetworks networks, GatewayPair gateways, long setUpNs) throws Exception;
    }

    private Demo(DemoSettings settings, Consumer<String> talk) throws DemoException, IOException, InterruptedException {
        this.settings = settings;
        this.talk = talk;
        guarded = Guarded.prepare(settings, talk);
        topology = guarded.topology();
    }

    /**
     * Checks what the machine must allow, sweeps up after demos that crashed, and runs one. Does not return once the JVM is
     * stopping, for then its end is the hook's business.
     *
     * @param talk gets a line per step, for people
     */
    public static Outcome run(DemoSettings settings, Consumer<String> talk)
            throws DemoException, IOException, InterruptedException {
        Demo demo = new Demo(settings, talk);
        Guarded.Ended<DemoReport> ended =
                demo.guarded.run(settings.keep(), networks -> demo.build(networks, 0, demo::measure));
        return new Outcome(ended.result(), ended.leftBehind());
    }

    /**
     * As {@link #run}, but shows the sites at work in the terminal and lets the user meddle with them, until he quits.
     *
     * @param boundNs ends it after so much time; 0 for no bound
     * @return what was seen, for people
     */
    public static LiveOutcome runLive(DemoSettings settings, Look look, long boundNs, Consumer<String> talk)
            throws DemoException, IOException, InterruptedException {
        Demo demo = new Demo(settings, talk);
        Act<String> show = (networks, gateways, setUpNs) ->
                LiveDemo.run(demo.topology, networks, gateways, look, boundNs, setUpNs);
        Guarded.Ended<String> ended =
                demo.guarded.run(settings.keep(), networks -> demo.build(networks, LIVE_KEEPALIVE_SECONDS, show));
        return new LiveOutcome(demo.topology.id(), ended.result(), ended.leftBehind());
    }

    /** Removes what demos left behind, those of {@code --keep} included; running ones are left alone. */
    public static Leftovers.Sweep cleanUp(DemoSettings settings)
            throws DemoException, IOException, InterruptedException {
        Requirements.checkRoot();
        return Leftovers.sweep(settings.stateDirectory(), true);
    }

    private <T> T build(SiteNetworks networks, int keepaliveSeconds, Act<T> act) throws Exception {
        long startNs = System.nanoTime();
        talk.accept("building two sites (" + topology.id() + ")");
        networks.build();
        talk.accept("starting their gateways");
        GatewayPair gateways = new GatewayPair(topology, networks, guarded.journal(), settings, keepaliveSeconds);
        gateways.start();
        long setUpNs = System.nanoTime() - startNs;
        talk.accept("ready after " + setUpNs / 1_000_000 + " ms");
        return act.play(networks, gateways, setUpNs);
    }

    private DemoReport measure(SiteNetworks networks, GatewayPair gateways, long setUpNs) throws Exception {
        talk.accept("\n" + drawing());
        Gateway a = gateways.a();
        Gateway b = gateways.b();
        try (Traffic traffic = new Traffic(
                networks.namespace(topology.a().hostNamespace()),
                networks.namespace(topology.b().hostNamespace()),
                topology.b().hostAddress(),
                talk)) {
            long firstAnswerNs = traffic.firstAnswerNs();
            TunnelState beforeA = a.state();
            TunnelState beforeB = b.state();
            Traffic.Results results = traffic.run(settings.trafficNs());
            TunnelState afterA = a.state();
            TunnelState afterB = b.state();
            Carried carried = new Carried(
                    afterA.sentBytes() - beforeA.sentBytes(),
                    afterB.receivedBytes() - beforeB.receivedBytes(),
                    afterB.sentBytes() - beforeB.sentBytes(),
                    afterA.receivedBytes() - beforeA.receivedBytes());
            check(carried, results, afterA, afterB);
            return new DemoReport(
                    topology.id(),
                    setUpNs,
                    firstAnswerNs,
                    engine(a.logLines()),
                    results.tcp(),
                    results.reverse(),
                    results.streams(),
                    results.udp(),
                    carried,
                    Machine.read());
        }
    }

    private static void check(Carried carried, Traffic.Results results, TunnelState a, TunnelState b)
            throws DemoException {
        if (results.forwardBytes() == 0 || results.backwardBytes() == 0) {
            throw new DemoException(Reason.NOT_THROUGH_TUNNEL, "no bytes arrived at the other site");
        }
        if (a.handshakeSeconds() == 0 || b.handshakeSeconds() == 0) {
            throw new DemoException(Reason.NOT_THROUGH_TUNNEL, "the gateways made no handshake");
        }
        if (!carried.covers(results.forwardBytes(), results.backwardBytes())) {
            throw new DemoException(
                    Reason.NOT_THROUGH_TUNNEL,
                    "the hosts moved " + results.forwardBytes() + " bytes to B and " + results.backwardBytes()
                            + " to A, the gateways counted less: " + carried);
        }
    }

    private String drawing() {
        Topology.Site a = topology.a();
        Topology.Site b = topology.b();
        String row = "  %-9s%-4s%-12s%-4s%-9s%-4s%-11s%-4s%s%n";
        return String.format(row, "host A", "", "gateway A", "", "internet", "", "gateway B", "", "host B")
                + String.format(
                        row,
                        a.hostAddress(),
                        " -- ",
                        a.publicAddress(),
                        " -- ",
                        "",
                        " -- ",
                        b.publicAddress(),
                        " -- ",
                        b.hostAddress())
                + String.format(
                        row,
                        "",
                        "",
                        a.interfaceName(),
                        " == ",
                        "WireGuard",
                        " == ",
                        b.interfaceName(),
                        "",
                        "MTU " + Topology.TUNNEL_MTU);
    }

    static @Nullable String engine(List<String> log) {
        for (String line : log) {
            Matcher matcher = ENGINE.matcher(line);
            if (matcher.find()) {
                return matcher.group(1);
            }
        }
        return null;
    }
}
