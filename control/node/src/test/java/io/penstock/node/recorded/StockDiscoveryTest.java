package io.penstock.node.recorded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.node.coordination.Seeded;
import io.penstock.node.path.core.Ignored;
import io.penstock.node.path.core.Maps;
import io.penstock.node.path.core.PathAction;
import io.penstock.node.path.core.PathCore;
import io.penstock.node.path.core.PathSettings;
import io.penstock.node.path.core.PingResult;
import io.penstock.node.recorded.StockRecording.Event;
import io.penstock.protocol.disco.DiscoMessage;
import io.penstock.protocol.key.DiscoKey;
import io.penstock.protocol.message.Node;
import io.penstock.protocol.stun.TransactionId;
import io.penstock.wireguard.Endpoint;
import io.penstock.wireguard.Entropy;
import io.penstock.wireguard.noise.BouncyCastleX25519;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Discovery of a stock node, as datagrams and by relay, in the hands of {@link PathCore}. */
class StockDiscoveryTest {
    private static final Endpoint RELAY_SOURCE = Endpoint.parse("127.3.3.40:" + StockRecording.REGION);

    /** Draws names of pings that the stock node has answered, so that its answers are to ours; other bytes are any. */
    private static final class Names implements Entropy {
        private static final int NAME_LENGTH = 12;

        private final Seeded others = new Seeded(1);
        private final Queue<TransactionId> names = new ArrayDeque<>();

        @Override
        public void fill(byte[] bytes) {
            TransactionId name = bytes.length == NAME_LENGTH ? names.poll() : null;
            if (name == null) {
                others.fill(bytes);
            } else {
                ByteBuffer.wrap(bytes).putLong(name.high()).putInt(name.low());
            }
        }

        @Override
        public int nextInt() {
            return others.nextInt();
        }
    }

    /** Our node of the recording, which knows the stock node by a map. */
    private static final class Ours {
        final StockRecording recording;
        final Names names = new Names();
        final PathCore core;
        final List<PathAction.SendDatagram> datagrams = new ArrayList<>();
        final List<PathAction.SendRelayed> relayed = new ArrayList<>();
        final List<PingResult> results = new ArrayList<>();
        final List<Endpoint> uses = new ArrayList<>();
        long nowNs = 1;

        Ours(StockRecording recording) {
            this.recording = recording;
            core = new PathCore(new BouncyCastleX25519(), names, recording.secret("disco"), PathSettings.DEFAULT);
        }

        /** The map says so of the stock node. */
        void know(List<Endpoint> endpoints, int home) {
            Node self = Maps.node(
                    1, recording.ownNode(), core.discoKey(), List.of(recording.address("ours")), List.of(), home);
            Node stock = Maps.node(
                    2,
                    recording.stockNode(),
                    recording.stockDisco(),
                    List.of(recording.address("stock")),
                    endpoints,
                    home);
            core.onMap(Maps.map(self, List.of(stock), Maps.relays(Map.of())), nowNs);
            drain();
        }

        void hear(Event event) {
            Endpoint source = event.source();
            if (source == null) {
                core.onRelayPacket(StockRecording.REGION, recording.stockNode(), event.bytes(), nowNs);
            } else {
                core.onDatagram(source, event.bytes(), nowNs);
            }
            drain();
        }

        void drain() {
            for (PathAction action = core.poll(); action != null; action = core.poll()) {
                switch (action) {
                    case PathAction.SendDatagram send -> datagrams.add(send);
                    case PathAction.SendRelayed send -> relayed.add(send);
                    case PathAction.UseEndpoint use -> uses.add(use.endpoint());
                    case PathAction.PingDone done -> results.add(done.result());
                    case PathAction.StatusChanged none -> {}
                    case PathAction.SendWhole none -> {}
                    case PathAction.UseHome none -> {}
                    case PathAction.Resolve none -> {}
                    case PathAction.MeasureConnect none -> {}
                }
            }
        }
    }

    private static Ours at(String name) throws IOException {
        return new Ours(StockRecording.read(name));
    }

    private static Endpoint outside(StockRecording recording) {
        return Objects.requireNonNull(recording.events("udp").getFirst().source());
    }

