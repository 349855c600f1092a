package io.penstock.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.engine.uapi.ControlScripts;
import io.penstock.engine.uapi.UapiServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A hundred thousand scripts that no tool would send, to the socket of a running tunnel: by many clients at once, in
 * pieces, cut off, and beside clients that say nothing or never read. Each gets whole replies or none, memory stays, and
 * traffic flows afterwards.
 */
@Tag("live")
class HostileControlLiveTest {
    private static final long SEED = Long.getLong("penstock.seed", 20261124);
    private static final int SCRIPTS =
            Integer.getInteger("penstock.test.scripts", Boolean.getBoolean("penstock.test.full") ? 1_000_000 : 100_000);
    private static final int CLIENTS = 8;
    private static final int SILENT_CLIENTS = 40;
    private static final int TIMEOUT_S = 300;
    private static final long HEAP_GROWTH_BYTES = 16 << 20;
    private static final long RSS_GROWTH_KIB = 96 << 10;

    private final List<SocketChannel> kept = new ArrayList<>();
    private final AtomicInteger replies = new AtomicInteger();

    @Test
    void answersAHundredThousandScripts() throws Exception {
        try (TwoSites sites = TwoSites.open(Duration.ofSeconds(120));
                UapiServer server = UapiServer.open(sites.interfaceA())) {
            server.start(sites.tunnelA().configuration(), () -> {}, sites.log());
            moveTraffic(sites);
            runClients(server.path(), SCRIPTS / 10, SEED); // whatever grows once has grown then
            long heapBefore = heapAfterCollection();
            long rssBefore = residentKib();
            replies.set(0);
            keepSilentClients(server.path());

            runClients(server.path(), SCRIPTS, SEED + 1);

            assertTrue(replies.get() > SCRIPTS / 2, () -> replies + " replies");
            assertEquals("errno=0\n\n", exchange(server.path(), "set=1\nreplace_peers=true\n\n".getBytes(ISO_8859_1)));
            for (SocketChannel silent : kept) {
                silent.close();
            }
            long heapGrowth = heapAfterCollection() - heapBefore;
            assertTrue(heapGrowth < HEAP_GROWTH_BYTES, () -> "the heap grew by " + heapGrowth + " bytes");
            long rssGrowth = residentKib() - rssBefore;
            assertTrue(rssGrowth < RSS_GROWTH_KIB, () -> "the process grew by " + rssGrowth + " KiB");
            sites.restoreA();
            moveTraffic(sites);
            assertEquals(List.of(), sites.log().complaints(), () -> "seed " + SEED);
        }
    }

    /** Half of a line each; and one that asks and asks, and reads no answer. */
    private void keepSilentClients(Path socket) throws IOException {
        for (int i = 0; i < SILENT_CLIENTS; i++) {
            SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(socket));
            kept.add(silent);
            silent.write(ByteBuffer.wrap("set=1\nprivate_key=00".getBytes(ISO_8859_1)));
        }
        SocketChannel deaf = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        kept.add(deaf);
        deaf.configureBlocking(false);
        ByteBuffer requests = ByteBuffer.wrap("get=1\n\n".repeat(100_000).getBytes(ISO_8859_1));
        while (requests.hasRemaining() && deaf.write(requests) > 0) {
            Thread.onSpinWait();
        }
    }

    private void runClients(Path socket, int scripts, long seed) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<?>> results = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                Random random = new Random(seed * CLIENTS + client);
                results.add(clients.submit(() -> {
                    for (int i = 0; i < scripts / CLIENTS; i++) {
                        send(socket, random);
                    }
                    return null;
                }));
            }
            for (Future<?> result : results) {
                result.get(TIMEOUT_S, TimeUnit.SECONDS);
            }
        } finally {
            clients.shutdownNow();
        }
    }

    private void send(Path socket, Random random) throws IOException {
        String script = ControlScripts.next(random);
        byte[] bytes = script.getBytes(ISO_8859_1);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            boolean leaves = random.nextInt(10) == 0;
            int length = leaves ? random.nextInt(bytes.length + 1) : bytes.length;
            int step = random.nextBoolean() ? bytes.length + 1 : 1 + random.nextInt(200);
            for (int at = 0; at < length; at += step) {
                channel.write(ByteBuffer.wrap(bytes, at, Math.min(step, length - at)));
            }
            if (leaves) {
                return; // in the middle of a word, without waiting for an answer
            }
            channel.shutdownOutput();
            String answer = readAll(channel);
            assertTrue(
                    ControlScripts.REPLIES.matcher(answer).matches(),
                    () -> "-Dpenstock.seed=" + SEED + ": " + script + "\ngot: " + answer);
            if (!answer.isEmpty()) {
                replies.incrementAndGet();
            }
        } catch (IOException e) {
            // The server has closed after a first line that is none: the rest could not be written.
            if (script.startsWith("set=1\n") || script.startsWith("get=1\n")) {
                String message = String.valueOf(e.getMessage());
                assertTrue(message.contains("Broken pipe") || message.contains("reset"), () -> script + e);
            }
        }
    }

    private static String exchange(Path socket, byte[] request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            channel.write(ByteBuffer.wrap(request));
            channel.shutdownOutput();
            return readAll(channel);
        }
    }

    private static String readAll(SocketChannel channel) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
        while (channel.read(buffer) >= 0) {
            answer.write(buffer.array(), 0, buffer.position());
            buffer.clear();
        }
        return answer.toString(ISO_8859_1);
    }

    private static void moveTraffic(TwoSites sites) throws Exception {
        try (DatagramStream stream =
                new DatagramStream(sites.namespaceA(), sites.namespaceB(), TwoSites.ADDRESS_B, 7005, 500)) {
            long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (stream.received() < 20_000) {
                assertTrue(
                        System.nanoTime() - deadlineNs < 0,
                        () -> "the tunnel carries nothing: " + sites.tunnelA().drops());
                Thread.sleep(10);
            }
        }
    }

    private static long heapAfterCollection() {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static long residentKib() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IOException("no VmRSS");
    }
}
