package io.penstock.node.path.core;

import io.penstock.wireguard.Endpoint;

/** Which of two direct paths is better: as Tailscale's nodes choose, so that both ends of a path come to one answer. Stateless. */
final class PathScore {
    private static final int LOOPBACK_POINTS = 50;
    private static final int LINK_LOCAL_POINTS = 30;
    private static final int PRIVATE_POINTS = 20;
    private static final int V6_POINTS = 10;

    private PathScore() {}

    /** Whether a change from {@code b} to {@code a} is worth it; for an advantage of one percent it is not. */
    static boolean isBetter(Endpoint a, long aLatencyNs, Endpoint b, long bLatencyNs) {
        if (a.isSameRemote(b)) {
            return false;
        }
        int aPoints = place(a);
        int bPoints = place(b);
        if (aLatencyNs < bLatencyNs) {
            aPoints += percentSaved(aLatencyNs, bLatencyNs);
        } else if (bLatencyNs < aLatencyNs) {
            bPoints += percentSaved(bLatencyNs, aLatencyNs);
        }
        return !(aPoints <= 1 && bPoints == 0) && aPoints > bPoints;
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
