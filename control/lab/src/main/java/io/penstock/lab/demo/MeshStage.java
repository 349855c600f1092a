package io.penstock.lab.demo;

import io.penstock.lab.ProbeLedger.Outage;
import io.penstock.lab.demo.DemoException.Reason;
import io.penstock.lab.demo.LiveTraffic.Pattern;
import io.penstock.lab.demo.mesh.Change;
import io.penstock.lab.demo.mesh.MeshCore;
import io.penstock.lab.demo.mesh.Outcome;
import io.penstock.lab.demo.mesh.Tour;
import io.penstock.lab.demo.mesh.View;
import io.penstock.lab.speed.GapClient;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A mesh with its traffic, and the core that says what is done to it. Owned by the demo's thread, which calls {@link #step}; what
 * takes time is done on another.
 */
final class MeshStage {
    private static final int CHANGE_END_SECONDS = 45;

    private final Topology topology;
    private final Mesh mesh;
    private final LiveTraffic traffic;
    private final MeshWatch watch;
    private final MeshCore core;
    private final Queue<Done> done =
            new ConcurrentLinkedQueue<>(); // one at most: the core asks for one change at a time
    private final ExecutorService stagehand = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("demo-stagehand").factory());
    private @Nullable String trouble;

    private record Done(Change change, @Nullable String failure) {}

    MeshStage(Topology topology, SiteNetworks networks, Mesh mesh) throws Exception {
        this.topology = topology;
        this.mesh = mesh;
        traffic = new LiveTraffic(
                networks.namespace(topology.a().hostNamespace()),
                networks.namespace(topology.b().hostNamespace()),
                topology,
                GapClient.Settings.DEFAULT_GAP_NS);
        watch = new MeshWatch(mesh, topology);
        core = new MeshCore(System.nanoTime());
    }

    /** Begins the traffic. */
    void start() {
        watch.start();
        traffic.turnTo(Pattern.A_TO_B);
    }

    /** Tells the core what is seen, and carries out what it says. */
    void step(Consumer<Outcome> onOutcome, Consumer<Outage> onOutage) {
        long nowNs = System.nanoTime();
        for (Done ended = done.poll(); ended != null; ended = done.poll()) {
            if (ended.failure() == null) {
                core.onDone(ended.change());
            } else {
                trouble = ended.failure();
                core.onFailed(nowNs);
            }
        }
        for (Outage outage = traffic.probes().poll();
                outage != null;
                outage = traffic.probes().poll()) {
            if (!core.onGap(outage.durationNs())) {
                onOutage.accept(outage);
            }
        }
        core.onView(view(nowNs), nowNs);
        for (Outcome outcome = core.pollOutcome(); outcome != null; outcome = core.pollOutcome()) {
            onOutcome.accept(outcome);
        }
        Change change = core.poll();
        if (change != null) {
            stagehand.execute(() -> make(change));
        }
    }

    private void make(Change change) {
        String failure = null;
        try {
            mesh.make(change);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure = "was interrupted";
        } catch (Exception e) {
            failure = e.getMessage() == null ? e.toString() : e.getMessage();
        }
        done.add(new Done(change, failure));
    }

    private View view(long nowNs) {
        return new View(
                watch.a().node(),
                watch.b().node(),
                traffic.probes().silentNs(nowNs),
                traffic.probes().summary().samples() > 0);
    }

    MeshCore core() {
        return core;
    }

    Topology topology() {
        return topology;
    }

    LiveTraffic traffic() {
        return traffic;
    }

    MeshWatch watch() {
        return watch;
    }

    Mesh mesh() {
        return mesh;
    }

    /** Why the last change that failed did, for people; null if none has. */
    @Nullable String trouble() {
        return trouble;
    }

    /** What was seen. */
    MeshReport report(long setUpNs, List<Tour.Step> steps) {
        InetAddress source = traffic.forward().source();
        return new MeshReport(
                topology.id(),
                setUpNs,
                steps,
                traffic.forward().receivedBytes() + traffic.backward().receivedBytes(),
                traffic.forward().connections() + traffic.backward().connections(),
                source == null ? "" : source.getHostAddress(),
                topology.a().hostAddress(),
                traffic.probes().sent(),
                traffic.probes().lost(),
                traffic.probes().summary(),
                core.longestGapNs());
    }

    /** Ends the traffic, and waits for a change that is under way: nothing is started afterwards. */
    void end() throws DemoException, IOException, InterruptedException {
        stagehand.shutdown();
        watch.close();
        traffic.close();
        if (!stagehand.awaitTermination(CHANGE_END_SECONDS, TimeUnit.SECONDS)) {
            throw new DemoException(Reason.FAILED, "what is being restarted does not come up");
        }
    }
}
