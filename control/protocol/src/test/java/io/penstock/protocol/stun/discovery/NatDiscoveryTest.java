package io.penstock.protocol.stun.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.penstock.protocol.Seeded;
import io.penstock.protocol.stun.BindingRequest;
import io.penstock.protocol.stun.BindingResponse;
import io.penstock.protocol.stun.discovery.NatBehaviour.Filtering;
import io.penstock.protocol.stun.discovery.NatBehaviour.Hairpin;
import io.penstock.protocol.stun.discovery.NatBehaviour.Mapping;
import io.penstock.wireguard.Endpoint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is asked, and what is made of the answers; NATs that do all of it are in the simulator. */
class NatDiscoveryTest {
    private static final long MS = 1_000_000L;
    private static final Endpoint OWN = Endpoint.parse("192.168.1.10:40000");
    private static final Endpoint ONE = Endpoint.parse("198.51.100.1:3478");
    private static final Endpoint TWO = Endpoint.parse("198.51.100.2:3479");
    private static final Endpoint THREE = Endpoint.parse("203.0.113.9:3478");
    private static final Endpoint OUTSIDE = Endpoint.parse("192.0.2.77:40000");
    private static final Endpoint ELSEWHERE = Endpoint.parse("192.0.2.77:40001");

    /** A request as it was sent, read as a server would. */
    private record Asked(ProbeSocket from, Endpoint to, BindingRequest.Received.Request request) {}

    private final NatDiscovery discovery = new NatDiscovery(List.of(OWN), Seeded.create());
    private long nowNs = Long.MAX_VALUE - 500 * MS; // wraps soon

    private List<Asked> sent() {
        List<Asked> all = new ArrayList<>();
        for (NatDiscovery.Send send = discovery.poll(); send != null; send = discovery.poll()) {
            BindingRequest.Received received = BindingRequest.parse(ByteBuffer.wrap(send.datagram()));
            all.add(new Asked(send.from(), send.to(), (BindingRequest.Received.Request) received));
        }
        return all;
    }

    private boolean answer(Asked asked, Endpoint source, Endpoint mapped) {
        return discovery.onDatagram(
                asked.from(), source, BindingResponse.encode(asked.request().id(), mapped), nowNs);
    }

    private boolean answerAsPair(Asked asked, Endpoint source, Endpoint mapped, Endpoint other) {
        byte[] answer = BindingResponse.encode(asked.request().id(), mapped, source, other);
        return discovery.onDatagram(asked.from(), source, answer, nowNs);
    }

    /** Lets time pass until nothing is awaited; the requests that were repeated are lost. */
    private void waitForAll() {
        for (int i = 0; i < 100 && !discovery.isDone(); i++) {
            nowNs += discovery.leftNs(nowNs);
            discovery.onTime(nowNs);
        }
        sent();
        assertTrue(discovery.isDone());
    }

    private void start(Endpoint... servers) {
        for (Endpoint server : servers) {
            discovery.addServer(server, nowNs);
        }
        discovery.onAllServers();
    }

    private Map<String, Asked> secondRound() {
        Map<String, Asked> round = new HashMap<>();
        sent().forEach(asked -> round.put(
                asked.from() + " " + asked.to() + " " + asked.request().change(), asked));
        return round;
    }

    private static Asked of(Map<String, Asked> round, String key) {
        return Objects.requireNonNull(round.get(key), () -> key + " of " + round.keySet());
    }

    @Test
    void asksEachServerFourTimesAndGivesUp() {
        start(ONE, THREE, ONE);
        assertEquals(List.of(ONE, THREE), sent().stream().map(Asked::to).toList());
        long startNs = nowNs;
        List<Long> times = new ArrayList<>();
        while (!discovery.isDone()) {
            nowNs += discovery.leftNs(nowNs);
            discovery.onTime(nowNs);
            if (!sent().isEmpty()) {
                times.add((nowNs - startNs) / MS);
            }
        }
        assertEquals(List.of(200L, 600L, 1400L), times);
        assertEquals(3000, (nowNs - startNs) / MS);
        assertFalse(discovery.behaviour().isOpen());
        assertEquals(Mapping.UNKNOWN, discovery.behaviour().mapping());
        assertEquals(Filtering.UNKNOWN, discovery.behaviour().filtering());
    }

    @Test
    void repeatsARequestWithItsOldNumber() {
        start(ONE);
        Asked first = sent().getFirst();
        nowNs += 200 * MS;
        discovery.onTime(nowNs);
        assertEquals(first, sent().getFirst());
        assertTrue(answer(first, ONE, OUTSIDE), "late and right");
    }

    @Test
    void twoServersTellWhetherTheMappingVaries() {
        start(ONE, THREE);
        List<Asked> first = sent();
        answer(first.get(0), ONE, OUTSIDE);
        answer(first.get(1), THREE, ELSEWHERE);
        waitForAll();
        assertEquals(Mapping.DESTINATION_DEPENDENT, discovery.behaviour().mapping());
        assertEquals(Filtering.UNKNOWN, discovery.behaviour().filtering());
        assertEquals(List.of(OUTSIDE, ELSEWHERE), discovery.behaviour().mapped());
        assertEquals(2, discovery.behaviour().answered());
    }

