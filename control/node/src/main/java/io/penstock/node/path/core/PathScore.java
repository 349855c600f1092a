package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;

/**
 * Which of two direct paths is better, by latency, place and family, weighed as Tailscale's nodes do, but with a margin where those
 * change for two percent. Stateless.
 */
final class PathScore {
    private static final int LOOPBACK_POINTS = 50;
    private static final int LINK_LOCAL_POINTS = 30;
    private static final int PRIVATE_POINTS = 20;
    private static final int V6_POINTS = 10;

    /** A change has to be worth more: no network is so steady that a small advantage lasts. */
    private static final int MARGIN = 9;

    /** Nobody notices less. */
    private static final long LEAST_GAIN_NS = 1_000_000L;

    private PathScore() {}

    /** Whether a change from {@code b} to {@code a} is worth it. */
    static boolean isBetter(Endpoint a, long aLatencyNs, Endpoint b, long bLatencyNs) {
        if (a.isSameRemote(b)) {
            return false;
        }
        int aPoints = place(a);
        int bPoints = place(b);
        if (bLatencyNs - aLatencyNs >= LEAST_GAIN_NS) {
            aPoints += percentSaved(aLatencyNs, bLatencyNs);
        } else if (aLatencyNs - bLatencyNs >= LEAST_GAIN_NS) {
            bPoints += percentSaved(bLatencyNs, aLatencyNs);
        }
        return aPoints > bPoints + MARGIN;
    }

    private static int percentSaved(long fastNs, long slowNs) {
        return (int) (100 - fastNs * 100 / slowNs);
    }

    private static int place(Endpoint endpoint) {
        int points = endpoint.isV6() ? V6_POINTS : 0;
        if (AddressRules.isLoopback(endpoint)) {
            points += LOOPBACK_POINTS;
        } else if (AddressRules.isLinkLocal(endpoint)) {
            points += LINK_LOCAL_POINTS;
        } else if (AddressRules.isPrivate(endpoint)) {
            points += PRIVATE_POINTS;
        }
        return points;
    }
}
