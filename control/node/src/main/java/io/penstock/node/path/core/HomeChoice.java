package io.penstock.node.path.core;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Which relay is home: the nearest one, but not another one for a small or doubtful advantage, since all peers have to be told. */
final class HomeChoice {
    private static final long HISTORY_NS = 305_000_000_000L; // a whole look each 5 min, and a little
    private static final long SMALL_GAIN_NS = 10_000_000L;

    private record Entry(long atNs, Map<Integer, Long> latencies) {}

    private final Deque<Entry> history = new ArrayDeque<>(); // one for each look, at most one in 20 s
    private Map<Integer, Double> scores = Map.of();
    private int home;

    int home() {
        return home;
    }

    /** Weights of regions: below 1 is preferred. */
    void setScores(Map<Integer, Double> regionScores) {
        scores = regionScores;
    }

    /** Somebody has chosen it before. */
    void assume(int region) {
        home = region;
    }

    /** The region is not there any more. */
    void forgetHome() {
        home = 0;
    }

    void forgetHistory() {
        history.clear();
    }

    /**
     * Takes a report.
     *
     * @param isHomeHeard whether there is a connection to the home relay, whatever the report says
     * @param isHomeDown whether it lets nobody in, though it may answer STUN
     * @return the home from here on
     */
    int choose(CheckReport report, boolean isHomeHeard, boolean isHomeDown, long nowNs) {
        Map<Integer, Long> alive = new HashMap<>(report.latencies());
        if (isHomeDown) {
            alive.remove(home);
        }
        history.addLast(new Entry(nowNs, alive));
        while (nowNs - history.getFirst().atNs() > HISTORY_NS) {
            history.removeFirst();
        }
        Map<Integer, Double> best = new HashMap<>();
        for (Entry entry : history) {
            entry.latencies().forEach((region, ns) -> best.merge(region, ns * score(region), Math::min));
        }
        int nearest = 0;
        double nearestNs = Double.MAX_VALUE;
        for (int region : alive.keySet()) {
            double ns = best.getOrDefault(region, Double.MAX_VALUE);
            if (ns < nearestNs || (ns == nearestNs && region < nearest)) {
                nearest = region;
                nearestNs = ns;
            }
        }
        if (nearest == 0) {
            return home; // nothing better is known
        }
        if (home == 0 || home == nearest) {
            home = nearest;
            return home;
        }
        if (!alive.containsKey(home) && !isHomeHeard) {
            home = nearest;
            return home;
        }
        Double oldNs = best.get(home);
        boolean isSmall = oldNs == null || oldNs - nearestNs < SMALL_GAIN_NS || nearestNs > oldNs * 2 / 3;
        if (!isSmall) {
            home = nearest;
        }
        return home;
    }

    private double score(int region) {
        double score = scores.getOrDefault(region, 1.0);
        return score > 0 ? score : 1.0;
    }
}
