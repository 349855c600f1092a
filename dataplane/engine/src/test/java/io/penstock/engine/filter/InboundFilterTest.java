package io.penstock.engine.filter;

import static io.penstock.engine.filter.FilterPacket.ACK;
import static io.penstock.engine.filter.FilterPacket.SYN;
import static io.penstock.engine.filter.FilterUnderTest.rule;
import static io.penstock.wireguard.DropReason.FILTERED_DESTINATION;
import static io.penstock.wireguard.DropReason.FILTERED_FRAGMENT;
import static io.penstock.wireguard.DropReason.FILTERED_ICMP_ERROR;
import static io.penstock.wireguard.DropReason.FILTERED_MALFORMED;
import static io.penstock.wireguard.DropReason.FILTERED_NO_RULE;
import static io.penstock.wireguard.DropReason.FILTERED_REVOKED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.penstock.engine.AllocationMeter;
import io.penstock.wireguard.route.Prefix;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InboundFilterTest {
    private static final int FIN = 0x01;
    private static final int RST = 0x04;
    private static final int PSH = 0x08;
    private static final int ECN_SETUP = 0xc0;

    private static final String PEER4 = "10.9.0.2";
    private static final String US4 = "10.9.0.1";
    private static final String PEER6 = "fd00::2";
    private static final String US6 = "fd00::1";

    private static final byte[] PADDING = new byte[100];

    @ParameterizedTest
    @CsvSource({PEER4 + "," + US4, PEER6 + "," + US6})
    void openingAConnectionNeedsARuleForItsPort(String peer, String us) {
        FilterUnderTest filter = FilterUnderTest.of(rule(80, 80));
        assertNull(filter.in(FilterPacket.tcp(peer, us, 4000, 80, SYN)));
        assertNull(filter.in(FilterPacket.tcp(peer, us, 4000, 80, SYN | ECN_SETUP)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.tcp(peer, us, 4000, 81, SYN)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.tcp(peer, us, 80, 4000, SYN | PSH)));
    }

    @Test
    void openingNeedsARuleAlsoWithinAFlowThatIsLetIn() {
        FilterUnderTest filter = FilterUnderTest.of();
        filter.out(FilterPacket.tcp(US4, PEER4, 4000, 80, SYN));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 80, 4000, SYN | ACK)));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 80, 4000, ACK)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.tcp(PEER4, US4, 80, 4000, SYN)));
    }

    @Test
    void segmentsThatOpenNothingAreLetInAsOnStockNodes() {
        FilterUnderTest filter = FilterUnderTest.of();
        for (int flags : new int[] {ACK, SYN | ACK, ACK | FIN, RST, RST | ACK, ACK | PSH}) {
            assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 80, 4000, flags)), () -> "flags " + flags);
            assertNull(filter.in(FilterPacket.tcp(PEER6, US6, 80, 4000, flags)), () -> "flags " + flags);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, FIN, SYN | FIN, SYN | RST, RST | FIN, SYN | ACK | FIN, PSH, SYN | ACK | RST})
    void segmentsThatNobodySendsAreRefused(int flags) {
        FilterUnderTest filter = FilterUnderTest.of(rule(0, 65535));
        assertEquals(FILTERED_MALFORMED, filter.in(FilterPacket.tcp(PEER4, US4, 80, 4000, flags)));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 80, 4000, ACK)));
        assertEquals(FILTERED_MALFORMED, filter.in(FilterPacket.tcp(PEER4, US4, 80, 4000, flags)), "in a run");
    }

    @Test
    void aConnectionOutlivesAFilterThatStillAllowsIt() {
        FilterUnderTest filter = FilterUnderTest.of(rule(80, 80));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 4000, 80, SYN)));
        filter.replace(rule(70, 90));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 4000, 80, ACK)));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 4000, 80, ACK | FIN)));
    }

    @Test
    void aConnectionOfThePeerEndsWithItsRule() {
        FilterUnderTest filter = FilterUnderTest.of(rule(80, 80));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 4000, 80, SYN)));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 4000, 80, ACK)));
        filter.replace(rule(81, 81));
        assertEquals(FILTERED_REVOKED, filter.in(FilterPacket.tcp(PEER4, US4, 4000, 80, ACK)));
        filter.pass(100_000);
        assertEquals(FILTERED_REVOKED, filter.in(FilterPacket.tcp(PEER4, US4, 4000, 80, RST)));
        filter.replace(rule(80, 80));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 4000, 80, ACK)), "the rule is back");
    }

    @Test
    void aConnectionOfOursNeedsNoRuleWhateverTheRulesWere() {
        FilterUnderTest filter = FilterUnderTest.of(rule(0, 65535));
        filter.out(FilterPacket.tcp(US4, PEER4, 4000, 80, SYN));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 80, 4000, SYN | ACK)));
        filter.replace();
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 80, 4000, ACK)));
    }

    @Test
    void aConnectionBelongsToWhoOpenedItLast() {
        FilterUnderTest filter = FilterUnderTest.of(rule(0, 65535));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 179, 179, SYN)));
        filter.out(FilterPacket.tcp(US4, PEER4, 179, 179, SYN));
        filter.replace();
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 179, 179, ACK)));
    }

    @Test
    void connectionsOutliveARestart() {
        FilterUnderTest filter = FilterUnderTest.of(rule(80, 80));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 4000, 80, SYN)));
        filter.out(FilterPacket.tcp(US4, PEER4, 4000, 80, SYN));
        filter.restart();
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 4000, 80, ACK)));
        assertNull(filter.in(FilterPacket.tcp(PEER4, US4, 80, 4000, ACK)));
    }

    @Test
    void datagramsNeedARuleOrAnswerOurs() {
        FilterUnderTest filter = FilterUnderTest.of(rule(53, 53));
        assertNull(filter.in(FilterPacket.udp(PEER4, US4, 4000, 53)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.udp(PEER4, US4, 53, 4000)));
        filter.out(FilterPacket.udp(US4, PEER4, 4000, 53));
        assertNull(filter.in(FilterPacket.udp(PEER4, US4, 53, 4000)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.udp(PEER4, US4, 54, 4000)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.udp(PEER4, US4, 53, 4001)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.udp("10.9.0.3", US4, 53, 4000)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.sctp(PEER4, US4, 53, 4000)));
        filter.out(FilterPacket.udp(US6, PEER6, 4000, 53));
        assertNull(filter.in(FilterPacket.udp(PEER6, US6, 53, 4000)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.udp("fd00::3", US6, 53, 4000)));
        filter.out(FilterPacket.sctp(US4, PEER4, 7, 8));
        assertNull(filter.in(FilterPacket.sctp(PEER4, US4, 8, 7)));
    }

    @Test
    void answersComeInForAnHourOfSilence() {
        FilterUnderTest filter = FilterUnderTest.of();
        filter.out(FilterPacket.udp(US4, PEER4, 4000, 53));
        for (int i = 0; i < 5; i++) {
            filter.pass(3_590);
            assertNull(filter.in(FilterPacket.udp(PEER4, US4, 53, 4000)));
        }
        filter.pass(3_610);
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.udp(PEER4, US4, 53, 4000)));
        filter.out(FilterPacket.udp(US4, PEER4, 4000, 53));
        assertNull(filter.in(FilterPacket.udp(PEER4, US4, 53, 4000)));
    }

    @Test
    void answersComeInUnderAnyRules() {
        FilterUnderTest filter = FilterUnderTest.of(rule(0, 65535));
        filter.out(FilterPacket.udp(US4, PEER4, 4000, 53));
        assertNull(filter.in(FilterPacket.udp(PEER4, US4, 53, 4000)));
        filter.replace();
        assertNull(filter.in(FilterPacket.udp(PEER4, US4, 53, 4000)));
    }

    /** On stock nodes our answers keep the peer's exchange alive without its rule. */
    @Test
    void anExchangeOfThePeerEndsWithItsRuleThoughWeAnswered() {
        FilterUnderTest filter = FilterUnderTest.of(rule(53, 53));
        assertNull(filter.in(FilterPacket.udp(PEER4, US4, 4000, 53)));
        filter.out(FilterPacket.udp(US4, PEER4, 53, 4000));
        filter.replace();
        filter.out(FilterPacket.udp(US4, PEER4, 53, 4000));
        assertEquals(FILTERED_REVOKED, filter.in(FilterPacket.udp(PEER4, US4, 4000, 53)));
        filter.pass(200);
        assertEquals(FILTERED_REVOKED, filter.in(FilterPacket.udp(PEER4, US4, 4000, 53)));
        filter.out(FilterPacket.udp(US4, PEER4, 53, 4000));
        assertNull(filter.in(FilterPacket.udp(PEER4, US4, 4000, 53)), "it is ours after a while");
    }

    @ParameterizedTest
    @CsvSource({PEER4 + "," + US4 + ",8,0,5", PEER6 + "," + US6 + ",128,129,137"})
    void echoRequestsNeedARuleForTheAddressAndRepliesNone(
            String peer, String us, int request, int reply, int redirect) {
        FilterUnderTest filter = FilterUnderTest.of();
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.icmp(peer, us, request, 0)));
        assertNull(filter.in(FilterPacket.icmp(peer, us, reply, 0)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.icmp(peer, us, reply, 1)));
        filter.replace(rule(443, 443, 6));
        assertNull(filter.in(FilterPacket.icmp(peer, us, request, 0)), "as on stock nodes any port will do");
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.icmp(peer, us, redirect, 0)));
    }

    @ParameterizedTest
    @CsvSource({
        PEER4 + "," + US4 + ",3",
        PEER4 + "," + US4 + ",11",
        PEER4 + "," + US4 + ",12",
        PEER6 + "," + US6 + ",1",
        PEER6 + "," + US6 + ",2",
        PEER6 + "," + US6 + ",3",
        PEER6 + "," + US6 + ",4"
    })
    void errorsAreLetInAboutWhatWasSentToThePeer(String peer, String us, int type) {
        FilterUnderTest filter = FilterUnderTest.of();
        filter.allowedIps.insert(Prefix.parse("10.9.0.2/32"), filter.peer);
        filter.allowedIps.insert(Prefix.parse("fd00::2/128"), filter.peer);
        filter.allowedIps.insert(Prefix.parse("10.9.0.0/24"), filter.other);
        filter.allowedIps.insert(Prefix.parse("fd00::/64"), filter.other);
        boolean isV6 = us.indexOf(':') >= 0;
        String third = isV6 ? "fd00::3" : "10.9.0.3";
        byte[] ours = FilterPacket.udp(us, peer, 5, 6);
        assertNull(filter.in(FilterPacket.icmp(peer, us, type, 0, ours)));
        assertNull(filter.in(FilterPacket.icmp(third, us, type, 0, ours)), "a router on the way");
        byte[] toAnother = FilterPacket.udp(us, third, 5, 6);
        assertEquals(FILTERED_ICMP_ERROR, filter.in(FilterPacket.icmp(peer, us, type, 0, toAnother)));
        byte[] ofAnother = FilterPacket.udp(third, peer, 5, 6);
        assertEquals(FILTERED_ICMP_ERROR, filter.in(FilterPacket.icmp(peer, us, type, 0, ofAnother)));
        byte[] half = Arrays.copyOf(ours, isV6 ? 39 : 19);
        assertEquals(FILTERED_ICMP_ERROR, filter.in(FilterPacket.icmp(peer, us, type, 0, half)));
        byte[] otherFamily = isV6 ? FilterPacket.udp(US4, PEER4, 5, 6) : FilterPacket.udp(US6, PEER6, 5, 6);
        assertEquals(FILTERED_ICMP_ERROR, filter.in(FilterPacket.icmp(peer, us, type, 0, otherFamily)));
    }

    @Test
    void laterFragmentsAreLetInBehindAnyTransportHeader() {
        FilterUnderTest filter = FilterUnderTest.of();
        for (int offset : new int[] {10, 185, 8191}) {
            assertNull(filter.in(FilterPacket.fragment4(PEER4, US4, 17, offset, true, PADDING)));
            assertNull(filter.in(FilterPacket.fragment6(PEER6, US6, 17, offset, false, PADDING)));
        }
        for (int offset : new int[] {1, 2, 9}) {
            assertEquals(FILTERED_FRAGMENT, filter.in(FilterPacket.fragment4(PEER4, US4, 6, offset, false, PADDING)));
            assertEquals(FILTERED_FRAGMENT, filter.in(FilterPacket.fragment6(PEER6, US6, 6, offset, true, PADDING)));
        }
        assertEquals(
                FILTERED_DESTINATION, filter.in(FilterPacket.fragment4(PEER4, "10.9.0.9", 17, 185, true, PADDING)));
    }

    @Test
    void firstFragmentsAreJudgedByTheirPorts() {
        FilterUnderTest filter = FilterUnderTest.of(rule(53, 53));
        assertNull(filter.in(FilterPacket.fragment4(PEER4, US4, 17, 0, true, FilterPacket.udpHeader(1, 53))));
        assertNull(filter.in(FilterPacket.fragment6(PEER6, US6, 17, 0, true, FilterPacket.udpHeader(1, 53))));
        assertEquals(
                FILTERED_NO_RULE,
                filter.in(FilterPacket.fragment4(PEER4, US4, 17, 0, true, FilterPacket.udpHeader(1, 54))));
        assertEquals(
                FILTERED_NO_RULE,
                filter.in(FilterPacket.fragment6(PEER6, US6, 17, 0, true, FilterPacket.udpHeader(1, 54))));
    }

    @Test
    void firstFragmentsWithoutAWholeTransportHeaderAreRefused() {
        FilterUnderTest filter = FilterUnderTest.of(rule(0, 65535));
        byte[] tiny = Arrays.copyOf(FilterPacket.tcpHeader(1, 80, SYN), 8);
        assertEquals(FILTERED_FRAGMENT, filter.in(FilterPacket.fragment4(PEER4, US4, 6, 0, true, tiny)));
        assertEquals(FILTERED_FRAGMENT, filter.in(FilterPacket.fragment6(PEER6, US6, 6, 0, true, tiny)));
        assertEquals(FILTERED_MALFORMED, filter.in(FilterPacket.ip(PEER4, US4, 6, tiny)));
        byte[] behindOptions = FilterPacket.extension(6, 0, 0, FilterPacket.tcpHeader(1, 80, SYN));
        assertEquals(
                FILTERED_FRAGMENT,
                filter.in(FilterPacket.fragment6(PEER6, US6, 60, 0, true, behindOptions)),
                "a later fragment could hold the header");
        byte[] nested = FilterPacket.fragmentHeader(6, 0, true, FilterPacket.tcpHeader(1, 80, SYN));
        assertEquals(FILTERED_FRAGMENT, filter.in(FilterPacket.fragment6(PEER6, US6, 44, 0, true, nested)));
    }

    @Test
    void aFragmentIsNotPartOfARun() {
        FilterUnderTest filter = FilterUnderTest.of(rule(53, 53));
        byte[] header = FilterPacket.udpHeader(1, 53);
        assertNull(filter.in(FilterPacket.udp(PEER4, US4, 1, 53)));
        assertEquals(FILTERED_FRAGMENT, filter.in(FilterPacket.fragment4(PEER4, US4, 17, 1, false, header)));
    }

    @Test
    void findsTheTransportHeaderBehindExtensionHeaders() {
        FilterUnderTest filter = FilterUnderTest.of(rule(80, 80));
        for (int port : new int[] {80, 81}) {
            byte[] tcp = FilterPacket.tcpHeader(1, port, SYN);
            byte[] options = FilterPacket.extension(6, 3, 0, tcp);
            byte[] hopByHop = FilterPacket.extension(60, 1, 0, options);
            byte[] routed = FilterPacket.extension(6, 0, 0, tcp);
            byte[] authenticated = ByteBuffer.allocate(24 + tcp.length)
                    .put((byte) 6)
                    .put((byte) 4)
                    .position(24)
                    .put(tcp)
                    .array();
            var expected = port == 80 ? null : FILTERED_NO_RULE;
            assertEquals(expected, filter.in(FilterPacket.ip(PEER6, US6, 60, options)));
            assertEquals(expected, filter.in(FilterPacket.ip(PEER6, US6, 0, hopByHop)));
            assertEquals(expected, filter.in(FilterPacket.ip(PEER6, US6, 43, routed)));
            assertEquals(expected, filter.in(FilterPacket.ip(PEER6, US6, 51, authenticated)));
            assertEquals(expected, filter.in(FilterPacket.fragment6(PEER6, US6, 6, 0, false, tcp)), "atomic");
        }
    }

    @Test
    void refusesExtensionHeadersThatMislead() {
        FilterUnderTest filter = FilterUnderTest.of(rule(0, 65535));
        byte[] tcp = FilterPacket.tcpHeader(1, 80, SYN);
        assertEquals(
                FILTERED_MALFORMED,
                filter.in(FilterPacket.ip(PEER6, US6, 43, FilterPacket.extension(6, 2, 1, tcp))),
                "goes on to elsewhere");
        assertEquals(
                FILTERED_MALFORMED,
                filter.in(FilterPacket.ip(
                        PEER6, US6, 60, FilterPacket.extension(0, 0, 0, FilterPacket.extension(6, 0, 0, tcp)))),
                "hop by hop comes first");
        byte[] chain = tcp;
        int next = 6;
        for (int i = 0; i < 9; i++) {
            chain = FilterPacket.extension(next, 0, 0, chain);
            next = 60;
        }
        assertEquals(FILTERED_MALFORMED, filter.in(FilterPacket.ip(PEER6, US6, 60, chain)), "endless");
        assertEquals(
                FILTERED_MALFORMED,
                filter.in(FilterPacket.ip(PEER6, US6, 60, (byte) 6, (byte) 255, (byte) 0, (byte) 0, (byte) 0)));
        byte[] beyond = FilterPacket.extension(6, 0, 0, tcp);
        beyond[1] = (byte) 255;
        assertEquals(FILTERED_MALFORMED, filter.in(FilterPacket.ip(PEER6, US6, 60, beyond)));
        beyond[0] = 59; // no next header: nothing that would have to be there
        assertEquals(FILTERED_MALFORMED, filter.in(FilterPacket.ip(PEER6, US6, 60, beyond)));
    }

    @Test
    void refusesSourceRoutes() {
        FilterUnderTest filter = FilterUnderTest.of(rule(0, 65535));
        for (int option : new int[] {131, 137}) {
            byte[] packet = withOptions(1, option, 7, 4, 10, 9, 0, 7);
            assertEquals(FILTERED_MALFORMED, filter.in(packet));
        }
        assertNull(filter.in(withOptions(148, 4, 0, 0)), "router alert");
        assertNull(filter.in(withOptions(1, 1, 0, 131)), "behind the end");
        assertEquals(FILTERED_MALFORMED, filter.in(withOptions(148, 5, 0, 0)), "longer than the header");
        assertEquals(FILTERED_MALFORMED, filter.in(withOptions(1, 1, 1, 148)), "without a length");
        assertEquals(FILTERED_MALFORMED, filter.in(withOptions(148, 1, 1, 1)), "would not end");
    }

    private static byte[] withOptions(int... options) {
        byte[] plain = FilterPacket.tcp(PEER4, US4, 1, 80, SYN);
        byte[] packet = new byte[plain.length + options.length];
        System.arraycopy(plain, 0, packet, 0, 20);
        for (int i = 0; i < options.length; i++) {
            packet[20 + i] = (byte) options[i];
        }
        System.arraycopy(plain, 20, packet, 20 + options.length, 20);
        packet[0] = (byte) (0x40 | (20 + options.length) / 4);
        packet[3] = (byte) packet.length;
        return packet;
    }

    @Test
    void onlyOwnAddressesAreDestinations() {
        FilterUnderTest filter = FilterUnderTest.of(rule(0, 65535));
        assertNull(filter.in(FilterPacket.udp(PEER4, "192.168.7.9", 1, 2)));
        assertNull(filter.in(FilterPacket.udp(PEER4, "169.254.169.254", 1, 2)), "metadata of a cloud");
        for (String elsewhere : new String[] {"192.168.8.9", "10.9.0.2", "224.0.0.251", "239.1.1.1", "169.254.1.1"}) {
            assertEquals(FILTERED_DESTINATION, filter.in(FilterPacket.udp(PEER4, elsewhere, 1, 2)), elsewhere);
            assertEquals(FILTERED_DESTINATION, filter.in(FilterPacket.tcp(PEER4, elsewhere, 1, 2, ACK)), elsewhere);
            assertEquals(FILTERED_DESTINATION, filter.in(FilterPacket.icmp(PEER4, elsewhere, 0, 0)), elsewhere);
        }
        for (String elsewhere : new String[] {"fd00::9", "fe80::1", "febf::1", "ff02::fb"}) {
            assertEquals(FILTERED_DESTINATION, filter.in(FilterPacket.udp(PEER6, elsewhere, 1, 2)), elsewhere);
        }
    }

    @Test
    void otherProtocolsNeedARuleThatNamesThem() {
        FilterUnderTest filter = FilterUnderTest.of(rule(0, 65535), rule(0, 65535, 47), rule(0, 65535, 50));
        assertNull(filter.in(FilterPacket.ip(PEER4, US4, 47, PADDING)));
        assertNull(filter.in(FilterPacket.ip(PEER6, US6, 50, PADDING)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.ip(PEER4, US4, 4, PADDING)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.ip(PEER4, US4, 58 + 64, PADDING)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.sctp(PEER4, US4, 1, 2)));
        assertEquals(FILTERED_NO_RULE, filter.in(FilterPacket.ip(PEER6, US6, 59)), "no next header");
    }

    @Test
    void messagesBetweenNodesAreLetIn() {
        FilterUnderTest filter = FilterUnderTest.of();
        assertNull(filter.in(FilterPacket.ip(PEER4, US4, 99, PADDING)));
        assertNull(filter.in(FilterPacket.ip(PEER6, US6, 99, PADDING)));
        assertEquals(FILTERED_MALFORMED, filter.in(FilterPacket.ip(PEER4, US4, 99, new byte[6])));
        assertEquals(FILTERED_FRAGMENT, filter.in(FilterPacket.fragment4(PEER4, US4, 99, 0, true, PADDING)));
        assertEquals(FILTERED_FRAGMENT, filter.in(FilterPacket.fragment4(PEER4, US4, 99, 50, false, PADDING)));
        assertEquals(FILTERED_DESTINATION, filter.in(FilterPacket.ip(PEER4, "10.9.0.7", 99, PADDING)));
    }

    @Test
    void nothingIsLetInUnderNoRulesAndNoAddresses() {
        FilterUnderTest filter = new FilterUnderTest(PacketFilter.NOTHING);
        assertEquals(FILTERED_DESTINATION, filter.in(FilterPacket.tcp(PEER4, US4, 1, 80, ACK)));
        assertEquals(FILTERED_DESTINATION, filter.in(FilterPacket.icmp(PEER6, US6, 129, 0)));
    }

    @Test
    void judgingAllocatesNothing() {
        FilterUnderTest filter = FilterUnderTest.of(rule(0, 65535));
        byte[][] packets = {
            FilterPacket.tcp(PEER4, US4, 1, 80, SYN),
            FilterPacket.udp(PEER6, US6, 1, 80),
            FilterPacket.icmp(PEER4, US4, 8, 0),
            FilterPacket.fragment6(PEER6, US6, 17, 100, true, PADDING)
        };
        for (byte[] packet : packets) {
            assertNull(filter.in(packet));
            AllocationMeter.assertNoBytes(() -> {
                if (!filter.again(packet)) {
                    throw new AssertionError("refused");
                }
            });
        }
    }
}