    @Test
    void twoServersThatSeeTheSameAreEnoughAndOneIsNot() {
        start(ONE, THREE);
        List<Asked> first = sent();
        answer(first.get(0), ONE, OUTSIDE);
        assertEquals(Mapping.UNKNOWN, discovery.behaviour().mapping());
        answer(first.get(1), THREE, OUTSIDE);
        assertEquals(Mapping.ENDPOINT_INDEPENDENT, discovery.behaviour().mapping());
    }

    @Test
    void twoPortsOfOneAddressAreNotTwoServers() {
        Endpoint otherPort = Endpoint.parse("198.51.100.1:3479");
        start(ONE, otherPort);
        List<Asked> first = sent();
        answer(first.get(0), ONE, OUTSIDE);
        answer(first.get(1), otherPort, OUTSIDE);
        assertEquals(Mapping.UNKNOWN, discovery.behaviour().mapping());
    }

    @Test
    void asksAJudgeFromSocketsThatKnowNothingOfEachOther() {
        start(ONE);
        answerAsPair(sent().getFirst(), ONE, OUTSIDE, TWO);
        Map<String, Asked> round = secondRound();
        of(round, "MAPPING 198.51.100.2:3478 NOTHING");
        of(round, "MAPPING 198.51.100.2:3479 NOTHING");
        of(round, "HAIRPIN 198.51.100.1:3478 NOTHING");
        answer(of(round, "FILTERING 198.51.100.1:3478 NOTHING"), ONE, ELSEWHERE);
        assertEquals(4, round.size());
        Map<String, Asked> third = secondRound();
        of(third, "FILTERING 198.51.100.1:3478 PORT");
        of(third, "FILTERING 198.51.100.1:3478 ADDRESS_AND_PORT");
        assertEquals(2, third.size());
    }

    /** Of two servers one of which has two addresses: {@code second} and {@code third} are what the other two places see. */
    private Mapping mapping(Endpoint second, Endpoint third) {
        start(ONE);
        answerAsPair(sent().getFirst(), ONE, OUTSIDE, TWO);
        Map<String, Asked> round = secondRound();
        answer(of(round, "MAPPING 198.51.100.2:3478 NOTHING"), Endpoint.parse("198.51.100.2:3478"), second);
        answer(of(round, "MAPPING 198.51.100.2:3479 NOTHING"), TWO, third);
        return discovery.behaviour().mapping();
    }

    @Test
    void oneAddressForAllIsEndpointIndependent() {
        assertEquals(Mapping.ENDPOINT_INDEPENDENT, mapping(OUTSIDE, OUTSIDE));
    }

    @Test
    void oneForEachAddressIsAddressDependent() {
        assertEquals(Mapping.ADDRESS_DEPENDENT, mapping(ELSEWHERE, ELSEWHERE));
    }

    @Test
    void oneForEachPortIsAddressAndPortDependent() {
        assertEquals(Mapping.ADDRESS_AND_PORT_DEPENDENT, mapping(ELSEWHERE, Endpoint.parse("192.0.2.77:40002")));
    }

    private Map<String, Asked> untilFiltering(boolean isSecondThere) {
        start(ONE);
        answerAsPair(sent().getFirst(), ONE, OUTSIDE, TWO);
        Map<String, Asked> round = secondRound();
        if (isSecondThere) {
            answer(of(round, "MAPPING 198.51.100.2:3479 NOTHING"), TWO, OUTSIDE);
        }
        answer(of(round, "FILTERING 198.51.100.1:3478 NOTHING"), ONE, ELSEWHERE);
        return secondRound();
    }

    @Test
    void answersFromElsewhereTellTheFiltering() {
        Map<String, Asked> round = untilFiltering(true);
        assertTrue(answer(of(round, "FILTERING 198.51.100.1:3478 PORT"), Endpoint.parse("198.51.100.1:3479"), OUTSIDE));
        waitForAll();
        assertEquals(Filtering.ADDRESS_DEPENDENT, discovery.behaviour().filtering());
    }

    @Test
    void anAnswerFromAnotherAddressEndsTheSearch() {
        Map<String, Asked> round = untilFiltering(true);
        assertTrue(answer(of(round, "FILTERING 198.51.100.1:3478 ADDRESS_AND_PORT"), TWO, OUTSIDE));
        assertEquals(Filtering.ENDPOINT_INDEPENDENT, discovery.behaviour().filtering());
    }

    @Test
    void silenceMeansTheStrictestIfTheSecondAddressIsThere() {
        untilFiltering(true);
        waitForAll();
        assertEquals(Filtering.ADDRESS_AND_PORT_DEPENDENT, discovery.behaviour().filtering());
    }

    @Test
    void silenceOfASecondAddressThatIsNotThereMeansNothing() {
        untilFiltering(false);
        waitForAll();
        assertEquals(Filtering.UNKNOWN, discovery.behaviour().filtering());
    }

