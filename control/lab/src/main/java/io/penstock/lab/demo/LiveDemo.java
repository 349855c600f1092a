package io.penstock.lab.demo;

import io.penstock.ffm.terminal.WinSize;
import io.penstock.lab.Latency;
import io.penstock.lab.ProbeLedger;
import io.penstock.lab.ProbeLedger.Outage;
import io.penstock.lab.Quantity;
import io.penstock.lab.demo.DemoException.Reason;
import io.penstock.lab.demo.GatewayWatch.Facts;
import io.penstock.lab.demo.LiveTraffic.Pattern;
import io.penstock.lab.demo.picture.Picture;
import io.penstock.lab.demo.picture.PictureState;
import io.penstock.lab.demo.picture.PictureState.Tone;
import io.penstock.lab.terminal.Look;
import io.penstock.lab.terminal.Screen;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The sites at work, as a picture in the terminal, with keys to meddle. Owned by the demo's thread, which draws and takes the
 * keys; what takes time (restarting a gateway, asking how it is) is done on other threads.
 */
final class LiveDemo {
    private static final long FRAME_NS = 200_000_000L;
    private static final long TICK_NS = 500_000_000L;
    private static final int RESTART_END_SECONDS = 20;
    private static final int CONTROL_D = 4;
    private static final int ESCAPE = 27;
    private static final String FAREWELL =
            "penstock demo was killed. Remove what it left: sudo ./penstock demo --cleanup";

