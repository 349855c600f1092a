package io.penstock.lab.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks both gateways twice a second how they are, on a thread of its own, for an answer may take a while. Thread-safe. */
final class GatewayWatch implements AutoCloseable {
    private static final int INTERVAL_MS = 500;
    private static final int WG_SECONDS = 5;

    /** What is known of one gateway; {@code state} is null while it does not answer. */
    record Facts(@Nullable TunnelState state, List<String> wgShow) {
        static final Facts UNKNOWN = new Facts(null, List.of());
    }

    private final Gateway a;
    private final Gateway b;
    private final Object asleep = new Object();
    private volatile Facts factsA = Facts.UNKNOWN;
    private volatile Facts factsB = Facts.UNKNOWN;
    private volatile @Nullable String engine;
    private volatile boolean wantsWg;
    private volatile boolean isClosing;

    GatewayWatch(GatewayPair gateways) {
        a = gateways.a();
        b = gateways.b();
    }

    void start() {
        Thread.ofPlatform().daemon().name("demo-watch").start(this::run);
    }

    Facts a() {
        return factsA;
    }

    Facts b() {
        return factsB;
    }

    /** Cipher engine that the gateways have named, null as long as they have not. */
    @Nullable String engine() {
        return engine;
    }

    /** Whether to run {@code wg show} as well. */
    void wantWg(boolean wants) {
        synchronized (asleep) {
            wantsWg = wants;
            asleep.notifyAll();
        }
    }

    private void run() {
        try {
            while (!isClosing) {
                boolean saw = wantsWg;
                factsA = look(a);
                factsB = look(b);
                if (engine == null) {
                    engine = Demo.engine(a.logLines());
                }
                synchronized (asleep) {
                    if (saw == wantsWg && !isClosing) {
                        asleep.wait(INTERVAL_MS);
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Facts look(Gateway gateway) throws InterruptedException {
        List<String> wg = wantsWg ? wgShow(gateway.site().interfaceName()) : List.of();
        try {
            return new Facts(gateway.isAlive() ? gateway.state() : null, wg);
        } catch (IOException e) {
            return new Facts(null, wg); // it is being restarted, or worse: the picture says down
        }
    }

    private static List<String> wgShow(String name) throws InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("wg", "show", name).redirectErrorStream(true);
        builder.environment().put("WG_COLOR_MODE", "never");
        List<String> lines = new ArrayList<>(List.of("$ wg show " + name));
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(WG_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            said.lines().filter(line -> !line.isBlank()).forEach(lines::add);
        } catch (IOException e) {
            lines.add("wg is not there: install the package wireguard-tools");
        }
        return lines;
    }

    @Override
    public void close() {
        synchronized (asleep) {
            isClosing = true;
            asleep.notifyAll();
        }
    }
}
