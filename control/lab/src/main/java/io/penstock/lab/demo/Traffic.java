package io.penstock.lab.demo;

import io.penstock.ffm.netns.NetworkNamespace;
import io.penstock.lab.speed.ServerLimits;
import io.penstock.lab.speed.SpeedClient;
import io.penstock.lab.speed.SpeedReport;
import io.penstock.lab.speed.SpeedServer;
import io.penstock.lab.speed.TestPlan;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;

/** Runs the tests from host A to host B. The demo's own process is on both hosts, by threads that live in their namespaces. */
final class Traffic implements AutoCloseable {
    private static final int FIRST_ANSWER_TIMEOUT_MS = 20_000;
    private static final int STREAMS = 4;
    private static final long MAX_IDLE_NS = 1_000_000_000L;
    private static final long MIN_UDP_RATE_BITS = 10_000_000;
    private static final long MAX_UDP_RATE_BITS = 500_000_000;

    private final NetworkNamespace hostA;
    private final InetSocketAddress target;
    private final SpeedServer server;
    private final Consumer<String> talk;

    /** The four tests. */
    record Results(SpeedReport tcp, SpeedReport reverse, SpeedReport streams, SpeedReport udp) {
        /** Payload that went from A to B. */
        long forwardBytes() {
            return tcp.bytes() + streams.bytes() + udp.bytes();
        }

        long backwardBytes() {
            return reverse.bytes();
        }
    }

    Traffic(NetworkNamespace hostA, NetworkNamespace hostB, String address, Consumer<String> talk) throws Exception {
        this.hostA = hostA;
        this.target = new InetSocketAddress(address, SpeedServer.DEFAULT_PORT);
        this.talk = talk;
        server = hostB.call(() -> SpeedServer.open(target, ServerLimits.DEFAULT, line -> {}));
        Thread.ofPlatform().daemon().name("demo-host-b").start(() -> server.serve(false));
    }

    /** Nanoseconds from host A's first packet to the answer, with the tunnel's handshake in between. */
    long firstAnswerNs() throws Exception {
        return hostA.call(() -> {
            try (SocketChannel channel = SocketChannel.open()) {
                long startNs = System.nanoTime();
                channel.socket().connect(target, FIRST_ANSWER_TIMEOUT_MS);
                return System.nanoTime() - startNs;
            }
        });
    }

    /** Divides the time; what is over goes to connecting and to what is still on its way when a test ends. */
    Results run(long totalNs) throws Exception {
        long idleNs = Math.min(MAX_IDLE_NS, totalNs / 20);
        SpeedReport tcp = test("TCP, A to B", TestPlan.tcp(totalNs * 30 / 100), idleNs);
        SpeedReport reverse =
                test("TCP, B to A", TestPlan.tcp(totalNs * 25 / 100).reversed(), 0);
        SpeedReport streams = test(
                "TCP, " + STREAMS + " streams", TestPlan.tcp(totalNs * 18 / 100).withStreams(STREAMS), 0);
        long rateBits = Math.clamp((long) tcp.bitsPerSecond() / 4, MIN_UDP_RATE_BITS, MAX_UDP_RATE_BITS);
        SpeedReport udp = test("UDP", TestPlan.udp(rateBits, totalNs * 12 / 100), 0);
        return new Results(tcp, reverse, streams, udp);
    }

    @Override
    public void close() {
        server.close();
    }

    private SpeedReport test(String name, TestPlan plan, long idleNs) throws Exception {
        talk.accept(name);
        SpeedClient client = new SpeedClient(target, plan, new SpeedClient.Settings(idleNs, 0, interval -> {}));
        try {
            return hostA.call(client::run);
        } catch (IOException e) {
            throw new IOException(name + ": " + e.getMessage(), e);
        }
    }
}
