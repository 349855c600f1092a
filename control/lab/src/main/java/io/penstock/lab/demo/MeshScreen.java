package io.penstock.lab.demo;

import io.penstock.ffm.terminal.WinSize;
import io.penstock.lab.ProbeLedger;
import io.penstock.lab.ProbeLedger.Outage;
import io.penstock.lab.Quantity;
import io.penstock.lab.demo.LiveTraffic.Pattern;
import io.penstock.lab.demo.mesh.MeshCore;
import io.penstock.lab.demo.mesh.Outcome;
import io.penstock.lab.demo.mesh.Part;
import io.penstock.lab.demo.mesh.View.Way;
import io.penstock.lab.demo.picture.Picture;
import io.penstock.lab.demo.picture.PictureState;
import io.penstock.lab.demo.picture.PictureState.Tone;
import io.penstock.lab.terminal.Look;
import io.penstock.lab.terminal.Screen;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A mesh at work as a picture in the terminal, with keys to take it apart. Owned by the demo's thread. */
final class MeshScreen {
    private static final long FRAME_NS = 200_000_000L;
    private static final long TICK_NS = 500_000_000L;
    private static final int CONTROL_D = 4;
    private static final String FAREWELL =
            "penstock demo was killed. Remove what it left: sudo ./penstock demo --cleanup";

    private final MeshStage stage;
    private final Look look;
    private final long boundNs;
    private final long setUpNs;
    private final long startNs = System.nanoTime();
    private final EventLog events = new EventLog(startNs);
    private final LiveFigures figures;
    private Pattern pattern = Pattern.A_TO_B;
    private @Nullable String toldTrouble;
    private boolean hasEnded;

    /** @param boundNs ends it after so much time; 0 for no bound */
    MeshScreen(MeshStage stage, Look look, long boundNs, long setUpNs) {
        this.stage = stage;
        this.look = look;
        this.boundNs = boundNs;
        this.setUpNs = setUpNs;
        figures = new LiveFigures(
                stage.traffic(), stage.mesh().a()::pid, stage.mesh().b()::pid, startNs);
    }

    /** Runs until the user quits, or the time is over. */
    MeshReport play() throws Exception {
        stage.start();
        try (Screen screen = Screen.open(FAREWELL)) {
            long tickNs = startNs;
            while (!hasEnded) {
                long nowNs = System.nanoTime();
                if (nowNs - tickNs >= TICK_NS) {
                    figures.tick(nowNs);
                    tickNs = nowNs;
                }
                stage.step(this::tell, this::tell);
                tellTrouble();
                WinSize size = screen.size();
                screen.show(Picture.lines(state(nowNs), size.columns(), size.rows(), look), size);
                onKey(screen.key(FRAME_NS - (System.nanoTime() - nowNs)));
                hasEnded |= boundNs != 0 && System.nanoTime() - startNs >= boundNs;
            }
        }
        return stage.report(setUpNs, List.of());
    }

    private void onKey(int key) {
        switch (key) {
            case 'q', 'Q', CONTROL_D, Screen.HANG_UP -> hasEnded = true;
            case 't', 'T' -> {
                pattern = pattern.next();
                stage.traffic().turnTo(pattern);
                events.add(Tone.PLAIN, "traffic: " + pattern.text());
            }
            default -> stage.core().onKey(key, System.nanoTime());
        }
    }

    private void tell(Outcome outcome) {
        events.add(outcome.isReached() ? Tone.GOOD : Tone.BAD, outcome.text());
    }

    /** Short ones that nobody has caused are what a busy machine does. */
    private void tell(Outage outage) {
        if (outage.durationNs() > ProbeLedger.OUTAGE_NS) {
            events.add(Tone.BAD, "a gap of " + seconds(outage.durationNs()));
        }
    }

    private void tellTrouble() {
        String trouble = stage.trouble();
        if (trouble != null && !trouble.equals(toldTrouble)) {
            trouble.lines().forEach(line -> events.add(Tone.BAD, line));
            toldTrouble = trouble;
        }
    }

    private PictureState state(long nowNs) {
        Topology topology = stage.topology();
        MeshWatch.Facts a = stage.watch().a();
        MeshWatch.Facts b = stage.watch().b();
        boolean carries = a.node().way() == Way.RELAY || b.node().way() == Way.RELAY;
        return new PictureState(
                topology.id(),
                nowNs - startNs,
                null,
                Math.max(a.mtu(), b.mtu()),
                Runtime.getRuntime().availableProcessors(),
                site(topology.a(), a),
                site(topology.b(), b),
                new PictureState.Coordinator(
                        "coordinator and relay " + Topology.COORDINATOR_ADDRESS,
                        stage.core().isRunning(Part.COORDINATOR),
                        a.node().isConnected(),
                        b.node().isConnected(),
                        carries),
                new PictureState.Path(
                        way(carries, a.node().way()), stage.traffic().probes().silentNs(nowNs), note(a.bytes())),
                figures.forward(),
                figures.backward(),
                figures.roundTrips(),
                figures.cpu(),
                events.all(),
                List.of(),
                keys());
    }

    private static PictureState.Site site(Topology.Site site, MeshWatch.Facts facts) {
        return new PictureState.Site(
                site.hostAddress(), site.publicAddress(), facts.node().answers());
    }

    private String way(boolean carries, Way way) {
        if (stage.core().isCut()) {
            return carries ? "UDP cut: by relay" : "UDP cut";
        }
        return carries ? "by relay" : way == Way.DIRECT ? "WireGuard, direct" : "no path";
    }

    private String note(long bytes) {
        long gapNs = stage.core().longestGapNs();
        return gapNs == 0 ? "no gap, " + Quantity.bytes(bytes) : "longest gap " + seconds(gapNs);
    }

    private List<PictureState.Key> keys() {
        MeshCore core = stage.core();
        return List.of(
                new PictureState.Key("c", verb(core, Part.COORDINATOR) + " coordinator"),
                new PictureState.Key("a", verb(core, Part.GATEWAY_A) + " A"),
                new PictureState.Key("b", verb(core, Part.GATEWAY_B) + " B"),
                new PictureState.Key("u", core.isCut() ? "let UDP" : "cut UDP"),
                new PictureState.Key("t", "TCP"),
                new PictureState.Key("q", "quit"));
    }

    private static String verb(MeshCore core, Part part) {
        return core.isRunning(part) ? "kill" : "start";
    }

    private static String seconds(long ns) {
        return String.format(Locale.ROOT, "%.2f s", ns / 1e9);
    }
}
