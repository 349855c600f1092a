package io.penstock.relay.acme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RenewalTimesTest {
    private static final Instant FROM = Instant.parse("2026-11-01T00:00:00Z");

    private static double daysLeft(int life, double chance) {
        Instant to = FROM.plus(Duration.ofDays(life));
        return Duration.between(RenewalTimes.renewal(FROM, to, chance), to).toMinutes() / (24 * 60.0);
    }

    @Test
    void renewsWhenAThirdIsLeftOrSomewhatEarlier() {
        assertEquals(30, daysLeft(90, 0), 0.01);
        assertEquals(37.5, daysLeft(90, 1), 0.01);
        assertEquals(2, daysLeft(6, 0), 0.01);
    }

    @Test
    void triesAgainLaterAfterEachFailureAndAtLeastFourTimesADay() {
        assertEquals(Duration.ofMinutes(2), RenewalTimes.retry(1, 0));
        assertEquals(Duration.ofMinutes(4), RenewalTimes.retry(2, 0));
        assertEquals(Duration.ofSeconds(150), RenewalTimes.retry(1, 1));
        assertEquals(Duration.ofHours(6), RenewalTimes.retry(12, 0));
        assertEquals(Duration.ofHours(6), RenewalTimes.retry(Integer.MAX_VALUE, 0));
    }

    @Test
    void asksAtMostFiveTimesInTheFirstHour() {
        Duration passed = Duration.ZERO;
        int asked = 1;
        for (int failures = 1; passed.compareTo(Duration.ofHours(1)) < 0; failures++) {
            passed = passed.plus(RenewalTimes.retry(failures, 0));
            asked += passed.compareTo(Duration.ofHours(1)) < 0 ? 1 : 0;
        }
        assertTrue(asked <= 5, () -> "authorities allow no more that fail");
    }
}
