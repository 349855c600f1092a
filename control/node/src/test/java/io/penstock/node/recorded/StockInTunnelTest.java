package io.penstock.node.recorded;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.penstock.engine.filter.ActiveFilter;
import io.penstock.engine.filter.InboundFilter;
import io.penstock.node.filter.FilterCompiler;
import io.penstock.node.filter.LocalAddresses;
import io.penstock.node.path.core.Tsmp;
import io.penstock.node.recorded.StockRecording.Event;
import io.penstock.protocol.message.FilterRule;
import io.penstock.wireguard.DropReason;
import io.penstock.wireguard.peer.Peer;
import io.penstock.wireguard.route.AllowedIps;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stock node sends inside the tunnel to be answered: pings of TSMP and of ICMP. */
class StockInTunnelTest {
    private static final int ICMP = 1;
    private static final int HEADER = 20;
    private static final int ECHO_REQUEST = 8;

    /** The bytes that the recorder has put into the ping which this node has answered. */
    private static final long ANSWERED =
            ByteBuffer.wrap("recorded".getBytes(US_ASCII)).getLong();

    private static List<byte[]> packets(StockRecording recording, int protocol) {
        return recording.events("inside").stream()
                .map(Event::bytes)
                .filter(packet -> packet[0] >>> 4 == 4 && packet[9] == protocol)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void answersAPingOfTsmpAsTheStockNodeDoes(String name) throws Exception {
        StockRecording recording = StockRecording.read(name);
        List<byte[]> packets = packets(recording, Tsmp.PROTOCOL);
        Tsmp.Packet.Ping ping = packets.stream()
                .map(Tsmp::parse)
                .filter(Tsmp.Packet.Ping.class::isInstance)
                .map(Tsmp.Packet.Ping.class::cast)
                .findFirst()
                .orElseThrow();
        assertEquals(recording.address("stock"), ping.source());
        assertEquals(recording.address("ours"), ping.destination());

        byte[] theirs = packets.stream()
                .filter(packet -> Tsmp.parse(packet) instanceof Tsmp.Packet.Pong)
                .findFirst()
                .orElseThrow();
        assertEquals(new Tsmp.Packet.Pong(recording.address("stock"), ANSWERED), Tsmp.parse(theirs));
        byte[] ours = Tsmp.pong(ping);
        assertEquals(new Tsmp.Packet.Pong(recording.address("ours"), ping.data()), Tsmp.parse(ours));
        assertEquals(theirs.length, ours.length);
    }

    /** The stock node's ping is, byte for byte, what we would send in its place. */
    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void pingsAsTheStockNodeDoes(String name) throws Exception {
        StockRecording recording = StockRecording.read(name);
        for (byte[] packet : packets(recording, Tsmp.PROTOCOL)) {
            if (Tsmp.parse(packet) instanceof Tsmp.Packet.Ping ping) {
                byte[] ours = Tsmp.ping(ping.source(), ping.destination(), ping.data());
                assertArrayEquals(
                        Arrays.copyOfRange(packet, HEADER, packet.length),
                        Arrays.copyOfRange(ours, HEADER, ours.length));
                return;
            }
        }
        throw new AssertionError("no ping of TSMP in " + name);
    }

    /** It tells its discovery key in the tunnel besides; that is in the map, and nothing is made of it here. */
    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void passesOverWhatElseIsSaidByTsmp(String name) throws Exception {
        StockRecording recording = StockRecording.read(name);
        byte[] told = packets(recording, Tsmp.PROTOCOL).stream()
                .filter(packet -> packet[HEADER] == 'a')
                .findFirst()
                .orElseThrow();
        assertArrayEquals(recording.stockDisco().value().toBytes(), Arrays.copyOfRange(told, HEADER + 1, told.length));
        assertNull(Tsmp.parse(told));
    }

    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void letsAPingOfIcmpInByARuleAndNotWithout(String name) throws Exception {
        StockRecording recording = StockRecording.read(name);
        byte[] ping = packets(recording, ICMP).stream()
                .filter(packet -> packet[HEADER] == ECHO_REQUEST)
                .findFirst()
                .orElseThrow();
        assertNull(refusal(recording, ping, List.of(FilterRule.allowAll())));
        assertEquals(DropReason.FILTERED_NO_RULE, refusal(recording, ping, List.of()));
    }

    private static @Nullable DropReason refusal(StockRecording recording, byte[] packet, List<FilterRule> rules) {
        AllowedIps allowedIps = new AllowedIps();
        Peer stock = new Peer(recording.stockNode().value(), 0);
        allowedIps.insert(recording.address("stock"), stock);
        InboundFilter filter = new InboundFilter(allowedIps);
        filter.use(ActiveFilter.first(
                FilterCompiler.compile(rules, LocalAddresses.of(List.of(recording.address("ours"))), node -> List.of()),
                new Random(1),
                0));
        filter.begin(0);
        ByteBuffer direct = ByteBuffer.allocateDirect(packet.length).put(packet);
        return filter.refusal(new UnsafeBuffer(direct), 0, packet.length, stock);
    }
}