    private static <M extends DiscoMessage> M message(Ours ours, Event event, Class<M> kind) {
        return assertInstanceOf(kind, ours.recording.open(event.bytes()));
    }

    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void holdsEachMessageEachWay(String name) throws Exception {
        StockRecording recording = StockRecording.read(name);
        for (String kind : List.of("udp", "relayed")) {
            assertFalse(recording.holding(kind, DiscoMessage.Ping.class).isEmpty(), kind);
            assertFalse(recording.holding(kind, DiscoMessage.Pong.class).isEmpty(), kind);
        }
        assertFalse(recording.holding("relayed", DiscoMessage.CallMeMaybe.class).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void answersAPingWhereItCameFrom(String name) throws Exception {
        Ours ours = at(name);
        ours.know(List.of(), StockRecording.REGION);
        Event event = ours.recording.holding("udp", DiscoMessage.Ping.class).getFirst();
        DiscoMessage.Ping ping = message(ours, event, DiscoMessage.Ping.class);
        assertEquals(ours.recording.stockNode(), ping.nodeKey());

        ours.hear(event);
        PathAction.SendDatagram answer = ours.datagrams.getFirst();
        assertEquals(event.source(), answer.to());
        assertEquals(new DiscoMessage.Pong(ping.id(), answer.to()), ours.recording.open(answer.datagram()));
    }

    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void answersAPingByTheRelayThatBroughtIt(String name) throws Exception {
        Ours ours = at(name);
        ours.know(List.of(), StockRecording.REGION);
        Event event = ours.recording.holding("relayed", DiscoMessage.Ping.class).getFirst();
        DiscoMessage.Ping ping = message(ours, event, DiscoMessage.Ping.class);

        ours.hear(event);
        PathAction.SendRelayed answer = ours.relayed.getFirst();
        assertEquals(StockRecording.REGION, answer.region());
        assertEquals(ours.recording.stockNode(), answer.to());
        assertEquals(new DiscoMessage.Pong(ping.id(), RELAY_SOURCE), ours.recording.open(answer.packet()));
    }

    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void takesAnAnswerAsAPath(String name) throws Exception {
        Ours ours = at(name);
        List<Event> pongs = ours.recording.holding("udp", DiscoMessage.Pong.class);
        pongs.forEach(pong -> ours.names.names.add(
                message(ours, pong, DiscoMessage.Pong.class).id()));
        ours.know(List.of(outside(ours.recording)), 0);

        ours.core.ping(ours.recording.stockNode(), 7, ours.nowNs);
        ours.drain();
        ours.nowNs += TimeUnit.MILLISECONDS.toNanos(3);
        pongs.forEach(ours::hear);
        Endpoint there = outside(ours.recording);
        assertTrue(
                ours.results.contains(new PingResult.Direct(there, TimeUnit.MILLISECONDS.toNanos(3))),
                ours.results::toString);
        assertEquals(there, ours.uses.getLast());
    }

    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void takesAnAnswerByTheRelay(String name) throws Exception {
        Ours ours = at(name);
        List<Event> pongs = ours.recording.holding("relayed", DiscoMessage.Pong.class);
        pongs.forEach(pong -> ours.names.names.add(
                message(ours, pong, DiscoMessage.Pong.class).id()));
        ours.know(List.of(), StockRecording.REGION);

        ours.core.ping(ours.recording.stockNode(), 7, ours.nowNs);
        ours.drain();
        ours.nowNs += TimeUnit.MILLISECONDS.toNanos(40);
        pongs.forEach(ours::hear);
        assertTrue(
                ours.results.contains(new PingResult.Relayed(StockRecording.REGION, TimeUnit.MILLISECONDS.toNanos(40))),
                ours.results::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void triesTheAddressesOfACall(String name) throws Exception {
        Ours ours = at(name);
        ours.know(List.of(), StockRecording.REGION);
        Event event = ours.recording
                .holding("relayed", DiscoMessage.CallMeMaybe.class)
                .getFirst();
        List<Endpoint> called =
                message(ours, event, DiscoMessage.CallMeMaybe.class).endpoints();
        assertTrue(called.contains(outside(ours.recording)), called::toString);

        ours.hear(event);
        PathAction.SendDatagram ping = ours.datagrams.stream()
                .filter(send -> send.to().equals(outside(ours.recording)))
                .findFirst()
                .orElseThrow();
        assertEquals(
                ours.recording.ownNode(),
                assertInstanceOf(DiscoMessage.Ping.class, ours.recording.open(ping.datagram()))
                        .nodeKey());
    }

    /** All of it at its times; whatever was for us is understood, and answered if it asks for an answer. */
    @ParameterizedTest
    @ValueSource(strings = {StockRecording.AT_OUR_RELAY, StockRecording.AT_DERPER})
    void livesThroughAWholeMeeting(String name) throws Exception {
        Ours ours = at(name);
        ours.know(List.of(), StockRecording.REGION);
        int pings = 0;
        for (Event event : ours.recording.events()) {
            if (event.is("udp") || event.is("relayed")) {
                ours.nowNs = TimeUnit.MILLISECONDS.toNanos(event.ms() + 1);
                ours.core.onTime(ours.nowNs);
                ours.hear(event);
                pings += ours.recording.open(event.bytes()) instanceof DiscoMessage.Ping ? 1 : 0;
            }
        }
        long pongs = ours.datagrams.stream()
                        .filter(send -> ours.recording.open(send.datagram()) instanceof DiscoMessage.Pong)
                        .count()
                + ours.relayed.stream()
                        .filter(send -> ours.recording.open(send.packet()) instanceof DiscoMessage.Pong)
                        .count();
        assertEquals(pings, pongs);
        for (Ignored reason : Ignored.values()) {
            if (reason != Ignored.UNEXPECTED_PONG) { // those are of pings with names of their own
                assertEquals(0, ours.core.ignored(reason), reason::toString);
            }
        }
    }

    @Test
    void believesNothingThatWasChangedOnItsWayOrIsOfSomebodyElse() throws Exception {
        Ours ours = at(StockRecording.AT_OUR_RELAY);
        ours.know(List.of(), StockRecording.REGION);
        Event event = ours.recording.holding("udp", DiscoMessage.Ping.class).getFirst();
        int keyEnd = 6 + DiscoKey.ZERO.value().toBytes().length;
        for (int at = 6; at < event.bytes().length; at++) {
            byte[] changed = event.bytes().clone();
            changed[at] ^= 1;
            ours.hear(new Event(0, "udp", event.source(), changed));
        }
        assertEquals(keyEnd - 6, ours.core.ignored(Ignored.UNKNOWN_SENDER));
        assertEquals(event.bytes().length - keyEnd, ours.core.ignored(Ignored.NOT_AUTHENTIC));
        assertTrue(ours.datagrams.isEmpty());
    }
}
