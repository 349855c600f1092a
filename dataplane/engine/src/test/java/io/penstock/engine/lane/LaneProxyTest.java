package io.penstock.engine.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.aead.AeadEngines;
import io.penstock.engine.io.FakeUdpPort;
import io.penstock.ffm.LibC;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LaneProxyTest {
    private final LibC libc = new LibC();
    private final List<Integer> ran = new ArrayList<>();
    private Site site;

    @BeforeEach
    void open() throws Exception {
        site = new Site(new FakeUdpPort.Wire(), "192.0.2.1:1000", 1, AeadEngines.open("bouncycastle"), 0);
    }

    @AfterEach
    void close() {
        site.close();
    }

    @Test
    void runsCommandsInOrderOnTheLanesThread() {
        LaneProxy proxy = site.lane.proxy();
        for (int i = 0; i < 100; i++) {
            int number = i;
            proxy.post(() -> ran.add(number), libc);
        }
        assertEquals(List.of(), ran);
        assertEquals(100, proxy.drain());
        for (int i = 0; i < 100; i++) {
            assertEquals(i, ran.get(i));
        }
    }

    @Test
    void passesAFenceAfterEverythingBeforeIt() {
        LaneProxy proxy = site.lane.proxy();
        long[] passedWhenRun = {-1, -1};
        proxy.post(() -> passedWhenRun[0] = proxy.passedFences(), libc);
        assertEquals(1, proxy.fence(libc));
        proxy.post(() -> passedWhenRun[1] = proxy.passedFences(), libc);
        assertEquals(2, proxy.fence(libc));
        assertEquals(0, proxy.passedFences());
        proxy.drain();
        assertEquals(0, passedWhenRun[0]);
        assertEquals(1, passedWhenRun[1]);
        assertEquals(2, proxy.passedFences());
    }

    @Test
    void leavesPacketsTheirTurn() {
        LaneProxy proxy = site.lane.proxy();
        Runnable again = new Runnable() {
            @Override
            public void run() {
                ran.add(0);
                proxy.post(this, libc); // as a control agent that is always faster than the lane
            }
        };
        proxy.post(again, libc);
        assertEquals(LaneProxy.CAPACITY, proxy.drain());
        assertEquals(LaneProxy.CAPACITY, ran.size());
        site.lane.round(false, false, false, 0);
        assertEquals(2 * LaneProxy.CAPACITY, ran.size());
    }

    /** Nobody reads how many have passed meanwhile: a lane waits for nobody. */
    @Test
    void takesAnyNumberOfFencesFromOneWhoDoesNotLook() throws Exception {
        site.lane.start("lane-under-test");
        LaneProxy proxy = site.lane.proxy();
        long last = 0;
        for (int i = 0; i < 100_000; i++) {
            last = proxy.fence(libc);
        }
        assertEquals(100_000, last);
        while (proxy.passedFences() < last) {
            Thread.sleep(1);
        }
    }

    @Test
    void forgetsWhatComesAfterTheLanesEnd() throws Exception {
        Site ended = new Site(new FakeUdpPort.Wire(), "192.0.2.1:1000", 1, AeadEngines.open("bouncycastle"), 0);
        ended.lane.start("lane-under-test");
        LaneProxy proxy = ended.lane.proxy();
        ended.close();
        for (int i = 0; i < 2 * LaneProxy.CAPACITY; i++) {
            proxy.post(() -> ran.add(0), libc);
        }
        assertTrue(ran.isEmpty());
    }
}
