package io.penstock.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AllocationMeterTest {
    private Object planted = "";
    private int calls;

    @Test
    void acceptsCodeThatAllocatesNothing() {
        AllocationMeter.assertNoBytes(() -> calls++);
        assertTrue(calls >= 20_000);
    }

    @Test
    void noticesOneObjectInAThousandCalls() {
        long least = AllocationMeter.leastBytesPerRound(
                () -> {
                    if (++calls % 1000 == 0) {
                        planted = new byte[16];
                    }
                },
                20_000,
                Duration.ofMillis(300).toNanos());
        assertTrue(least >= 20 * 16, () -> least + " " + planted);
    }
}
