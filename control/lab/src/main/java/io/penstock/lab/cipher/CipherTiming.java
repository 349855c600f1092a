package io.penstock.lab.cipher;

import io.penstock.engine.aead.AeadEngine;
import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.aead.EngineUnavailableException;
import io.penstock.lab.cipher.CipherReport.Engine;
import io.penstock.lab.cipher.CipherReport.Times;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Times every engine of this machine on one core, in a few seconds. Engines take turns in short rounds, so that what slows the
 * machine for a while slows all of them; of the rounds the fastest and the median count. Packets stay in the inner caches.
 */
public final class CipherTiming {
    /** An ACK, the middle, and a full packet in a tunnel of the usual MTU; bytes. */
    static final int[] LENGTHS = {64, 512, 1420};

    /**
     * How long it takes.
     *
     * @param warmUpNs for each engine at most: it ends earlier once the engine does not get faster any more
     * @param rounds of each measurement
     * @param roundNs length of a round at least
     */
    public record Effort(long warmUpNs, int rounds, long roundNs) {
        /** Some five seconds for all engines together. */
        public static final Effort USUAL = new Effort(1_500_000_000L, 40, 1_000_000L);

        public Effort {
            if (warmUpNs < 0 || rounds < 1 || roundNs < 0) {
                throw new IllegalArgumentException("effort: " + warmUpNs + ", " + rounds + ", " + roundNs);
            }
        }
    }

    /** Passes without a gain after which an engine counts as warm. */
    private static final int STEADY_PASSES = 30;

    private static final double GAIN = 0.98;

    /** An engine so slow that its rounds take this many times as long as they should gets fewer of them, but never fewer than these. */
    private static final long LONGER = 3;

    private static final int FEWEST_ROUNDS = 3;

    private final Effort effort;
    private final Arena arena;

    private CipherTiming(Effort effort, Arena arena) {
        this.effort = effort;
        this.arena = arena;
    }

    /**
     * Measures.
     *
     * @throws EngineUnavailableException if there is no engine at all, or no memory for one
     */
    public static CipherReport run(Effort effort) throws EngineUnavailableException {
        List<String> names = new ArrayList<>();
        List<AeadEngines.Refusal> refusals = new ArrayList<>();
        AeadEngines.tryAll(engine -> names.add(engine.name()), refusals::add);
        String chosen;
        try (AeadEngine first = AeadEngines.choose(null, refusal -> {})) {
            chosen = first.name();
        }
        List<AeadEngine> engines = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            for (String name : names) {
                engines.add(AeadEngines.open(name));
            }
            return new CipherReport(chosen, effort.rounds(), new CipherTiming(effort, arena).times(engines), refusals);
        } finally {
            engines.forEach(AeadEngine::close);
        }
    }

    private List<Engine> times(List<AeadEngine> engines) {
        List<Measurement> all = new ArrayList<>();
        for (AeadEngine engine : engines) {
            List<Measurement> own = measurements(engine);
            warmUp(own);
            all.addAll(own);
        }
        for (int round = 1; round <= effort.rounds(); round++) {
            for (Measurement measurement : all) {
                measurement.round();
            }
        }
        return engines.stream()
                .map(engine -> new Engine(
                        engine.name(),
                        engine.describe(),
                        Arrays.stream(LENGTHS)
                                .mapToObj(length -> times(all, engine, length))
                                .toList()))
                .toList();
    }

    private List<Measurement> measurements(AeadEngine engine) {
        List<Measurement> measurements = new ArrayList<>();
        for (int length : LENGTHS) {
            for (CipherTask.Kind kind : CipherTask.Kind.values()) {
                measurements.add(new Measurement(new CipherTask(engine, kind, length, arena)));
            }
        }
        return measurements;
    }

    private static Times times(List<Measurement> all, AeadEngine engine, int length) {
        return new Times(
                length,
                time(all, engine, length, CipherTask.Kind.SEAL),
                time(all, engine, length, CipherTask.Kind.OPEN),
                time(all, engine, length, CipherTask.Kind.SEAL_ALONE));
    }

    private static CipherReport.Time time(List<Measurement> all, AeadEngine engine, int length, CipherTask.Kind kind) {
        return all.stream()
                .filter(m -> m.task.engine() == engine && m.task.lengthBytes() == length && m.task.kind() == kind)
                .findFirst()
                .orElseThrow()
                .time();
    }

    /** Passes through all that an engine is asked for, until that gets no faster or the time is over. */
    private void warmUp(List<Measurement> measurements) {
        long startNs = System.nanoTime();
        long best = Long.MAX_VALUE;
        int steady = 0;
        while (steady < STEADY_PASSES && System.nanoTime() - startNs < effort.warmUpNs()) {
            long passNs = measurements.stream().mapToLong(Measurement::once).sum();
            steady = passNs < best * GAIN ? 0 : steady + 1;
            best = Math.min(best, passNs);
        }
    }

    /** A task and how long its rounds took. */
    private final class Measurement {
        private final CipherTask task;
        private final double[] packetNs = new double[effort.rounds()];
        private int rounds;
        private long totalNs;

        Measurement(CipherTask task) {
            this.task = task;
        }

        /** Nanoseconds of doing it once. */
        long once() {
            long startNs = System.nanoTime();
            task.run();
            return System.nanoTime() - startNs;
        }

        void round() {
            if (rounds >= FEWEST_ROUNDS && totalNs > LONGER * effort.rounds() * effort.roundNs()) {
                return;
            }
            long startNs = System.nanoTime();
            long spentNs = 0;
            int runs = 0;
            while (runs == 0 || spentNs < effort.roundNs()) {
                task.run();
                runs++;
                spentNs = System.nanoTime() - startNs;
            }
            packetNs[rounds++] = (double) spentNs / runs / CipherTask.PACKETS;
            totalNs += spentNs;
        }

        CipherReport.Time time() {
            double[] sorted = Arrays.copyOf(packetNs, rounds);
            Arrays.sort(sorted);
            return new CipherReport.Time(sorted[0], (sorted[(rounds - 1) / 2] + sorted[rounds / 2]) / 2);
        }
    }
}
