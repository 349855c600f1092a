package io.penstock.lab.demo;

import io.penstock.lab.Machine;
import io.penstock.lab.demo.DemoException.Reason;
import io.penstock.lab.demo.DemoReport.Carried;
import io.penstock.lab.terminal.Look;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Builds two sites, joins them, runs traffic, and removes everything: at its end, on failure and when the JVM is told to stop.
 * Owned by the thread that calls {@link #run}; only the removal may also be done by the shutdown hook.
 */
public final class Demo {
    private static final int ID_ATTEMPTS = 10;

    /** As gateways have it in practice: a restarted one speaks first, instead of waiting for the other to give up. */
    private static final int LIVE_KEEPALIVE_SECONDS = 25;

    private static final Pattern ENGINE = Pattern.compile("cipher engine is ([a-z][a-z0-9-]*)");

    private final DemoSettings settings;
    private final Consumer<String> talk;
    private final Topology topology;
    private final Journal journal;
    private volatile boolean stopping;
    private boolean removed;

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

    private record Ended<T>(T result, List<String> leftBehind) {}

    /** What is done with the sites once they are joined. */
    private interface Act<T> {
        T play(SiteNetworks networks, GatewayPair gateways, long setUpNs) throws Exception;
    }

    private Demo(DemoSettings settings, Consumer<String> talk, Topology topology, Journal journal) {
        this.settings = settings;
        this.talk = talk;
        this.topology = topology;
        this.journal = journal;
    }

    /**
     * Checks what the machine must allow, sweeps up after demos that crashed, and runs one. Does not return once the JVM is
     * stopping, for then its end is the hook's business.
     *
     * @param talk gets a line per step, for people
     */
    public static Outcome run(DemoSettings settings, Consumer<String> talk)
            throws DemoException, IOException, InterruptedException {
        Requirements.check();
        sweep(settings, talk);
        Demo demo = prepare(settings, talk);
        Ended<DemoReport> ended = demo.runGuarded(0, demo::measure);
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
        Requirements.check();
        sweep(settings, talk);
        Demo demo = prepare(settings, talk);
        Ended<String> ended = demo.runGuarded(
                LIVE_KEEPALIVE_SECONDS,
                (networks, gateways, setUpNs) ->
                        LiveDemo.run(demo.topology, networks, gateways, look, boundNs, setUpNs));
        return new LiveOutcome(demo.topology.id(), ended.result(), ended.leftBehind());
    }

    private static void sweep(DemoSettings settings, Consumer<String> talk) throws IOException, InterruptedException {
        Leftovers.Sweep sweep = Leftovers.sweep(settings.stateDirectory(), false);
        if (!sweep.removed().isEmpty()) {
            talk.accept("removed what a demo left behind that did not end well: " + String.join(", ", sweep.removed()));
        }
    }

    /** Removes what demos left behind, those of {@code --keep} included; running ones are left alone. */
    public static Leftovers.Sweep cleanUp(DemoSettings settings)
            throws DemoException, IOException, InterruptedException {
        Requirements.checkRoot();
        return Leftovers.sweep(settings.stateDirectory(), true);
    }

    /** Opens a journal under a free id; nothing else is made yet. */
    private static Demo prepare(DemoSettings settings, Consumer<String> talk) throws DemoException, IOException {
        SecureRandom random = new SecureRandom();
        for (int attempt = 0; attempt < ID_ATTEMPTS; attempt++) {
            Topology topology = Topology.of(Topology.randomId(random));
            try {
                if (SiteNetworks.isFree(topology)) {
                    ProcessIdentity self = ProcessIdentity.self();
                    return new Demo(
                            settings, talk, topology, Journal.create(settings.stateDirectory(), topology.id(), self));
                }
            } catch (FileAlreadyExistsException e) {
                // taken by another demo: the next id
            }
        }
        throw new DemoException(Reason.FAILED, "found no free names for namespaces: look at /run/netns");
    }

    private <T> Ended<T> runGuarded(int keepaliveSeconds, Act<T> act) throws DemoException, InterruptedException {
        Thread hook = Thread.ofPlatform().name("demo-removal").unstarted(this::stop);
        guard(hook);
        boolean keeps = false;
        List<String> leftBehind = List.of();
        T result;
        try {
            result = build(keepaliveSeconds, act);
            keeps = settings.keep();
        } finally {
            awaitHookIfStopping();
            if (!keeps) {
                leftBehind = remove();
                leftBehind.forEach(talk);
            }
            forget(hook);
        }
        return new Ended<>(result, leftBehind);
    }

    private <T> T build(int keepaliveSeconds, Act<T> act) throws DemoException {
        try (SiteNetworks networks = new SiteNetworks(topology, journal)) {
            return build(networks, keepaliveSeconds, act);
        } catch (DemoException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DemoException(Reason.FAILED, "was interrupted", e);
        } catch (Exception e) {
            throw new DemoException(Reason.FAILED, describe(e), e);
        }
    }

    /** A signal that came before has no hook of ours to run: what little was made is removed here. */
    private void guard(Thread hook) throws InterruptedException {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException e) {
            stop();
            awaitHookIfStopping();
        }
    }

    private void stop() {
        stopping = true;
        try {
            remove().forEach(talk);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized List<String> remove() throws InterruptedException {
        if (removed) {
            return List.of();
        }
        removed = true;
        return Leftovers.remove(journal);
    }

    /** What breaks while the hook removes the sites is no news. */
    private void awaitHookIfStopping() throws InterruptedException {
        if (stopping) {
            new CountDownLatch(1).await();
        }
    }

    private void forget(Thread hook) throws InterruptedException {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            awaitHookIfStopping(); // the JVM stops: let it
        }
    }

    private <T> T build(SiteNetworks networks, int keepaliveSeconds, Act<T> act) throws Exception {
        long startNs = System.nanoTime();
        talk.accept("building two sites (" + topology.id() + ")");
        networks.build();
        talk.accept("starting their gateways");
        GatewayPair gateways = new GatewayPair(topology, networks, journal, settings, keepaliveSeconds);
        gateways.start();
        long setUpNs = System.nanoTime() - startNs;
        talk.accept("ready after " + setUpNs / 1_000_000 + " ms");
        T result = act.play(networks, gateways, setUpNs);
        if (settings.keep()) {
            journal.record(Journal.Kind.KEPT, "");
        }
        return result;
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

    private static String describe(Exception e) {
        String message = e.getMessage();
        return message == null || message.isBlank() ? e.toString() : message;
    }
}
