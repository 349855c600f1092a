package io.penstock.lab.demo;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** As {@link DemoMain}, but the JVM is told to stop before the demo begins, and takes a moment to do so. */
final class StoppedDemoMain {
    static final int STATUS = 9;

    private static final long MOMENT_MS = 3_000;

    private StoppedDemoMain() {}

    public static void main(String[] args) throws Exception {
        CountDownLatch stopping = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
            stopping.countDown();
            try {
                TimeUnit.MILLISECONDS.sleep(MOMENT_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        Thread.ofPlatform().start(() -> System.exit(STATUS));
        stopping.await();
        DemoMain.main(args);
    }
}