    @Test
    void aServerThatDoesNotChangeSaysNothingOfTheFiltering() {
        Map<String, Asked> round = untilFiltering(true);
        Asked both = of(round, "FILTERING 198.51.100.1:3478 ADDRESS_AND_PORT");
        assertTrue(answer(both, ONE, ELSEWHERE), "from where it was asked");
        Asked port = of(round, "FILTERING 198.51.100.1:3478 PORT");
        byte[] refusal = BindingResponse.encodeUnchangeable(port.request().id());
        assertFalse(discovery.onDatagram(port.from(), TWO, refusal, nowNs), "from elsewhere");
        assertTrue(discovery.onDatagram(port.from(), ONE, refusal, nowNs));
        waitForAll();
        assertEquals(Filtering.UNKNOWN, discovery.behaviour().filtering());
    }

    @Test
    void whatComesBackFromOutsideIsAHairpin() {
        start(ONE);
        answer(sent().getFirst(), ONE, OUTSIDE);
        Asked base = sent().getFirst();
        assertEquals(ProbeSocket.HAIRPIN, base.from());
        answer(base, ONE, ELSEWHERE);
        List<Asked> pair = sent();
        assertEquals(List.of(OUTSIDE, ELSEWHERE), pair.stream().map(Asked::to).toList());
        byte[] request = BindingRequest.encode(pair.getFirst().request().id());
        assertFalse(discovery.onDatagram(ProbeSocket.HAIRPIN, OUTSIDE, request, nowNs), "where it came from");
        assertTrue(discovery.onDatagram(ProbeSocket.MAPPING, ELSEWHERE, request, nowNs));
        waitForAll();
        assertEquals(Hairpin.YES, discovery.behaviour().hairpin());
    }

    @Test
    void withoutTranslationThereIsNoHairpin() {
        start(ONE);
        answer(sent().getFirst(), ONE, OWN);
        assertTrue(sent().isEmpty());
        assertFalse(discovery.behaviour().isTranslated());
        assertEquals(Hairpin.UNKNOWN, discovery.behaviour().hairpin());
    }

    @Test
    void strangersAndLateAnswersChangeNothing() {
        start(ONE);
        Asked asked = sent().getFirst();
        assertFalse(answer(asked, THREE, OUTSIDE), "of another address");
        assertFalse(answer(asked, ONE, Endpoint.parse("[2001:db8::1]:9")), "of another family");
        byte[] answer = BindingResponse.encode(asked.request().id(), OUTSIDE);
        assertFalse(discovery.onDatagram(ProbeSocket.FILTERING, ONE, answer, nowNs), "to another socket");
        assertFalse(discovery.onDatagram(ProbeSocket.MAPPING, ONE, new byte[] {1, 2, 3}, nowNs), "no STUN");
        assertTrue(answer(asked, ONE, OUTSIDE));
        assertFalse(answer(asked, ONE, ELSEWHERE), "twice");
        assertEquals(List.of(OUTSIDE), discovery.behaviour().mapped());
    }

    @Test
    void whatAServerNamesHasToBeASecondAddress() {
        for (String other : List.of(
                "198.51.100.1:3479",
                "198.51.100.2:3478",
                "198.51.100.2:0",
                "224.0.0.1:3479",
                "255.255.255.255:3479",
                "0.0.0.0:3479",
                "127.0.0.1:3479",
                "[2001:db8::2]:3479")) {
            NatDiscovery fresh = new NatDiscovery(List.of(OWN), Seeded.create());
            fresh.addServer(ONE, nowNs);
            NatDiscovery.Send send = Objects.requireNonNull(fresh.poll());
            var request = (BindingRequest.Received.Request) BindingRequest.parse(ByteBuffer.wrap(send.datagram()));
            byte[] answer = BindingResponse.encode(request.id(), OUTSIDE, ONE, Endpoint.parse(other));
            assertTrue(fresh.onDatagram(ProbeSocket.MAPPING, ONE, answer, nowNs));
            List<ProbeSocket> next = new ArrayList<>();
            for (NatDiscovery.Send more = fresh.poll(); more != null; more = fresh.poll()) {
                next.add(more.from());
            }
            assertEquals(List.of(ProbeSocket.HAIRPIN), next, other);
        }
    }

    @Test
    void whatWasStoppedIsUnknown() {
        untilFiltering(true);
        discovery.stop();
        assertTrue(discovery.isDone());
        assertEquals(Filtering.UNKNOWN, discovery.behaviour().filtering());
        assertEquals(Hairpin.UNKNOWN, discovery.behaviour().hairpin());
        assertEquals(Long.MAX_VALUE, discovery.leftNs(nowNs));
    }

    @Test
    void asksABoundedNumberOfServers() {
        for (int i = 1; i < 100; i++) {
            discovery.addServer(Endpoint.v4(0xc6336400 + i, 3478), nowNs);
        }
        assertEquals(NatDiscovery.MAX_SERVERS, sent().size());
    }
}
