package io.penstock.relay.acme;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** When a certificate is renewed, and when it is tried again. Pure; chance comes in as a number from 0 to below 1. */
final class RenewalTimes {
    /** Renewed when this part of its life is left: a month of three, two days of six. */
    private static final double LEFT = 1 / 3.0;

    /** Earlier than that by up to this part, so that those who began together do not ask together. */
    private static final double SPREAD = 1 / 12.0;

    /** Authorities allow few attempts that fail: these are five in the first hour. */
    private static final Duration FIRST_RETRY = Duration.ofMinutes(2);

    private static final Duration LONGEST_RETRY = Duration.ofHours(6);

    private RenewalTimes() {}

    /** When a certificate with this life is asked for anew. */
    static Instant renewal(Instant from, Instant to, double chance) {
        double life = Duration.between(from, to).toMillis();
        return to.minusMillis((long) (life * (LEFT + SPREAD * chance))).truncatedTo(ChronoUnit.SECONDS);
    }

    /** How long after the so-manieth failure in a row, 1 being the first, it is tried again. */
    static Duration retry(int failures, double chance) {
        int doublings = Math.min(failures - 1, 10);
        Duration whole = FIRST_RETRY.multipliedBy(1L << doublings);
        long atMost = Math.min(whole.toMillis(), LONGEST_RETRY.toMillis());
        return Duration.ofMillis((long) (atMost * (1 + chance / 4)));
    }
}