    private final Topology topology;
    private final GatewayPair gateways;
    private final LiveTraffic traffic;
    private final GatewayWatch watch;
    private final Look look;
    private final long boundNs;
    private final long startNs = System.nanoTime();
    private final EventLog events = new EventLog(startNs);
    private final LiveFigures figures;
    private final ExecutorService stagehand = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("demo-stagehand").factory());
    private final AtomicBoolean isRestarting = new AtomicBoolean();
    private final List<Long> outagesNs = new ArrayList<>();
    private Pattern pattern = Pattern.A_TO_B;
    private boolean showsWg;
    private boolean hasEnded;
    private boolean wasRestartedA;
    private boolean wasRestartedB;

    private LiveDemo(
            Topology topology, GatewayPair gateways, LiveTraffic traffic, GatewayWatch watch, Look look, long boundNs) {
        this.topology = topology;
        this.gateways = gateways;
        this.traffic = traffic;
        this.watch = watch;
        this.look = look;
        this.boundNs = boundNs;
        figures = new LiveFigures(traffic, gateways.a()::pid, gateways.b()::pid, startNs);
    }

    /**
     * Runs until the user quits, or for {@code boundNs} if that is not 0.
     *
     * @return what was seen, for people
     */
    static String run(
            Topology topology, SiteNetworks networks, GatewayPair gateways, Look look, long boundNs, long setUpNs)
            throws Exception {
        try (LiveTraffic traffic = new LiveTraffic(
                        networks.namespace(topology.a().hostNamespace()),
                        networks.namespace(topology.b().hostNamespace()),
                        topology,
                        ProbeLedger.OUTAGE_NS);
                GatewayWatch watch = new GatewayWatch(gateways)) {
            watch.start();
            LiveDemo demo = new LiveDemo(topology, gateways, traffic, watch, look, boundNs);
            demo.events.add(Tone.PLAIN, "two sites, joined after " + setUpNs / 1_000_000 + " ms");
            return demo.play();
        }
    }

    private String play() throws Exception {
        traffic.turnTo(pattern);
        try (Screen screen = Screen.open(FAREWELL)) {
            long tickNs = startNs;
            while (!hasEnded) {
                long nowNs = System.nanoTime();
                if (nowNs - tickNs >= TICK_NS) {
                    figures.tick(nowNs);
                    tickNs = nowNs;
                }
                tellNews();
                WinSize size = screen.size();
                screen.show(Picture.lines(state(nowNs), size.columns(), size.rows(), look), size);
                onKey(screen.key(FRAME_NS - (System.nanoTime() - nowNs)));
                hasEnded |= boundNs != 0 && System.nanoTime() - startNs >= boundNs;
            }
        } finally {
            stagehand.shutdown();
        }
        if (!stagehand.awaitTermination(RESTART_END_SECONDS, TimeUnit.SECONDS)) {
            throw new DemoException(Reason.FAILED, "a gateway that was being restarted does not come up");
        }
        check();
        return summary();
    }

    private void onKey(int key) {
        switch (key) {
            case 'q', 'Q', CONTROL_D, Screen.HANG_UP -> hasEnded = true;
            case 'r' -> restart(gateways.b());
            case 'R' -> restart(gateways.a());
            case 't', 'T' -> {
                pattern = pattern.next();
                traffic.turnTo(pattern);
                events.add(Tone.PLAIN, "traffic: " + pattern.text());
            }
            case 'w', 'W' -> showWg(!showsWg);
            case ESCAPE -> showWg(false);
            default -> {} // no key, or one that means nothing
        }
    }

    private void showWg(boolean shows) {
        showsWg = shows;
        watch.wantWg(shows);
    }

    private void restart(Gateway gateway) {
        if (!isRestarting.compareAndSet(false, true)) {
            return; // one at a time
        }
        wasRestartedA |= gateway == gateways.a();
        wasRestartedB |= gateway == gateways.b();
        events.add(Tone.PLAIN, "restarting gateway " + gateway.name());
        stagehand.execute(() -> {
            long fromNs = System.nanoTime();
            try {
                gateways.restart(gateway);
                events.add(
                        Tone.PLAIN,
                        "gateway " + gateway.name() + " is up again after " + seconds(System.nanoTime() - fromNs));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                events.add(Tone.BAD, "gateway " + gateway.name() + " did not come up: " + e.getMessage());
            } finally {
                isRestarting.set(false);
            }
        });
    }

    private void tellNews() {
        for (Outage outage = traffic.probes().poll();
                outage != null;
                outage = traffic.probes().poll()) {
            events.add(Tone.GOOD, "tunnel answers again: " + seconds(outage.durationNs()) + " of silence");
            outagesNs.add(outage.durationNs());
        }
        tellStalls(traffic.forward(), Pattern.A_TO_B);
        tellStalls(traffic.backward(), Pattern.B_TO_A);
    }

    private void tellStalls(LiveStream stream, Pattern way) {
        for (Long stallNs = stream.pollStallNs(); stallNs != null; stallNs = stream.pollStallNs()) {
            events.add(
                    Tone.GOOD,
                    way.text() + " goes on after " + seconds(stallNs) + ", "
                            + (stream.connections() <= 1 ? "on the same connection" : "on a new connection"));
        }
    }

    private PictureState state(long nowNs) {
        Facts a = watch.a();
        Facts b = watch.b();
        return new PictureState(
                topology.id(),
                nowNs - startNs,
                watch.engine(),
                Topology.TUNNEL_MTU,
                Runtime.getRuntime().availableProcessors(),
                new PictureState.Site(topology.a().hostAddress(), topology.a().publicAddress(), a.state() != null),
                new PictureState.Site(topology.b().hostAddress(), topology.b().publicAddress(), b.state() != null),
                null,
                path(nowNs, a, b),
                figures.forward(),
                figures.backward(),
                figures.roundTrips(),
                figures.cpu(),
                events.all(),
                showsWg ? List.of(a.wgShow(), b.wgShow()) : List.of(),
                keys());
    }

    private PictureState.Path path(long nowNs, Facts a, Facts b) {
        long handshake = Math.max(
                a.state() == null ? 0 : a.state().handshakeSeconds(),
                b.state() == null ? 0 : b.state().handshakeSeconds());
        long ageNs = Math.max(0, System.currentTimeMillis() - handshake * 1_000) * 1_000_000;
        long carried = a.state() == null ? 0 : a.state().sentBytes() + a.state().receivedBytes();
        return new PictureState.Path(
                "WireGuard, direct",
                traffic.probes().silentNs(nowNs),
                handshake == 0 ? "no session" : "session " + ageNs / 1_000_000_000 + " s, " + Quantity.bytes(carried));
    }

    private List<PictureState.Key> keys() {
        return List.of(
                new PictureState.Key("r", "restart gateway B"),
                new PictureState.Key("R", "gateway A"),
                new PictureState.Key("t", pattern.text()),
                new PictureState.Key("w", showsWg ? "figures" : "wg show"),
                new PictureState.Key("q", "quit"));
    }

    /** A gateway that was not restarted has counted everything; what the hosts received must have gone through it. */
    private void check() throws DemoException, IOException, InterruptedException {
        long forward = traffic.forward().receivedBytes();
        long backward = traffic.backward().receivedBytes();
        TunnelState a = wasRestartedA ? null : gateways.a().state();
        TunnelState b = wasRestartedB ? null : gateways.b().state();
        if ((a != null && (a.sentBytes() < forward || a.receivedBytes() < backward))
                || (b != null && (b.receivedBytes() < forward || b.sentBytes() < backward))) {
            throw new DemoException(
                    Reason.NOT_THROUGH_TUNNEL,
                    "the hosts moved " + forward + " bytes to B and " + backward + " to A, the gateways counted less");
        }
    }

    private String summary() {
        Latency rtt = traffic.probes().summary();
        StringBuilder text = new StringBuilder("\n");
        line(text, "demo", topology.id() + ", " + seconds(System.nanoTime() - startNs));
        line(text, "TCP A to B", flow(traffic.forward(), figures.maxForward()));
        line(text, "TCP B to A", flow(traffic.backward(), figures.maxBackward()));
        line(
                text,
                "RTT",
                "p50 " + Quantity.milliseconds(rtt.p50Ns()) + ", p99 " + Quantity.milliseconds(rtt.p99Ns()) + ", max "
                        + Quantity.milliseconds(rtt.maxNs()) + ", traffic or not");
        line(
                text,
                "probes",
                traffic.probes().sent() + ", lost " + traffic.probes().lost());
        line(
                text,
                "outages",
                outagesNs.isEmpty()
                        ? "none"
                        : outagesNs.size() + ", the longest of " + seconds(Collections.max(outagesNs)));
        return text.toString();
    }

    private static String flow(LiveStream stream, double max) {
        return Quantity.bytes(stream.receivedBytes()) + ", at most " + Quantity.bitsPerSecond(max);
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "  %-13s %s%n", name, value));
    }

    private static String seconds(long ns) {
        return String.format(Locale.ROOT, "%.2f s", ns / 1e9);
    }
}
