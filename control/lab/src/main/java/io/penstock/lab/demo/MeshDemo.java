package io.penstock.lab.demo;

import io.penstock.lab.ProbeLedger.Outage;
import io.penstock.lab.demo.DemoException.Reason;
import io.penstock.lab.demo.mesh.Expectation;
import io.penstock.lab.demo.mesh.Tour;
import io.penstock.lab.terminal.Look;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Two sites whose gateways join a coordinator, with traffic between the hosts behind them, to be taken apart and put together. One
 * thread.
 */
public final class MeshDemo {
    private static final long TICK_MS = 50;

    /** Some 100 Mbit/s: what is measured is gaps, and a full stream beside programs that start would make its own. */
    private static final long PAUSE_NS = 10_000_000L;

    private final DemoSettings settings;
    private final String launcher;
    private final Consumer<String> talk;
    private final Guarded guarded;

    /**
     * What became of a demo that went well, whether it saw what was expected or not.
     *
     * @param leftBehind what could not be removed, for people
     */
    public record Outcome(MeshReport report, List<String> leftBehind) {}

    /** What is done with the mesh once it is joined. */
    private interface Act {
        MeshReport play(MeshStage stage, long setUpNs) throws Exception;
    }

    private MeshDemo(DemoSettings settings, String launcher, Consumer<String> talk)
            throws DemoException, IOException, InterruptedException {
        this.settings = settings;
        this.launcher = launcher;
        this.talk = talk;
        Requirements.checkRoot();
        Requirements.checkNft();
        guarded = Guarded.prepare(settings, talk);
    }

    /**
     * Presses every key itself and compares what is seen with what is expected. Does not return once the JVM is stopping, for then
     * its end is the hook's business.
     *
     * @param launcher the program {@code penstock}
     * @param talk gets a line per step, for people
     */
    public static Outcome tour(DemoSettings settings, String launcher, Consumer<String> talk)
            throws DemoException, IOException, InterruptedException {
        MeshDemo demo = new MeshDemo(settings, launcher, talk);
        return demo.run(demo::tour);
    }

    /**
     * As {@link #tour}, but shows the mesh in the terminal and leaves the keys to the user, until he quits.
     *
     * @param boundNs ends it after so much time; 0 for no bound
     */
    public static Outcome live(DemoSettings settings, String launcher, Look look, long boundNs, Consumer<String> talk)
            throws DemoException, IOException, InterruptedException {
        return new MeshDemo(settings, launcher, talk)
                .run((stage, setUpNs) -> new MeshScreen(stage, look, boundNs, setUpNs).play());
    }

    private Outcome run(Act act) throws DemoException, InterruptedException {
        Guarded.Ended<MeshReport> ended = guarded.run(settings.keep(), networks -> {
            Topology topology = guarded.topology();
            long startNs = System.nanoTime();
            talk.accept("building two sites and an internet (" + topology.id() + ")");
            networks.buildMesh();
            Mesh mesh = new Mesh(topology, networks, guarded.journal(), launcher, talk);
            mesh.build();
            long setUpNs = System.nanoTime() - startNs;
            talk.accept(String.format(Locale.ROOT, "joined in %.1f s", setUpNs / 1e9));
            MeshStage stage = new MeshStage(topology, networks, mesh);
            try {
                return act.play(stage, setUpNs);
            } finally {
                stage.end();
            }
        });
        return new Outcome(ended.result(), ended.leftBehind());
    }

    private MeshReport tour(MeshStage stage, long setUpNs) throws Exception {
        Tour tour = new Tour(Expectation.TOUR);
        stage.traffic().forward().pace(PAUSE_NS);
        stage.start();
        while (!tour.hasEnded()) {
            stage.step(
                    outcome -> {
                        char key = tour.onOutcome(outcome);
                        talk.accept(MeshReport.line(tour.steps().getLast()));
                        if (key != 0) {
                            stage.core().onKey(key, System.nanoTime());
                        }
                    },
                    (Outage outage) -> {});
            String trouble = stage.trouble();
            if (trouble != null) {
                throw new DemoException(Reason.FAILED, trouble);
            }
            TimeUnit.MILLISECONDS.sleep(TICK_MS);
        }
        return stage.report(setUpNs, tour.steps());
    }
}
