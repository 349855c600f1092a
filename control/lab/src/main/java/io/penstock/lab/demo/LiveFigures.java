package io.penstock.lab.demo;

import io.penstock.lab.demo.picture.History;
import io.penstock.lab.demo.picture.PictureState.Cpu;
import io.penstock.lab.demo.picture.PictureState.Flow;
import io.penstock.lab.demo.picture.PictureState.RoundTrips;
import java.util.function.LongSupplier;

/** Turns counters into rates and histories, at every {@link #tick}. One thread. */
final class LiveFigures {
    private static final int HISTORY = 1_024; // ticks: more than a terminal has columns

    private final LiveTraffic traffic;
    private final LongSupplier pidA;
    private final LongSupplier pidB;
    private final CpuMeter meter = new CpuMeter();
    private final Direction forward;
    private final Direction backward;
    private final History medians = new History(HISTORY);
    private long medianNs;
    private Cpu cpu = new Cpu(0, 0, 0, 0);
    private Cpu lastCpu = cpu;

    /** @param pidA the process of gateway A, -1 while there is none */
    LiveFigures(LiveTraffic traffic, LongSupplier pidA, LongSupplier pidB, long nowNs) {
        this.traffic = traffic;
        this.pidA = pidA;
        this.pidB = pidB;
        forward = new Direction(traffic.forward(), nowNs);
        backward = new Direction(traffic.backward(), nowNs);
        lastCpu = readCpu(nowNs);
    }

    void tick(long nowNs) {
        forward.tick(nowNs);
        backward.tick(nowNs);
        medianNs = traffic.probes().takeMedianNs();
        medians.add(medianNs == 0 ? History.NOTHING : medianNs / 1e6);
        Cpu read = readCpu(nowNs);
        cpu = new Cpu(
                (read.gatewayA() + lastCpu.gatewayA()) / 2,
                (read.gatewayB() + lastCpu.gatewayB()) / 2,
                (read.hosts() + lastCpu.hosts()) / 2,
                (read.machine() + lastCpu.machine()) / 2);
        lastCpu = read;
    }

    private Cpu readCpu(long nowNs) {
        return new Cpu(
                meter.ofProcess(pidA.getAsLong(), nowNs),
                meter.ofProcess(pidB.getAsLong(), nowNs),
                meter.ofProcess(ProcessHandle.current().pid(), nowNs),
                meter.ofMachine(nowNs));
    }

    Flow forward() {
        return forward.flow();
    }

    Flow backward() {
        return backward.flow();
    }

    /** Highest rate of a tick, bits per second. */
    double maxForward() {
        return forward.max;
    }

    double maxBackward() {
        return backward.max;
    }

    RoundTrips roundTrips() {
        long[] sorted = traffic.probes().sortedNs();
        int last = sorted.length - 1;
        return new RoundTrips(
                medianNs,
                last < 0 ? 0 : sorted[last / 2],
                last < 0 ? 0 : sorted[(int) (last * 0.99)],
                last < 0 ? 0 : sorted[last],
                medians,
                traffic.probes().sent(),
                traffic.probes().lost());
    }

    /** Mean of the last two ticks. */
    Cpu cpu() {
        return cpu;
    }

    private static final class Direction {
        private final LiveStream stream;
        private final History history = new History(HISTORY);
        private long lastBytes;
        private long lastNs;
        private double max;

        Direction(LiveStream stream, long nowNs) {
            this.stream = stream;
            lastNs = nowNs;
        }

        void tick(long nowNs) {
            long bytes = stream.receivedBytes();
            double rate = 8 * (bytes - lastBytes) / ((nowNs - lastNs) / 1e9);
            history.add(rate);
            max = Math.max(max, rate);
            lastBytes = bytes;
            lastNs = nowNs;
        }

        Flow flow() {
            double before = history.size() > 1 ? history.ago(1) : history.ago(0);
            return new Flow(history.size() == 0 ? 0 : (history.ago(0) + before) / 2, history);
        }
    }
}
