package io.penstock.cli.live.netns;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.cli.live.Await;
import io.penstock.cli.live.Echo;
import io.penstock.cli.live.Iperf3;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Load in each direction, in each family inside and outside, at the usual MTU and at 34 KB.
 *
 * <pre>
 *   left -- interface ==== world: lo ==== interface -- right
 * </pre>
 */
@Tag("live")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrafficRulesTest {
    private static final int USUAL_MTU = 1420;
    private static final int BIG_MTU = 34_736;
    private static final int FLOOD_PINGS = 100;
    private static final int STREAM_BYTES = 48 << 20;

    /** A client ends when it has handed over the last byte, and a server with it. */
    private static final int STREAM_ARRIVES = STREAM_BYTES / 2;

    private static final int ECHO_PORT = 7007;
    private static final Duration STREAMS_LIMIT = Duration.ofSeconds(30);

    /** Of what a sender makes without regard for anybody. */
    private static final int FLOOD_ARRIVES = STREAM_BYTES / 50;

    private final MovedPair moved = MovedPair.start();
    private final Side left = moved.left();
    private final Side right = moved.right();

    @AfterAll
    void end() {
        moved.close();
    }

    private void setUp(boolean v6Outside, int mtu) {
        left.setMtu(mtu);
        right.setMtu(mtu);
        moved.meetAndReach(v6Outside);
    }

    @ParameterizedTest(name = "IPv6 outside: {0}, MTU {1}")
    @CsvSource({"false,1420", "true,1420", "false,34736", "true,34736"})
    void answersFloodPings(boolean v6Outside, int mtu) {
        setUp(v6Outside, mtu);

        right.mustFlood(left.inner4, FLOOD_PINGS);
        left.mustFlood(right.inner4, FLOOD_PINGS);
        right.mustFlood(left.inner6, FLOOD_PINGS);
        left.mustFlood(right.inner6, FLOOD_PINGS);
    }

    @ParameterizedTest(name = "IPv6 outside: {0}, MTU {1}")
    @CsvSource({"false,1420", "true,1420", "false,34736", "true,34736"})
    void carriesTcp(boolean v6Outside, int mtu) {
        setUp(v6Outside, mtu);

        mustCarry(left, right, right.inner4, STREAM_ARRIVES, "-Z", "-n", "" + STREAM_BYTES);
        mustCarry(right, left, left.inner6, STREAM_ARRIVES, "-Z", "-n", "" + STREAM_BYTES);
    }

    /** As fast as the sender can: what does not fit is lost, but the tunnel is not. */
    @ParameterizedTest(name = "IPv6 outside: {0}, MTU {1}")
    @CsvSource({"false,1420", "true,1420", "false,34736", "true,34736"})
    void survivesUdpWithoutALimit(boolean v6Outside, int mtu) {
        setUp(v6Outside, mtu);

        mustCarry(right, left, left.inner4, FLOOD_ARRIVES, "-u", "-b", "0", "-n", "" + STREAM_BYTES);
        mustBeWell(right, left.inner4);
        mustCarry(left, right, right.inner6, FLOOD_ARRIVES, "-u", "-b", "0", "-n", "" + STREAM_BYTES);
        mustBeWell(left, right.inner6);
    }

    /** Once what was left in the queues is worked off: until then there may be no room for a ping. */
    private static void mustBeWell(Side from, String address) {
        from.room.awaitReach(address, Side.HANDSHAKE);
        Await.until("ten pings of ten are answered", Side.HANDSHAKE, () -> from.floods(address, 10));
    }

    @ParameterizedTest(name = "{0} streams")
    @ValueSource(ints = {4, 5, 50})
    void carriesParallelTcpStreams(int streams) {
        for (int mtu : List.of(USUAL_MTU, BIG_MTU)) {
            setUp(false, mtu);

            exchange(streams);
        }
    }

    /** So many connections at the same time, each of which has to bring back every byte. */
    private void exchange(int streams) {
        int bytes = STREAM_BYTES / 2 / streams;
        try (Echo _ = Echo.start(right.room, ECHO_PORT);
                ExecutorService threads = Executors.newThreadPerTaskExecutor(
                        Thread.ofPlatform().name("stream ", 0).factory())) {
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                clients.add(
                        threads.submit(() -> Echo.exchange(left.room, right.inner4, ECHO_PORT, bytes, STREAMS_LIMIT)));
            }
            for (Future<?> client : clients) {
                client.get();
            }
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The receiver counts what came in; {@code atLeast} of it has to. */
    private static void mustCarry(Side from, Side to, String address, int atLeast, String... iperf3) {
        long before = to.onlyPeer().receivedBytes();
        String out = Iperf3.run(to.room, from.room, address, iperf3);
        long received = to.onlyPeer().receivedBytes() - before;
        assertTrue(received >= atLeast, received + " bytes received\n" + out);
    }
}
